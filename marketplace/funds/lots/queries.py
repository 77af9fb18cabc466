"""Lots and what is left of them, all accounts at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, false, func, or_, select, true
from sqlalchemy.orm import aliased

from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.money import Money
from marketplace.funds.entries import (
    available,
    committed,
    frozen,
    fund_frozen,
    set_aside,
    unallotted,
)
from marketplace.funds.lots.rules import (
    LotFacts,
    LotStanding,
    Movement,
    committed_by_lot,
    due_fen,
    lot_warning,
    lots_after,
)
from marketplace.funds.models import Allotment, Fund, FundLot, LotReturn
from marketplace.funds.states import LOT_EXPIRED, LotReturnState
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.ledger.entries import AccountName
from marketplace.ledger.flow_queries import list_daily_flows
from marketplace.ledger.queries import list_balances_fen
from marketplace.people.models import User

LOTS_MAX = 2_000
ARRIVALS = ("fund.allotted", "fund.appropriated")

_PROMISED = (committed, set_aside)
"""What may still come back to a lot: promised to vouchers, or kept for quotas."""


@dataclass(frozen=True, slots=True)
class LotRow:
    """A lot, whose it is, and where its money stands."""

    lot: FundLot
    fund: Fund
    allotment: Allotment | None
    place: Jurisdiction | None
    standing: LotStanding
    committed: Money
    """Of what is used: promised to vouchers, so that it may still come back to the lot."""
    returned: Money
    waiting: LotReturn | None
    """A return that waits for its second signature."""
    waiting_by: str | None
    today: date

    @property
    def held(self) -> AccountName:
        return held_by(self.fund, self.allotment)

    @property
    def frozen_in(self) -> AccountName:
        return frozen_by(self.fund, self.allotment)

    @property
    def left(self) -> Money:
        return Money(self.standing.left_fen, self.fund.currency)

    @property
    def used(self) -> Money:
        return Money(self.standing.used_fen, self.fund.currency)

    @property
    def frozen(self) -> Money:
        """Frozen and not returned."""
        return Money(self.standing.frozen_fen - self.returned.fen, self.fund.currency)

    @property
    def due(self) -> Money:
        """What the next run would freeze."""
        return Money(due_fen(self.standing, today=self.today), self.fund.currency)

    @property
    def warning(self) -> int | None:
        left_fen, expires_on = self.standing.left_fen, self.lot.expires_on
        return lot_warning(expires_on, left_fen=left_fen, today=self.today)

    @property
    def days_left(self) -> int:
        return (self.lot.expires_on - self.today).days


def held_by(fund: Fund, allotment: Allotment | None) -> AccountName:
    """Where money of a lot lies that is promised to nobody."""
    return available(allotment.code) if allotment else unallotted(fund.code)


def frozen_by(fund: Fund, allotment: Allotment | None) -> AccountName:
    """Where it lies once frozen."""
    return frozen(allotment.code) if allotment else fund_frozen(fund.code)


def list_lots(
    *, fund_id: int | None = None, lot_ids: Sequence[int] | None = None,
    paths: Sequence[str] = ("",),
) -> list[LotRow]:  # fmt: skip
    """Lots within the reader's subtrees, what expires first on top; a fund's own lots are for all.

    A bounded number of queries: every movement of all their accounts is read day by day at once.
    """
    today, rows = clock.today(), _list_owned(fund_id, lot_ids, paths)
    if not rows:
        return []
    standings = list_standings([(fund, allotment) for _lot, fund, allotment, _place in rows])
    names = {held_by(fund, allotment): allotment for _lot, fund, allotment, _place in rows}
    owners = [one.code for one in names.values() if one]
    promised = list_balances_fen([kind(code) for code in owners for kind in _PROMISED])
    returned, waiting = _list_returned([lot.id for lot, *_rest in rows])
    found = []
    for lot, fund, allotment, place in rows:
        of_account = standings[held_by(fund, allotment)]
        position = next(n for n, one in enumerate(of_account) if one.code == lot.code)
        open_fen = sum(promised[kind(allotment.code)] for kind in _PROMISED) if allotment else 0
        parts = committed_by_lot(of_account, open_fen)
        back, by = waiting.get(lot.id, (None, None))
        found.append(
            LotRow(
                lot, fund, allotment, place, of_account[position],
                Money(parts[position], fund.currency),
                Money(returned.get(lot.id, 0), fund.currency), back, by, today,
            )
        )  # fmt: skip
    return found


def get_lot_row(lot_id: int) -> LotRow:
    """One lot and where its money stands."""
    return next(iter(list_lots(lot_ids=[lot_id])))


def find_lot_by_code(code: str) -> FundLot | None:
    """A lot by its public code."""
    return db.session.scalar(select(FundLot).where(FundLot.code == code))


def lock_lot(lot_id: int) -> FundLot:
    """A lot, held until the end of the unit of work."""
    lot = db.session.scalar(select(FundLot).where(FundLot.id == lot_id).with_for_update())
    if lot is None:
        raise NotFound("lot", lot_id)
    return lot


def find_lot_return_by_code(code: str) -> LotReturn | None:
    """A return by its public code."""
    return db.session.scalar(select(LotReturn).where(LotReturn.code == code))


def lock_lot_return(return_id: int) -> LotReturn:
    """A return, held until the end of the unit of work: one signature at a time."""
    found = db.session.scalar(
        select(LotReturn)
        .where(LotReturn.id == return_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("lot return", return_id)
    return found


def list_returns_of_lot(lot_id: int) -> list[tuple[LotReturn, str, str | None]]:
    """Every return of a lot with who prepared and who decided it, newest first."""
    preparer, decider = aliased(User), aliased(User)
    rows = db.session.execute(
        select(LotReturn, preparer.login, decider.login)
        .join(preparer, preparer.id == LotReturn.prepared_by)
        .outerjoin(decider, decider.id == LotReturn.decided_by)
        .where(LotReturn.lot_id == lot_id)
        .order_by(LotReturn.id.desc())
        .limit(50)
    )
    return [(back, prepared_by, decided_by) for back, prepared_by, decided_by in rows]


def list_top_paths(fund_id: int) -> Sequence[str]:
    """The places a fund gives money to itself."""
    return db.session.scalars(
        select(Jurisdiction.path)
        .join(Allotment, Allotment.jurisdiction_id == Jurisdiction.id)
        .where(Allotment.fund_id == fund_id, Allotment.parent_id.is_(None))
        .distinct()
        .order_by(Jurisdiction.path)
        .limit(LOTS_MAX)
    ).all()


def list_standings(
    owners: Sequence[tuple[Fund, Allotment | None]],
) -> dict[AccountName, list[LotStanding]]:
    """Where all lots of these owners stand, by the account that holds them."""
    by_owner = {(fund.id, one.id if one else None): (fund, one) for fund, one in owners}
    names = {key: held_by(fund, one) for key, (fund, one) in by_owner.items()}
    lots: dict[AccountName, list[LotFacts]] = {name: [] for name in names.values()}
    rows = db.session.execute(
        select(
            FundLot.fund_id, FundLot.allotment_id, FundLot.code, FundLot.entry_id,
            FundLot.expires_on,
        )
        .where(FundLot.fund_id.in_({fund_id for fund_id, _allotment_id in by_owner}))
        .order_by(FundLot.id)
        .limit(LOTS_MAX * 10)
    )  # fmt: skip
    for fund_id, allotment_id, code, entry_id, expires_on in rows:
        if (name := names.get((fund_id, allotment_id))) is not None:
            lots[name].append(LotFacts(code, entry_id, expires_on))
    dated = [name for name in lots if lots[name]]
    moves: dict[AccountName, list[Movement]] = {name: [] for name in dated}
    for name, flow in list_daily_flows(dated, named_kinds=(*ARRIVALS, LOT_EXPIRED)):
        # On the fund's side, what is passed on has the kind of an arrival too: it goes out.
        arrived = flow.entry_id if flow.kind in ARRIVALS and flow.credit_fen else None
        lot = flow.key.split("/")[0] if flow.kind == LOT_EXPIRED else None
        moves[name].append(Movement(flow.on, arrived, lot, flow.credit_fen, flow.debit_fen))
    return {name: lots_after(lots[name], moves[name]) for name in dated}


def has_lots(fund: Fund, allotment: Allotment | None) -> bool:
    """Whether any money of a fund or an allotment arrived with a last day."""
    wanted = select(FundLot.id).where(
        FundLot.fund_id == fund.id,
        FundLot.allotment_id.is_(None) if allotment is None
        else FundLot.allotment_id == allotment.id,
    )  # fmt: skip
    return db.session.scalar(wanted.limit(1)) is not None


def list_expired_lot_ids(*, on: date) -> Sequence[int]:
    """Lots whose last day is over: the run looks at each."""
    return db.session.scalars(
        select(FundLot.id)
        .where(FundLot.expires_on < on)
        .order_by(FundLot.expires_on, FundLot.id)
        .limit(LOTS_MAX * 10)
    ).all()


def count_lots_to_look_at(paths: Sequence[str]) -> int:
    """Lots with money left that expire within 30 days or have expired, and returns that wait."""
    return sum(
        1
        for row in list_lots(paths=paths)
        if row.warning in (0, 30) or row.frozen.fen or row.waiting
    )


def _list_owned(
    fund_id: int | None, lot_ids: Sequence[int] | None, paths: Sequence[str]
) -> list[tuple[FundLot, Fund, Allotment | None, Jurisdiction | None]]:
    wanted = (
        select(FundLot, Fund, Allotment, Jurisdiction)
        .join(Fund, Fund.id == FundLot.fund_id)
        .outerjoin(Allotment, Allotment.id == FundLot.allotment_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Allotment.jurisdiction_id)
        .where(or_(FundLot.allotment_id.is_(None), _is_inside(paths)))
    )
    if fund_id is not None:
        wanted = wanted.where(FundLot.fund_id == fund_id)
    if lot_ids is not None:
        wanted = wanted.where(FundLot.id.in_(lot_ids))
    rows = db.session.execute(wanted.order_by(FundLot.expires_on, FundLot.id).limit(LOTS_MAX))
    return [(lot, fund, allotment, place) for lot, fund, allotment, place in rows]


def _is_inside(paths: Sequence[str]) -> ColumnElement[bool]:
    if "" in paths:
        return true()
    inside = [Jurisdiction.path.startswith(path, autoescape=True) for path in paths]
    return or_(false(), *inside)


def _list_returned(
    lot_ids: Sequence[int],
) -> tuple[dict[int, int], dict[int, tuple[LotReturn, str]]]:
    """By lot, what was returned, and the return that waits with who prepared it."""
    sums = db.session.execute(
        select(LotReturn.lot_id, func.sum(LotReturn.amount_fen))
        .where(LotReturn.lot_id.in_(lot_ids), LotReturn.state == LotReturnState.APPROVED)
        .group_by(LotReturn.lot_id)
        .order_by(LotReturn.lot_id)
        .limit(LOTS_MAX)
    )
    waiting = db.session.execute(
        select(LotReturn, User.login)
        .join(User, User.id == LotReturn.prepared_by)
        .where(LotReturn.lot_id.in_(lot_ids), LotReturn.state == LotReturnState.PREPARED)
        .order_by(LotReturn.id)
        .limit(LOTS_MAX)
    )
    return (
        {lot_id: int(fen) for lot_id, fen in sums},
        {back.lot_id: (back, login) for back, login in waiting},
    )
