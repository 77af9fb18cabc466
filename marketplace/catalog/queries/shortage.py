"""Occupations in demand (急需紧缺目录): one set query that pages, search and rates can ask."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql.expression import CTE, ScalarSelect

from marketplace.catalog.models import Occupation, ShortageEdition, ShortageListEntry
from marketplace.catalog.states import ShortageEditionState, ShortageEntryKind
from marketplace.foundation.db import db
from marketplace.jurisdictions.models import Jurisdiction


def list_occupations_in_demand(
    occupation_ids: Iterable[int], *, place_path: str, on: date
) -> dict[int, int]:
    """Of some occupations those in demand at a place on a day, with the entry that says so."""
    entry_id = speaking_entry_id(Occupation.id.expression, literal(place_path), on)
    asked = (
        select(Occupation.id, entry_id.label("entry_id"))
        .where(Occupation.id.in_(sorted(set(occupation_ids))))
        .subquery()
    )
    rows = db.session.execute(
        select(asked.c.id, asked.c.entry_id)
        .join(ShortageListEntry, ShortageListEntry.id == asked.c.entry_id)
        .where(ShortageListEntry.kind == ShortageEntryKind.ADD)
        .order_by(asked.c.id)
    )
    return {row.id: row.entry_id for row in rows}


def is_in_demand(
    occupation_id: ColumnElement[Any], place_path: ColumnElement[Any], on: date
) -> ColumnElement[bool]:
    """For a query's own rows: whether an occupation is in demand at a place on a day.

    The same answer as `directories.rules.decide_demand`: the nearest place speaks, then the
    closest occupation, then the newer edition; an exception says no.
    """
    speaks = aliased(ShortageListEntry)
    return (
        select(speaks.id)
        .where(
            speaks.id == speaking_entry_id(occupation_id, place_path, on),
            speaks.kind == ShortageEntryKind.ADD,
        )
        .exists()
    )


def speaking_entry_id(
    occupation_id: ColumnElement[Any],
    place_path: ColumnElement[Any],
    on: date | ColumnElement[date],
) -> ScalarSelect[Any]:
    """The entry that decides about an occupation at a place on a day; null: no list names it."""
    entry, edition = aliased(ShortageListEntry), aliased(ShortageEdition)
    place, named = aliased(Jurisdiction), aliased(Occupation)
    covered = _covered_occupations()
    path_of_entry = func.coalesce(place.path, "")
    return (
        select(entry.id)
        .join(covered, covered.c.named_id == entry.occupation_id)
        .join(named, named.id == entry.occupation_id)
        .outerjoin(edition, edition.id == entry.edition_id)
        .outerjoin(place, place.id == entry.jurisdiction_id)
        .where(
            covered.c.occupation_id == occupation_id,
            func.coalesce(place_path, "").startswith(path_of_entry),
            entry_in_force(entry, edition, on),
        )
        .order_by(
            func.length(path_of_entry).desc(),
            named.depth.desc(),
            func.coalesce(edition.in_force_from, entry.valid_from).desc(),
            entry.id.desc(),
        )
        .limit(1)
        .correlate_except(entry, edition, place, named, covered)
        .scalar_subquery()
    )


def entry_in_force(entry: Any, edition: Any, on: date | ColumnElement[date]) -> ColumnElement[bool]:
    """Its edition is the published one of that day, and its own dates include the day."""
    return and_(
        or_(
            edition.id.is_(None),
            and_(
                edition.state == ShortageEditionState.PUBLISHED,
                edition.in_force_from <= on,
                or_(edition.superseded_on.is_(None), edition.superseded_on > on),
            ),
        ),
        entry.valid_from <= on,
        or_(entry.valid_until.is_(None), entry.valid_until >= on),
    )


def occupations_below(occupation_id: int) -> CTE:
    """An occupation and everything below it, as a table of ids and codes."""
    top = select(Occupation.id, Occupation.code).where(Occupation.id == occupation_id)
    below = top.cte("occupation_below", recursive=True)
    child = aliased(Occupation)
    return below.union_all(select(child.id, child.code).join(below, child.parent_id == below.c.id))


def occupations_above(occupation_id: int) -> CTE:
    """An occupation and everything above it, as a table of ids and codes."""
    own = select(Occupation.id, Occupation.code, Occupation.parent_id).where(
        Occupation.id == occupation_id
    )
    above = own.cte("occupation_above", recursive=True)
    parent = aliased(Occupation)
    return above.union_all(
        select(parent.id, parent.code, parent.parent_id).join(above, parent.id == above.c.parent_id)
    )


def _covered_occupations() -> CTE:
    """Which occupations the entries of all lists cover: what they name and all below."""
    named = select(Occupation.id.label("named_id"), Occupation.id.label("occupation_id")).where(
        Occupation.id.in_(select(ShortageListEntry.occupation_id))
    )
    covered = named.cte("covered_by_shortage_list", recursive=True)
    child = aliased(Occupation)
    return covered.union_all(
        select(covered.c.named_id, child.id).join(
            covered, child.parent_id == covered.c.occupation_id
        )
    )
