"""Reading funds and allotments; every amount comes from the books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    bindparam,
    false,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.money import Money
from marketplace.foundation.paging import Page, PageRequest
from marketplace.funds.entries import (
    appropriated,
    available,
    committed,
    frozen,
    fund_frozen,
    set_aside,
    unallotted,
)
from marketplace.funds.models import Allotment, BankAccount, Fund
from marketplace.funds.rules import BURN_DAYS, allotment_alarm, runs_dry_on, used_percent
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.ledger.queries import (
    get_balance_fen,
    list_balances_fen,
    list_outflows_fen,
    list_turnovers_fen,
)

TREE_LIMIT = 2_000
NOT_USED = ("fund.allotted", "lot.expired", "lot.returned")
"""Money that is passed on or taken out of use says nothing about how fast it is used."""


FUNDS_MAX = 200
"""More funds are not looked through for alarms."""


@dataclass(frozen=True, slots=True)
class FundBalances:
    """A fund and where its money stands."""

    fund: Fund
    appropriated: Money
    unallotted: Money
    frozen: Money
    """Not allotted in time; it waits to be sent back."""

    @property
    def allotted(self) -> Money:
        return self.appropriated - self.unallotted - self.frozen


@dataclass(frozen=True, slots=True)
class AllotmentBalances:
    """An allotment and where its money stands; `spent` is owed or paid to institutions."""

    allotment: Allotment
    jurisdiction: Jurisdiction
    received: Money
    passed_on: Money
    """Net of what came back from below."""
    available: Money
    committed: Money
    set_aside: Money
    """For places of enterprise quotas that nobody has yet."""
    frozen: Money
    """Not used in time; it waits to be sent back up."""
    returned: Money

    @property
    def spent(self) -> Money:
        kept = self.available + self.committed + self.set_aside + self.frozen + self.returned
        return self.received - self.passed_on - kept

    @property
    def has_commitments(self) -> bool:
        """Something was committed once, so that there are entries to look at."""
        return bool(self.committed.fen or self.spent.fen)


@dataclass(frozen=True, slots=True)
class Forecast:
    """How much of an allotment is used, and when it runs dry at the present pace."""

    percent: int
    alarm: int | None
    """80, 90 or 100; none below."""
    dry_on: date | None


def list_forecasts(rows: Sequence[AllotmentBalances]) -> dict[int, Forecast]:
    """The forecast of each allotment by its id, all in one query."""
    today = clock.today()
    names = {row.allotment.id: available(row.allotment.code) for row in rows}
    since = today - timedelta(days=BURN_DAYS)
    lately = list_outflows_fen(list(names.values()), since=since, besides=NOT_USED)
    found = {}
    for row in rows:
        own = row.received - row.passed_on - row.frozen - row.returned
        used = row.committed + row.set_aside + row.spent
        found[row.allotment.id] = Forecast(
            used_percent(own.fen, used_fen=used.fen),
            allotment_alarm(own.fen, used_fen=used.fen),
            runs_dry_on(
                row.available.fen,
                used_lately_fen=lately[names[row.allotment.id]],
                days=BURN_DAYS,
                today=today,
            ),
        )
    return found


def count_allotments_used_up(paths: Sequence[str]) -> int:
    """Allotments of this year, in these subtrees, of which 80 percent or more is used."""
    year = clock.today().year
    found = 0
    for fund in db.session.scalars(select(Fund).order_by(Fund.id).limit(FUNDS_MAX)):
        rows = list_allotments(fund, fiscal_year=year, paths=paths)
        found += sum(1 for one in list_forecasts(rows).values() if one.alarm)
    return found


def get_fund(fund_id: int) -> Fund:
    """A fund, or not found."""
    if (fund := db.session.get(Fund, fund_id)) is None:
        raise NotFound("fund", fund_id)
    return fund


def find_fund_by_code(code: str) -> Fund | None:
    """A fund by its public code."""
    return db.session.scalar(select(Fund).where(Fund.code == code))


def lock_fund(fund_id: int) -> Fund:
    """A fund, held until the end of the unit of work: one giver at a time."""
    fund = db.session.scalar(select(Fund).where(Fund.id == fund_id).with_for_update())
    if fund is None:
        raise NotFound("fund", fund_id)
    return fund


def get_allotment(allotment_id: int) -> Allotment:
    """An allotment, or not found."""
    if (allotment := db.session.get(Allotment, allotment_id)) is None:
        raise NotFound("allotment", allotment_id)
    return allotment


def find_allotment_by_code(code: str) -> Allotment | None:
    """An allotment by its public code."""
    return db.session.scalar(select(Allotment).where(Allotment.code == code))


def find_allotment_of(fund_id: int, jurisdiction_id: int, *, fiscal_year: int) -> Allotment | None:
    """What a fund gave a place itself for a year."""
    return db.session.scalar(
        select(Allotment).where(
            Allotment.fund_id == fund_id,
            Allotment.jurisdiction_id == jurisdiction_id,
            Allotment.fiscal_year == fiscal_year,
        )
    )


def list_funds(page: PageRequest) -> Page[FundBalances]:
    """Funds with their balances, by code."""
    total = db.session.scalar(select(func.count()).select_from(Fund)) or 0
    funds = db.session.scalars(
        select(Fund).order_by(Fund.code).offset(page.offset).limit(page.limit)
    ).all()
    kinds = (appropriated, unallotted, fund_frozen)
    balances = list_balances_fen([name(fund.code) for fund in funds for name in kinds])
    rows = [
        FundBalances(fund, *(Money(balances[name(fund.code)], fund.currency) for name in kinds))
        for fund in funds
    ]
    return Page(rows, total, page.number, page.limit)


def get_fund_balances(fund: Fund) -> FundBalances:
    """One fund and where its money stands."""
    return FundBalances(
        fund,
        Money(get_balance_fen(appropriated(fund.code)), fund.currency),
        Money(get_balance_fen(unallotted(fund.code)), fund.currency),
        Money(get_balance_fen(fund_frozen(fund.code)), fund.currency),
    )


def list_allotments(
    fund: Fund, *, fiscal_year: int | None = None, paths: Sequence[str] = ("",)
) -> list[AllotmentBalances]:
    """The tree of a fund's allotments, upper before lower, within the reader's subtrees."""
    wanted = (
        select(Allotment, Jurisdiction)
        .join(Jurisdiction, Jurisdiction.id == Allotment.jurisdiction_id)
        .where(Allotment.fund_id == fund.id)
    )
    if fiscal_year is not None:
        wanted = wanted.where(Allotment.fiscal_year == fiscal_year)
    if "" not in paths:
        inside = [Jurisdiction.path.startswith(path, autoescape=True) for path in paths]
        wanted = wanted.where(or_(false(), *inside))
    rows = db.session.execute(
        wanted.order_by(Allotment.fiscal_year.desc(), Jurisdiction.path).limit(TREE_LIMIT)
    ).all()
    return _with_balances([(allotment, place) for allotment, place in rows], fund.currency)


def get_allotment_balances(allotment: Allotment) -> AllotmentBalances:
    """One allotment and where its money stands."""
    fund = get_fund(allotment.fund_id)
    place = db.session.get_one(Jurisdiction, allotment.jurisdiction_id)
    return _with_balances([(allotment, place)], fund.currency)[0]


def list_fiscal_years(fund_id: int) -> Sequence[int]:
    """Years for which a fund has allotments, newest first."""
    return db.session.scalars(
        select(Allotment.fiscal_year)
        .where(Allotment.fund_id == fund_id)
        .distinct()
        .order_by(Allotment.fiscal_year.desc())
        .limit(50)
    ).all()


def find_allotment_for(
    fund_id: int, *, jurisdiction_path: str, fiscal_year: int
) -> Allotment | None:
    """Which allotment pays for a place: its own, else that of the nearest place above it."""
    paths = paths_upwards(jurisdiction_path)
    asked = {"fund_id": fund_id, "fiscal_year": fiscal_year, "paths": paths}
    return db.session.scalar(_NEAREST_ALLOTMENT, asked)


_NEAREST_ALLOTMENT = (
    select(Allotment)
    .join(Jurisdiction, Jurisdiction.id == Allotment.jurisdiction_id)
    .where(
        Allotment.fund_id == bindparam("fund_id", type_=BigInteger),
        Allotment.fiscal_year == bindparam("fiscal_year", type_=Integer),
        Jurisdiction.path.in_(bindparam("paths", expanding=True)),
    )
    .order_by(func.length(Jurisdiction.path).desc())
    .limit(1)
)
"""Read for every price: built once."""


def paths_upwards(path: str) -> list[str]:
    """`/220000/220800/` -> itself and `/220000/`: a place and all places above it."""
    parts = [part for part in path.split("/") if part]
    return ["/" + "/".join(parts[:length]) + "/" for length in range(len(parts), 0, -1)]


def _with_balances(
    rows: Sequence[tuple[Allotment, Jurisdiction]], currency: str
) -> list[AllotmentBalances]:
    """Bounded queries for any number of rows: all balances at once, all turnovers at once."""
    kinds = (available, committed, set_aside, frozen)
    names = [name(row.code) for row, _place in rows for name in kinds]
    balances = list_balances_fen(names)
    turnovers = list_turnovers_fen([available(row.code) for row, _ in rows], kind="fund.allotted")
    back = list_turnovers_fen(
        [name(row.code) for row, _ in rows for name in (available, frozen)], kind="lot.returned"
    )
    return [
        AllotmentBalances(
            allotment=row,
            jurisdiction=place,
            received=Money(turnovers[available(row.code)].credit_fen, currency),
            passed_on=Money(
                turnovers[available(row.code)].debit_fen - back[available(row.code)].credit_fen,
                currency,
            ),
            available=Money(balances[available(row.code)], currency),
            committed=Money(balances[committed(row.code)], currency),
            set_aside=Money(balances[set_aside(row.code)], currency),
            frozen=Money(balances[frozen(row.code)], currency),
            returned=Money(back[frozen(row.code)].debit_fen, currency),
        )
        for row, place in rows
    ]


def find_bank_account(code: str) -> BankAccount | None:
    """An account of ours by our name for it."""
    return db.session.scalar(select(BankAccount).where(BankAccount.code == code))


def find_bank_account_of_office(paths: Sequence[str]) -> BankAccount | None:
    """The account an office last began to use: what its next statement is probably about."""
    return db.session.scalar(
        select(BankAccount)
        .where(in_bank_accounts(BankAccount.code, paths))
        .order_by(BankAccount.jurisdiction_id.is_(None), BankAccount.id.desc())
        .limit(1)
    )


def list_bank_accounts(page: PageRequest) -> Page[tuple[BankAccount, str | None]]:
    """Our accounts with the code of the place that keeps them, by name."""
    total = db.session.scalar(select(func.count()).select_from(BankAccount)) or 0
    rows = db.session.execute(
        select(BankAccount, Jurisdiction.code)
        .outerjoin(Jurisdiction, Jurisdiction.id == BankAccount.jurisdiction_id)
        .order_by(BankAccount.code)
        .offset(page.offset)
        .limit(page.limit)
    )
    return Page([(account, place) for account, place in rows], total, page.number, page.limit)


def is_bank_account_in(code: str, *, paths: Sequence[str]) -> bool:
    """Whether somebody who holds their role under these paths keeps an account: one of a place
    there, one of the whole deployment, or one that nobody has opened yet."""
    account = find_bank_account(code)
    if account is None or account.jurisdiction_id is None:
        return True
    path = db.session.get_one(Jurisdiction, account.jurisdiction_id).path
    return path.startswith(tuple(paths))


def in_bank_accounts(
    bank_account: InstrumentedAttribute[str], paths: Sequence[str]
) -> ColumnElement[bool]:
    """The same as a condition on a column that holds an account's name."""
    if "" in paths:
        return true()
    inside = [Jurisdiction.path.startswith(path, autoescape=True) for path in paths]
    elsewhere = (
        select(BankAccount.code)
        .join(Jurisdiction, Jurisdiction.id == BankAccount.jurisdiction_id)
        .where(~or_(false(), *inside))
    )
    return bank_account.not_in(elsewhere)
