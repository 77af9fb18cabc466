"""Taking in files of assessors and qualifications: a version only where something changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import func, insert, select

from marketplace.catalog.operations.import_requests import RegisteredKind, register_import_kind
from marketplace.catalog.queries.occupations import list_occupation_ids
from marketplace.directories.models import (
    Assessor,
    AssessorVersion,
    Qualification,
    QualificationVersion,
)
from marketplace.directories.operations.assessors import (
    AssessorContent,
    assessor_sha256,
    write_assessor_version,
)
from marketplace.directories.operations.qualifications import (
    QualificationContent,
    build_qualification_version,
    qualification_sha256,
)
from marketplace.directories.queries.kept import find_assessor_by_uscc
from marketplace.directories.rules import RegisterChange
from marketplace.directories.sources.facts import AssessorFacts, QualificationFacts
from marketplace.directories.sources.registers import ASSESSOR_FORMATS, QUALIFICATION_FORMATS
from marketplace.directories.states import RegisterState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.ids import new_code
from marketplace.imports.intakes import Outcome, RunFacts
from marketplace.imports.problems import Parsed, ProblemList
from marketplace.imports.reading import read_rows
from marketplace.jurisdictions.queries import list_jurisdiction_ids

Facts = TypeVar("Facts")


@dataclass(frozen=True, slots=True)
class _Known:
    """An entry we have, with what its newest version says."""

    id: int
    number: int
    state: RegisterState
    effective_on: date
    content_sha256: str


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A version that a row asks for."""

    key: str
    content: Any
    change: RegisterChange
    state: RegisterState
    sha256: str


class QualificationIntake:
    """One file of qualifications. Those it does not name stay as they are."""

    kind = "qualifications"

    def __init__(self, path: Path, *, source: str) -> None:
        self.path = path
        self.source = source

    def read(self) -> Iterator[Parsed]:
        """Every row of the file."""
        return read_rows(self.path, QUALIFICATION_FORMATS[self.source])

    def save(self, parsed: Sequence[Parsed], run: RunFacts) -> Outcome:
        """Write a piece of the file."""
        rows = [(row, row.facts) for row in parsed if isinstance(row.facts, QualificationFacts)]
        facts = [fact for _row, fact in rows]
        places = list_jurisdiction_ids(f.jurisdiction_code for f in facts if f.jurisdiction_code)
        occupations = list_occupation_ids(f.occupation_code for f in facts if f.occupation_code)

        def resolve(fact: QualificationFacts, problems: ProblemList) -> _Wanted | None:
            return _wanted_qualification(fact, self.source, run, places, occupations, problems)

        return _save(
            rows,
            parsed,
            resolve=resolve,
            known=_load_known(
                Qualification,
                QualificationVersion,
                QualificationVersion.qualification_id,
                self.source,
                [fact.key for fact in facts],
            ),
            write=lambda pairs: _write_qualifications(pairs, self.source, run.actor_id),
        )

    def close(self, run: RunFacts) -> Outcome:
        """A file names some qualifications; about the others it says nothing."""
        return Outcome()


class AssessorIntake:
    """One file of assessors. Those it does not name stay as they are."""

    kind = "assessors"

    def __init__(self, path: Path, *, source: str) -> None:
        self.path = path
        self.source = source

    def read(self) -> Iterator[Parsed]:
        """Every row of the file."""
        return read_rows(self.path, ASSESSOR_FORMATS[self.source])

    def save(self, parsed: Sequence[Parsed], run: RunFacts) -> Outcome:
        """Write a piece of the file."""
        rows = [(row, row.facts) for row in parsed if isinstance(row.facts, AssessorFacts)]
        facts = [fact for _row, fact in rows]
        places = list_jurisdiction_ids(f.jurisdiction_code for f in facts if f.jurisdiction_code)
        occupations = list_occupation_ids(code for f in facts for code, _level in f.scope if code)
        known = _load_known(
            Assessor,
            AssessorVersion,
            AssessorVersion.assessor_id,
            self.source,
            [fact.key for fact in facts],
        )
        taken: dict[str, str] = {}

        def resolve(fact: AssessorFacts, problems: ProblemList) -> _Wanted | None:
            wanted = _wanted_assessor(fact, self.source, run, places, occupations, problems)
            if wanted is None or _is_taken(fact, known.get(wanted.key), taken, problems):
                return None
            return wanted

        return _save(
            rows,
            parsed,
            resolve=resolve,
            known=known,
            write=lambda pairs: _write_assessors(pairs, self.source, run.actor_id),
        )

    def close(self, run: RunFacts) -> Outcome:
        """A file names some assessors; about the others it says nothing."""
        return Outcome()


