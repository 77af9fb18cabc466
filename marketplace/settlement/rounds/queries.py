"""Settlements that wait for a signature, and how far a round is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, false, func, not_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.money import Money
from marketplace.foundation.paging import PAGE_SIZE_MAX, Page, PageRequest
from marketplace.institutions.models import Institution
from marketplace.institutions.states import InstitutionState
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.people.models import User
from marketplace.settlement.models import (
    Advance,
    Settlement,
    SettlementLine,
    SettlementRound,
    SettlementRoundItem,
    StatementDispute,
)
from marketplace.settlement.queries.months import in_subtrees, list_institutions_with_unsettled
from marketplace.settlement.rounds.rules import LookFirst, MonthFacts, reasons_to_look
from marketplace.settlement.states import DisputeState, RoundOutcome, SettlementState

ROUND_MAX = 5_000
"""Institutions in one round; a province has fewer."""
HELD = (InstitutionState.SUSPENDED, InstitutionState.BARRED)


@dataclass(frozen=True, slots=True)
class ToSign:
    """A month that waits for its second signature, with what to look at first."""

    settlement: Settlement
    institution_name: str
    prepared_by_login: str
    lines: int
    last_settled: Money | None
    look_first: tuple[LookFirst, ...]

    @property
    def amount(self) -> Money:
        return Money(self.settlement.amount_fen, self.settlement.currency)

    @property
    def netted(self) -> Money:
        """Kept back for advances, clawbacks and milestones."""
        return Money(self.settlement.netted_fen, self.settlement.currency)


@dataclass(frozen=True, slots=True)
class SumOf:
    """How many, and how much by currency."""

    count: int
    amounts: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class RoundRow:
    """A round with how far it is."""

    round: SettlementRound
    requested_by_login: str
    waiting: int
    done: int
    refused: int
    amounts: tuple[Money, ...]
    """What is done of it, by currency."""

    @property
    def total(self) -> int:
        return self.waiting + self.done + self.refused


@dataclass(frozen=True, slots=True)
class RoundItemRow:
    """One institution or settlement of a round."""

    item: SettlementRoundItem
    institution_code: str
    institution_name: str
    settlement_code: str | None


def list_to_sign(
    page: PageRequest, *, paths: Sequence[str], period_code: str, signer_id: int
) -> Page[ToSign]:
    """Prepared months that this officer may sign (none they prepared), largest amount first."""
    wanted = _to_sign(paths=paths, period_code=period_code, signer_id=signer_id)
    total = db.session.scalar(
        select(func.count()).select_from(wanted.with_only_columns(Settlement.id).subquery())
    )
    rows = db.session.execute(
        wanted.order_by(Settlement.amount_fen.desc(), Settlement.id)
        .offset(page.offset)
        .limit(page.limit)
    )
    return Page([_waiting(*row) for row in rows], total or 0, page.number, page.limit)


def list_chosen(
    codes: Sequence[str], *, paths: Sequence[str], period_code: str, signer_id: int
) -> list[ToSign]:
    """Those of a month named by their codes; one this officer prepared is not found.

    What was decided since the officer looked is found: signing it tells why it is not possible.
    """
    wanted = _of_others(paths=paths, period_code=period_code, signer_id=signer_id).where(
        Settlement.code.in_(codes)
    )
    rows = db.session.execute(wanted.order_by(Settlement.id).limit(ROUND_MAX))
    found = [_waiting(*row) for row in rows]
    if len(found) != len(set(codes)):
        raise NotFound("settlement")
    return found


def sum_to_sign(*, paths: Sequence[str], period_code: str, signer_id: int) -> SumOf:
    """How many months wait for this officer's signature, and how much is in them."""
    wanted = _to_sign(paths=paths, period_code=period_code, signer_id=signer_id)
    of_all = wanted.with_only_columns(
        Settlement.currency, Settlement.amount_fen, maintain_column_froms=True
    ).subquery()
    rows = db.session.execute(
        select(of_all.c.currency, func.count(), func.sum(of_all.c.amount_fen))
        .group_by(of_all.c.currency)
        .order_by(of_all.c.currency)
    ).all()
    return SumOf(
        sum(count for _currency, count, _fen in rows),
        tuple(Money(int(fen), currency) for currency, _count, fen in rows),
    )


