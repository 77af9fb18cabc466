"""Taking in institutions from a source: new, changed, unchanged; nothing is deleted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.files import as_text_table, prove_table, refuse_without_rows
from marketplace.foundation.ids import new_code
from marketplace.imports.intakes import Outcome, RunFacts
from marketplace.imports.problems import Parsed, Problem, ProblemList
from marketplace.imports.reading import Format, open_format, read_proved_rows
from marketplace.institutions.models import Accreditation, Institution, InstitutionStateFact
from marketplace.institutions.operations.import_plans import (
    Change,
    InstitutionRow,
    load_known,
    plan_institution_rows,
)
from marketplace.institutions.sources import generic, moe_hei, us_nj
from marketplace.institutions.sources.facts import Approval, InstitutionFacts
from marketplace.institutions.states import AccreditationState

FORMATS: Mapping[str, Format] = {
    us_nj.SOURCE: us_nj.FORMAT,
    moe_hei.SOURCE: moe_hei.FORMAT,
    generic.SOURCE: generic.FORMAT,
}


class InstitutionIntake:
    """One file of institutions."""

    kind = "institutions"

    def __init__(self, path: Path, *, source: str) -> None:
        self.path = path
        self.source = source
        self.row_count: int | None = None
        self.renamed: list[int] = []
        self.taken: dict[str, str] = {}
        self.unstated: frozenset[str] = frozenset()

    def read(self) -> Iterator[Parsed]:
        """Every row of the file."""
        form = FORMATS[self.source]
        with as_text_table(self.path) as path:
            count = prove_table(path, required=form.required, aliases=form.names)
            refuse_without_rows(count, path.name)
            self.row_count = count
            with open_format(path, form) as table:
                self.unstated = form.unstated(table.columns)
            yield from read_proved_rows(path, form)

    def save(self, parsed: Sequence[Parsed], run: RunFacts) -> Outcome:
        """Write a piece of the file."""
        outcome = Outcome()
        rows = _rows_of(parsed, outcome)
        self.renamed = save_institution_rows(
            rows, source=self.source, run=run, outcome=outcome, unstated=self.unstated
        )
        outcome.problems += [_expired(row) for row in rows if _is_expired(row.facts, run.as_of)]
        return outcome

    def compare(self, parsed: Sequence[Parsed], run: RunFacts) -> Outcome:
        """What saving a piece would do."""
        outcome = Outcome()
        rows = _rows_of(parsed, outcome)
        plan = plan_institution_rows(
            rows,
            source=self.source,
            run=run,
            outcome=outcome,
            unstated=self.unstated,
            taken=self.taken,
        )
        outcome.differences += plan.differences()
        outcome.problems += [_expired(row) for row in rows if _is_expired(row.facts, run.as_of)]
        return outcome

    def compare_absent(self, run: RunFacts) -> Outcome:
        """Nothing: a file says nothing about those it does not name."""
        return Outcome()

    def close(self, run: RunFacts) -> Outcome:
        """A file names some institutions; about the others it says nothing."""
        return Outcome()


def _rows_of(parsed: Sequence[Parsed], outcome: Outcome) -> list[InstitutionRow]:
    outcome.counts["rows"] += sum(1 for row in parsed if row.is_row)
    return [
        InstitutionRow(row.row, row.facts)
        for row in parsed
        if isinstance(row.facts, InstitutionFacts)
    ]


def save_institution_rows(
    rows: Sequence[InstitutionRow],
    *,
    source: str,
    run: RunFacts,
    outcome: Outcome,
    prefix: str = "",
    unstated: frozenset[str] = frozenset(),
) -> list[int]:
    """Insert or update institutions and the accreditation the source gives them.

    Returns which of them bear another name now: what shows or finds them by name must follow.
    """
    plan = plan_institution_rows(
        rows, source=source, run=run, outcome=outcome, prefix=prefix, unstated=unstated
    )
    renamed = plan.renamed
    _write(
        [values for _row, values in plan.new],
        [{"id": change.earlier.id, **change.values} for change in plan.changed],
    )
    if moved := [_state_fact(change, source, run) for change in plan.changed if change.is_move]:
        db.session.execute(insert(InstitutionStateFact), moved)
    _save_accreditations(plan.facts, source=source, run=run, unstated=unstated)
    return renamed


def _state_fact(change: Change, source: str, run: RunFacts) -> dict[str, Any]:
    """What a source says about standing is a dated fact like an officer's decision."""
    return {
        "code": new_code("SF"),
        "institution_id": change.earlier.id,
        "previous_state": change.earlier.state,
        "state": change.values["state"],
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


def _is_expired(facts: InstitutionFacts, as_of: date) -> bool:
    until = facts.accredited_until
    return facts.approval == Approval.APPROVED and until is not None and until < as_of


def _expired(row: InstitutionRow) -> Problem:
    problems = ProblemList(row.row, row.facts.key)
    problems.warn("approval_expired", "approved_until", str(row.facts.accredited_until))
    return problems.found[0]


def _save_accreditations(
    facts: Sequence[InstitutionFacts], *, source: str, run: RunFacts, unstated: frozenset[str]
) -> None:
    """One accreditation per institution carries the source's approval and its end."""
    known = load_known(source, [fact.key for fact in facts])
    ids = {key: institution.id for key, institution in known.items()}
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
        difference = _accreditation_difference(fact, present, unstated)
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


def _accreditation_difference(
    fact: InstitutionFacts, present: Accreditation, unstated: frozenset[str]
) -> dict[str, Any]:
    approved = fact.approval == Approval.APPROVED
    if present.state == AccreditationState.REVOKED:
        return {}
    state = AccreditationState.GRANTED if approved else AccreditationState.SUSPENDED
    is_silent = "accredited_until" in unstated
    until = present.valid_until if is_silent else fact.accredited_until
    begun = present.valid_from if until is None else min(present.valid_from, until)
    if (state, until, begun) == (present.state, present.valid_until, present.valid_from):
        return {}
    return {"state": state, "valid_until": until, "valid_from": begun}