def _save(
    rows: Sequence[tuple[Parsed, Facts]],
    parsed: Sequence[Parsed],
    *,
    resolve: Callable[[Facts, ProblemList], _Wanted | None],
    known: Mapping[str, _Known],
    write: Callable[[Sequence[tuple[_Wanted, _Known | None]]], None],
) -> Outcome:
    outcome = Outcome()
    outcome.counts["rows"] += sum(1 for row in parsed if row.is_row)
    pairs: list[tuple[_Wanted, _Known | None]] = []
    for row, fact in rows:
        problems = ProblemList(row.row, row.key)
        wanted = resolve(fact, problems)
        earlier = known.get(row.key or "")
        if wanted is not None:
            verdict = _verdict(wanted, earlier, problems)
            if verdict is not None:
                outcome.counts[verdict] += 1
            if verdict in ("added", "changed", "retired"):
                pairs.append((wanted, earlier))
        outcome.problems += problems.found
    write(pairs)
    return outcome


def _verdict(wanted: _Wanted, earlier: _Known | None, problems: ProblemList) -> str | None:
    if earlier is None:
        return "added"
    if earlier.content_sha256 == wanted.sha256:
        return "unchanged"
    if wanted.change.effective_on < earlier.effective_on:
        problems.reject("directory_older", "as_of", earlier.effective_on.isoformat())
        return None
    ends = wanted.state == RegisterState.RETIRED and earlier.state == RegisterState.LISTED
    return "retired" if ends else "changed"


def _load_known(
    owner: Any, version: Any, owner_id: Any, source: str, keys: Sequence[str]
) -> dict[str, _Known]:
    newest = (
        select(owner_id.label("owner_id"), func.max(version.number).label("number"))
        .join(owner, owner.id == owner_id)
        .where(owner.source == source, owner.source_key.in_(keys))
        .group_by(owner_id)
        .subquery()
    )
    rows = db.session.execute(
        select(
            owner.source_key,
            owner.id,
            version.number,
            version.state,
            version.effective_on,
            version.content_sha256,
        )
        .join(newest, newest.c.owner_id == owner.id)
        .join(version, (owner_id == owner.id) & (version.number == newest.c.number))
        .with_for_update(of=owner)
    )
    return {row[0]: _Known(*row[1:]) for row in rows}


def _wanted_qualification(
    facts: QualificationFacts,
    source: str,
    run: RunFacts,
    places: Mapping[str, int],
    occupations: Mapping[str, int],
    problems: ProblemList,
) -> _Wanted | None:
    place, occupation = facts.jurisdiction_code, facts.occupation_code
    if place and place not in places:
        problems.reject("directory_place_unknown", "jurisdiction_code", place)
        return None
    if occupation and occupation not in occupations:
        problems.warn("directory_occupation_dropped", "occupation_code", occupation)
    content = QualificationContent(
        name=facts.name,
        kind=facts.kind,
        jurisdiction_id=places.get(place or ""),
        occupation_id=occupations.get(occupation or ""),
        level=facts.level,
        issuer=facts.issuer,
    )
    change = _change(facts.clause, source, run, facts.valid_from, facts.valid_until)
    if facts.ended_on is not None:
        change = RegisterChange(
            change.effective_on, change.reason, change.clause, None, facts.ended_on
        )
    state = RegisterState.LISTED if facts.is_listed else RegisterState.RETIRED
    sha = qualification_sha256(content, change, state)
    return _Wanted(facts.key, content, change, state, sha)


