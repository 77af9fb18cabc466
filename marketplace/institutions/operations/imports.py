"""Taking in institutions from a source: new, changed, unchanged; nothing is deleted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.ids import new_code
from marketplace.imports.intakes import Outcome, RunFacts
from marketplace.imports.problems import Parsed, Problem, ProblemList
from marketplace.imports.reading import Format, facts_sha256, read_rows
from marketplace.institutions.models import Accreditation, Institution, InstitutionStateFact
from marketplace.institutions.sources import generic, moe_hei, us_nj
from marketplace.institutions.sources.facts import Approval, InstitutionFacts
from marketplace.institutions.states import AccreditationState, InstitutionState
from marketplace.jurisdictions.queries import list_jurisdiction_ids

FORMATS: Mapping[str, Format] = {
    us_nj.SOURCE: us_nj.FORMAT,
    moe_hei.SOURCE: moe_hei.FORMAT,
    generic.SOURCE: generic.FORMAT,
}
_STATES = {
    Approval.APPROVED: InstitutionState.ACCREDITED,
    Approval.PENDING: InstitutionState.APPLIED,
    Approval.ENDED: InstitutionState.WITHDRAWN,
}
_OUR_DECISIONS = (InstitutionState.SUSPENDED, InstitutionState.BARRED)
"""States an officer decided; a file does not undo them."""


@dataclass(frozen=True, slots=True)
class InstitutionRow:
    """Facts of one row, with its place in the file."""

    row: int
    facts: InstitutionFacts


class InstitutionIntake:
    """One file of institutions."""

    kind = "institutions"

    def __init__(self, path: Path, *, source: str) -> None:
        self.path = path
        self.source = source
        self.renamed: list[int] = []

    def read(self) -> Iterator[Parsed]:
        """Every row of the file."""
        return read_rows(self.path, FORMATS[self.source])

    def save(self, parsed: Sequence[Parsed], run: RunFacts) -> Outcome:
        """Write a piece of the file."""
        outcome = Outcome()
        outcome.counts["rows"] += sum(1 for row in parsed if row.is_row)
        rows = [
            InstitutionRow(row.row, row.facts)
            for row in parsed
            if isinstance(row.facts, InstitutionFacts)
        ]
        self.renamed = save_institution_rows(rows, source=self.source, run=run, outcome=outcome)
        outcome.problems += [_expired(row) for row in rows if _is_expired(row.facts, run.as_of)]
        return outcome

    def close(self, run: RunFacts) -> Outcome:
        """A file names some institutions; about the others it says nothing."""
        return Outcome()


def save_institution_rows(
    rows: Sequence[InstitutionRow],
    *,
    source: str,
    run: RunFacts,
    outcome: Outcome,
    prefix: str = "",
) -> list[int]:
    """Insert or update institutions and the accreditation the source gives them.

    Returns which of them bear another name now: what shows or finds them by name must follow.
    """
    known = _load_known(source, [row.facts.key for row in rows])
    places = list_jurisdiction_ids(
        row.facts.jurisdiction_code for row in rows if row.facts.jurisdiction_code
    )
    checked = _refuse_taken_uscc(rows, known, outcome)
    new, changed, renamed, moved = [], [], [], []
    for row in checked:
        facts = row.facts
        if facts.jurisdiction_code and facts.jurisdiction_code not in places:
            outcome.problems.append(_place_unknown(row))
        values = _values(facts, places, run.as_of)
        earlier = known.get(facts.key)
        if earlier is None:
            new.append(_new_values(values, facts, source))
            continue
        if difference := _difference(values, earlier):
            changed.append({"id": earlier.id, **difference})
            ended = difference.get("state") == InstitutionState.WITHDRAWN
            outcome.counts[f"{prefix}retired"] += ended
            if difference.get("state", earlier.state) != earlier.state:
                moved.append(_state_fact(earlier, difference["state"], source, run))
            if difference.get("name", earlier.name) != earlier.name:
                renamed.append(earlier.id)
        held = difference.get("quarantine_reason", earlier.quarantine_reason)
        outcome.counts[f"{prefix}quarantined"] += bool(held)
    _write(new, changed)
    if moved:
        db.session.execute(insert(InstitutionStateFact), moved)
    _save_accreditations([row.facts for row in checked], source=source, run=run)
    outcome.counts[f"{prefix}added"] += len(new)
    outcome.counts[f"{prefix}changed"] += len(changed)
    outcome.counts[f"{prefix}unchanged"] += len(rows) - len(new) - len(changed)
    outcome.counts[f"{prefix}quarantined"] += sum(bool(row["quarantine_reason"]) for row in new)
    return renamed


def _state_fact(
    institution: Institution, state: InstitutionState, source: str, run: RunFacts
) -> dict[str, Any]:
    """What a source says about standing is a dated fact like an officer's decision."""
    return {
        "code": new_code("SF"),
        "institution_id": institution.id,
        "previous_state": institution.state,
        "state": state,
        "effective_on": clock.today(),
        "clause": source,
        "reason": None,
        "decided_by": run.actor_id,
        "decided_at": clock.now(),
    }


def _write(new: list[dict[str, Any]], changed: list[dict[str, Any]]) -> None:
    if new:
        db.session.execute(insert(Institution), new)
    for shape in {tuple(sorted(row)) for row in changed}:
        db.session.execute(
            update(Institution).execution_options(synchronize_session=False),
            [row for row in changed if tuple(sorted(row)) == shape],
        )


