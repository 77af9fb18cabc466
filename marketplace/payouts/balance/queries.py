"""Reading the book of the Stripe balance: lines, what they belong to, what is missing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from marketplace.copayments.models import Copayment, CopaymentPayment, CopaymentRefund
from marketplace.copayments.states import PaymentChannel, PaymentState
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.payouts.balance.rules import KINDS, OursFacts, kind_of
from marketplace.payouts.models import (
    Payout,
    PayoutAttempt,
    StripeBalanceCheck,
    StripeMovement,
    StripeTransfer,
)
from marketplace.payouts.rails.stripe_balance import SeenMovement
from marketplace.payouts.states import MovementKind, MovementState

OPEN = (MovementState.BREAK, MovementState.PROPOSED)
AT_ONCE = 500
MISSING_MAX = 50


@dataclass(frozen=True, slots=True)
class KindSum:
    """What Stripe's lines of a kind add up to, beside our books; amounts in fen."""

    kind: MovementKind
    currency: str
    lines: int
    stripe_fen: int
    fee_fen: int
    open_fen: int
    """Of it: lines that are differences."""


@dataclass(frozen=True, slots=True)
class Missing:
    """In our books, and no line of Stripe's shows it."""

    kind: MovementKind
    subject: str
    amount_fen: int
    currency: str
    since: datetime | None


def list_known_movements(movement_ids: Collection[str]) -> frozenset[str]:
    """Which of these lines were read before."""
    found = db.session.scalars(
        select(StripeMovement.movement_id)
        .where(StripeMovement.movement_id.in_(movement_ids))
        .order_by(StripeMovement.movement_id)
        .limit(len(movement_ids) or 1)
    )
    return frozenset(found)


def find_last_check(currency: str | None = None) -> StripeBalanceCheck | None:
    """The newest complete reading."""
    wanted = select(StripeBalanceCheck).order_by(StripeBalanceCheck.id.desc()).limit(1)
    if currency is not None:
        wanted = wanted.where(StripeBalanceCheck.currency == currency)
    return db.session.scalar(wanted)


def list_last_checks() -> Sequence[StripeBalanceCheck]:
    """The newest complete reading of each currency."""
    newest = select(func.max(StripeBalanceCheck.id)).group_by(StripeBalanceCheck.currency)
    return db.session.scalars(
        select(StripeBalanceCheck)
        .where(StripeBalanceCheck.id.in_(newest))
        .order_by(StripeBalanceCheck.currency)
        .limit(20)
    ).all()


def sum_lines(currency: str) -> tuple[int, int]:
    """Net sum in fen, and number, of all lines of a currency."""
    count, total = db.session.execute(
        select(
            func.count(StripeMovement.id), func.coalesce(func.sum(StripeMovement.net_fen), 0)
        ).where(StripeMovement.currency == currency)
    ).one()
    return int(total), int(count)


def list_line_currencies() -> Sequence[str]:
    """Currencies that lines are in."""
    return db.session.scalars(
        select(StripeMovement.currency).distinct().order_by(StripeMovement.currency).limit(20)
    ).all()


def find_ours(line: SeenMovement | StripeMovement, subject: str | None) -> OursFacts | None:
    """What our books hold for a line; `subject` names it when the line was read before."""
    kind = kind_of(line.kind)
    if kind is MovementKind.PAYMENT:
        return _payment(line, subject)
    if kind is MovementKind.REFUND:
        return _refund(line, subject)
    return _transfer(line, subject, kind)


def _payment(line: SeenMovement | StripeMovement, subject: str | None) -> OursFacts | None:
    wanted = select(CopaymentPayment, Copayment.currency).join(
        Copayment, Copayment.id == CopaymentPayment.copayment_id
    )
    if subject:
        # Of a payment that was not ours yet its number at Stripe was kept.
        named = or_(CopaymentPayment.code == subject, CopaymentPayment.intent_id == subject)
        wanted = wanted.where(named)
    elif isinstance(line, SeenMovement) and line.intent_id:
        wanted = wanted.where(CopaymentPayment.intent_id == line.intent_id)
    else:
        return None
    row = db.session.execute(wanted).one_or_none()
    if row is None:
        return None
    payment, currency = row
    is_booked = payment.state is PaymentState.SUCCEEDED
    taken = _is_taken(payment.code, line)
    return OursFacts(payment.code, payment.amount_fen, currency, is_booked, taken)