def _wanted_assessor(
    facts: AssessorFacts,
    source: str,
    run: RunFacts,
    places: Mapping[str, int],
    occupations: Mapping[str, int],
    problems: ProblemList,
) -> _Wanted | None:
    place = facts.jurisdiction_code
    if place and place not in places:
        problems.reject("directory_place_unknown", "jurisdiction_code", place)
    unknown = [code for code, _level in facts.scope if code and code not in occupations]
    if unknown:
        problems.reject("directory_occupation_unknown", "scope", ", ".join(unknown))
    if problems.found:
        return None
    content = AssessorContent(
        name=facts.name,
        uscc=facts.uscc,
        jurisdiction_id=places.get(place or ""),
        scope=tuple((occupations.get(code or ""), level) for code, level in facts.scope),
    )
    change = _change(facts.clause, source, run, facts.valid_from, facts.valid_until)
    state = RegisterState.LISTED if facts.is_listed else RegisterState.RETIRED
    return _Wanted(facts.key, content, change, state, assessor_sha256(content, change, state))


def _is_taken(
    facts: AssessorFacts, earlier: _Known | None, taken: dict[str, str], problems: ProblemList
) -> bool:
    """Whether another assessor, in the register or above in the file, bears the same USCC."""
    if facts.uscc is None or not facts.is_listed:
        return False
    holder = find_assessor_by_uscc(facts.uscc, but_not_id=earlier.id if earlier else None)
    if holder is not None or taken.setdefault(facts.uscc, facts.key) != facts.key:
        problems.reject("directory_uscc_double", "uscc", facts.uscc[-4:])
        return True
    return False


def _change(
    clause: str | None, source: str, run: RunFacts, first: date | None, last: date | None
) -> RegisterChange:
    return RegisterChange(run.as_of, f"{source} {run.as_of.isoformat()}", clause, first, last)


def _write_qualifications(
    pairs: Sequence[tuple[_Wanted, _Known | None]], source: str, actor_id: int | None
) -> None:
    ids = _insert_owners(Qualification, pairs, source)
    for wanted, earlier in pairs:
        db.session.add(
            build_qualification_version(
                earlier.id if earlier else ids[wanted.key],
                wanted.content,
                wanted.change,
                wanted.state,
                number=earlier.number + 1 if earlier else 1,
                actor_id=actor_id,
            )
        )
        if earlier is not None:
            _follow_place(Qualification, earlier.id, wanted.content.jurisdiction_id)
    db.session.flush()


def _write_assessors(
    pairs: Sequence[tuple[_Wanted, _Known | None]], source: str, actor_id: int | None
) -> None:
    ids = _insert_owners(Assessor, pairs, source)
    for wanted, earlier in pairs:
        write_assessor_version(
            earlier.id if earlier else ids[wanted.key],
            wanted.content,
            wanted.change,
            wanted.state,
            number=earlier.number + 1 if earlier else 1,
            actor_id=actor_id,
        )
        if earlier is not None:
            _follow_place(Assessor, earlier.id, wanted.content.jurisdiction_id)
    db.session.flush()


def _insert_owners(
    owner: Any, pairs: Sequence[tuple[_Wanted, _Known | None]], source: str
) -> dict[str, int]:
    rows = [
        {
            "code": new_code("QF" if owner is Qualification else "AS"),
            "source": source,
            "source_key": wanted.key,
            "jurisdiction_id": wanted.content.jurisdiction_id,
            "created_at": clock.now(),
        }
        for wanted, earlier in pairs
        if earlier is None
    ]
    if not rows:
        return {}
    found = db.session.execute(insert(owner).returning(owner.source_key, owner.id), rows)
    return {key: owner_id for key, owner_id in found}


def _follow_place(owner: Any, owner_id: int, jurisdiction_id: int | None) -> None:
    kept = db.session.get(owner, owner_id)
    assert kept is not None, "it was just read"
    kept.jurisdiction_id = jurisdiction_id


register_import_kind(
    AssessorIntake.kind,
    RegisteredKind(lambda path, order: AssessorIntake(path, source=order.source), ASSESSOR_FORMATS),
)
register_import_kind(
    QualificationIntake.kind,
    RegisteredKind(
        lambda path, order: QualificationIntake(path, source=order.source), QUALIFICATION_FORMATS
    ),
)
