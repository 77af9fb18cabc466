"""Reading handovers, and the book of co-payments as the fund office sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select

from marketplace.copayments.models import (
    Copayment,
    CopaymentHandover,
    CopaymentHandoverItem,
    CopaymentPayment,
    CopaymentRefund,
)
from marketplace.copayments.queries import ROUND_MAX, is_earned, keepable_fens
from marketplace.copayments.states import HandoverState, PaymentChannel, PaymentState
from marketplace.enrollment.models import Enrollment
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.institutions.models import Institution, PayoutAccount
from marketplace.institutions.queries import in_subtrees
from marketplace.jurisdictions.models import Jurisdiction

NOTHING = 0


@dataclass(frozen=True, slots=True)
class BookFilter:
    """What of the book is asked for: payments that arrived in these instants, of a channel, of
    institutions whose name or code holds these letters."""

    since: datetime | None = None
    until: datetime | None = None
    channel: PaymentChannel | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class BookSums:
    """What became of payments that arrived. Amounts in fen; they add up to what was collected."""

    collected_fen: int
    given_back_fen: int
    passed_on_fen: int
    owed_back_fen: int
    """To be given back, still in keeping."""

    @property
    def held_fen(self) -> int:
        return self.collected_fen - self.given_back_fen - self.passed_on_fen


@dataclass(frozen=True, slots=True)
class BookRow:
    """An institution's line in the book."""

    institution: Institution
    payments: int
    sums: BookSums
    earned_fen: int
    """Of what is held: the learners' enrollments are over, and no handover holds it yet."""


@dataclass(frozen=True, slots=True)
class BookPayment:
    """One payment with what became of it."""

    payment: CopaymentPayment
    refund: CopaymentRefund | None
    enrollment_code: str
    copayment_code: str
    handover_code: str | None

    @property
    def back_fen(self) -> int:
        return self.refund.amount_fen if self.refund else 0

    @property
    def kept_fen(self) -> int:
        return self.payment.amount_fen - self.back_fen


@dataclass(frozen=True, slots=True)
class HandoverRow:
    """A handover with whom it pays."""

    handover: CopaymentHandover
    institution: Institution
    payout_account: PayoutAccount


_ARRIVED = CopaymentPayment.state == PaymentState.SUCCEEDED
_BACK = func.coalesce(CopaymentRefund.amount_fen, NOTHING)
_GIVEN = case(
    (CopaymentRefund.state == PaymentState.SUCCEEDED, CopaymentRefund.amount_fen), else_=0
)
_WAITS = case((CopaymentRefund.state != PaymentState.SUCCEEDED, _BACK), else_=0)
_PASSED = case(
    (CopaymentPayment.passed_on_reference.is_not(None), CopaymentPayment.amount_fen - _BACK),
    else_=0,
)
_LIVE_ITEM = (
    select(CopaymentHandoverItem.id)
    .where(
        CopaymentHandoverItem.payment_id == CopaymentPayment.id,
        CopaymentHandoverItem.released_at.is_(None),
    )
    .exists()
)
_EARNED = and_(
    CopaymentPayment.channel == PaymentChannel.ONLINE,
    CopaymentPayment.passed_on_reference.is_(None),
    is_earned(),
    CopaymentPayment.amount_fen > _BACK,
    ~_LIVE_ITEM,
)


