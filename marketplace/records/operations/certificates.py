"""Issuing certificates: with the result of a training, or afterwards for those that lack one."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime

from marketplace.audit.operations import record_event
from marketplace.catalog.queries.course_runs import CourseRunFacts, list_course_run_facts
from marketplace.enrollment.models import Completion
from marketplace.enrollment.states import AssessmentResult
from marketplace.evidence.operations.check import complete_and_check
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal
from marketplace.notices.operations import send_notice
from marketplace.people.models import Worker
from marketplace.people.operations.api_tokens import hash_of
from marketplace.people.queries.workers import get_worker
from marketplace.records.models import Certificate
from marketplace.records.queries.certificates import (
    find_newest_status_list,
    list_completions_to_certify,
    list_taken_bits,
)
from marketplace.records.rules import STATUS_LIST_BITS, number_of_edition, status_list_for
from marketplace.records.states import CertificateState
from marketplace.redemption.operations.redeem import close_sign_ins
from marketplace.reviews.operations import ask_for_reviews

AT_ONCE_MAX = 500


def record_results(
    course_run_id: int, *, assessments: Mapping[int, AssessmentResult], actor_id: int
) -> dict[int, tuple[Refusal, ...]]:
    """Record the results of a class by enrollment and issue the certificates they earn.

    Vouchers that only record training (sign-in only) are used up by it.
    Whoever has a result is asked for a review of one minute: it is part of closing.
    Answers the refused with all reasons; the others have result and certificate, or neither.
    """
    refused = complete_and_check(course_run_id, assessments=assessments, actor_id=actor_id)
    close_sign_ins(course_run_id, actor_id=actor_id)
    issue_certificates(course_run_id, actor_id=actor_id)
    ask_for_reviews(course_run_id)
    return refused


def issue_certificates(
    course_run_id: int | None,
    *,
    actor_id: int | None,
    since: datetime | None = None,
    limit: int = AT_ONCE_MAX,
) -> int:
    """Issue what completed trainings have earned and do not have yet; answers how many.

    Of one class, or of all (a catch-up for trainings completed elsewhere, or before there were
    certificates), with results recorded since an instant. Doing it again issues nothing.
    """
    waiting = list_completions_to_certify(course_run_id=course_run_id, since=since, limit=limit)
    runs = list_course_run_facts(sorted({item.enrollment.course_run_id for item in waiting}))
    places = draw_places(len(waiting))
    for item, place in zip(waiting, places, strict=True):
        worker = get_worker(item.enrollment.worker_id)
        certificate = issue_edition(
            item.completion,
            worker,
            runs[item.enrollment.course_run_id],
            edition=1,
            place=place,
            actor_id=actor_id,
        )
        _tell(certificate, worker)
    return len(waiting)


def issue_edition(
    completion: Completion,
    worker: Worker,
    run: CourseRunFacts,
    *,
    edition: int,
    place: tuple[int, int],
    actor_id: int | None,
) -> Certificate:
    """Write one edition of the certificate of a completion, saying what the record says now.

    `place` is its bit in a status list (`draw_places`).
    """
    assert completion.certificate_number is not None
    token = secrets.token_urlsafe(16)
    certificate = Certificate(
        code=number_of_edition(completion.certificate_number, edition),
        completion_id=completion.id,
        edition=edition,
        worker_id=worker.id,
        institution_id=run.institution_id,
        course_run_id=run.course_run_id,
        state=CertificateState.VALID,
        **_offer(run),
        lessons_attended=completion.lessons_attended,
        lessons_total=completion.lessons_total,
        rate_percent=completion.rate_percent,
        assessment=completion.assessment,
        completed_on=completion.completed_on,
        token_hash=hash_of(token),
        status_list=place[0],
        status_index=place[1],
        issued_at=clock.now(),
        issued_by=actor_id,
    )
    certificate.holder = worker.name
    certificate.token = token
    db.session.add(certificate)
    db.session.flush()
    record_event(
        "certificate.issued",
        subject_kind="certificate",
        subject_code=certificate.code,
        actor_id=actor_id,
        details={"institution": run.institution_code, "course_run": run.code},
    )
    return certificate


def _offer(run: CourseRunFacts) -> dict[str, str | int | None]:
    """What the learner enrolled on, as it is called on the day of issue."""
    return {
        "title": run.title,
        "institution_name": run.institution_name,
        "course_code": run.course_code,
        "occupation_code": run.occupation_code,
        "level": run.level,
        "hours": run.hours,
    }


def draw_places(wanted: int) -> list[tuple[int, int]]:
    """Bits nobody has, drawn at random: a place tells neither when nor after whom.

    Two units of work that draw the same bit at once meet the unique constraint; one of them is
    done again by whoever asked.
    """
    newest, taken = find_newest_status_list()
    status_list = status_list_for(newest, taken=taken, wanted=wanted)
    drawn: dict[int, None] = {}
    while len(drawn) < wanted:
        more = {secrets.randbelow(STATUS_LIST_BITS) for _ in range(2 * (wanted - len(drawn)))}
        free = more - list_taken_bits(status_list, more) - set(drawn)
        drawn |= dict.fromkeys(list(free)[: wanted - len(drawn)])
    return [(status_list, index) for index in drawn]


def _tell(certificate: Certificate, worker: Worker) -> None:
    if worker.user_id is not None:
        send_notice(
            worker.user_id,
            kind="certificate.issued",
            params={"title": certificate.title, "number": certificate.code},
            link=f"/me/certificates/{certificate.code}",
        )
