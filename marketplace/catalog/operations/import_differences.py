"""The plan of an import as a person reads it before it is applied: field, before, after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from marketplace.catalog.models import CourseVersion, Occupation
from marketplace.catalog.operations.import_plans import Change, CoursePlan, load_versions
from marketplace.catalog.rules import CourseContent
from marketplace.foundation.db import db
from marketplace.imports.cells import amount_text
from marketplace.imports.intakes import Difference
from marketplace.imports.states import Verdict
from marketplace.institutions.models import Institution


def differences_of(plan: CoursePlan) -> list[Difference]:
    """The plan as a person reads it, field by field."""
    found = [
        Difference(item.row, item.facts.key, item.content.title, Verdict.ADDED) for item in plan.new
    ]
    versions = load_versions([change.earlier for change in plan.changed if change.is_revised])
    names = _load_names(plan.changed)
    for change in plan.changed:
        if change.verdict is None:
            continue
        version = versions.get(change.earlier.version_id)
        changes = content_changes(change.wanted.content, version) if version else []
        changes += _course_changes(change, names)
        found.append(
            Difference(
                change.wanted.row,
                change.wanted.facts.key,
                change.wanted.content.title,
                change.verdict,
                tuple(changes),
            )
        )
    return found


def content_changes(content: CourseContent, version: CourseVersion) -> list[tuple[str, str, str]]:
    """Field, before, after of everything a course would say differently."""
    return [
        (name, _shown(name, getattr(version, name)), _shown(name, value))
        for name, value in content.as_dict().items()
        if getattr(version, name) != value
    ]


def _course_changes(change: Change, names: _Names) -> list[tuple[str, str, str]]:
    earlier, wanted, facts = change.earlier, change.values, change.wanted.facts
    found = [
        (name, _shown(name, getattr(earlier, name)), _shown(name, value))
        for name, value in wanted.items()
        if name in ("state", "level", "quarantine_reason")
    ]
    if "institution_id" in wanted:
        # In a preview, one that the file brings along has no row yet.
        new = names.institutions.get(wanted["institution_id"] or 0)
        before = names.institutions.get(earlier.institution_id, "")
        found.append(("institution", before, new or facts.institution_key))
    if "occupation_id" in wanted:
        before, after = (names.occupations.get(of or 0, "") for of in _occupations_of(change))
        found.append(("occupation", before, after))
    return found


@dataclass(frozen=True, slots=True)
class _Names:
    institutions: dict[int, str]
    occupations: dict[int, str]


def _load_names(changes: Sequence[Change]) -> _Names:
    """What the institutions and occupations are called between which courses move."""
    moved = [change for change in changes if "institution_id" in change.values]
    ids = {change.earlier.institution_id for change in moved}
    ids |= {change.values["institution_id"] for change in moved} - {None}
    turned = [change for change in changes if "occupation_id" in change.values]
    occupation_ids = {of for change in turned for of in _occupations_of(change)} - {None}
    institutions = select(Institution.id, Institution.name).where(Institution.id.in_(ids))
    occupations = select(Occupation.id, Occupation.code, Occupation.title).where(
        Occupation.id.in_(occupation_ids)
    )
    return _Names(
        {row.id: row.name for row in db.session.execute(institutions)} if ids else {},
        {row.id: f"{row.code} {row.title}" for row in db.session.execute(occupations)}
        if occupation_ids
        else {},
    )


def _occupations_of(change: Change) -> tuple[int | None, int | None]:
    return change.earlier.occupation_id, change.values["occupation_id"]


def _shown(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name == "fee_fen":
        return amount_text(value)
    if name == "fee_parts":
        return ", ".join(f"{part} {amount_text(fen)}" for part, fen in value.items())
    if name == "attributes":
        return ", ".join(f"{key}: {text}" for key, text in value.items())
    return str(value)