def _refund(line: SeenMovement | StripeMovement, subject: str | None) -> OursFacts | None:
    named = or_(CopaymentRefund.code == subject, CopaymentRefund.refund_id == line.source_id)
    row = db.session.execute(
        select(CopaymentRefund, Copayment.currency)
        .join(CopaymentPayment, CopaymentPayment.id == CopaymentRefund.payment_id)
        .join(Copayment, Copayment.id == CopaymentPayment.copayment_id)
        .where(named)
    ).one_or_none()
    if row is None:
        return None
    refund, currency = row
    is_booked = refund.state is PaymentState.SUCCEEDED
    taken = _is_taken(refund.code, line)
    return OursFacts(refund.code, -refund.amount_fen, currency, is_booked, taken)


def _transfer(
    line: SeenMovement | StripeMovement, subject: str | None, kind: MovementKind
) -> OursFacts | None:
    wanted = (
        select(PayoutAttempt, Payout)
        .join(Payout, Payout.id == PayoutAttempt.payout_id)
        .join(StripeTransfer, StripeTransfer.payout_attempt_id == PayoutAttempt.id)
    )
    numbers = [line.source_id, subject]
    if isinstance(line, SeenMovement):
        numbers.append(line.transfer_id)
    named = or_(
        PayoutAttempt.end_to_end_id == subject,
        StripeTransfer.transfer_id.in_([one for one in numbers if one]),
    )
    row = db.session.execute(wanted.where(named)).one_or_none()
    if row is None:
        return None
    attempt, payout = row
    outcome = attempt.outcome or ""
    is_back = kind is MovementKind.TRANSFER_BACK
    is_booked = outcome.startswith("returned") if is_back else outcome != ""
    sign = 1 if is_back else -1
    taken = _is_taken(attempt.end_to_end_id, line)
    amount_fen = sign * payout.amount_fen
    return OursFacts(attempt.end_to_end_id, amount_fen, payout.currency, is_booked, taken)


def _is_taken(subject: str, line: SeenMovement | StripeMovement) -> bool:
    kinds = _same_kinds(line.kind)
    found = db.session.scalar(
        select(StripeMovement.id)
        .where(
            StripeMovement.subject == subject,
            StripeMovement.kind.in_(kinds),
            StripeMovement.state == MovementState.MATCHED,
            StripeMovement.movement_id != line.movement_id,
        )
        .limit(1)
    )
    return found is not None


def _same_kinds(kind: str) -> list[str]:
    return [name for name, meant in KINDS.items() if meant is kind_of(kind)]


def lock_movement(movement_id: str) -> StripeMovement:
    """A line, ours until the end of the unit of work."""
    found = db.session.scalar(
        select(StripeMovement)
        .where(StripeMovement.movement_id == movement_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("stripe_movement", movement_id)
    return found


def lock_breaks(after_id: int) -> Sequence[StripeMovement]:
    """Differences behind a row, to be tried again."""
    return db.session.scalars(
        select(StripeMovement)
        .where(StripeMovement.state == MovementState.BREAK, StripeMovement.id > after_id)
        .order_by(StripeMovement.id)
        .limit(AT_ONCE)
        .with_for_update()
    ).all()


def get_movement(movement_id: str) -> StripeMovement:
    """A line by Stripe's number of it."""
    found = db.session.scalar(
        select(StripeMovement).where(StripeMovement.movement_id == movement_id)
    )
    if found is None:
        raise NotFound("stripe_movement", movement_id)
    return found


def list_movements(
    page: PageRequest, *, state: MovementState | None = None, cause: str | None = None
) -> Page[StripeMovement]:
    """Lines; differences the oldest first, all others the newest first."""
    wanted = select(StripeMovement)
    if state is not None:
        wanted = wanted.where(StripeMovement.state == state)
    if cause:
        wanted = wanted.where(StripeMovement.cause == cause)
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery()))
    order = StripeMovement.id.asc() if state in OPEN else StripeMovement.id.desc()
    rows = db.session.scalars(wanted.order_by(order).offset(page.offset).limit(page.limit)).all()
    return Page(rows, total or 0, page.number, page.limit)


