"""The learner says the online hours of a day are wrong; who settles it, and how."""

from __future__ import annotations

from datetime import date

from marketplace.catalog.queries.course_runs import get_course_run
from marketplace.enrollment.dispute_queries import find_open_online_dispute, get_online_dispute
from marketplace.enrollment.models import Enrollment, OnlineDispute
from marketplace.enrollment.online_queries import (
    OnlineShare,
    count_minutes_elsewhere,
    list_online_shares,
)
from marketplace.enrollment.online_rules import (
    OnlineDay,
    refusals_for_minutes,
    refusals_for_online_dispute,
    was_told_wrong,
)
from marketplace.enrollment.operations.changes import record_enrollment
from marketplace.enrollment.operations.disputes import list_sides, recount
from marketplace.enrollment.queries import find_completion, lock_enrollment
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.institutions.queries import list_manager_ids
from marketplace.notices.operations import send_notice
from marketplace.people.queries.workers import get_worker
from marketplace.standing.operations.records import record_upheld_dispute


def dispute_online_day(
    enrollment_id: int,
    *,
    worker_id: int,
    day: date,
    minutes: int,
    reason: str,
    actor_id: int | None,
) -> OnlineDispute:
    """The learner says how long they learned online on a day; nothing is redeemed until settled.

    Refuses without a reason, a day outside the class or ahead, more than may count in a day, what
    is credited already, a second dispute about a day, and classes that count no online hours.
    """
    enrollment = _own(enrollment_id, worker_id)
    share = _share_of(enrollment)
    run = get_course_run(enrollment.course_run_id)
    refusals = refusals_for_online_dispute(
        day,
        minutes,
        first_on=max(run.starts_on, clock.local_date(enrollment.created_at)),
        last_on=run.ends_on,
        today=clock.today(),
        credited=_day_of(share, day).minutes if share else None,
    )
    if not reason.strip():
        refusals += (Refusal("say_why", field="reason"),)
    if find_open_online_dispute(enrollment.id, day) is not None:
        refusals += (Refusal("online_dispute_open", field="day"),)
    if refusals:
        raise Refused(refusals)
    dispute = OnlineDispute(
        enrollment_id=enrollment.id,
        day=day,
        claimed_minutes=minutes,
        reason=reason.strip(),
        disputed_at=clock.now(),
    )
    db.session.add(dispute)
    db.session.flush()
    _record("online.disputed", enrollment, dispute, actor_id)
    return dispute


def answer_online_dispute(dispute_id: int, *, answer: str, actor_id: int | None) -> OnlineDispute:
    """The institution answers, and the learner is told; who then accepts, or an officer decides."""
    dispute, enrollment = _held(dispute_id)
    _require_open(dispute)
    if not answer.strip():
        raise Refused(Refusal("say_why", field="answer"))
    dispute.answer = answer.strip()
    dispute.answered_at = clock.now()
    db.session.flush()
    _record("online.dispute_answered", enrollment, dispute, actor_id)
    _tell_learner("online_dispute.answered", enrollment, dispute, dispute.answer)
    return dispute


def accept_online_answer(dispute_id: int, *, worker_id: int, actor_id: int | None) -> OnlineDispute:
    """The learner agrees with what is credited now: the dispute is settled."""
    dispute, enrollment = _held(dispute_id)
    if enrollment.worker_id != worker_id:
        raise NotFound("online_dispute")
    _require_open(dispute)
    dispute.settled_at = clock.now()
    db.session.flush()
    _record("online.dispute_accepted", enrollment, dispute, actor_id)
    return dispute


