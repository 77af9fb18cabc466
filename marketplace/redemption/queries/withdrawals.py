"""What leaving a class would mean, and what it meant."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from marketplace.catalog.queries.course_runs import get_course_run
from marketplace.catalog.queries.run_changes import list_run_changes
from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.states import LEARNER_REASONS, ExitReason
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.redemption.leaving_rules import LeavingDecision, LeavingFacts, decide_leaving
from marketplace.redemption.models import Withdrawal
from marketplace.redemption.queries.leavers import list_rates_so_far
from marketplace.redemption.queries.reservations import find_standing_reservation
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.queries.schemes import get_policy, get_scheme_version
from marketplace.vouchers.queries.vouchers import get_voucher


def find_withdrawal(enrollment_id: int) -> Withdrawal | None:
    """What was decided when an enrollment ended before its completion."""
    return db.session.scalar(select(Withdrawal).where(Withdrawal.enrollment_id == enrollment_id))


def find_withdrawal_that_consumed(voucher_id: int) -> Withdrawal | None:
    """The withdrawal by which a voucher was used up."""
    return db.session.scalar(
        select(Withdrawal)
        .where(Withdrawal.voucher_id == voucher_id, Withdrawal.outcome == "consumed")
        .order_by(Withdrawal.id.desc())
        .limit(1)
    )


def get_leaving_facts(enrollment: Enrollment, voucher: Voucher | None) -> LeavingFacts:
    """Everything that decides what leaving means today."""
    return LeavingFacts(
        today=clock.today(),
        enrolled_on=clock.local_date(enrollment.created_at),
        starts_on=get_course_run(enrollment.course_run_id).starts_on,
        voucher_expires_on=voucher.expires_on if voucher else None,
        policy=get_policy(get_scheme_version(voucher.scheme_version_id)) if voucher else None,
        rate_percent=list_rates_so_far([(enrollment.id, enrollment.course_run_id)])[enrollment.id],
    )


def get_leaving_choices(enrollment: Enrollment) -> Mapping[ExitReason, LeavingDecision]:
    """Each reason a learner can give today, and what it would mean."""
    reservation = find_standing_reservation(enrollment.id)
    voucher = get_voucher(reservation.voucher_id) if reservation else None
    facts = get_leaving_facts(enrollment, voucher)
    is_changed = was_changed_since(enrollment)
    return {
        reason: decide_leaving(facts, reason)
        for reason in LEARNER_REASONS
        if reason is not ExitReason.CLASS_CHANGED or is_changed
    }


def was_changed_since(enrollment: Enrollment) -> bool:
    """The institution changed the class after the learner had enrolled."""
    changes = list_run_changes(enrollment.course_run_id)
    return any(change.made_at >= enrollment.created_at for change in changes)