def _load_known(source: str, keys: Sequence[str]) -> dict[str, Institution]:
    found = db.session.scalars(
        select(Institution)
        .where(Institution.source == source, Institution.source_key.in_(keys))
        .execution_options(populate_existing=True)
        .with_for_update()
    )
    return {institution.source_key: institution for institution in found}


def _refuse_taken_uscc(
    rows: Sequence[InstitutionRow], known: Mapping[str, Institution], outcome: Outcome
) -> list[InstitutionRow]:
    """A code that another institution holds already is taken off, and the row held back."""
    wanted = {row.facts.uscc for row in rows if row.facts.uscc}
    holders: dict[str | None, tuple[str, str]] = {
        uscc: (source, key)
        for uscc, source, key in db.session.execute(
            select(Institution.uscc, Institution.source, Institution.source_key).where(
                Institution.uscc.in_(wanted)
            )
        )
    }
    checked = []
    for row in rows:
        uscc = row.facts.uscc
        earlier = known.get(row.facts.key)
        is_own = earlier is not None and earlier.uscc == uscc
        if uscc and uscc in holders and not is_own:
            problems = ProblemList(row.row, row.facts.key)
            problems.quarantine("uscc_taken", "uscc", uscc[-4:])
            outcome.problems += problems.found
            facts = replace(row.facts, uscc=None, quarantine_reason="uscc_taken")
            checked.append(InstitutionRow(row.row, facts))
            continue
        if uscc:
            holders[uscc] = ("", row.facts.key)
        checked.append(row)
    return checked


def _place_unknown(row: InstitutionRow) -> Problem:
    problems = ProblemList(row.row, row.facts.key)
    problems.warn("jurisdiction_unknown", "jurisdiction_code", row.facts.jurisdiction_code)
    return problems.found[0]


def _is_expired(facts: InstitutionFacts, as_of: date) -> bool:
    until = facts.accredited_until
    return facts.approval == Approval.APPROVED and until is not None and until < as_of


def _expired(row: InstitutionRow) -> Problem:
    problems = ProblemList(row.row, row.facts.key)
    problems.warn("approval_expired", "approved_until", str(row.facts.accredited_until))
    return problems.found[0]


def _values(facts: InstitutionFacts, places: Mapping[str, int], as_of: date) -> dict[str, Any]:
    return {
        "name": facts.name,
        "uscc": facts.uscc,
        "state": _STATES[facts.approval],
        "quarantine_reason": facts.quarantine_reason,
        "jurisdiction_id": places.get(facts.jurisdiction_code or ""),
        "kind": facts.kind,
        "address": facts.address,
        "city": facts.city,
        "county": facts.county,
        "postal_code": facts.postal_code,
        "website": facts.website,
        "features": dict(facts.features),
        "content_sha256": facts_sha256(facts),
        "as_of": as_of,
        "changed_at": clock.now(),
    }


def _new_values(values: dict[str, Any], facts: InstitutionFacts, source: str) -> dict[str, Any]:
    return {
        **values,
        "code": new_code("INS"),
        "source": source,
        "source_key": facts.key,
        "created_at": values["changed_at"],
    }


def _difference(values: dict[str, Any], earlier: Institution) -> dict[str, Any]:
    """What of a known institution is to be written: all when its content changed, or its place."""
    if values["content_sha256"] != earlier.content_sha256:
        kept = dict(values)
        if earlier.state in _OUR_DECISIONS:
            kept.pop("state")
        return kept
    place = values["jurisdiction_id"]
    if place is not None and place != earlier.jurisdiction_id:
        return {"jurisdiction_id": place, "changed_at": values["changed_at"]}
    return {}


def _save_accreditations(facts: Sequence[InstitutionFacts], *, source: str, run: RunFacts) -> None:
    """One accreditation per institution carries the source's approval and its end."""
    ids = {
        institution.source_key: institution.id
        for institution in _load_known(source, [fact.key for fact in facts]).values()
    }
    earlier = {
        row.institution_id: row
        for row in db.session.scalars(
            select(Accreditation)
            .where(Accreditation.institution_id.in_(ids.values()), Accreditation.clause == source)
            .execution_options(populate_existing=True)
        )
    }
    new, changed = [], []
    for fact in facts:
        present = earlier.get(ids[fact.key])
        if present is None:
            if fact.approval == Approval.APPROVED:
                new.append(_accreditation(fact, ids[fact.key], source, run))
            continue
        difference = _accreditation_difference(fact, present)
        if difference:
            changed.append({"id": present.id, **difference})
    if new:
        db.session.execute(insert(Accreditation), new)
    if changed:
        db.session.execute(
            update(Accreditation).execution_options(synchronize_session=False), changed
        )


def _accreditation(
    fact: InstitutionFacts, institution_id: int, source: str, run: RunFacts
) -> dict[str, Any]:
    until = fact.accredited_until
    begun = fact.accredited_from or run.as_of
    return {
        "code": new_code("ACC"),
        "institution_id": institution_id,
        "state": AccreditationState.GRANTED,
        "valid_from": begun if until is None else min(begun, until),
        "valid_until": until,
        "clause": source,
        "decided_by": run.actor_id,
        "decided_at": clock.now(),
    }


def _accreditation_difference(fact: InstitutionFacts, present: Accreditation) -> dict[str, Any]:
    approved = fact.approval == Approval.APPROVED
    if present.state == AccreditationState.REVOKED:
        return {}
    state = AccreditationState.GRANTED if approved else AccreditationState.SUSPENDED
    until = fact.accredited_until
    begun = present.valid_from if until is None else min(present.valid_from, until)
    if (state, until, begun) == (present.state, present.valid_until, present.valid_from):
        return {}
    return {"state": state, "valid_until": until, "valid_from": begun}
