"""Reading registers and editions for those who keep them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, false, func, literal, or_, select

from marketplace.catalog.models import Occupation, ShortageEdition, ShortageListEntry
from marketplace.catalog.states import ShortageEditionState, ShortageTier
from marketplace.directories.models import (
    Assessor,
    AssessorVersion,
    Qualification,
    QualificationVersion,
)
from marketplace.directories.rules import EntryContent
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.foundation.text import tidy
from marketplace.jurisdictions.models import Jurisdiction

ENTRIES_SHOWN_MAX = 2_000


@dataclass(frozen=True, slots=True)
class RegisterItem:
    """An entry of a register with its newest version and the place whose officers keep it."""

    code: str
    name: str
    state: str
    effective_on: date
    place: str | None


@dataclass(frozen=True, slots=True)
class EditionItem:
    """An edition in a list: whose, and how many entries it has."""

    edition: ShortageEdition
    place: str | None
    entry_count: int


@dataclass(frozen=True, slots=True)
class EntryItem:
    """An entry of an edition as people read it."""

    entry: ShortageListEntry
    occupation_code: str
    occupation: str
    place_code: str
    place: str | None


def kept_by(paths: Sequence[str], jurisdiction_id: Any) -> ColumnElement[bool]:
    """Within the reader's places; what has no place is kept by those who see everything."""
    if "" in paths:
        return literal(True)
    inside = select(Jurisdiction.id).where(
        or_(*(Jurisdiction.path.startswith(path, autoescape=True) for path in paths), false())
    )
    kept: ColumnElement[bool] = jurisdiction_id.in_(inside)
    return kept


def list_assessors_kept(paths: Sequence[str], text: str, page: PageRequest) -> Page[RegisterItem]:
    """Assessors of the reader's places with what was said last, by name."""
    return _list_kept(Assessor, AssessorVersion, AssessorVersion.assessor_id, paths, text, page)


def list_qualifications_kept(
    paths: Sequence[str], text: str, page: PageRequest
) -> Page[RegisterItem]:
    """Qualifications of the reader's places with what was said last, by name."""
    owner_id = QualificationVersion.qualification_id
    return _list_kept(Qualification, QualificationVersion, owner_id, paths, text, page)


def _list_kept(
    owner: Any, version: Any, owner_id: Any, paths: Sequence[str], text: str, page: PageRequest
) -> Page[RegisterItem]:
    newest = (
        select(owner_id.label("owner_id"), func.max(version.number).label("number"))
        .group_by(owner_id)
        .subquery()
    )
    wanted = (
        select(owner.code, version.name, version.state, version.effective_on, Jurisdiction.name)
        .join(version, owner_id == owner.id)
        .join(newest, (newest.c.owner_id == owner.id) & (newest.c.number == version.number))
        .outerjoin(Jurisdiction, Jurisdiction.id == owner.jurisdiction_id)
        .where(kept_by(paths, owner.jurisdiction_id))
    )
    for word in tidy(text).split()[:8]:
        wanted = wanted.where(
            or_(
                version.name.icontains(word, autoescape=True),
                owner.code.istartswith(word, autoescape=True),
            )
        )
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.execute(
        wanted.order_by(version.name, owner.id).offset(page.offset).limit(page.limit)
    )
    items = [RegisterItem(row[0], row[1], row[2].value, row[3], row[4]) for row in rows]
    return Page(items, total, page.number, page.limit)


def find_assessor_kept(code: str, paths: Sequence[str]) -> Assessor | None:
    """An assessor of the reader's places."""
    return db.session.scalar(
        select(Assessor).where(Assessor.code == code, kept_by(paths, Assessor.jurisdiction_id))
    )


def find_qualification_kept(code: str, paths: Sequence[str]) -> Qualification | None:
    """A qualification of the reader's places."""
    return db.session.scalar(
        select(Qualification).where(
            Qualification.code == code, kept_by(paths, Qualification.jurisdiction_id)
        )
    )


def list_assessor_versions(assessor_id: int) -> Sequence[AssessorVersion]:
    """Everything the directory ever said about an assessor, newest first."""
    return db.session.scalars(
        select(AssessorVersion)
        .where(AssessorVersion.assessor_id == assessor_id)
        .order_by(AssessorVersion.number.desc())
        .limit(200)
    ).all()


def list_qualification_versions(qualification_id: int) -> Sequence[QualificationVersion]:
    """Everything the directory ever said about a qualification, newest first."""
    return db.session.scalars(
        select(QualificationVersion)
        .where(QualificationVersion.qualification_id == qualification_id)
        .order_by(QualificationVersion.number.desc())
        .limit(200)
    ).all()


