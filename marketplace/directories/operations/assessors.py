"""Keeping the register of assessors (评价机构): every change is a new dated version."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import insert, select

from marketplace.directories.models import Assessor, AssessorScope, AssessorVersion
from marketplace.directories.operations.trail import record_register_event
from marketplace.directories.queries.kept import find_assessor_by_uscc, list_assessor_versions
from marketplace.directories.rules import (
    RegisterChange,
    RegisterFacts,
    content_sha256,
    refusals_for_name,
    refusals_for_register_change,
    refusals_for_uscc,
)
from marketplace.directories.states import RegisterState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import N_, NotFound, Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import tidy


@dataclass(frozen=True, slots=True)
class AssessorContent:
    """What the directory says: name, USCC, place, and the occupations × levels it may assess."""

    name: str
    uscc: str | None
    jurisdiction_id: int | None
    scope: tuple[tuple[int | None, int | None], ...]
    """Pairs of occupation id and level; empty: any."""


def add_assessor(
    content: AssessorContent,
    change: RegisterChange,
    *,
    actor_id: int | None,
    source: str = "own",
    source_key: str | None = None,
) -> Assessor:
    """List an assessment body, from a day on.

    Refuses a missing name, scope, reason or document, a USCC that fails GB 32100 or is listed
    already, and a day that is past.
    """
    content, change = _tidied(content), change.tidied()
    sha = assessor_sha256(content, change, RegisterState.LISTED)
    refusals = _refusals(content, but_not_id=None)
    refusals += refusals_for_register_change(
        change, RegisterFacts(), today=clock.today(), new_sha256=sha
    )
    if refusals:
        raise Refused(refusals)
    code = new_code("AS")
    assessor = Assessor(
        code=code,
        source=source,
        source_key=source_key or code,
        jurisdiction_id=content.jurisdiction_id,
        created_at=clock.now(),
    )
    db.session.add(assessor)
    db.session.flush()
    write_assessor_version(
        assessor.id, content, change, RegisterState.LISTED, number=1, actor_id=actor_id
    )
    record_register_event(
        "assessor.added", "assessor", assessor.code, change, actor_id=actor_id, version=1
    )
    return assessor


def change_assessor(
    assessor_id: int, content: AssessorContent, change: RegisterChange, *, actor_id: int | None
) -> Assessor:
    """Say something else from a day on; one that had ended is listed again.

    Refuses what `add_assessor` refuses, a day before the last change, and no change at all.
    """
    assessor = lock_assessor(assessor_id)
    content, change = _tidied(content), change.tidied()
    present = list_assessor_versions(assessor_id)[0]
    sha = assessor_sha256(content, change, RegisterState.LISTED)
    refusals = _refusals(content, but_not_id=assessor_id)
    refusals += refusals_for_register_change(
        change, _facts(present), today=clock.today(), new_sha256=sha
    )
    if refusals:
        raise Refused(refusals)
    assessor.jurisdiction_id = content.jurisdiction_id
    number = present.number + 1
    write_assessor_version(
        assessor_id, content, change, RegisterState.LISTED, number=number, actor_id=actor_id
    )
    record_register_event(
        "assessor.changed", "assessor", assessor.code, change, actor_id=actor_id, version=number
    )
    return assessor


def retire_assessor(assessor_id: int, change: RegisterChange, *, actor_id: int | None) -> Assessor:
    """End the listing from a day on; what the directory said before stays readable."""
    assessor = lock_assessor(assessor_id)
    present = list_assessor_versions(assessor_id)[0]
    if present.state == RegisterState.RETIRED:
        raise Refused(Refusal("directory_retired"))
    change = change.tidied()
    refusals = refusals_for_register_change(
        change, _facts(present), today=clock.today(), new_sha256="retired"
    )
    if refusals:
        raise Refused(refusals)
    content = assessor_content_of(present)
    number = present.number + 1
    dates = replace(change, valid_from=present.valid_from, valid_until=present.valid_until)
    write_assessor_version(
        assessor_id, content, dates, RegisterState.RETIRED, number=number, actor_id=actor_id
    )
    record_register_event(
        "assessor.retired", "assessor", assessor.code, change, actor_id=actor_id, version=number
    )
    return assessor


def lock_assessor(assessor_id: int) -> Assessor:
    """One assessor, held until the unit of work ends."""
    assessor = db.session.scalar(
        select(Assessor).where(Assessor.id == assessor_id).with_for_update()
    )
    if assessor is None:
        raise NotFound("assessor")
    return assessor


def assessor_content_of(version: AssessorVersion) -> AssessorContent:
    """What a version says."""
    scope = db.session.execute(
        select(AssessorScope.occupation_id, AssessorScope.level)
        .where(AssessorScope.version_id == version.id)
        .order_by(AssessorScope.id)
    )
    return AssessorContent(
        version.name,
        version.uscc,
        version.jurisdiction_id,
        tuple((occupation_id, level) for occupation_id, level in scope),
    )


def assessor_sha256(content: AssessorContent, change: RegisterChange, state: RegisterState) -> str:
    """A fingerprint of everything a version says, its reason apart."""
    said: dict[str, Any] = asdict(content)
    said["scope"] = sorted(content.scope, key=str)
    return content_sha256([said, change.clause, change.valid_from, change.valid_until, state.value])


def write_assessor_version(
    assessor_id: int,
    content: AssessorContent,
    change: RegisterChange,
    state: RegisterState,
    *,
    number: int,
    actor_id: int | None,
) -> AssessorVersion:
    """Append a version with its scope; the callers have decided that it may be said."""
    version = AssessorVersion(
        assessor_id=assessor_id,
        number=number,
        state=state,
        effective_on=change.effective_on,
        name=content.name,
        uscc=content.uscc,
        jurisdiction_id=content.jurisdiction_id,
        valid_from=change.valid_from,
        valid_until=change.valid_until,
        clause=change.clause,
        reason=change.reason,
        content_sha256=assessor_sha256(content, change, state),
        created_by=actor_id,
        created_at=clock.now(),
    )
    db.session.add(version)
    db.session.flush()
    rows = [
        {"version_id": version.id, "occupation_id": occupation_id, "level": level}
        for occupation_id, level in content.scope
    ]
    if rows:
        db.session.execute(insert(AssessorScope), rows)
    return version


def _refusals(content: AssessorContent, *, but_not_id: int | None) -> tuple[Refusal, ...]:
    refusals = refusals_for_name(content.name, N_("Name of the assessment body"))
    refusals += refusals_for_uscc(content.uscc, needed=True)
    if not content.scope:
        refusals += (Refusal("directory_scope_missing", field="scope"),)
    taken = find_assessor_by_uscc(content.uscc, but_not_id=but_not_id) if content.uscc else None
    if taken is not None:
        params = {"name": taken.name}
        refusals += (Refusal("directory_uscc_taken", params, field="uscc"),)
    return refusals


def _tidied(content: AssessorContent) -> AssessorContent:
    return AssessorContent(
        tidy(content.name),
        tidy(content.uscc or "").upper() or None,
        content.jurisdiction_id,
        tuple(dict.fromkeys(content.scope)),
    )


def _facts(version: AssessorVersion) -> RegisterFacts:
    return RegisterFacts(version.state, version.effective_on, version.content_sha256)