def count_movements(state: MovementState) -> int:
    """How many lines are in a state."""
    return (
        db.session.scalar(
            select(func.count()).select_from(StripeMovement).where(StripeMovement.state == state)
        )
        or 0
    )


def list_kind_sums() -> Sequence[KindSum]:
    """All lines by what they mean to our books."""
    rows = db.session.execute(
        select(
            StripeMovement.kind,
            StripeMovement.currency,
            StripeMovement.state,
            func.count(),
            func.sum(StripeMovement.amount_fen),
            func.sum(StripeMovement.fee_fen),
        )
        .group_by(StripeMovement.kind, StripeMovement.currency, StripeMovement.state)
        .order_by(StripeMovement.kind)
        .limit(500)
    )
    sums: dict[tuple[MovementKind, str], list[int]] = {}
    for kind, currency, state, count, amount, fee in rows:
        found = sums.setdefault((kind_of(kind), currency), [0, 0, 0, 0])
        parts = (count, amount, fee, amount if state in OPEN else 0)
        for place, part in enumerate(parts):
            found[place] += int(part)
    order = list(MovementKind)
    return [
        KindSum(kind, currency, *parts)
        for (kind, currency), parts in sorted(
            sums.items(), key=lambda item: (order.index(item[0][0]), item[0][1])
        )
    ]


def find_missing() -> Sequence[Missing]:
    """Payments, refunds and transfers that our books hold and no line of Stripe's shows; the
    first of each."""
    return [*_missing_payments(), *_missing_refunds(), *_missing_transfers()]


def _shown(subject: Any, meant: MovementKind) -> ColumnElement[bool]:
    kinds = [name for name, kind in KINDS.items() if kind is meant]
    return (
        select(StripeMovement.id)
        .where(StripeMovement.subject == subject, StripeMovement.kind.in_(kinds))
        .exists()
    )


def _missing_payments() -> list[Missing]:
    rows = db.session.execute(
        select(CopaymentPayment, Copayment.currency)
        .join(Copayment, Copayment.id == CopaymentPayment.copayment_id)
        .where(
            CopaymentPayment.channel == PaymentChannel.ONLINE,
            CopaymentPayment.state == PaymentState.SUCCEEDED,
            ~_shown(CopaymentPayment.code, MovementKind.PAYMENT),
        )
        .order_by(CopaymentPayment.id)
        .limit(MISSING_MAX)
    )
    return [
        Missing(MovementKind.PAYMENT, one.code, one.amount_fen, currency, one.settled_at)
        for one, currency in rows
    ]


def _missing_refunds() -> list[Missing]:
    rows = db.session.execute(
        select(CopaymentRefund, Copayment.currency)
        .join(CopaymentPayment, CopaymentPayment.id == CopaymentRefund.payment_id)
        .join(Copayment, Copayment.id == CopaymentPayment.copayment_id)
        .where(
            CopaymentPayment.channel == PaymentChannel.ONLINE,
            CopaymentRefund.state == PaymentState.SUCCEEDED,
            ~_shown(CopaymentRefund.code, MovementKind.REFUND),
        )
        .order_by(CopaymentRefund.id)
        .limit(MISSING_MAX)
    )
    return [
        Missing(MovementKind.REFUND, one.code, -one.amount_fen, currency, one.settled_at)
        for one, currency in rows
    ]


def _missing_transfers() -> list[Missing]:
    rows = db.session.execute(
        select(PayoutAttempt.end_to_end_id, Payout, StripeTransfer.answered_at)
        .join(Payout, Payout.id == PayoutAttempt.payout_id)
        .join(StripeTransfer, StripeTransfer.payout_attempt_id == PayoutAttempt.id)
        .where(
            StripeTransfer.transfer_id.is_not(None),
            ~_shown(PayoutAttempt.end_to_end_id, MovementKind.TRANSFER),
        )
        .order_by(PayoutAttempt.id)
        .limit(MISSING_MAX)
    )
    return [
        Missing(MovementKind.TRANSFER, reference, -payout.amount_fen, payout.currency, since)
        for reference, payout, since in rows
    ]
