"""What a change of standing touches, counted before it is decided."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from marketplace.catalog.models import Course, CourseRun
from marketplace.catalog.states import CourseRunState, CourseState
from marketplace.foundation.db import db
from marketplace.redemption.models import Reservation
from marketplace.redemption.states import ReservationState

_COMING = (CourseRunState.PLANNED, CourseRunState.FILED, CourseRunState.OPEN, CourseRunState.FULL)


@dataclass(frozen=True, slots=True)
class StandingEffects:
    """How much of an institution stops, or starts again."""

    courses_listed: int
    runs_coming: int
    """Filed or open: they take no learners while it is out of standing."""
    runs_running: int
    reservations: int
    """Vouchers tied to its classes: not redeemed while it is out of standing."""
    amount_fen: int


def count_standing_effects(institution_id: int) -> StandingEffects:
    """What a suspension, bar or return of this institution touches today."""
    listed = select(func.count()).where(
        Course.institution_id == institution_id, Course.state == CourseState.LISTED
    )
    runs = select(func.count()).where(CourseRun.institution_id == institution_id)
    held = db.session.execute(
        select(func.count(), func.coalesce(func.sum(Reservation.amount_fen), 0)).where(
            Reservation.institution_id == institution_id,
            Reservation.state == ReservationState.HELD,
        )
    ).one()
    return StandingEffects(
        courses_listed=db.session.scalar(listed) or 0,
        runs_coming=db.session.scalar(runs.where(CourseRun.state.in_(_COMING))) or 0,
        runs_running=db.session.scalar(runs.where(CourseRun.state == CourseRunState.RUNNING)) or 0,
        reservations=int(held[0]),
        amount_fen=int(held[1]),
    )
