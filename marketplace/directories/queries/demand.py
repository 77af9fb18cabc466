"""The list of occupations in demand (急需紧缺目录) as it stood on a day, and who decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, func, literal, or_, select

from marketplace.catalog.models import Occupation, ShortageEdition, ShortageListEntry
from marketplace.catalog.queries.shortage import (
    entry_in_force,
    occupations_above,
    occupations_below,
)
from marketplace.catalog.states import ShortageEditionState, ShortageTier
from marketplace.directories.queries.listings import (
    ALL,
    LISTED,
    Directory,
    DirectoryQuery,
    History,
    nothing_to_complete,
    texts_hold,
)
from marketplace.directories.rules import DemandDecision, DemandEntry, decide_demand
from marketplace.foundation.db import db
from marketplace.jurisdictions.models import Jurisdiction

_PATH = func.coalesce(Jurisdiction.path, "")


def demand_rows(query: DirectoryQuery) -> Select[*tuple[Any, ...]]:
    """Entries of the editions in force on the day."""
    entry, edition = ShortageListEntry, ShortageEdition
    state = cast(entry.kind, String)
    tier = func.coalesce(cast(edition.tier, String), ShortageTier.PROVINCE.value)
    place = func.coalesce(Jurisdiction.code, "")
    key = tier.concat("/").concat(place).concat("/").concat(Occupation.code)
    uplift = func.coalesce(cast(entry.uplift_percent, String), "")
    return (
        select(
            Occupation.code.label("occupation_code"),
            Occupation.title.label("occupation"),
            Jurisdiction.code.label("jurisdiction_code"),
            Jurisdiction.name.label("jurisdiction"),
            tier.label("tier"),
            state.label("state"),
            entry.uplift_percent,
            edition.code.label("edition"),
            func.coalesce(edition.in_force_from, entry.valid_from).label("in_force_from"),
            edition.superseded_on,
            entry.valid_until,
            edition.source,
            edition.as_of,
            func.coalesce(entry.clause, edition.clause).label("clause"),
            entry.id.label("entry_id"),
            key.label("entry_key"),
            state.concat("-").concat(uplift).concat("-")
            .concat(func.coalesce(entry.clause, "")).label("entry_mark"),
            Occupation.title.label("entry_title"),
        )
        .join(Occupation, Occupation.id == entry.occupation_id)
        .outerjoin(edition, edition.id == entry.edition_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == entry.jurisdiction_id)
        .where(
            entry_in_force(entry, edition, query.on),
            *texts_hold(query.text, Occupation.title, Occupation.code),
            *_of_kind(query.state, state),
            *_facets(query),
        )
    )  # fmt: skip


def find_demand(occupation_id: int, *, place_path: str, on: date) -> DemandDecision:
    """Is the occupation in demand at a place on a day, and by which entry."""
    above = occupations_above(occupation_id)
    rows = db.session.execute(
        select(
            ShortageListEntry.id,
            ShortageListEntry.kind,
            ShortageListEntry.uplift_percent,
            ShortageListEntry.valid_from,
            ShortageListEntry.valid_until,
            _PATH.label("place_path"),
            Occupation.code,
            Occupation.depth,
            func.coalesce(ShortageEdition.in_force_from, ShortageListEntry.valid_from).label(
                "counted_from"
            ),
        )
        .join(Occupation, Occupation.id == ShortageListEntry.occupation_id)
        .outerjoin(ShortageEdition, ShortageEdition.id == ShortageListEntry.edition_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == ShortageListEntry.jurisdiction_id)
        .where(
            ShortageListEntry.occupation_id.in_(select(above.c.id)),
            literal(place_path).startswith(_PATH),
            entry_in_force(ShortageListEntry, ShortageEdition, on),
        )
        .order_by(ShortageListEntry.id)
        .limit(500)
    ).all()
    codes = db.session.scalars(
        select(Occupation.code)
        .where(Occupation.id.in_(select(above.c.id)))
        .order_by(Occupation.depth)
        .limit(20)
    ).all()
    return decide_demand(
        [_entry(row, codes) for row in rows], occupation_codes=codes, place_path=place_path, on=on
    )


def _entry(row: Any, codes: Sequence[str]) -> DemandEntry:
    """The entry with the chain of codes down to the one it names."""
    chain = tuple(codes[: list(codes).index(row.code) + 1])
    return DemandEntry(
        entry_id=row.id,
        kind=row.kind,
        place_path=row.place_path,
        occupation_codes=chain,
        first_on=row.valid_from,
        last_on=row.valid_until,
        counted_from=row.counted_from,
        uplift_percent=row.uplift_percent,
    )


def _of_kind(asked: str, present: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    """An exception counts as much as what it excepts from: without a choice both are shown."""
    return [] if asked in (ALL, LISTED) else [present == asked]


def _facets(query: DirectoryQuery) -> list[ColumnElement[bool]]:
    """What counts at the place or within it; what covers the occupation or lies below it."""
    conditions: list[ColumnElement[bool]] = []
    if query.jurisdiction_path:
        within = Jurisdiction.path.startswith(query.jurisdiction_path, autoescape=True)
        conditions.append(or_(literal(query.jurisdiction_path).startswith(_PATH), within))
    if query.occupation_id is not None:
        above = occupations_above(query.occupation_id)
        below = occupations_below(query.occupation_id)
        conditions.append(
            or_(
                ShortageListEntry.occupation_id.in_(select(above.c.id)),
                ShortageListEntry.occupation_id.in_(select(below.c.id)),
            )
        )
    return conditions


def _history() -> History:
    """From the first edition, or the first entry of the time before there were editions."""
    published = ShortageEdition.state == ShortageEditionState.PUBLISHED
    begun = db.session.scalar(
        select(func.min(func.coalesce(ShortageEdition.in_force_from, ShortageListEntry.valid_from)))
        .select_from(ShortageListEntry)
        .outerjoin(ShortageEdition, ShortageEdition.id == ShortageListEntry.edition_id)
        .where(or_(ShortageEdition.id.is_(None), published))
    )
    return History(begun, None)


IN_DEMAND = Directory(
    columns=(
        "occupation_code", "occupation", "jurisdiction_code", "jurisdiction", "tier", "state",
        "uplift_percent", "edition", "in_force_from", "superseded_on", "valid_until", "source",
        "as_of", "clause",
    ),
    states=("add", "except"),
    rows_of=demand_rows,
    order_by=(Occupation.code, _PATH, ShortageListEntry.id),
    complete=nothing_to_complete,
    history=_history,
)  # fmt: skip
