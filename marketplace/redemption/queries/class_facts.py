"""Who of a class began, and how far they came: two statements for any number of learners."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import or_, select

from marketplace.catalog.queries.course_runs import list_lessons
from marketplace.enrollment.models import Attendance, Completion, Enrollment, OnlineStatement
from marketplace.enrollment.online_queries import list_online_shares
from marketplace.enrollment.queries import RUN_SIZE_MAX, count_lessons_attended
from marketplace.enrollment.rules import completion_rate_percent
from marketplace.enrollment.states import AssessmentResult, AttendanceState, EnrollmentState
from marketplace.evidence.models import EvidenceHold
from marketplace.evidence.states import FindingKind
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.money import Money
from marketplace.redemption.class_rules import ClassStanding, LearnerOfClass, class_standing
from marketplace.redemption.models import Reservation
from marketplace.redemption.queries.reservations import is_standing
from marketplace.vouchers.completion_words import Words, completion_sentences, pay_scale
from marketplace.vouchers.models import Quote, SchemeVersion
from marketplace.vouchers.queries.schemes import get_policy_of
from marketplace.vouchers.rules.policy import Policy
from marketplace.vouchers.rules.settings import Setting

_LEFT = (EnrollmentState.WITHDRAWN, EnrollmentState.NO_SHOW)


@dataclass(frozen=True, slots=True)
class ClassTerms:
    """What one scheme version says about a class some of whose learners it pays for."""

    policy: Policy
    vouchers: int
    standing: ClassStanding | None

    @property
    def sentences(self) -> list[tuple[Setting[Any], str, Mapping[str, Any]]]:
        """What it says about incomplete training, in words."""
        return list(completion_sentences(self.policy))


def get_learners_of_classes(
    course_run_ids: Collection[int],
) -> Mapping[int, list[LearnerOfClass]]:
    """By class, everybody who was at a lesson or learned online, with or without a voucher."""
    found: dict[int, list[LearnerOfClass]] = defaultdict(list)
    for _enrollment_id, run_id, learner in _list_learners(course_run_ids):
        found[run_id].append(learner)
    return found


def _list_learners(course_run_ids: Collection[int]) -> list[tuple[int, int, LearnerOfClass]]:
    present = select(Attendance.id).where(
        Attendance.enrollment_id == Enrollment.id, Attendance.state == AttendanceState.PRESENT
    )
    online = select(OnlineStatement.id).where(OnlineStatement.enrollment_id == Enrollment.id)
    rows = db.session.execute(
        select(
            Enrollment.id,
            Enrollment.course_run_id,
            Enrollment.state,
            Completion.rate_percent,
            Completion.assessment,
        )
        .outerjoin(Completion, Completion.enrollment_id == Enrollment.id)
        .where(
            Enrollment.course_run_id.in_(course_run_ids),
            or_(Completion.id.is_not(None), present.exists(), online.exists()),
        )
        .order_by(Enrollment.id)
        .limit(RUN_SIZE_MAX * 10)
    )
    none = AssessmentResult.NOT_ASSESSED
    return [
        (one, run_id, LearnerOfClass(rate, assessment or none, state in _LEFT))
        for one, run_id, state, rate, assessment in rows
    ]


def _list_learners_so_far(course_run_id: int) -> list[LearnerOfClass]:
    """The same of one class, with the rate each can still reach by the lessons still ahead. Of a
    class with online hours nothing is foretold."""
    found = _list_learners([course_run_id])
    lessons, ids = list_lessons(course_run_id), [one for one, _run, _learner in found]
    ahead = sum(lesson.ends_at > clock.now() for lesson in lessons)
    if not ids or list_online_shares(ids):
        return [learner for _one, _run, learner in found]
    attended = count_lessons_attended(ids)
    return [
        replace(
            learner,
            best_rate_percent=completion_rate_percent(attended.get(one, 0) + ahead, len(lessons)),
        )
        for one, _run, learner in found
    ]


def list_held_for_class(course_run_ids: Collection[int]) -> Mapping[int, set[int]]:
    """By class, for whom a hold was placed because too few completed, whatever became of it: by
    enrollment, and 0 for everybody."""
    rows = db.session.execute(
        select(EvidenceHold.course_run_id, EvidenceHold.enrollment_id)
        .where(
            EvidenceHold.course_run_id.in_(course_run_ids),
            EvidenceHold.kind == FindingKind.CLASS_BELOW,
        )
        .order_by(EvidenceHold.id)
        .limit(RUN_SIZE_MAX * 10)
    )
    found: dict[int, set[int]] = defaultdict(set)
    for run_id, enrollment_id in rows:
        found[run_id].add(enrollment_id or 0)
    return found


def get_class_terms(course_run_id: int) -> list[ClassTerms]:
    """The scheme versions whose vouchers are tied to a class, and where it stands by each."""
    policies = [policy for _enrollment_id, policy in _list_policies(course_run_id)]
    asks = any(policy.completion.class_least for policy in policies)
    learners = _list_learners_so_far(course_run_id) if asks else []
    distinct = {(policy.scheme, policy.version): policy for policy in policies}
    return [
        ClassTerms(
            policy,
            sum((one.scheme, one.version) == key for one in policies),
            class_standing(learners, policy),
        )
        for key, policy in sorted(distinct.items())
    ]


def get_standings_by_learner(course_run_id: int) -> dict[int, ClassStanding | None]:
    """By enrollment whose voucher is tied to a class: where the class stands by its scheme."""
    policies = _list_policies(course_run_id)
    if not any(policy.completion.class_least for _enrollment_id, policy in policies):
        return {}
    learners = get_learners_of_classes([course_run_id]).get(course_run_id, [])
    return {enrollment_id: class_standing(learners, policy) for enrollment_id, policy in policies}


def get_pay_scale(reservation: Reservation) -> list[Words]:
    """What is paid of a reserved amount at which attendance; empty: all or nothing."""
    policy = get_policy_of_reservation(reservation)
    return pay_scale(policy, Money(reservation.amount_fen, policy.currency))


def get_policy_of_reservation(reservation: Reservation) -> Policy:
    """The policy of the version that a reservation was quoted by."""
    version_id, sha256 = db.session.execute(
        select(SchemeVersion.id, SchemeVersion.content_sha256)
        .join(Quote, Quote.scheme_version_id == SchemeVersion.id)
        .where(Quote.id == reservation.quote_id)
    ).one()
    return get_policy_of(version_id, sha256)


def _list_policies(course_run_id: int) -> list[tuple[int, Policy]]:
    rows = db.session.execute(
        select(Reservation.enrollment_id, SchemeVersion.id, SchemeVersion.content_sha256)
        .join(Enrollment, Enrollment.id == Reservation.enrollment_id)
        .join(Quote, Quote.id == Reservation.quote_id)
        .join(SchemeVersion, SchemeVersion.id == Quote.scheme_version_id)
        .where(
            Enrollment.course_run_id == course_run_id,
            is_standing(),
        )
        .order_by(Reservation.enrollment_id)
        .limit(RUN_SIZE_MAX)
    )
    return [(one, get_policy_of(version_id, sha256)) for one, version_id, sha256 in rows]
