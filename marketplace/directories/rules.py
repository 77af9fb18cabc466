"""Decisions about directories: pure, all reasons at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from stdnum.cn import uscc as uscc_number

from marketplace.catalog.states import ShortageEditionState, ShortageEntryKind, ShortageTier
from marketplace.directories import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.directories.states import QualificationKind, RegisterState
from marketplace.foundation.errors import N_, Refusal
from marketplace.foundation.text import tidy

ENTRIES_MAX = 2_000
"""More entries than the longest published list several times over."""
LEVELS = range(1, 6)

KIND_WORDS: dict[QualificationKind, str] = {
    QualificationKind.VOCATIONAL_QUALIFICATION: N_("Vocational qualification"),
    QualificationKind.SKILL_LEVEL: N_("Vocational skill level"),
    QualificationKind.SPECIAL_ABILITY: N_("Special vocational ability"),
    QualificationKind.TRAINING_CERTIFICATE: N_("Certificate of completed training"),
    QualificationKind.SPECIAL_OPERATION: N_("Special operation permit"),
    QualificationKind.INDUSTRY_CREDENTIAL: N_("Industry credential"),
    QualificationKind.LICENCE: N_("Licence"),
    QualificationKind.DEGREE: N_("Degree or diploma"),
}
TIER_WORDS: dict[ShortageTier, str] = {
    ShortageTier.PROVINCE: N_("Region"),
    ShortageTier.CITY: N_("City"),
    ShortageTier.LOCAL: N_("Local exceptions"),
}
ENTRY_KIND_WORDS: dict[ShortageEntryKind, str] = {
    ShortageEntryKind.ADD: N_("in demand"),
    ShortageEntryKind.EXCEPT: N_("not in demand here"),
}
EDITION_STATE_WORDS: dict[ShortageEditionState, str] = {
    ShortageEditionState.DRAFT: N_("being prepared"),
    ShortageEditionState.PROPOSED: N_("waiting for the second signature"),
    ShortageEditionState.PUBLISHED: N_("published"),
    ShortageEditionState.DISCARDED: N_("discarded"),
}
"""Words as people read them; translated at the edge."""


@dataclass(frozen=True, slots=True)
class DemandEntry:
    """An entry of a published list, with the place and the occupation it speaks of."""

    entry_id: int
    kind: ShortageEntryKind
    place_path: str
    """Path of its place; '' is the whole deployment."""
    occupation_codes: tuple[str, ...]
    """The occupation it names, last, below everything above it."""
    first_on: date
    last_on: date | None
    counted_from: date
    """Since when its edition is in force: the newer edition speaks last."""
    uplift_percent: int | None = None


@dataclass(frozen=True, slots=True)
class DemandDecision:
    """Whether an occupation is in demand, and the entry that says so; none: no list names it."""

    in_demand: bool
    entry: DemandEntry | None


def decide_demand(
    entries: Iterable[DemandEntry], *, occupation_codes: Sequence[str], place_path: str, on: date
) -> DemandDecision:
    """Is an occupation in demand at a place on a day, and by which entry.

    `occupation_codes` names the occupation and everything above it: an entry covers all below
    what it names. The list of two tiers (G §1, H §13-14) is read from near to far: the entry of
    the nearest place speaks, of those the one that names the occupation most closely, then the
    one of the newer edition. So a city may add to the region's list, or except from it.
    """
    speaking = [
        entry
        for entry in entries
        if entry.first_on <= on
        and (entry.last_on is None or entry.last_on >= on)
        and place_path.startswith(entry.place_path)
        and entry.occupation_codes[-1] in occupation_codes
    ]
    if not speaking:
        return DemandDecision(False, None)
    nearest = max(
        speaking,
        key=lambda entry: (
            len(entry.place_path),
            len(entry.occupation_codes),
            entry.counted_from,
            entry.entry_id,
        ),
    )
    return DemandDecision(nearest.kind == ShortageEntryKind.ADD, nearest)


@dataclass(frozen=True, slots=True)
class EntryContent:
    """What one entry of an edition says, as editions are compared."""

    occupation_code: str
    place_code: str
    kind: ShortageEntryKind
    uplift_percent: int | None
    clause: str | None
    last_on: date | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.place_code, self.occupation_code


@dataclass(frozen=True, slots=True)
class EditionDifference:
    """What an edition adds to, takes from and changes in the one before it."""

    added: tuple[EntryContent, ...]
    removed: tuple[EntryContent, ...]
    changed: tuple[tuple[EntryContent, EntryContent], ...]
    """Pairs: as before, as from now on."""

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.removed or self.changed)


def edition_difference(
    before: Iterable[EntryContent], after: Iterable[EntryContent]
) -> EditionDifference:
    """Compare two editions entry by entry, in the order of place and code."""
    old = {entry.key: entry for entry in before}
    new = {entry.key: entry for entry in after}
    return EditionDifference(
        added=tuple(new[key] for key in sorted(new.keys() - old.keys())),
        removed=tuple(old[key] for key in sorted(old.keys() - new.keys())),
        changed=tuple(
            (old[key], new[key]) for key in sorted(new.keys() & old.keys()) if old[key] != new[key]
        ),
    )


def content_sha256(content: Any) -> str:
    """A fingerprint: two versions or editions that say the same have the same."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def edition_sha256(entries: Iterable[EntryContent]) -> str:
    """The fingerprint of what an edition says, whatever the order it was entered in."""
    return content_sha256(sorted((asdict(entry) for entry in entries), key=str))


