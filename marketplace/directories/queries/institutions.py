"""The directory of training institutions (机构目录) as it stood on a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, func, or_, select

from marketplace.catalog.queries.occupations import list_occupation_titles
from marketplace.catalog.queries.shortage import occupations_below
from marketplace.directories.models import AccreditationListing, InstitutionListing
from marketplace.directories.queries.listings import (
    Directory,
    DirectoryQuery,
    History,
    Row,
    state_is,
    stood,
    texts_hold,
)
from marketplace.directories.rules import scope_items, scope_text
from marketplace.directories.states import ListingBasis
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.institutions.models import Institution
from marketplace.institutions.states import InstitutionState
from marketplace.jurisdictions.models import Jurisdiction

LAPSED = "lapsed"


def institution_rows(query: DirectoryQuery) -> Select[*tuple[Any, ...]]:
    """Institutions with what the directory said of them at the end of the day."""
    listing = InstitutionListing
    state = institution_state(query.on)
    return (
        select(
            Institution.code,
            listing.name,
            listing.uscc,
            listing.kind,
            Jurisdiction.code.label("jurisdiction_code"),
            Jurisdiction.name.label("jurisdiction"),
            listing.city,
            state.label("state"),
            listing.from_at.label("since"),
            listing.institution_id.label("entry_id"),
            Institution.code.label("entry_key"),
            _mark(state, query.on).label("entry_mark"),
            listing.name.label("entry_title"),
        )
        .join(Institution, Institution.id == listing.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == listing.jurisdiction_id)
        .where(
            stood(listing, query.on),
            *texts_hold(query.text, listing.name, listing.uscc, listing.city, Institution.code),
            *state_is(query.state, state, InstitutionState.ACCREDITED.value),
            *_place_and_scope(query),
        )
    )


def institution_state(on: date) -> ColumnElement[Any]:
    """The state of that day; `lapsed` when no accreditation was in force any more."""
    state: ColumnElement[Any] = cast(InstitutionListing.state, String)
    return case(
        (
            and_(
                InstitutionListing.state == InstitutionState.ACCREDITED,
                ~accreditation_in_force(on, InstitutionListing.institution_id),
            ),
            LAPSED,
        ),
        else_=state,
    )


def accreditation_in_force(
    on: date, institution_id: Any, *conditions: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Whether some accreditation that fits was granted and in force on the day."""
    return (
        select(AccreditationListing.id)
        .where(AccreditationListing.institution_id == institution_id, *in_force(on), *conditions)
        .exists()
    )


def in_force(on: date) -> tuple[ColumnElement[bool], ...]:
    """Granted at the end of the day, for a period that includes it."""
    return (
        stood(AccreditationListing, on),
        AccreditationListing.valid_from <= on,
        or_(AccreditationListing.valid_until.is_(None), AccreditationListing.valid_until >= on),
    )


def _place_and_scope(query: DirectoryQuery) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.jurisdiction_path:
        conditions.append(Jurisdiction.path.startswith(query.jurisdiction_path, autoescape=True))
    fits: list[ColumnElement[bool]] = []
    if query.occupation_id is not None:
        below = occupations_below(query.occupation_id)
        fits.append(
            or_(
                AccreditationListing.occupation_code.is_(None),
                AccreditationListing.occupation_code.in_(select(below.c.code)),
            )
        )
    if query.level is not None:
        level = AccreditationListing.level
        fits.append(or_(level.is_(None), level == query.level))
    if fits:
        conditions.append(
            accreditation_in_force(query.on, InstitutionListing.institution_id, *fits)
        )
    return conditions


def _mark(state: ColumnElement[Any], on: date) -> ColumnElement[Any]:
    """Another mark whenever the listing or the accreditations in force are others."""
    scope = (
        select(func.count() * 1_000_003 + func.coalesce(func.sum(AccreditationListing.id), 0))
        .where(
            AccreditationListing.institution_id == InstitutionListing.institution_id, *in_force(on)
        )
        .correlate(InstitutionListing)
        .scalar_subquery()
    )
    return (
        cast(InstitutionListing.id, String).concat("-").concat(state).concat("-")
        .concat(cast(scope, String))
    )  # fmt: skip


def _add_scopes(rows: Sequence[Row], on: date) -> None:
    """What each institution was accredited for that day, as exports write it."""
    ids = [row["entry_id"] for row in rows]
    found = db.session.execute(
        select(
            AccreditationListing.institution_id,
            AccreditationListing.occupation_code,
            AccreditationListing.level,
        )
        .where(AccreditationListing.institution_id.in_(ids), *in_force(on))
        .order_by(AccreditationListing.institution_id, AccreditationListing.id)
    ).all()
    titles = list_occupation_titles(item.occupation_code for item in found)
    scopes: dict[int, list[Any]] = {}
    for item in found:
        occupation = titles.get(item.occupation_code or "")
        scopes.setdefault(item.institution_id, []).append(
            {**item._mapping, "occupation": occupation}
        )
    for row in rows:
        row["scope_items"] = scope_items(scopes.get(row["entry_id"], []))
        row["scope"] = scope_text(row["scope_items"])
        row["since"] = clock.local_date(row["since"])


def listing_history(listing: Any) -> History:
    """From the first period; what was put together at a migration ends with its day."""
    begun = db.session.scalar(select(func.min(listing.from_at)))
    rebuilt = db.session.scalar(
        select(func.max(listing.recorded_at)).where(listing.basis == ListingBasis.RECONSTRUCTED)
    )
    return History(
        clock.local_date(begun) if begun else None,
        clock.local_date(rebuilt) if rebuilt else None,
    )


INSTITUTIONS = Directory(
    columns=(
        "code", "name", "uscc", "kind", "jurisdiction_code", "jurisdiction", "city", "scope",
        "state", "since",
    ),
    states=("accredited", LAPSED, "suspended", "barred", "withdrawn"),
    rows_of=institution_rows,
    order_by=(InstitutionListing.name, InstitutionListing.id),
    complete=_add_scopes,
    history=lambda: listing_history(InstitutionListing),
)  # fmt: skip
