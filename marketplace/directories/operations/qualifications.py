"""Keeping the register of qualifications: every change is a new dated version."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from sqlalchemy import select

from marketplace.directories.models import Qualification, QualificationVersion
from marketplace.directories.operations.trail import record_register_event
from marketplace.directories.queries.kept import list_qualification_versions
from marketplace.directories.rules import (
    LEVELS,
    RegisterChange,
    RegisterFacts,
    content_sha256,
    refusals_for_name,
    refusals_for_register_change,
)
from marketplace.directories.states import QualificationKind, RegisterState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import N_, NotFound, Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import tidy


@dataclass(frozen=True, slots=True)
class QualificationContent:
    """What the directory says: name, kind, place, occupation and level, who issues it."""

    name: str
    kind: QualificationKind
    jurisdiction_id: int | None
    occupation_id: int | None
    level: int | None
    issuer: str | None


def register_qualification(
    content: QualificationContent,
    change: RegisterChange,
    *,
    actor_id: int | None,
    source: str = "own",
    source_key: str | None = None,
) -> Qualification:
    """List a qualification, from a day on.

    Refuses a missing name, reason or document, an unknown level, and a day that is past.
    """
    content, change = _tidied(content), change.tidied()
    sha = qualification_sha256(content, change, RegisterState.LISTED)
    refusals = _refusals(content) + refusals_for_register_change(
        change, RegisterFacts(), today=clock.today(), new_sha256=sha
    )
    if refusals:
        raise Refused(refusals)
    code = new_code("QF")
    qualification = Qualification(
        code=code,
        source=source,
        source_key=source_key or code,
        jurisdiction_id=content.jurisdiction_id,
        created_at=clock.now(),
    )
    db.session.add(qualification)
    db.session.flush()
    _write(qualification, content, change, RegisterState.LISTED, 1, actor_id, "added")
    return qualification


def change_qualification(
    qualification_id: int,
    content: QualificationContent,
    change: RegisterChange,
    *,
    actor_id: int | None,
) -> Qualification:
    """Say something else from a day on; one that had ended is listed again.

    Refuses what `register_qualification` refuses, a day before the last change, and no change.
    """
    qualification = lock_qualification(qualification_id)
    content, change = _tidied(content), change.tidied()
    present = list_qualification_versions(qualification_id)[0]
    sha = qualification_sha256(content, change, RegisterState.LISTED)
    refusals = _refusals(content) + refusals_for_register_change(
        change, _facts(present), today=clock.today(), new_sha256=sha
    )
    if refusals:
        raise Refused(refusals)
    qualification.jurisdiction_id = content.jurisdiction_id
    number = present.number + 1
    _write(qualification, content, change, RegisterState.LISTED, number, actor_id, "changed")
    return qualification


def retire_qualification(
    qualification_id: int, change: RegisterChange, *, actor_id: int | None
) -> Qualification:
    """End the listing from a day on; what the directory said before stays readable."""
    qualification = lock_qualification(qualification_id)
    present = list_qualification_versions(qualification_id)[0]
    if present.state == RegisterState.RETIRED:
        raise Refused(Refusal("directory_retired"))
    change = change.tidied()
    refusals = refusals_for_register_change(
        change, _facts(present), today=clock.today(), new_sha256="retired"
    )
    if refusals:
        raise Refused(refusals)
    dates = replace(change, valid_from=present.valid_from, valid_until=present.valid_until)
    content = qualification_content_of(present)
    number = present.number + 1
    _write(qualification, content, dates, RegisterState.RETIRED, number, actor_id, "retired")
    return qualification


def lock_qualification(qualification_id: int) -> Qualification:
    """One qualification, held until the unit of work ends."""
    qualification = db.session.scalar(
        select(Qualification).where(Qualification.id == qualification_id).with_for_update()
    )
    if qualification is None:
        raise NotFound("qualification")
    return qualification


def qualification_content_of(version: QualificationVersion) -> QualificationContent:
    """What a version says."""
    return QualificationContent(
        version.name,
        version.kind,
        version.jurisdiction_id,
        version.occupation_id,
        version.level,
        version.issuer,
    )


def qualification_sha256(
    content: QualificationContent, change: RegisterChange, state: RegisterState
) -> str:
    """A fingerprint of everything a version says, its reason apart."""
    return content_sha256(
        [asdict(content), change.clause, change.valid_from, change.valid_until, state.value]
    )


def build_qualification_version(
    qualification_id: int,
    content: QualificationContent,
    change: RegisterChange,
    state: RegisterState,
    *,
    number: int,
    actor_id: int | None,
) -> QualificationVersion:
    """A version to append; the callers have decided that it may be said."""
    return QualificationVersion(
        **asdict(content),
        qualification_id=qualification_id,
        number=number,
        state=state,
        effective_on=change.effective_on,
        valid_from=change.valid_from,
        valid_until=change.valid_until,
        clause=change.clause,
        reason=change.reason,
        content_sha256=qualification_sha256(content, change, state),
        created_by=actor_id,
        created_at=clock.now(),
    )


def _write(
    qualification: Qualification,
    content: QualificationContent,
    change: RegisterChange,
    state: RegisterState,
    number: int,
    actor_id: int | None,
    act: str,
) -> None:
    db.session.add(
        build_qualification_version(
            qualification.id, content, change, state, number=number, actor_id=actor_id
        )
    )
    db.session.flush()
    record_register_event(
        f"qualification.{act}",
        "qualification",
        qualification.code,
        change,
        actor_id=actor_id,
        version=number,
    )


def _refusals(content: QualificationContent) -> tuple[Refusal, ...]:
    refusals = refusals_for_name(content.name, N_("Name of the qualification"))
    if content.level is not None and content.level not in LEVELS:
        refusals += (Refusal("level_unknown", field="level"),)
    return refusals


def _tidied(content: QualificationContent) -> QualificationContent:
    issuer = tidy(content.issuer or "") or None
    return replace(content, name=tidy(content.name), issuer=issuer)


def _facts(version: QualificationVersion) -> RegisterFacts:
    return RegisterFacts(version.state, version.effective_on, version.content_sha256)
