"""What is earned and not yet settled, and the settlements there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, func, literal, or_, select, true, union_all
from sqlalchemy.orm import aliased

from marketplace.claims.models import Claim, ClaimLine
from marketplace.claims.queries.policy import get_claim_policy
from marketplace.claims.states import IN_REVIEW, ClaimState
from marketplace.enrollment.models import Enrollment
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.money import Money
from marketplace.foundation.paging import Page, PageRequest
from marketplace.funds.models import Allotment, Fund
from marketplace.institutions.models import Institution
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.people.models import User
from marketplace.redemption.models import Redemption
from marketplace.retentions.models import Retention
from marketplace.retentions.queries.retentions import is_to_be_paid
from marketplace.settlement.models import Advance, Settlement, SettlementLine
from marketplace.settlement.states import SettlementState
from marketplace.vouchers.models import Voucher

LINES_MAX = 10_000
"""More redemptions than this in one month go into a second settlement."""


@dataclass(frozen=True, slots=True)
class UnsettledRedemption:
    """A redemption in no settlement that still stands."""

    redemption_id: int
    amount_fen: int
    currency: str


@dataclass(frozen=True, slots=True)
class UnsettledInstitution:
    """An institution with money earned and not yet settled in a month."""

    institution_id: int
    code: str
    name: str
    redemption_count: int
    amount: Money


@dataclass(frozen=True, slots=True)
class SettlementRow:
    """A settlement as lists show it, with the two people named."""

    id: int
    code: str
    institution_id: int
    institution_code: str
    institution_name: str
    period_code: str
    state: SettlementState
    amount: Money
    settlement: Settlement
    prepared_by_login: str
    decided_by_login: str | None

    @property
    def netted(self) -> Money:
        """Kept back for advances and clawbacks."""
        return Money(self.settlement.netted_fen, self.amount.currency)

    @property
    def payable(self) -> Money:
        """What leaves for the bank."""
        return self.amount - self.netted


@dataclass(frozen=True, slots=True)
class SettlementLineRow:
    """One redemption inside a settlement."""

    redemption_code: str
    voucher_code: str
    enrollment_code: str
    redeemed_on: date
    amount: Money
    entry_id: int
    is_reversed: bool


def in_subtrees(paths: Sequence[str]) -> ColumnElement[bool]:
    """Institutions under one of these jurisdiction paths; an empty path is the whole deployment.

    Needs Jurisdiction outer-joined; no path at all finds nothing.
    """
    if "" in paths:
        return true()
    return or_(*[Jurisdiction.path.startswith(path, autoescape=True) for path in paths or ["-"]])


def _is_unsettled() -> ColumnElement[bool]:
    settled = select(SettlementLine.id).where(
        SettlementLine.redemption_id == Redemption.id, SettlementLine.released_at.is_(None)
    )
    return Redemption.reversal_entry_id.is_(None) & ~settled.exists() & _is_payable()


def _is_payable() -> ColumnElement[bool]:
    """What claims allow: approved ones are settled once their hold is over; nothing under review.

    A redemption in no claim (or in a draft) is settled only where policy asks for no claims.
    """
    held = (
        select(ClaimLine.id)
        .join(Claim, Claim.id == ClaimLine.claim_id)
        .where(ClaimLine.redemption_id == Redemption.id, ClaimLine.released_at.is_(None))
    )
    approved = held.where(Claim.state == ClaimState.APPROVED)
    if get_claim_policy().claims_required:
        return approved.where(Claim.settle_from <= clock.today()).exists()
    waits = or_(
        Claim.state.in_(IN_REVIEW),
        (Claim.state == ClaimState.APPROVED) & (Claim.settle_from > clock.today()),
    )
    return ~held.where(waits).exists()


def list_unsettled_redemptions(
    institution_id: int, *, from_on: date, to_on: date
) -> list[UnsettledRedemption]:
    """What an institution earned in these days and no settlement holds, oldest first."""
    rows = db.session.execute(
        select(Redemption.id, Redemption.amount_fen, Fund.currency)
        .join(Allotment, Allotment.id == Redemption.allotment_id)
        .join(Fund, Fund.id == Allotment.fund_id)
        .where(
            Redemption.institution_id == institution_id,
            Redemption.redeemed_on.between(from_on, to_on),
            _is_unsettled(),
        )
        .order_by(Redemption.id)
        .limit(LINES_MAX)
    )
    return [UnsettledRedemption(*row) for row in rows]


def list_institutions_with_unsettled(
    *, from_on: date, to_on: date, paths: Sequence[str], page: PageRequest
) -> Page[UnsettledInstitution]:
    """Who has earned money in these days, or was released a withheld share, that nobody has settled
    yet, largest amount first."""
    due = union_all(
        select(
            Redemption.institution_id,
            literal(1).label("redemptions"),
            Redemption.amount_fen.label("amount_fen"),
            Fund.currency,
        )
        .join(Allotment, Allotment.id == Redemption.allotment_id)
        .join(Fund, Fund.id == Allotment.fund_id)
        .where(Redemption.redeemed_on.between(from_on, to_on), _is_unsettled()),
        select(
            Retention.institution_id,
            literal(0),
            Retention.amount_fen - Retention.clawed_back_fen,
            Retention.currency,
        ).where(Retention.ended_on.between(from_on, to_on), is_to_be_paid()),
    ).subquery()
    amount = func.sum(due.c.amount_fen)
    wanted = (
        select(
            Institution.id,
            Institution.code,
            Institution.name,
            func.sum(due.c.redemptions),
            amount,
            due.c.currency,
        )
        .select_from(due)
        .join(Institution, Institution.id == due.c.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .where(in_subtrees(paths))
        .group_by(Institution.id, Institution.code, Institution.name, due.c.currency)
    )
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.execute(
        wanted.order_by(amount.desc(), Institution.id).offset(page.offset).limit(page.limit)
    )
    found = [
        UnsettledInstitution(id_, code, name, int(count), Money(int(fen), currency))
        for id_, code, name, count, fen, currency in rows
    ]
    return Page(found, total, page.number, page.limit)


def find_settlement_in_preparation(institution_id: int, period_code: str) -> Settlement | None:
    """The settlement of a month that waits for its second signature, if there is one."""
    return db.session.scalar(
        select(Settlement)
        .where(
            Settlement.institution_id == institution_id,
            Settlement.period_code == period_code,
            Settlement.state == SettlementState.PREPARED,
            ~select(Advance.id).where(Advance.settlement_id == Settlement.id).exists(),
        )
        .order_by(Settlement.id.desc())
        .limit(1)
    )


def lock_settlement(settlement_id: int) -> Settlement:
    """A settlement, held until the unit of work ends."""
    found = db.session.scalar(
        select(Settlement)
        .where(Settlement.id == settlement_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("settlement")
    return found


def lock_institution(institution_id: int) -> Institution:
    """An institution, held so that two officers cannot gather the same month at once."""
    found = db.session.scalar(
        select(Institution)
        .where(Institution.id == institution_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("institution")
    return found


def count_reversed_lines(settlement_id: int) -> int:
    """How many redemptions of a settlement were reversed after it was prepared."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(SettlementLine)
            .join(Redemption, Redemption.id == SettlementLine.redemption_id)
            .where(
                SettlementLine.settlement_id == settlement_id,
                SettlementLine.released_at.is_(None),
                Redemption.reversal_entry_id.is_not(None),
            )
        )
        or 0
    )


