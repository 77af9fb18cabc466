"""The directories of assessors (评价机构目录) and qualifications (职业资格、技能等级目录)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, String, case, cast, func, or_, select
from sqlalchemy.orm import aliased

from marketplace.catalog.models import Occupation
from marketplace.catalog.queries.shortage import occupations_above, occupations_below
from marketplace.directories.models import (
    Assessor,
    AssessorScope,
    AssessorVersion,
    Qualification,
    QualificationVersion,
)
from marketplace.directories.queries.listings import (
    Directory,
    DirectoryQuery,
    History,
    Row,
    nothing_to_complete,
    state_is,
    texts_hold,
)
from marketplace.directories.rules import scope_items, scope_text
from marketplace.directories.states import RegisterState
from marketplace.foundation.db import db
from marketplace.jurisdictions.models import Jurisdiction

EXPIRED, COMING = "expired", "coming"
STATES = ("listed", COMING, EXPIRED, "retired")


def assessor_rows(query: DirectoryQuery) -> Select[*tuple[Any, ...]]:
    """Assessors with the version that counted on the day."""
    version = AssessorVersion
    state = _state(version, query.on)
    return (
        select(
            Assessor.code,
            version.name,
            version.uscc,
            Jurisdiction.code.label("jurisdiction_code"),
            Jurisdiction.name.label("jurisdiction"),
            state.label("state"),
            version.valid_from,
            version.valid_until,
            version.clause,
            version.number.label("version"),
            version.effective_on.label("since"),
            version.id.label("entry_id"),
            Assessor.code.label("entry_key"),
            cast(version.id, String).concat("-").concat(state).label("entry_mark"),
            version.name.label("entry_title"),
        )
        .join(Assessor, Assessor.id == version.assessor_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == version.jurisdiction_id)
        .where(
            _counts_on(version, AssessorVersion.assessor_id, query.on),
            *texts_hold(query.text, version.name, version.uscc, Assessor.code),
            *state_is(query.state, state, RegisterState.LISTED.value),
            *_place(query),
            *_may_assess(query),
        )
    )


def qualification_rows(query: DirectoryQuery) -> Select[*tuple[Any, ...]]:
    """Qualifications with the version that counted on the day."""
    version = QualificationVersion
    state = _state(version, query.on)
    return (
        select(
            Qualification.code,
            version.name,
            cast(version.kind, String).label("kind"),
            Occupation.code.label("occupation_code"),
            Occupation.title.label("occupation"),
            version.level,
            version.issuer,
            Jurisdiction.code.label("jurisdiction_code"),
            Jurisdiction.name.label("jurisdiction"),
            state.label("state"),
            version.valid_from,
            version.valid_until,
            version.clause,
            version.number.label("version"),
            version.effective_on.label("since"),
            Qualification.code.label("entry_key"),
            cast(version.id, String).concat("-").concat(state).label("entry_mark"),
            version.name.label("entry_title"),
        )
        .join(Qualification, Qualification.id == version.qualification_id)
        .outerjoin(Occupation, Occupation.id == version.occupation_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == version.jurisdiction_id)
        .where(
            _counts_on(version, QualificationVersion.qualification_id, query.on),
            *texts_hold(query.text, version.name, version.issuer, Qualification.code),
            *state_is(query.state, state, RegisterState.LISTED.value),
            *_place(query),
            *_for_occupation(query),
        )
    )


def _counts_on(version: Any, owner_id: Any, on: date) -> ColumnElement[bool]:
    """The last version that counts from that day or before."""
    other = aliased(version)
    newest = (
        select(func.max(other.number))
        .where(getattr(other, owner_id.key) == owner_id, other.effective_on <= on)
        .correlate(version)
        .scalar_subquery()
    )
    is_newest: ColumnElement[bool] = version.number == newest
    return is_newest


def _state(version: Any, on: date) -> ColumnElement[Any]:
    return case(
        (version.state == RegisterState.RETIRED, RegisterState.RETIRED.value),
        (version.valid_until < on, EXPIRED),
        (version.valid_from > on, COMING),
        else_=RegisterState.LISTED.value,
    )


def _place(query: DirectoryQuery) -> list[ColumnElement[bool]]:
    """What belongs to the place or counts there; what has no place counts everywhere."""
    if not query.jurisdiction_path:
        return []
    return [
        or_(
            Jurisdiction.id.is_(None),
            Jurisdiction.path.startswith(query.jurisdiction_path, autoescape=True),
        )
    ]


def _may_assess(query: DirectoryQuery) -> list[ColumnElement[bool]]:
    """Some scope includes the occupation (or lies below it) at the level."""
    fits: list[ColumnElement[bool]] = []
    if query.occupation_id is not None:
        above, below = (
            occupations_above(query.occupation_id),
            occupations_below(query.occupation_id),
        )
        fits.append(
            or_(
                AssessorScope.occupation_id.is_(None),
                AssessorScope.occupation_id.in_(select(above.c.id)),
                AssessorScope.occupation_id.in_(select(below.c.id)),
            )
        )
    if query.level is not None:
        fits.append(or_(AssessorScope.level.is_(None), AssessorScope.level == query.level))
    if not fits:
        return []
    scope = select(AssessorScope.id).where(AssessorScope.version_id == AssessorVersion.id, *fits)
    return [scope.correlate(AssessorVersion).exists()]


def _for_occupation(query: DirectoryQuery) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.occupation_id is not None:
        below = occupations_below(query.occupation_id)
        conditions.append(QualificationVersion.occupation_id.in_(select(below.c.id)))
    if query.level is not None:
        conditions.append(QualificationVersion.level == query.level)
    return conditions


def _add_scopes(rows: Sequence[Row], _on: date) -> None:
    scopes = list_scopes([row["entry_id"] for row in rows])
    for row in rows:
        row["scope_items"] = scope_items(scopes.get(row["entry_id"], []))
        row["scope"] = scope_text(row["scope_items"])


def list_scopes(version_ids: Sequence[int]) -> dict[int, list[Any]]:
    """What versions of assessors allow: occupation code, title and level, by version."""
    found = db.session.execute(
        select(
            AssessorScope.version_id,
            Occupation.code.label("occupation_code"),
            Occupation.title.label("occupation"),
            AssessorScope.level,
        )
        .outerjoin(Occupation, Occupation.id == AssessorScope.occupation_id)
        .where(AssessorScope.version_id.in_(version_ids))
        .order_by(AssessorScope.version_id, AssessorScope.id)
    ).mappings()
    scopes: dict[int, list[Any]] = {}
    for item in found:
        scopes.setdefault(item["version_id"], []).append(item)
    return scopes


def _register_history(version: Any) -> History:
    return History(db.session.scalar(select(func.min(version.effective_on))), None)


ASSESSORS = Directory(
    columns=(
        "code", "name", "uscc", "jurisdiction_code", "jurisdiction", "scope", "state",
        "valid_from", "valid_until", "clause", "version", "since",
    ),
    states=STATES,
    rows_of=assessor_rows,
    order_by=(AssessorVersion.name, AssessorVersion.id),
    complete=_add_scopes,
    history=lambda: _register_history(AssessorVersion),
)  # fmt: skip
QUALIFICATIONS = Directory(
    columns=(
        "code", "name", "kind", "occupation_code", "occupation", "level", "issuer",
        "jurisdiction_code", "jurisdiction", "state", "valid_from", "valid_until", "clause",
        "version", "since",
    ),
    states=STATES,
    rows_of=qualification_rows,
    order_by=(QualificationVersion.name, QualificationVersion.id),
    complete=nothing_to_complete,
    history=lambda: _register_history(QualificationVersion),
)  # fmt: skip
