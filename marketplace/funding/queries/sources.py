"""Which funds pay for a scheme, and what they have left for a place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import BigInteger, ColumnElement, Integer, bindparam, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from marketplace.catalog.models import Occupation
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.money import Money
from marketplace.funding.models import FundingShare, FundingSource
from marketplace.funding.rules import OWN_PRIORITY, Scope, Source, scope_from_json
from marketplace.funding.states import SourceState
from marketplace.funds.entries import available
from marketplace.funds.models import Allotment, Fund
from marketplace.funds.queries import paths_upwards
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.ledger.queries import find_account_ids, list_balances_fen, lock_balances
from marketplace.people.models import User

SOURCES_MAX = 98
"""Places in the order of one scheme, its own fund's left out."""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source as pages show it."""

    source: FundingSource
    fund: Fund
    proposed_by_login: str
    decided_by_login: str | None
    promised: Money
    """What vouchers were promised of it so far, what came back included."""

    @property
    def scope(self) -> Scope:
        return scope_from_json(self.source.scope)

    @property
    def is_before_own(self) -> bool:
        return self.source.priority < OWN_PRIORITY


def is_paid_by_sources(scheme_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Whether several funds pay for a scheme: a condition on the column that holds it."""
    return (
        select(FundingSource.id)
        .where(FundingSource.scheme_id == scheme_id, FundingSource.state == SourceState.IN_FORCE)
        .exists()
    )


def find_source_by_code(code: str) -> FundingSource | None:
    """A source by its public code."""
    return db.session.scalar(select(FundingSource).where(FundingSource.code == code))


def lock_source(source_id: int) -> FundingSource:
    """A source, held until the end of the unit of work: one signature at a time."""
    source = db.session.scalar(
        select(FundingSource)
        .where(FundingSource.id == source_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if source is None:
        raise NotFound("funding source")
    return source


def list_sources(scheme_id: int) -> list[SourceRow]:
    """Every source a scheme has or had: those in force first, in their order."""
    proposer, decider = aliased(User), aliased(User)
    promised = (
        select(func.coalesce(func.sum(FundingShare.amount_fen), 0))
        .where(FundingShare.source_id == FundingSource.id)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(FundingSource, Fund, proposer.login, decider.login, promised)
        .join(Fund, Fund.id == FundingSource.fund_id)
        .join(proposer, proposer.id == FundingSource.proposed_by)
        .outerjoin(decider, decider.id == FundingSource.decided_by)
        .where(FundingSource.scheme_id == scheme_id)
        .order_by(
            FundingSource.state != SourceState.IN_FORCE,
            FundingSource.state != SourceState.PROPOSED,
            FundingSource.priority,
            FundingSource.id,
        )
        .limit(200)
    )
    return [
        SourceRow(source, fund, proposed, decided, Money(int(fen), fund.currency))
        for source, fund, proposed, decided, fen in rows
    ]


def list_sources_of_fund(fund_id: int) -> Sequence[FundingSource]:
    """The sources in force by which a fund pays for schemes that are not its own."""
    return db.session.scalars(
        select(FundingSource)
        .where(FundingSource.fund_id == fund_id, FundingSource.state == SourceState.IN_FORCE)
        .order_by(FundingSource.scheme_id)
        .limit(200)
    ).all()


def is_source_taken(
    scheme_id: int, *, priority: int | None = None, fund_id: int | None = None
) -> bool:
    """Whether a source in force has this place in the order, or is this fund."""
    taken = select(FundingSource.id).where(
        FundingSource.scheme_id == scheme_id, FundingSource.state == SourceState.IN_FORCE
    )
    if priority is not None:
        taken = taken.where(FundingSource.priority == priority)
    if fund_id is not None:
        taken = taken.where(FundingSource.fund_id == fund_id)
    return db.session.scalar(taken.limit(1)) is not None


def list_unknown_occupations(codes: Sequence[str]) -> tuple[str, ...]:
    """Those of the codes under which no occupation is loaded."""
    unknown = []
    for code in codes:
        below = Occupation.code.startswith(f"{code}-", autoescape=True)
        known = select(Occupation.id).where(or_(Occupation.code == code, below))
        if db.session.scalar(known.order_by(Occupation.id).limit(1)) is None:
            unknown.append(code)
    return tuple(unknown)


def list_paying_sources(
    scheme_id: int, *, own: Allotment, place_path: str, on: date
) -> tuple[Source, ...]:
    """What may pay for a person of a place on a day: the sources in force, and the own allotment.

    A source pays from its allotment for the place and year, or that of the nearest place above;
    one without any has nothing to pay with.
    """
    paths = paths_upwards(place_path)
    rows = db.session.execute(
        _PAYING, {"scheme_id": scheme_id, "fiscal_year": on.year, "paths": paths}
    )
    nearest = {source.id: (source, allotment) for source, allotment in rows}
    balances = list_balances_fen(
        [available(allotment.code) for _source, allotment in nearest.values()]
        + [available(own.code)]
    )
    sources = [
        Source(
            source.id,
            source.priority,
            allotment.id,
            allotment.code,
            scope_from_json(source.scope),
            balances[available(allotment.code)],
        )
        for source, allotment in nearest.values()
    ]
    owns = Source(None, OWN_PRIORITY, own.id, own.code, Scope(), balances[available(own.code)])
    return (*sources, owns)


_PAYING = (
    select(FundingSource, Allotment)
    .join(Allotment, Allotment.fund_id == FundingSource.fund_id)
    .join(Jurisdiction, Jurisdiction.id == Allotment.jurisdiction_id)
    .where(
        FundingSource.scheme_id == bindparam("scheme_id", type_=BigInteger),
        FundingSource.state == SourceState.IN_FORCE,
        Allotment.fiscal_year == bindparam("fiscal_year", type_=Integer),
        Jurisdiction.path.in_(bindparam("paths", expanding=True)),
    )
    .order_by(FundingSource.id, func.length(Jurisdiction.path))
    .limit(SOURCES_MAX * 5)
)
"""Read for every price of a pooled scheme: built once."""


def hold_sources(sources: Sequence[Source]) -> tuple[Source, ...]:
    """The same sources with their money as it is left, ours until the end of the unit of work."""
    names = [available(source.allotment_code) for source in sources]
    lock_balances(find_account_ids(names).values())
    balances = list_balances_fen(names)
    return tuple(
        replace(source, available_fen=balances[available(source.allotment_code)])
        for source in sources
    )