def find_assessor_by_uscc(uscc: str, *, but_not_id: int | None = None) -> AssessorVersion | None:
    """The listed assessor that bears a code now."""
    newest = (
        select(AssessorVersion.assessor_id, func.max(AssessorVersion.number).label("number"))
        .group_by(AssessorVersion.assessor_id)
        .subquery()
    )
    return db.session.scalar(
        select(AssessorVersion)
        .join(
            newest,
            (newest.c.assessor_id == AssessorVersion.assessor_id)
            & (newest.c.number == AssessorVersion.number),
        )
        .where(
            AssessorVersion.uscc == uscc,
            AssessorVersion.state == "listed",
            AssessorVersion.assessor_id != (but_not_id or 0),
        )
        .order_by(AssessorVersion.id)
        .limit(1)
    )


def list_editions_kept(paths: Sequence[str], page: PageRequest) -> Page[EditionItem]:
    """Editions of the reader's places, what is being prepared first, then the newest."""
    wanted = (
        select(ShortageEdition, Jurisdiction.name, func.count(ShortageListEntry.id))
        .outerjoin(Jurisdiction, Jurisdiction.id == ShortageEdition.jurisdiction_id)
        .outerjoin(ShortageListEntry, ShortageListEntry.edition_id == ShortageEdition.id)
        .where(kept_by(paths, ShortageEdition.jurisdiction_id))
        .group_by(ShortageEdition.id, Jurisdiction.name)
    )
    total = db.session.scalar(
        select(func.count())
        .select_from(ShortageEdition)
        .where(kept_by(paths, ShortageEdition.jurisdiction_id))
    )
    rows = db.session.execute(
        wanted.order_by(
            ShortageEdition.state.not_in(("draft", "proposed")),
            ShortageEdition.created_at.desc(),
            ShortageEdition.id.desc(),
        )
        .offset(page.offset)
        .limit(page.limit)
    )
    items = [EditionItem(edition, place, count) for edition, place, count in rows]
    return Page(items, total or 0, page.number, page.limit)


def get_edition(edition_id: int) -> ShortageEdition:
    """One edition, or 404."""
    edition = db.session.get(ShortageEdition, edition_id)
    if edition is None:
        raise NotFound("shortage_edition")
    return edition


def find_edition_kept(code: str, paths: Sequence[str]) -> ShortageEdition | None:
    """An edition of the reader's places."""
    return db.session.scalar(
        select(ShortageEdition).where(
            ShortageEdition.code == code, kept_by(paths, ShortageEdition.jurisdiction_id)
        )
    )


def lock_edition(edition_id: int) -> ShortageEdition:
    """One edition, held until the unit of work ends, as it is now."""
    edition = db.session.scalar(
        select(ShortageEdition)
        .where(ShortageEdition.id == edition_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if edition is None:
        raise NotFound("shortage_edition")
    return edition


def list_editions_of_list(
    tier: ShortageTier, jurisdiction_id: int | None, *, states: Iterable[ShortageEditionState]
) -> Sequence[ShortageEdition]:
    """The editions of one list, the one in force longest first."""
    return db.session.scalars(
        select(ShortageEdition)
        .where(
            ShortageEdition.tier == tier,
            ShortageEdition.jurisdiction_id.is_not_distinct_from(jurisdiction_id),
            ShortageEdition.state.in_(list(states)),
        )
        .order_by(ShortageEdition.in_force_from, ShortageEdition.id)
        .limit(1_000)
    ).all()


def find_newest_published(edition: ShortageEdition) -> ShortageEdition | None:
    """The published edition of the same list that the next one replaces."""
    published = list_editions_of_list(
        edition.tier, edition.jurisdiction_id, states=[ShortageEditionState.PUBLISHED]
    )
    return published[-1] if published else None


def list_entries(edition_id: int) -> list[EntryItem]:
    """What an edition says, by place and code."""
    rows = db.session.execute(
        select(
            ShortageListEntry,
            Occupation.code,
            Occupation.title,
            func.coalesce(Jurisdiction.code, ""),
            Jurisdiction.name,
        )
        .join(Occupation, Occupation.id == ShortageListEntry.occupation_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == ShortageListEntry.jurisdiction_id)
        .where(ShortageListEntry.edition_id == edition_id)
        .order_by(func.coalesce(Jurisdiction.code, ""), Occupation.code, ShortageListEntry.id)
        .limit(ENTRIES_SHOWN_MAX)
    )
    return [EntryItem(*row) for row in rows]


def list_entry_contents(edition_id: int | None) -> list[EntryContent]:
    """The same in the form in which editions are compared; nothing of no edition."""
    if edition_id is None:
        return []
    return [
        EntryContent(
            item.occupation_code,
            item.place_code,
            item.entry.kind,
            item.entry.uplift_percent,
            item.entry.clause,
            item.entry.valid_until,
        )
        for item in list_entries(edition_id)
    ]
