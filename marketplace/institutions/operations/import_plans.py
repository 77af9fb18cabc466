"""What a file of institutions would change: decided from rows and register, not yet done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.ids import new_code
from marketplace.imports.intakes import Difference, Outcome, RunFacts
from marketplace.imports.problems import Problem, ProblemList
from marketplace.imports.reading import facts_sha256
from marketplace.imports.states import Verdict
from marketplace.institutions.models import Institution
from marketplace.institutions.sources import generic
from marketplace.institutions.sources.facts import KNOWN_FROM, Approval, InstitutionFacts
from marketplace.institutions.states import InstitutionState
from marketplace.jurisdictions.queries import list_jurisdiction_ids

_STATES = {
    Approval.APPROVED: InstitutionState.ACCREDITED,
    Approval.PENDING: InstitutionState.APPLIED,
    Approval.ENDED: InstitutionState.WITHDRAWN,
}
_OUR_DECISIONS = (InstitutionState.SUSPENDED, InstitutionState.BARRED)
"""States an officer decided; a file does not undo them."""
_SHOWN = (
    "name", "uscc", "state", "kind", "address", "city", "county", "postal_code", "website",
    "jurisdiction_id",
)  # fmt: skip
_OF_OTHERS = ("name", "uscc", "kind", "address", "city", "county", "postal_code", "website",
              "jurisdiction_id")  # fmt: skip
"""What our own file may say about an institution that another source, or an officer, entered."""


@dataclass(frozen=True, slots=True)
class InstitutionRow:
    """Facts of one row, with its place in the file."""

    row: int
    facts: InstitutionFacts


@dataclass(frozen=True, slots=True)
class Change:
    """One known institution, and what of it is to be written."""

    row: int
    earlier: Institution
    values: dict[str, Any]

    @property
    def is_move(self) -> bool:
        """The source says that the institution stands elsewhere now."""
        return bool(self.values.get("state", self.earlier.state) != self.earlier.state)


@dataclass(slots=True)
class InstitutionPlan:
    """What a piece of a file does to the register."""

    new: list[tuple[InstitutionRow, dict[str, Any]]] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    facts: list[InstitutionFacts] = field(default_factory=list)
    """Rows whose source decides about the accreditation."""
    met: set[int] = field(default_factory=set)

    @property
    def renamed(self) -> list[int]:
        """Institutions that bear another name from now on."""
        return [
            change.earlier.id
            for change in self.changed
            if change.values.get("name", change.earlier.name) != change.earlier.name
        ]

    def differences(self) -> list[Difference]:
        """The plan as a person reads it."""
        added = [
            Difference(row.row, row.facts.key, row.facts.name, Verdict.ADDED)
            for row, _values in self.new
        ]
        return added + [_difference_of(change) for change in self.changed]


def plan_institution_rows(
    rows: Sequence[InstitutionRow],
    *,
    source: str,
    run: RunFacts,
    outcome: Outcome,
    prefix: str = "",
    unstated: frozenset[str] = frozenset(),
    taken: dict[str, str] | None = None,
) -> InstitutionPlan:
    """Compare rows with the register.

    `unstated`: fields no column of the file states; they stay as they are. `taken`: codes that
    earlier pieces would have given out.
    """
    known = load_known(source, [row.facts.key for row in rows])
    places = list_jurisdiction_ids(
        row.facts.jurisdiction_code for row in rows if row.facts.jurisdiction_code
    )
    plan = InstitutionPlan()
    for row in _refuse_taken_uscc(rows, known, outcome, {} if taken is None else taken):
        facts = row.facts
        if facts.jurisdiction_code and facts.jurisdiction_code not in places:
            outcome.problems.append(_place_unknown(row))
        values = _values(facts, places, run.as_of)
        earlier = known.get(facts.key)
        if earlier is not None and earlier.id in plan.met:
            outcome.problems.append(_repeated(row))
            continue
        if earlier is not None:
            _keep_unstated(values, earlier, unstated)
        if earlier is None or earlier.source == source:
            plan.facts.append(facts)
        if earlier is None:
            plan.new.append((row, _new_values(values, facts, source)))
            continue
        if difference := _what_differs(values, earlier, source):
            plan.changed.append(Change(row.row, earlier, difference))
            plan.met.add(earlier.id)
            ended = difference.get("state") == InstitutionState.WITHDRAWN
            outcome.counts[f"{prefix}retired"] += ended
        held = difference.get("quarantine_reason", earlier.quarantine_reason)
        outcome.counts[f"{prefix}quarantined"] += bool(held)
    outcome.counts[f"{prefix}added"] += len(plan.new)
    outcome.counts[f"{prefix}changed"] += len(plan.changed)
    outcome.counts[f"{prefix}unchanged"] += len(rows) - len(plan.new) - len(plan.changed)
    outcome.counts[f"{prefix}quarantined"] += sum(
        bool(values["quarantine_reason"]) for _row, values in plan.new
    )
    return plan


def load_known(source: str, keys: Sequence[str]) -> dict[str, Institution]:
    """Institutions by the key a file uses; our own format may also use our public code."""
    is_meant: ColumnElement[bool] = (Institution.source == source) & Institution.source_key.in_(
        keys
    )
    if source == generic.SOURCE:
        is_meant = or_(is_meant, Institution.code.in_(keys))
    found = db.session.scalars(
        select(Institution)
        .where(is_meant)
        .order_by(Institution.id)
        .limit(2 * len(keys) or 1)
        .execution_options(populate_existing=True)
        .with_for_update()
    )
    known: dict[str, Institution] = {}
    for institution in found:
        known[institution.code] = institution
        if institution.source == source:
            known[institution.source_key] = institution
    return known


def _refuse_taken_uscc(
    rows: Sequence[InstitutionRow],
    known: Mapping[str, Institution],
    outcome: Outcome,
    taken: dict[str, str],
) -> list[InstitutionRow]:
    """A code that another institution holds already is taken off, and the row held back."""
    wanted = {row.facts.uscc for row in rows if row.facts.uscc}
    holders: set[str | None] = set(
        db.session.scalars(
            select(Institution.uscc)
            .where(Institution.uscc.in_(wanted))
            .order_by(Institution.uscc)
            .limit(len(wanted) or 1)
        )
    )
    checked = []
    for row in rows:
        uscc = row.facts.uscc
        earlier = known.get(row.facts.key)
        is_own = earlier is not None and earlier.uscc == uscc
        is_taken = uscc in holders or taken.get(uscc or "", row.facts.key) != row.facts.key
        if uscc and is_taken and not is_own:
            problems = ProblemList(row.row, row.facts.key)
            problems.quarantine("uscc_taken", "uscc", uscc[-4:])
            outcome.problems += problems.found
            facts = replace(row.facts, uscc=None, quarantine_reason="uscc_taken")
            checked.append(InstitutionRow(row.row, facts))
            continue
        if uscc:
            holders.add(uscc)
            taken[uscc] = row.facts.key
        checked.append(row)
    return checked


def _repeated(row: InstitutionRow) -> Problem:
    problems = ProblemList(row.row, row.facts.key)
    problems.reject("key_duplicated", "institution_key", row.facts.key)
    return problems.found[0]


def _place_unknown(row: InstitutionRow) -> Problem:
    problems = ProblemList(row.row, row.facts.key)
    problems.warn("jurisdiction_unknown", "jurisdiction_code", row.facts.jurisdiction_code)
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


def _keep_unstated(values: dict[str, Any], earlier: Institution, unstated: frozenset[str]) -> None:
    for name in unstated.intersection(_OF_OTHERS):
        values[name] = getattr(earlier, name)
    absent = {name: earlier.features[name] for name in unstated & earlier.features.keys()}
    if absent:
        values["features"] = {**absent, **values["features"]}


def _new_values(values: dict[str, Any], facts: InstitutionFacts, source: str) -> dict[str, Any]:
    return {
        **values,
        "code": new_code("INS"),
        "source": source,
        "source_key": facts.key,
        "created_at": values["changed_at"],
    }


def _what_differs(values: dict[str, Any], earlier: Institution, source: str) -> dict[str, Any]:
    """What of a known institution is to be written: all when its content changed, or its place."""
    if earlier.source != source:
        differing = {
            name: values[name]
            for name in _OF_OTHERS
            if values[name] is not None and values[name] != getattr(earlier, name)
        }
        return {**differing, "changed_at": values["changed_at"]} if differing else {}
    if values["content_sha256"] != earlier.content_sha256 and not _says_the_same(values, earlier):
        kept = dict(values)
        if earlier.state in _OUR_DECISIONS:
            kept.pop("state")
        return kept
    place = values["jurisdiction_id"]
    if place is not None and place != earlier.jurisdiction_id:
        return {"jurisdiction_id": place, "changed_at": values["changed_at"]}
    return {}


def _says_the_same(values: Mapping[str, Any], earlier: Institution) -> bool:
    """Whether our own export came back: nothing differs but what it does not carry."""
    features = {name: value for name, value in earlier.features.items() if name != KNOWN_FROM}
    state_stays = values["state"] == earlier.state or earlier.state in _OUR_DECISIONS
    shown = [name for name in _SHOWN if name != "state"]
    given = {name: value for name, value in values["features"].items() if name != KNOWN_FROM}
    is_same = state_stays and given == features
    if values["jurisdiction_id"] is None:
        shown.remove("jurisdiction_id")
    doubt_stays = not values["quarantine_reason"] or bool(earlier.quarantine_reason)
    return is_same and doubt_stays and all(values[name] == getattr(earlier, name) for name in shown)


def _difference_of(change: Change) -> Difference:
    earlier, values = change.earlier, change.values
    changes = tuple(
        (name, _shown(getattr(earlier, name)), _shown(values[name]))
        for name in _SHOWN
        if name in values and values[name] != getattr(earlier, name)
    )
    ended = values.get("state") == InstitutionState.WITHDRAWN
    verdict = Verdict.WITHDRAWN if ended else Verdict.CHANGED
    return Difference(change.row, earlier.source_key, earlier.name, verdict, changes)


def _shown(value: object) -> str:
    return "" if value is None else str(value)