def tier_of(place_tier: int | None) -> ShortageTier:
    """Whose list a place keeps: tier 1, or the whole deployment, the region's; 2 the city's."""
    if place_tier in (None, 1):
        return ShortageTier.PROVINCE
    return ShortageTier.CITY if place_tier == 2 else ShortageTier.LOCAL


def refusals_for_entry(kind: ShortageEntryKind, uplift_percent: int | None) -> tuple[Refusal, ...]:
    """An uplift is a real percentage, and only what is in demand carries one."""
    if uplift_percent is None:
        return ()
    refusals = []
    if not 1 <= uplift_percent <= 100:
        refusals.append(Refusal("shortage_uplift", field="uplift_percent"))
    if kind == ShortageEntryKind.EXCEPT:
        refusals.append(Refusal("shortage_except_uplift", field="uplift_percent"))
    return tuple(refusals)


def refusals_for_edition_move(
    state: ShortageEditionState, allowed: ShortageEditionState
) -> tuple[Refusal, ...]:
    """Each step is taken from one state only."""
    if state == allowed:
        return ()
    words = EDITION_STATE_WORDS[state]
    return (Refusal("shortage_edition_state_forbids", {"state": words}),)


@dataclass(frozen=True, slots=True)
class PublicationFacts:
    """An edition that is to be published, beside the one it replaces."""

    entry_count: int
    difference: EditionDifference
    in_force_from: date
    today: date
    present_from: date | None
    """Since when the edition that is replaced is in force."""
    proposed_by: int | None
    published_by: int | None


def refusals_for_publication(facts: PublicationFacts) -> tuple[Refusal, ...]:
    """A second person publishes a list that says something new, from today or a later day."""
    refusals: list[Refusal] = []
    if facts.published_by is not None and facts.published_by == facts.proposed_by:
        refusals.append(Refusal("same_person"))
    if facts.entry_count == 0 and facts.present_from is None:
        refusals.append(Refusal("shortage_edition_empty"))
    elif facts.difference.is_empty:
        refusals.append(Refusal("shortage_edition_same"))
    if facts.in_force_from < facts.today:
        refusals.append(Refusal("shortage_in_force_past", field="in_force_from"))
    if facts.present_from is not None and facts.in_force_from < facts.present_from:
        params = {"last": facts.present_from}
        refusals.append(Refusal("shortage_in_force_before", params, field="in_force_from"))
    return tuple(refusals)


@dataclass(frozen=True, slots=True)
class RegisterChange:
    """A version that is to follow: from when, why, by which document."""

    effective_on: date
    reason: str
    clause: str | None
    valid_from: date | None = None
    valid_until: date | None = None

    def tidied(self) -> RegisterChange:
        """Without what cannot be seen."""
        reason, clause = tidy(self.reason), tidy(self.clause or "") or None
        return replace(self, reason=reason, clause=clause)