def list_to_prepare(
    *, paths: Sequence[str], from_on: date, to_on: date
) -> list[tuple[int, int, str]]:
    """Institutions with money of these days that nobody has settled: number, amount, currency."""
    found: list[tuple[int, int, str]] = []
    for number in range(1, ROUND_MAX // PAGE_SIZE_MAX + 1):
        page = list_institutions_with_unsettled(
            from_on=from_on, to_on=to_on, paths=paths, page=PageRequest(number, PAGE_SIZE_MAX)
        )
        found += [(row.institution_id, row.amount.fen, row.amount.currency) for row in page.items]
        if len(found) >= page.total:
            break
    return found


def lock_round_item(item_id: int) -> SettlementRoundItem:
    """One item, held until the unit of work ends."""
    return db.session.scalars(
        select(SettlementRoundItem)
        .where(SettlementRoundItem.id == item_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def find_waiting_item_id(round_id: int) -> int | None:
    """The next of a round that nothing was decided about."""
    return db.session.scalar(
        select(SettlementRoundItem.id)
        .where(
            SettlementRoundItem.round_id == round_id,
            SettlementRoundItem.outcome == RoundOutcome.WAITING,
        )
        .order_by(SettlementRoundItem.id)
        .limit(1)
    )


def get_round(round_id: int) -> SettlementRound:
    """A round by its number."""
    return db.session.get_one(SettlementRound, round_id)


def get_round_row(code: str, *, paths: Sequence[str]) -> RoundRow:
    """A round for an officer to whose places all its institutions belong; else not found."""
    return _one(_rounds(paths).where(SettlementRound.code == code), code)


def list_rounds(*, paths: Sequence[str], limit: int = 5) -> list[RoundRow]:
    """The newest rounds of these places."""
    rows = db.session.execute(_rounds(paths).order_by(SettlementRound.id.desc()).limit(limit)).all()
    return [_round_row(*row) for row in rows]


def list_round_items(
    round_id: int, page: PageRequest, *, outcome: RoundOutcome | None = None
) -> Page[RoundItemRow]:
    """What became of each, in the order of the round."""
    wanted = _items(round_id, outcome)
    total = db.session.scalar(
        select(func.count()).select_from(
            wanted.with_only_columns(SettlementRoundItem.id).subquery()
        )
    )
    rows = db.session.execute(
        wanted.order_by(SettlementRoundItem.id).offset(page.offset).limit(page.limit)
    )
    return Page([RoundItemRow(*row) for row in rows], total or 0, page.number, page.limit)


def list_all_round_items(
    round_id: int, *, outcome: RoundOutcome | None = None
) -> list[RoundItemRow]:
    """The whole round, for a file."""
    wanted = _items(round_id, outcome).order_by(SettlementRoundItem.id).limit(ROUND_MAX)
    rows = db.session.execute(wanted)
    return [RoundItemRow(*row) for row in rows]


def _items(
    round_id: int, outcome: RoundOutcome | None
) -> Select[SettlementRoundItem, str, str, str]:
    wanted = (
        select(SettlementRoundItem, Institution.code, Institution.name, Settlement.code)
        .join(Institution, Institution.id == SettlementRoundItem.institution_id)
        .outerjoin(Settlement, Settlement.id == SettlementRoundItem.settlement_id)
        .where(SettlementRoundItem.round_id == round_id)
    )
    return wanted if outcome is None else wanted.where(SettlementRoundItem.outcome == outcome)


def _to_sign(
    *, paths: Sequence[str], period_code: str, signer_id: int
) -> Select[Settlement, str, InstitutionState, str, int, int, int]:
    wanted = _of_others(paths=paths, period_code=period_code, signer_id=signer_id)
    return wanted.where(Settlement.state == SettlementState.PREPARED)


def _of_others(
    *, paths: Sequence[str], period_code: str, signer_id: int
) -> Select[Settlement, str, InstitutionState, str, int, int, int]:
    """Of a month, prepared by others, whatever became of it."""
    earlier, disputed = aliased(Settlement), StatementDispute
    last_settled = (
        select(earlier.amount_fen)
        .where(
            earlier.institution_id == Settlement.institution_id,
            earlier.currency == Settlement.currency,
            earlier.period_code < Settlement.period_code,
            earlier.state == SettlementState.APPROVED,
            ~_is_advance(earlier.id),
        )
        .order_by(earlier.period_code.desc(), earlier.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    lines = (
        select(func.count()).where(SettlementLine.settlement_id == Settlement.id).scalar_subquery()
    )
    disputes = (
        select(func.count())
        .where(
            disputed.institution_id == Settlement.institution_id,
            disputed.state == DisputeState.OPEN,
        )
        .scalar_subquery()
    )
    return (
        select(
            Settlement,
            Institution.name,
            Institution.state,
            User.login,
            lines,
            last_settled,
            disputes,
        )
        .join(Institution, Institution.id == Settlement.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .join(User, User.id == Settlement.prepared_by)
        .where(
            in_subtrees(paths),
            Settlement.period_code == period_code,
            Settlement.prepared_by != signer_id,
            ~_is_advance(Settlement.id),
        )
    )


def _is_advance(settlement_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Advances are signed one by one: they are paid before anybody was taught."""
    return select(Advance.id).where(Advance.settlement_id == settlement_id).exists()


def _waiting(
    settlement: Settlement,
    name: str,
    state: InstitutionState,
    login: str,
    lines: int,
    last_fen: int | None,
    disputes: int,
) -> ToSign:
    facts = MonthFacts(settlement.amount_fen, last_fen, disputes, state in HELD)
    last = None if last_fen is None else Money(last_fen, settlement.currency)
    return ToSign(settlement, name, login, lines, last, reasons_to_look(facts))


def _rounds(paths: Sequence[str]) -> Select[SettlementRound, str]:
    outside = (
        select(SettlementRoundItem.id)
        .join(Institution, Institution.id == SettlementRoundItem.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .where(
            SettlementRoundItem.round_id == SettlementRound.id,
            # An institution of no place lies in nobody's subtree but that of the whole deployment.
            not_(func.coalesce(in_subtrees(paths), false())),
        )
    )
    return (
        select(SettlementRound, User.login)
        .join(User, User.id == SettlementRound.requested_by)
        .where(~outside.exists())
    )


def _one(wanted: Select[SettlementRound, str], code: str) -> RoundRow:
    row = db.session.execute(wanted).one_or_none()
    if row is None:
        raise NotFound("settlement_round", code)
    return _round_row(*row)


def _round_row(one: SettlementRound, login: str) -> RoundRow:
    rows = db.session.execute(
        select(
            SettlementRoundItem.outcome,
            SettlementRoundItem.currency,
            func.count(),
            func.sum(SettlementRoundItem.amount_fen),
        )
        .where(SettlementRoundItem.round_id == one.id)
        .group_by(SettlementRoundItem.outcome, SettlementRoundItem.currency)
        .order_by(SettlementRoundItem.currency)
    ).all()
    counts = dict.fromkeys(RoundOutcome, 0)
    for outcome, _currency, count, _fen in rows:
        counts[outcome] += count
    return RoundRow(
        one,
        login,
        counts[RoundOutcome.WAITING],
        counts[RoundOutcome.DONE],
        counts[RoundOutcome.REFUSED],
        tuple(
            Money(int(fen), currency)
            for outcome, currency, _count, fen in rows
            if outcome is RoundOutcome.DONE
        ),
    )
