"""The directories against the registers: what is listed now is what stands there now.

Shares no code with the triggers that keep the periods; finds a trigger that is gone (a rebuilt
table loses its triggers on SQLite) and a row that somebody wrote around them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, and_, or_, select, text

from marketplace.catalog.models import Course
from marketplace.catalog.states import CourseState
from marketplace.directories.models import CourseListing, InstitutionListing
from marketplace.foundation.db import db, dialect_name
from marketplace.foundation.violations import VIOLATIONS_SHOWN_MAX, Check, Violation
from marketplace.institutions.models import Institution
from marketplace.institutions.states import InstitutionState

_LISTINGS = ("institution_listing", "accreditation_listing", "course_listing")
GUARDS_OF_ENGINE: dict[str, tuple[str, ...]] = {
    "sqlite": (
        *(f"{listing}_{part}" for listing in _LISTINGS
          for part in ("opens", "follows", "keeps", "closes_once", "no_delete")),
        *(f"{table}_no_{act}" for table in ("assessor_version", "qualification_version")
          for act in ("update", "delete")),
        *(f"shortage_list_entry_published_no_{act}" for act in ("insert", "update", "delete")),
        "shortage_edition_stays",
        "shortage_edition_no_delete",
    ),
    "postgresql": (
        *(f"{listing}_{part}" for listing in _LISTINGS for part in ("follows", "keeps")),
        *(f"{table}_append_only" for table in ("assessor_version", "qualification_version")),
        "shortage_list_entry_published",
        "shortage_edition_stays",
    ),
}  # fmt: skip


def directories_are_guarded() -> Iterator[Violation]:
    """The triggers that keep listing periods and versions exist and are switched on."""
    if dialect_name() == "sqlite":
        query = text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    else:
        query = text("SELECT tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A')")
    present = set(db.session.scalars(query))
    for name in GUARDS_OF_ENGINE[dialect_name()]:
        if name not in present:
            yield Violation("directories guarded", f"trigger {name}", "missing or switched off")


def institutions_are_listed_as_they_stand() -> Iterator[Violation]:
    """An accredited institution has an open period that says so; no other has one that does."""
    listing = InstitutionListing
    differs = or_(
        and_(
            Institution.state == InstitutionState.ACCREDITED,
            Institution.quarantine_reason.is_(None),
            listing.id.is_(None),
        ),
        and_(
            listing.id.is_not(None),
            or_(
                listing.state != Institution.state,
                listing.name != Institution.name,
                Institution.quarantine_reason.is_not(None),
            ),
        ),
    )
    wanted = (
        select(Institution.code, Institution.state, listing.state)
        .outerjoin(
            listing, and_(listing.institution_id == Institution.id, listing.until_at.is_(None))
        )
        .where(differs)
        .order_by(Institution.id)
    )
    yield from _disagreeing("institution listed as it stands", wanted)


def courses_are_listed_as_they_stand() -> Iterator[Violation]:
    """A listed course has an open period with its version; no other has one that says listed."""
    listing = CourseListing
    differs = or_(
        and_(
            Course.state == CourseState.LISTED,
            Course.quarantine_reason.is_(None),
            Course.current_version_id.is_not(None),
            listing.id.is_(None),
        ),
        and_(
            listing.id.is_not(None),
            or_(
                listing.state != Course.state,
                listing.version_id != Course.current_version_id,
                Course.quarantine_reason.is_not(None),
            ),
        ),
    )
    wanted = (
        select(Course.code, Course.state, listing.state)
        .outerjoin(listing, and_(listing.course_id == Course.id, listing.until_at.is_(None)))
        .where(differs)
        .order_by(Course.id)
    )
    yield from _disagreeing("course listed as it stands", wanted)


def _disagreeing(invariant: str, wanted: Select[*tuple[Any, ...]]) -> Iterator[Violation]:
    for code, state, listed in db.session.execute(wanted.limit(VIOLATIONS_SHOWN_MAX)):
        said = listed.value if listed else "nothing"
        yield Violation(invariant, code, f"stands as {state.value}, the directory says {said}")


CHECKS: tuple[Check, ...] = (
    directories_are_guarded,
    institutions_are_listed_as_they_stand,
    courses_are_listed_as_they_stand,
)