@dataclass(frozen=True, slots=True)
class RegisterFacts:
    """What the register says now; none of it for a new entry."""

    state: RegisterState | None = None
    effective_on: date | None = None
    content_sha256: str | None = None


def refusals_for_register_change(
    change: RegisterChange, present: RegisterFacts, *, today: date, new_sha256: str
) -> tuple[Refusal, ...]:
    """A change has a reason and a document, says something new and never rewrites the past."""
    refusals: list[Refusal] = []
    if not change.reason:
        refusals.append(Refusal("directory_reason_missing", field="reason"))
    if not change.clause:
        refusals.append(Refusal("directory_clause_missing", field="clause"))
    if change.valid_from and change.valid_until and change.valid_until < change.valid_from:
        refusals.append(Refusal("directory_dates", field="valid_until"))
    if change.effective_on < today:
        refusals.append(Refusal("directory_effective_past", field="effective_on"))
    refusals += refusals_for_effective_day(change.effective_on, present)
    if present.content_sha256 == new_sha256:
        refusals.append(Refusal("directory_unchanged"))
    return tuple(refusals)


def refusals_for_effective_day(effective_on: date, present: RegisterFacts) -> tuple[Refusal, ...]:
    """Versions follow one another: none counts from before the one it follows."""
    if present.effective_on is None or effective_on >= present.effective_on:
        return ()
    params = {"day": effective_on, "last": present.effective_on}
    return (Refusal("directory_effective_before", params, field="effective_on"),)


def refusals_for_name(name: str, label: str) -> tuple[Refusal, ...]:
    """An entry has a name of at most 200 characters."""
    if not name:
        return (Refusal("required", {"label": label}, field="name"),)
    if len(name) > 200:
        return (Refusal("too_long", {"label": label, "limit": 200}, field="name"),)
    return ()


def refusals_for_uscc(uscc: str | None, *, needed: bool) -> tuple[Refusal, ...]:
    """GB 32100-2015: eighteen characters with a check character."""
    if uscc is None:
        label = N_("Unified social credit code")
        return (Refusal("required", {"label": label}, field="uscc"),) if needed else ()
    if not uscc_number.is_valid(uscc):
        return (Refusal("uscc_invalid", rule="GB 32100-2015", field="uscc"),)
    return ()


def read_levels(text: str) -> tuple[int | None, ...] | None:
    """`5,4,3`, `5-3`, `五级` are not guessed: digits and separators only. Empty: any level."""
    bare = text.replace("，", ",").replace("、", ",").replace(";", ",").replace(" ", "")
    if not bare:
        return (None,)
    parts = [part for part in bare.split(",") if part]
    if not all(part.isascii() and part.isdigit() and int(part) in LEVELS for part in parts):
        return None
    return tuple(sorted({int(part) for part in parts}, reverse=True))


@dataclass(frozen=True, slots=True)
class ScopeItem:
    """One occupation of a scope with its levels; empty words: any occupation, any level."""

    code: str
    words: str
    levels: str


def scope_items(scope: Iterable[Mapping[str, Any]]) -> list[ScopeItem]:
    """Rows of occupation and level, gathered by occupation in the order of codes."""
    levels: dict[str, set[int]] = {}
    words: dict[str, str] = {}
    for item in scope:
        code = item["occupation_code"] or "*"
        held = levels.setdefault(code, set())
        if item["level"] is not None:
            held.add(item["level"])
        words[code] = "" if code == "*" else item["occupation"] or code
    return [
        ScopeItem(code, words[code], ",".join(map(str, sorted(levels[code], reverse=True))))
        for code in sorted(levels)
    ]


def scope_text(items: Iterable[ScopeItem]) -> str:
    """`6-31-01-03:5,4; 4-10-01-05` as exports write it; `*` is any occupation."""
    return "; ".join(item.code + (f":{item.levels}" if item.levels else "") for item in items)