def list_settled_redemption_ids(settlement_id: int) -> Sequence[int]:
    """The redemptions a settlement holds."""
    return db.session.scalars(
        select(SettlementLine.redemption_id)
        .where(SettlementLine.settlement_id == settlement_id, SettlementLine.released_at.is_(None))
        .order_by(SettlementLine.id)
        .limit(LINES_MAX)
    ).all()


def _rows() -> Select[Settlement, str, str, str, str]:
    prepared, decided = aliased(User), aliased(User)
    return (
        select(Settlement, Institution.code, Institution.name, prepared.login, decided.login)
        .join(Institution, Institution.id == Settlement.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .join(prepared, prepared.id == Settlement.prepared_by)
        .outerjoin(decided, decided.id == Settlement.decided_by)
    )


def _row(
    settlement: Settlement, code: str, name: str, prepared_by: str, decided_by: str | None
) -> SettlementRow:
    return SettlementRow(
        settlement.id,
        settlement.code,
        settlement.institution_id,
        code,
        name,
        settlement.period_code,
        settlement.state,
        Money(settlement.amount_fen, settlement.currency),
        settlement,
        prepared_by,
        decided_by,
    )


def list_settlements(
    page: PageRequest,
    *,
    paths: Sequence[str],
    state: SettlementState | None = None,
    period_code: str | None = None,
    institution_id: int | None = None,
) -> Page[SettlementRow]:
    """Settlements of the institutions in these subtrees, newest first."""
    wanted = _rows().where(in_subtrees(paths))
    if state is not None:
        wanted = wanted.where(Settlement.state == state)
    if period_code:
        wanted = wanted.where(Settlement.period_code == period_code)
    if institution_id is not None:
        wanted = wanted.where(Settlement.institution_id == institution_id)
    total = db.session.scalar(
        select(func.count()).select_from(wanted.with_only_columns(Settlement.id).subquery())
    )
    rows = db.session.execute(
        wanted.order_by(Settlement.id.desc()).offset(page.offset).limit(page.limit)
    )
    return Page([_row(*row) for row in rows], total or 0, page.number, page.limit)


def get_settlement_row(code: str, *, paths: Sequence[str]) -> SettlementRow:
    """One settlement by its code, for an officer of these subtrees; else it does not exist."""
    row = db.session.execute(
        _rows().where(Settlement.code == code, in_subtrees(paths))
    ).one_or_none()
    if row is None:
        raise NotFound("settlement", code)
    return _row(*row)


def list_settlement_lines(settlement_id: int, page: PageRequest) -> Page[SettlementLineRow]:
    """The redemptions in a settlement, oldest first."""
    wanted = (
        select(
            Redemption.code,
            Voucher.code,
            Enrollment.code,
            Redemption.redeemed_on,
            SettlementLine.amount_fen,
            Settlement.currency,
            Redemption.entry_id,
            Redemption.reversal_entry_id,
        )
        .select_from(SettlementLine)
        .join(Settlement, Settlement.id == SettlementLine.settlement_id)
        .join(Redemption, Redemption.id == SettlementLine.redemption_id)
        .join(Voucher, Voucher.id == Redemption.voucher_id)
        .join(Enrollment, Enrollment.id == Redemption.enrollment_id)
        .where(SettlementLine.settlement_id == settlement_id)
    )
    total = db.session.scalar(
        select(func.count())
        .select_from(SettlementLine)
        .where(SettlementLine.settlement_id == settlement_id)
    )
    rows = db.session.execute(
        wanted.order_by(SettlementLine.id).offset(page.offset).limit(page.limit)
    )
    lines = [
        SettlementLineRow(code, voucher, enrollment, on, Money(fen, currency), entry_id, bool(rev))
        for code, voucher, enrollment, on, fen, currency, entry_id, rev in rows
    ]
    return Page(lines, total or 0, page.number, page.limit)


def count_settlements_to_approve(paths: Sequence[str]) -> int:
    """How many settlements wait for a second signature in these subtrees."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Settlement)
            .join(Institution, Institution.id == Settlement.institution_id)
            .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
            .where(Settlement.state == SettlementState.PREPARED, in_subtrees(paths))
        )
        or 0
    )


def is_institution_in(institution_id: int, *, paths: Sequence[str]) -> bool:
    """Does the institution lie in one of these subtrees?"""
    found = db.session.scalar(
        select(Institution.id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .where(Institution.id == institution_id, in_subtrees(paths))
    )
    return found is not None
