"""A review is part of closing: asked once, reminded once, given once, never about money."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from marketplace.catalog.queries.course_runs import list_lessons
from marketplace.enrollment.states import AssessmentResult
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.paging import PageRequest
from marketplace.notices.queries import list_notices
from marketplace.people.queries.workers import get_worker
from marketplace.ratings.queries import count_results
from marketplace.records.operations.certificates import record_results
from marketplace.redemption.operations.redeem import redeem_voucher
from marketplace.reviews.operations import ask_the_unasked, give_review, remind_reviewers
from marketplace.reviews.queries import find_reviews_of_course
from marketplace.reviews.states import Question
from marketplace.standing.queries.policies import get_rating_policy
from marketplace.standing.rules.formula import Counts
from marketplace.standing.states import Component
from tests.factories.catalog import make_open_course_run
from tests.factories.enrollment import attend, run_through
from tests.factories.redemption import make_case

GOOD = dict.fromkeys(Question, 5)


@pytest.fixture
def case(app, now):
    with write_transaction():
        made = make_case(course_run=make_open_course_run(days=1))
        attend(made.enrollment, made.staff.id)
        run_through(made.run.id)
    with clock.frozen(list_lessons(made.run.id)[-1].ends_at):
        yield made


def finish(case):
    with write_transaction():
        wanted = {case.enrollment.id: AssessmentResult.PASSED}
        assert record_results(case.run.id, assessments=wanted, actor_id=case.staff.id) == {}


def told(case):
    user_id = get_worker(case.worker.id).user_id
    kinds = [one.kind for one in list_notices(user_id, PageRequest()).items]
    return [kind for kind in kinds if kind.startswith("review.")]


def review(case, answers=GOOD, **who):
    with write_transaction():
        return give_review(
            case.enrollment.id,
            worker_id=who.get("worker_id", case.worker.id),
            answers=answers,
            actor_id=None,
        )


@pytest.mark.sqlite
def test_asked_with_the_result_reminded_once_and_never_again(case):
    finish(case)
    finish(case)
    assert told(case) == ["review.asked"]
    for days, expected in ((6, 1), (8, 2), (30, 2)):
        with clock.frozen(clock.now() + timedelta(days=days)), write_transaction():
            ask_the_unasked()
            remind_reviewers()
        assert len(told(case)) == expected
    assert told(case)[0] == "review.reminded"


def test_given_once_for_good_counted_for_the_stars_and_nothing_else(case):
    with pytest.raises(Refused) as early:
        review(case)
    assert early.value.codes == ("review_before_end",)
    finish(case)
    with pytest.raises(NotFound):
        review(case, worker_id=case.worker.id + 1)
    with pytest.raises(Refused) as missing:
        review(case, {**GOOD, Question.OVERALL: 6})
    assert missing.value.codes == ("review_answers",)
    first = review(case, {**GOOD, Question.TEACHING: 2})
    assert review(case, {**GOOD, Question.TEACHING: 2}).id == first.id
    with pytest.raises(Refused) as again:
        review(case, GOOD)
    assert again.value.codes == ("review_given",)
    with pytest.raises(IntegrityError), write_transaction() as session:
        session.execute(text("UPDATE learner_review SET overall = 1"))
    today = clock.today()
    counts = count_results(get_rating_policy(today).stars, on=today)[case.institution.id]
    assert counts[Component.REVIEWS] == Counts(1, 1)
    since = today - timedelta(days=30)
    assert find_reviews_of_course(case.run.course_id, since=since, n_min=5) is None
    shown = find_reviews_of_course(case.run.course_id, since=since, n_min=1)
    assert (shown.count, shown.means[Question.TEACHING]) == (1, 2.0)
    with clock.frozen(clock.now() + timedelta(days=8)), write_transaction():
        assert remind_reviewers() == 0
    with write_transaction():
        assert redeem_voucher(
            case.voucher.id, institution_id=case.institution.id, actor_id=case.staff.id
        )
