"""How a class is paid in steps: what is due when, what is withheld, what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func, select

from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.queries import RUN_SIZE_MAX
from marketplace.foundation.db import db
from marketplace.redemption.models import Redemption, Reservation
from marketplace.redemption.queries.reservations import is_standing
from marketplace.retentions.models import Retention
from marketplace.retentions.queries.terms import list_steps
from marketplace.retentions.rules import split_by_milestone
from marketplace.retentions.states import RetentionState
from marketplace.vouchers.models import Quote
from marketplace.vouchers.states import Milestone


@dataclass(slots=True)
class ClassStep:
    """One milestone of a class; amounts in fen."""

    milestone: Milestone
    total_fen: int = 0
    """The share of what is redeemed, and expected of what is reserved."""
    held_fen: int = 0
    released_fen: int = 0
    returned_fen: int = 0
    clawed_back_fen: int = 0
    due_by: date | None = None
    """When the first of what is withheld goes back."""
    counts_from: date | None = None
    """From when evidence for it counts."""
    rules: list[str] = field(default_factory=list)


def list_class_steps(course_run_id: int) -> Sequence[ClassStep]:
    """The steps in which the vouchers of a class are paid; empty: all at once."""
    found: dict[Milestone, ClassStep] = {}
    rows = db.session.execute(
        select(
            func.coalesce(Redemption.amount_fen, Reservation.amount_fen), Quote.scheme_version_id
        )
        .select_from(Reservation)
        .join(Enrollment, Enrollment.id == Reservation.enrollment_id)
        .join(Quote, Quote.id == Reservation.quote_id)
        .outerjoin(
            Redemption,
            (Redemption.reservation_id == Reservation.id) & Redemption.reversal_entry_id.is_(None),
        )
        .where(
            Enrollment.course_run_id == course_run_id,
            is_standing(),
        )
        .order_by(Reservation.id)
        .limit(RUN_SIZE_MAX * 2)
    ).all()
    steps = list_steps({version_id for _fen, version_id in rows})
    for amount_fen, version_id in rows:
        if (terms := steps.get(version_id)) is None:
            continue
        for milestone, fen in split_by_milestone(amount_fen, terms.milestones).items():
            step = found.setdefault(milestone, ClassStep(milestone))
            step.total_fen += fen
            if terms.rule not in step.rules:
                step.rules.append(terms.rule)
    _add_withheld(course_run_id, found)
    return [found[one] for one in Milestone if one in found and found[one].total_fen]


def _add_withheld(course_run_id: int, found: dict[Milestone, ClassStep]) -> None:
    rows = db.session.execute(
        select(
            Retention.milestone,
            Retention.state,
            func.sum(Retention.amount_fen - Retention.clawed_back_fen),
            func.sum(Retention.clawed_back_fen),
            func.min(Retention.due_by),
            func.min(Retention.counts_from),
        )
        .join(Redemption, Redemption.id == Retention.redemption_id)
        .join(Enrollment, Enrollment.id == Redemption.enrollment_id)
        .where(Enrollment.course_run_id == course_run_id, Retention.state != RetentionState.DROPPED)
        .group_by(Retention.milestone, Retention.state)
        .order_by(Retention.milestone, Retention.state)
        .limit(100)
    )
    for milestone, state, left_fen, clawed_fen, due_by, counts_from in rows:
        step = found.setdefault(milestone, ClassStep(milestone))
        step.clawed_back_fen += int(clawed_fen)
        if state in (RetentionState.PLANNED, RetentionState.HELD):
            step.held_fen += int(left_fen)
            step.due_by = min(filter(None, (step.due_by, due_by)))
            step.counts_from = min(filter(None, (step.counts_from, counts_from)))
        elif state is RetentionState.RELEASED:
            step.released_fen += int(left_fen)
        elif state is RetentionState.RETURNED:
            step.returned_fen += int(left_fen)