def decide_online_dispute(
    dispute_id: int, *, minutes: int, reason: str, actor_id: int
) -> OnlineDispute:
    """An officer decides what counts on the day; a recorded completion rate follows it.

    What the platform told wrong goes into the institution's file. Both sides are told. Refuses
    without a reason, more than may count in a day with all other classes, and to the learner or
    the institution's staff.
    """
    dispute, enrollment = _held(dispute_id)
    _require_open(dispute)
    if actor_id in list_sides(enrollment):
        raise Refused(Refusal("own_matter"))
    elsewhere = count_minutes_elsewhere(enrollment.id, dispute.day)
    refusals = refusals_for_minutes(minutes, elsewhere=elsewhere)
    if not reason.strip():
        refusals += (Refusal("say_why", field="reason"),)
    if refusals:
        raise Refused(refusals)
    before = _day_of(_share_of(enrollment), dispute.day)
    dispute.decided_minutes = minutes
    dispute.decision = reason.strip()
    dispute.decided_by = actor_id
    dispute.settled_at = clock.now()
    db.session.flush()
    if completion := find_completion(enrollment.id):
        recount(completion)
    _record("online.dispute_decided", enrollment, dispute, actor_id, reason=dispute.decision)
    if was_told_wrong(before, minutes):
        _enter_into_file(enrollment, dispute, actor_id)
    _tell_learner("online_dispute.decided", enrollment, dispute, dispute.decision)
    _tell_managers(enrollment, dispute)
    return dispute


def _own(enrollment_id: int, worker_id: int) -> Enrollment:
    enrollment = lock_enrollment(enrollment_id)
    if enrollment.worker_id != worker_id:
        raise NotFound("enrollment")
    return enrollment


def _held(dispute_id: int) -> tuple[OnlineDispute, Enrollment]:
    """The dispute as it stands once its enrollment is ours."""
    enrollment = lock_enrollment(get_online_dispute(dispute_id).enrollment_id)
    dispute = get_online_dispute(dispute_id)
    db.session.refresh(dispute)
    return dispute, enrollment


def _require_open(dispute: OnlineDispute) -> None:
    if not dispute.is_open:
        raise Refused(Refusal("no_open_online_dispute"))


def _share_of(enrollment: Enrollment) -> OnlineShare | None:
    return list_online_shares([enrollment.id]).get(enrollment.id)


def _day_of(share: OnlineShare | None, on: date) -> OnlineDay:
    return (share.find_day(on) if share else None) or OnlineDay(on)


def _record(
    event: str,
    enrollment: Enrollment,
    dispute: OnlineDispute,
    actor_id: int | None,
    *,
    reason: str | None = None,
) -> None:
    decided = dispute.decided_minutes
    details = {
        "day": dispute.day.isoformat(),
        "minutes": dispute.claimed_minutes if decided is None else decided,
    }
    record_enrollment(event, enrollment, actor_id, reason=reason, details=details)


def _enter_into_file(enrollment: Enrollment, dispute: OnlineDispute, actor_id: int) -> None:
    """What the file says names the class and the day, never the learner."""
    run = get_course_run(enrollment.course_run_id)
    record_upheld_dispute(
        run.institution_id,
        subject=("online_dispute", str(dispute.id)),
        evidence=f"{run.code} {dispute.day.isoformat()}",
        actor_id=actor_id,
    )


def _params(enrollment: Enrollment, dispute: OnlineDispute, text: str) -> dict[str, object]:
    run = get_course_run(enrollment.course_run_id)
    return {
        "day": dispute.day,
        "run": run.code,
        "minutes": dispute.decided_minutes,
        "reason": text,
    }


def _tell_learner(kind: str, enrollment: Enrollment, dispute: OnlineDispute, text: str) -> None:
    if (learner_id := get_worker(enrollment.worker_id).user_id) is not None:
        params = _params(enrollment, dispute, text)
        link = f"/me/classes/{enrollment.code}/online"
        send_notice(learner_id, kind=kind, params=params, link=link)


def _tell_managers(enrollment: Enrollment, dispute: OnlineDispute) -> None:
    run = get_course_run(enrollment.course_run_id)
    params = _params(enrollment, dispute, dispute.decision or "")
    link = f"/institution/classes/{run.code}/online"
    for manager_id in list_manager_ids(run.institution_id):
        send_notice(manager_id, kind="online_dispute.decided", params=params, link=link)
