"""Reading withheld shares: of a settlement, of a redemption, for the daily work."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select

from marketplace.enrollment.models import Completion, Enrollment
from marketplace.foundation.db import db
from marketplace.institutions.models import Institution
from marketplace.redemption.models import Redemption
from marketplace.retentions.models import Retention
from marketplace.retentions.queries.terms import Waiting
from marketplace.retentions.states import RetentionState

SHARES_MAX = 20_000
"""Of one settlement: two for each of its lines at most."""
DUE_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class HeldShareRow:
    """A share that is withheld, with the training it is of."""

    retention: Retention
    course_run_id: int
    waiting: Waiting


def list_retentions_of_settlement(
    settlement_id: int, *, state: RetentionState | None = None
) -> Sequence[Retention]:
    """What is or will be withheld from a settlement, in the order of its lines."""
    wanted = select(Retention).where(Retention.settlement_id == settlement_id)
    if state is not None:
        wanted = wanted.where(Retention.state == state)
    return db.session.scalars(wanted.order_by(Retention.id).limit(SHARES_MAX)).all()


def list_retentions_of_redemption(redemption_id: int) -> Sequence[Retention]:
    """What was ever withheld of a redemption and stands, in the order of its milestones."""
    return db.session.scalars(
        select(Retention)
        .where(Retention.redemption_id == redemption_id, Retention.state != RetentionState.DROPPED)
        .order_by(Retention.id)
        .limit(10)
    ).all()


def sum_retained_fen(settlement_id: int) -> int:
    """What a settlement keeps back until milestones, whatever became of it since."""
    return _sum(
        Retention.amount_fen,
        Retention.settlement_id == settlement_id,
        Retention.state != RetentionState.DROPPED,
    )


def find_entry_that_withholds(settlement_id: int) -> int | None:
    """The entry by which a settlement withheld its shares; none before its approval."""
    return db.session.scalar(
        select(func.min(Retention.entry_id)).where(Retention.settlement_id == settlement_id)
    )


def sum_paid_fen(settlement_id: int) -> int:
    """What a settlement pays of shares that were released."""
    return _sum(_left(), Retention.paid_settlement_id == settlement_id)


def sum_released_unsettled_fen(institution_id: int) -> int:
    """What was released to an institution and is in no settlement yet."""
    return _sum(_left(), Retention.institution_id == institution_id, is_to_be_paid())


def sum_not_paid_fen(settlement_id: int) -> int:
    """Of the lines of a settlement: what is withheld, or went back to the allotments."""
    kept = (RetentionState.PLANNED, RetentionState.HELD, RetentionState.RETURNED)
    return _sum(_left(), Retention.settlement_id == settlement_id, Retention.state.in_(kept))


def sum_returned_fen(redemption_id: int) -> int:
    """What of a redemption went back to its allotments because its days were over."""
    return _sum(
        _left(),
        Retention.redemption_id == redemption_id,
        Retention.state == RetentionState.RETURNED,
    )


def sum_held_fen(redemption_id: int) -> int:
    """What of a redemption is withheld now."""
    return _sum(
        _left(),
        Retention.redemption_id == redemption_id,
        Retention.state == RetentionState.HELD,
    )


def is_to_be_paid() -> ColumnElement[bool]:
    """Released, and in no settlement yet: a condition for queries."""
    return (Retention.state == RetentionState.RELEASED) & Retention.paid_settlement_id.is_(None)


def list_released_to_pay(
    institution_id: int, *, from_on: date, to_on: date
) -> Sequence[tuple[Retention, int]]:
    """What was released to an institution in these days and no settlement pays yet, oldest first,
    each with its class."""
    rows = db.session.execute(
        select(Retention, Enrollment.course_run_id)
        .join(Redemption, Redemption.id == Retention.redemption_id)
        .join(Enrollment, Enrollment.id == Redemption.enrollment_id)
        .where(
            Retention.institution_id == institution_id,
            is_to_be_paid(),
            Retention.ended_on.between(from_on, to_on),
        )
        .order_by(Retention.id)
        .limit(SHARES_MAX)
    )
    return [(retention, run_id) for retention, run_id in rows]


def lock_held_of_redemption(redemption_id: int) -> Sequence[Retention]:
    """What is withheld of a redemption, ours until the end of the unit of work."""
    return db.session.scalars(
        select(Retention)
        .where(Retention.redemption_id == redemption_id, Retention.state == RetentionState.HELD)
        .order_by(Retention.id)
        .limit(10)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def get_held_after(retention_id: int, *, limit: int = DUE_AT_ONCE) -> Sequence[HeldShareRow]:
    """The next withheld shares in the order of their numbers, as they stand."""
    return _rows(_held_after(retention_id, limit))


def lock_held_after(retention_id: int, *, limit: int = DUE_AT_ONCE) -> Sequence[HeldShareRow]:
    """The same, ours until the end of the unit of work."""
    ids = db.session.scalars(
        select(Retention.id)
        .where(Retention.id.in_(_held_after(retention_id, limit)))
        .order_by(Retention.id)
        .limit(limit)
        .with_for_update()
    ).all()
    return _rows(ids)


def list_released_fen() -> Sequence[tuple[str, int]]:
    """Institution code and what was ever released to it, for checks."""
    rows = db.session.execute(
        select(Institution.code, func.sum(_left()))
        .join(Institution, Institution.id == Retention.institution_id)
        .where(Retention.state == RetentionState.RELEASED)
        .group_by(Institution.code)
        .order_by(Institution.code)
        .limit(100_000)
    )
    return [(code, int(fen)) for code, fen in rows]


def _held_after(retention_id: int, limit: int) -> Sequence[int]:
    return db.session.scalars(
        select(Retention.id)
        .where(Retention.id > retention_id, Retention.state == RetentionState.HELD)
        .order_by(Retention.id)
        .limit(limit)
    ).all()


def _rows(ids: Collection[int]) -> Sequence[HeldShareRow]:
    rows = db.session.execute(
        select(
            Retention,
            Enrollment.id,
            Enrollment.course_run_id,
            Enrollment.worker_id,
            func.coalesce(Completion.completed_on, Redemption.redeemed_on),
        )
        .join(Redemption, Redemption.id == Retention.redemption_id)
        .join(Enrollment, Enrollment.id == Redemption.enrollment_id)
        .outerjoin(Completion, Completion.enrollment_id == Enrollment.id)
        .where(Retention.id.in_(ids), Retention.state == RetentionState.HELD)
        .order_by(Retention.id)
        .limit(len(ids) or 1)
        .execution_options(populate_existing=True)
    )
    return [
        HeldShareRow(
            one,
            run_id,
            Waiting(enrollment_id, worker_id, one.milestone, completed_on, one.counts_from),
        )
        for one, enrollment_id, run_id, worker_id, completed_on in rows
    ]


def _left() -> ColumnElement[int]:
    return Retention.amount_fen - Retention.clawed_back_fen


def _sum(column: ColumnElement[int] | object, *conditions: ColumnElement[bool]) -> int:
    found = select(func.coalesce(func.sum(column), 0)).where(*conditions)
    return int(db.session.scalar(found) or 0)
