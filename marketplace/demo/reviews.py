"""What earlier learners said: enough reviews of one course that their means are published."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from marketplace.demo.cast import Cast, make_worker
from marketplace.demo.history import RunInPlay, announce_run, at, finish, teach_a_full_room
from marketplace.demo.persons import make_person
from marketplace.enrollment.operations.complete import complete_enrollment
from marketplace.enrollment.operations.enroll import enroll_worker
from marketplace.enrollment.states import AssessmentResult
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.records.operations.certificates import issue_certificates
from marketplace.reviews.operations import give_review
from marketplace.reviews.states import Question

DAYS_AGO = 52
ANSWERS = (
    (5, 5, 5, 4), (5, 4, 5, 5), (4, 4, 4, 4), (5, 5, 4, 5), (3, 4, 3, 2), (5, 5, 5, 5),
    (4, 5, 4, 4), (4, 3, 4, 4), (5, 5, 5, 5), (2, 3, 3, 2), (5, 4, 4, 5),
)  # fmt: skip
"""Overall, teaching, usefulness, as promised: of each learner, from 1 to 5."""


def make_reviews(cast: Cast, *, today: date) -> None:
    """A class of the first school without vouchers, seven weeks ago, and what it said."""
    school = cast.schools[0]
    first_on = today - timedelta(days=DAYS_AGO)
    run = announce_run(
        school, 0, first_on=first_on, announced_on=first_on - timedelta(days=5), capacity=20
    )
    random = Random(DAYS_AGO)  # noqa: S311  (names, not secrets)
    with at(first_on - timedelta(days=3)):
        for number in range(len(ANSWERS)):
            _join(run, random, 900 + number, cast.users["maker"])
    teach_a_full_room(run, until=today)
    finish(run)
    with at(run.last_on + timedelta(days=1)), write_transaction():
        for enrollment_id in run.enrollments.values():
            complete_enrollment(
                enrollment_id, assessment=AssessmentResult.PASSED, actor_id=school.manager_id
            )
        issue_certificates(run.course_run_id, actor_id=school.manager_id)
    for (worker_id, enrollment_id), said in zip(run.enrollments.items(), ANSWERS, strict=True):
        with at(run.last_on + timedelta(days=3)), write_transaction():
            give_review(
                enrollment_id,
                worker_id=worker_id,
                answers=dict(zip(Question, said, strict=True)),
                actor_id=cast.users["maker"],
            )


def _join(run: RunInPlay, random: Random, number: int, officer_id: int) -> None:
    person = make_person(random, number, youngest_on=clock.today(), ages=range(20, 50))
    with write_transaction():
        worker_id = make_worker(
            person, run.school.jurisdiction_id, None, random, maker_id=officer_id
        )
        enrollment = enroll_worker(worker_id, course_run_id=run.course_run_id, actor_id=officer_id)
        run.enrollments[worker_id] = enrollment.id