def _book(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(CopaymentPayment)
        .join(Copayment, Copayment.id == CopaymentPayment.copayment_id)
        .join(Enrollment, Enrollment.id == Copayment.enrollment_id)
        .join(Institution, Institution.id == CopaymentPayment.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .outerjoin(CopaymentRefund, CopaymentRefund.payment_id == CopaymentPayment.id)
        .where(_ARRIVED)
    )


def _wanted(asked: BookFilter) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if asked.since:
        wanted.append(CopaymentPayment.settled_at >= asked.since)
    if asked.until:
        wanted.append(CopaymentPayment.settled_at < asked.until)
    if asked.channel:
        wanted.append(CopaymentPayment.channel == asked.channel)
    if asked.text:
        named = Institution.name.contains(asked.text, autoescape=True)
        wanted.append(named | (Institution.code == asked.text))
    return wanted


def _sums() -> tuple[Any, ...]:
    parts = (CopaymentPayment.amount_fen, _GIVEN, _PASSED, _WAITS)
    return tuple(func.coalesce(func.sum(part), 0) for part in parts)


def get_book_sums(asked: BookFilter, *, paths: Sequence[str]) -> BookSums:
    """The whole book, or what is asked for of it."""
    wanted = _book(*_sums()).where(in_subtrees(paths), *_wanted(asked))
    return BookSums(*(int(one) for one in db.session.execute(wanted).one()))


def list_book(asked: BookFilter, page: PageRequest, *, paths: Sequence[str]) -> Page[BookRow]:
    """Institution by institution; whoever is owed most of what is earned first."""
    earned = func.coalesce(
        func.sum(case((_EARNED, CopaymentPayment.amount_fen - _BACK), else_=0)), 0
    )
    wanted = (
        _book(Institution, func.count(CopaymentPayment.id), earned, *_sums())
        .where(in_subtrees(paths), *_wanted(asked))
        .group_by(Institution.id)
    )
    total = db.session.scalar(
        select(func.count()).select_from(wanted.with_only_columns(Institution.id).subquery())
    )
    rows = db.session.execute(
        wanted.order_by(earned.desc(), Institution.code).offset(page.offset).limit(page.limit)
    )
    items = [
        BookRow(institution, int(count), BookSums(*(int(one) for one in sums)), int(earned_fen))
        for institution, count, earned_fen, *sums in rows
    ]
    return Page(items, total or 0, page.number, page.limit)


def list_book_payments(
    institution_id: int, asked: BookFilter, page: PageRequest
) -> Page[BookPayment]:
    """An institution's payments that arrived, the newest first."""
    wanted = (
        _book(
            CopaymentPayment,
            CopaymentRefund,
            Enrollment.code,
            Copayment.code,
            CopaymentHandover.code,
        )
        .outerjoin(
            CopaymentHandoverItem,
            and_(
                CopaymentHandoverItem.payment_id == CopaymentPayment.id,
                CopaymentHandoverItem.released_at.is_(None),
            ),
        )
        .outerjoin(CopaymentHandover, CopaymentHandover.id == CopaymentHandoverItem.handover_id)
        .where(CopaymentPayment.institution_id == institution_id, *_wanted(asked))
    )
    total = db.session.scalar(
        select(func.count()).select_from(wanted.with_only_columns(CopaymentPayment.id).subquery())
    )
    rows = db.session.execute(
        wanted.order_by(CopaymentPayment.id.desc()).offset(page.offset).limit(page.limit)
    )
    return Page([BookPayment(*row) for row in rows], total or 0, page.number, page.limit)


def list_handover_earnings(institution_id: int) -> Sequence[tuple[CopaymentPayment, int, str]]:
    """Payments over the internet that are earned and in no live handover, what is in keeping of
    each and its currency; those of one currency."""
    rows = db.session.execute(
        _book(CopaymentPayment, Copayment.currency)
        .where(CopaymentPayment.institution_id == institution_id, _EARNED)
        .order_by(CopaymentPayment.id)
        .limit(ROUND_MAX)
    ).all()
    first = rows[0][1] if rows else ""
    chosen = [payment for payment, currency in rows if currency == first]
    kept = keepable_fens([payment.code for payment in chosen])
    return [(payment, kept[payment.code], first) for payment in chosen]


def lock_handover(code: str) -> CopaymentHandover:
    """A handover, ours until the end of the unit of work."""
    found = db.session.scalar(
        select(CopaymentHandover)
        .where(CopaymentHandover.code == code)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("handover", code)
    return found


def list_handed_payments(
    handover_id: int,
) -> Sequence[tuple[CopaymentHandoverItem, CopaymentPayment, Copayment]]:
    """What a handover holds, in the order of payment."""
    rows = db.session.execute(
        select(CopaymentHandoverItem, CopaymentPayment, Copayment)
        .join(CopaymentPayment, CopaymentPayment.id == CopaymentHandoverItem.payment_id)
        .join(Copayment, Copayment.id == CopaymentPayment.copayment_id)
        .where(CopaymentHandoverItem.handover_id == handover_id)
        .order_by(CopaymentPayment.id)
        .limit(ROUND_MAX)
    )
    return [(item, payment, copayment) for item, payment, copayment in rows]


def find_handover_by_reference(reference: str) -> str | None:
    """The code of the handover that was paid under this reference of the bank."""
    return db.session.scalar(
        select(CopaymentHandover.code).where(CopaymentHandover.reference == reference)
    )


def _rows(paths: Sequence[str]) -> Select[*tuple[Any, ...]]:
    wanted: Select[*tuple[Any, ...]] = (
        select(CopaymentHandover, Institution, PayoutAccount)
        .join(Institution, Institution.id == CopaymentHandover.institution_id)
        .join(PayoutAccount, PayoutAccount.id == CopaymentHandover.payout_account_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .where(in_subtrees(paths))
    )
    return wanted


def get_handover_row(code: str, *, paths: Sequence[str]) -> HandoverRow:
    """A handover to an institution in these subtrees; another one is not found."""
    row = db.session.execute(_rows(paths).where(CopaymentHandover.code == code)).one_or_none()
    if row is None:
        raise NotFound("handover", code)
    return HandoverRow(*row)


def list_handovers(
    page: PageRequest, *, paths: Sequence[str], state: HandoverState | None = None
) -> Page[HandoverRow]:
    """Handovers, the newest first."""
    wanted = _rows(paths)
    if state:
        wanted = wanted.where(CopaymentHandover.state == state)
    total = db.session.scalar(
        select(func.count()).select_from(wanted.with_only_columns(CopaymentHandover.id).subquery())
    )
    rows = db.session.execute(
        wanted.order_by(CopaymentHandover.id.desc()).offset(page.offset).limit(page.limit)
    )
    return Page([HandoverRow(*row) for row in rows], total or 0, page.number, page.limit)


def list_handovers_of(institution_id: int, page: PageRequest) -> Page[CopaymentHandover]:
    """What an institution was or will be handed over, the newest first."""
    wanted = select(CopaymentHandover).where(
        CopaymentHandover.institution_id == institution_id,
        CopaymentHandover.state != HandoverState.REJECTED,
    )
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery()))
    rows = db.session.scalars(
        wanted.order_by(CopaymentHandover.id.desc()).offset(page.offset).limit(page.limit)
    ).all()
    return Page(rows, total or 0, page.number, page.limit)


def count_handovers(state: HandoverState, *, paths: Sequence[str]) -> int:
    """How many wait in a state."""
    wanted = _rows(paths).where(CopaymentHandover.state == state)
    return (
        db.session.scalar(
            select(func.count()).select_from(
                wanted.with_only_columns(CopaymentHandover.id).subquery()
            )
        )
        or 0
    )
