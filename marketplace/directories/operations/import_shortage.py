"""Taking in a list of occupations in demand: a file is one dated edition of one tier's list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from marketplace.audit.operations import record_event
from marketplace.catalog.models import Occupation, ShortageEdition, ShortageListEntry
from marketplace.catalog.operations.import_requests import (
    ImportOrder,
    RegisteredKind,
    register_import_kind,
)
from marketplace.catalog.queries.occupations import list_occupation_ids
from marketplace.catalog.states import ShortageEditionState, ShortageTier
from marketplace.directories.operations.shortage import (
    FAR_AHEAD,
    put_edition_in_force,
    refuse_second_draft,
)
from marketplace.directories.queries.kept import list_editions_of_list, list_entry_contents
from marketplace.directories.rules import (
    EntryContent,
    edition_difference,
    edition_sha256,
    tier_of,
)
from marketplace.directories.sources.facts import ShortageFacts
from marketplace.directories.sources.shortage import TABLE_FORMATS, read_shortage_rows
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import normal_form
from marketplace.imports.intakes import Outcome, RunFacts
from marketplace.imports.problems import Parsed, ProblemList
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.jurisdictions.queries import get_jurisdiction

NJ_LOCAL = "us-nj-local-exceptions"


class ShortageIntake:
    """One edition as a file, of a place's list; without a place, of the whole deployment's.

    The rows are gathered while they are read and become an edition when the last one is there:
    half a list is no list. An operator's import is published at once, dated by its edition; what
    comes over a page is a draft, which two officers propose and publish.
    """

    kind = "shortage"

    def __init__(
        self,
        path: Path,
        *,
        source: str,
        jurisdiction: Jurisdiction | None,
        ends_in: ShortageEditionState = ShortageEditionState.PUBLISHED,
    ) -> None:
        self.path = path
        self.source = source
        self.ends_in = ends_in
        self.jurisdiction_id = jurisdiction.id if jurisdiction else None
        self.place_path = jurisdiction.path if jurisdiction else ""
        tier = tier_of(jurisdiction.tier if jurisdiction else None)
        self.tier = ShortageTier.LOCAL if source == NJ_LOCAL else tier
        self.wanted: list[tuple[Parsed, ShortageFacts]] = []

    def read(self) -> Iterator[Parsed]:
        """Every row of the file."""
        self.wanted = []
        for parsed in read_shortage_rows(self.path, self.source):
            if isinstance(parsed.facts, ShortageFacts):
                self.wanted.append((parsed, parsed.facts))
            yield parsed

    def save(self, parsed: Sequence[Parsed], run: RunFacts) -> Outcome:
        """Say what of a piece cannot be used; nothing is written before the file is whole."""
        outcome = Outcome()
        outcome.counts["rows"] += sum(1 for row in parsed if row.is_row)
        rows = [(row, row.facts) for row in parsed if isinstance(row.facts, ShortageFacts)]
        for _content, problems in self._resolved(rows):
            outcome.problems += problems.found
        return outcome

    def close(self, run: RunFacts) -> Outcome:
        """Publish the edition, or find that it says what the present one says."""
        resolved = {
            content.key: (content, ids)
            for (content, ids), _problems in self._resolved(self.wanted)
            if content is not None
        }
        outcome = Outcome()
        editions = list_editions_of_list(
            self.tier, self.jurisdiction_id, states=[ShortageEditionState.PUBLISHED]
        )
        present = _edition_of(editions, run.as_of)
        contents = [content for content, _ids in resolved.values()]
        before = list_entry_contents(present.id if present else None)
        difference = edition_difference(before, contents)
        outcome.counts["added"] += len(difference.added)
        outcome.counts["changed"] += len(difference.changed)
        outcome.counts["retired"] += len(difference.removed)
        outcome.counts["unchanged"] += (
            len(contents) - len(difference.added) - len(difference.changed)
        )
        if contents and not (present is not None and difference.is_empty):
            if self.ends_in == ShortageEditionState.DRAFT:
                refuse_second_draft(self.tier, self.jurisdiction_id)
                self._add_edition(resolved, run, ShortageEditionState.DRAFT)
            else:
                self._publish(resolved, editions, present, run)
        return outcome

    def _publish(
        self,
        resolved: dict[tuple[str, str], tuple[EntryContent, dict[str, Any]]],
        editions: Sequence[ShortageEdition],
        present: ShortageEdition | None,
        run: RunFacts,
    ) -> None:
        refuse_out_of_order(editions, present, run.as_of)
        edition = self._add_edition(resolved, run, ShortageEditionState.PROPOSED)
        if editions and present is None:
            # Older than everything known: history that ends where the known history begins.
            edition.superseded_on = editions[0].in_force_from
        put_edition_in_force(edition, in_force_from=run.as_of, replaces=present, actor_id=None)

    def _add_edition(
        self,
        resolved: dict[tuple[str, str], tuple[EntryContent, dict[str, Any]]],
        run: RunFacts,
        state: ShortageEditionState,
    ) -> ShortageEdition:
        edition = ShortageEdition(
            code=new_code("SL"),
            tier=self.tier,
            jurisdiction_id=self.jurisdiction_id,
            state=state,
            source=self.source,
            as_of=run.as_of,
            created_by=run.actor_id,
            created_at=clock.now(),
        )
        db.session.add(edition)
        db.session.flush()
        rows = [
            {**ids, "edition_id": edition.id, "kind": content.kind,
             "uplift_percent": content.uplift_percent, "clause": content.clause,
             "valid_from": FAR_AHEAD, "valid_until": content.last_on}
            for content, ids in resolved.values()
        ]  # fmt: skip
        db.session.execute(insert(ShortageListEntry), rows)
        record_event(
            "shortage_edition.imported",
            subject_kind="shortage_edition",
            subject_code=edition.code,
            actor_id=run.actor_id,
            details={
                "source": self.source,
                "as_of": run.as_of.isoformat(),
                "entries": len(rows),
                "sha256": edition_sha256(content for content, _ids in resolved.values()),
            },
        )
        return edition

    def _resolved(
        self, rows: Sequence[tuple[Parsed, ShortageFacts]]
    ) -> Iterator[tuple[tuple[EntryContent | None, dict[str, Any]], ProblemList]]:
        """Each row with the occupation and place it means, or the reason why it means none."""
        facts = [fact for _row, fact in rows]
        occupations = list_occupation_ids(fact.occupation_code for fact in facts)
        titles = _by_title(
            fact.occupation_title
            for fact in facts
            if fact.occupation_title and fact.occupation_code not in occupations
        )
        places = _places_within(self.place_path, [fact.place for fact in facts if fact.place])
        for row, fact in rows:
            problems = ProblemList(row.row, row.key)
            yield self._resolve(fact, occupations, titles, places, problems), problems

    def _resolve(
        self,
        facts: ShortageFacts,
        occupations: dict[str, int],
        titles: dict[str, tuple[str, int]],
        places: dict[str, tuple[str, int]],
        problems: ProblemList,
    ) -> tuple[EntryContent | None, dict[str, Any]]:
        code, occupation_id = facts.occupation_code, occupations.get(facts.occupation_code)
        by_title = titles.get(normal_form(facts.occupation_title or ""))
        if occupation_id is None and by_title is not None:
            problems.repair("directory_occupation_by_title", "occupation_code", code, by_title[0])
            code, occupation_id = by_title
        if occupation_id is None:
            problems.reject("directory_occupation_unknown", "occupation_code", code)
        place = places.get(normal_form(facts.place)) if facts.place else None
        if facts.place and place is None:
            problems.reject("shortage_place_unknown", "place", facts.place)
        if occupation_id is None or (facts.place and place is None):
            return None, {}
        place_code, place_id = place or (self._place_code(), self.jurisdiction_id)
        content = EntryContent(
            code, place_code, facts.kind, facts.uplift_percent, facts.clause, facts.valid_until
        )
        return content, {"occupation_id": occupation_id, "jurisdiction_id": place_id}

    def _place_code(self) -> str:
        """The list's own place, as the last code of its path."""
        return self.place_path.strip("/").rpartition("/")[2]


def refuse_out_of_order(
    editions: Sequence[ShortageEdition], present: ShortageEdition | None, as_of: date
) -> None:
    """An edition is never slipped in between two that are known: past answers would change."""
    newest = editions[-1] if editions else None
    if newest is None or present is newest or present is None:
        return
    assert newest.in_force_from is not None, "a published edition is dated"
    raise Refused(Refusal("shortage_in_force_before", {"last": newest.in_force_from}))


def _edition_of(editions: Sequence[ShortageEdition], on: date) -> ShortageEdition | None:
    """The edition in force on a day."""
    begun = [item for item in editions if item.in_force_from and item.in_force_from <= on]
    return begun[-1] if begun else None


def _by_title(titles: Iterator[str]) -> dict[str, tuple[str, int]]:
    """Occupations by their exact title, where only one narrowest occupation bears it."""
    wanted = sorted({title.strip().lower() for title in titles})
    rows = db.session.execute(
        select(Occupation.title, Occupation.code, Occupation.id)
        .where(
            func.lower(Occupation.title).in_(wanted),
            Occupation.retired_on.is_(None),
            Occupation.depth == 4,
        )
        .order_by(Occupation.id)
    )
    found: dict[str, list[tuple[str, int]]] = {}
    for title, code, occupation_id in rows:
        found.setdefault(normal_form(title), []).append((code, occupation_id))
    return {title: held[0] for title, held in found.items() if len(held) == 1}


def _places_within(path: str, wanted: Sequence[str]) -> dict[str, tuple[str, int]]:
    """Places inside the list's own, by code and, where only one bears it, by name."""
    if not wanted:
        return {}
    names = sorted({spelling for text in wanted for spelling in _spellings(text)})
    rows = db.session.execute(
        select(Jurisdiction.code, Jurisdiction.name, Jurisdiction.id)
        .where(
            Jurisdiction.path.startswith(path, autoescape=True),
            Jurisdiction.code.in_(names) | func.lower(Jurisdiction.name).in_(names),
        )
        .order_by(Jurisdiction.id)
    ).all()
    by_name: dict[str, list[tuple[str, int]]] = {}
    for code, name, place_id in rows:
        for spelling in {normal_form(name), normal_form(name).removesuffix(" county")}:
            by_name.setdefault(spelling, []).append((code, place_id))
    found = {name: held[0] for name, held in by_name.items() if len(held) == 1}
    return found | {code: (code, place_id) for code, _name, place_id in rows}


def _spellings(text: str) -> tuple[str, ...]:
    """`ATLANTIC` is also `atlantic county`; a code is itself."""
    bare = normal_form(text)
    return (text.strip(), bare, f"{bare} county")


def _draft_intake(path: Path, order: ImportOrder) -> ShortageIntake:
    place = get_jurisdiction(order.jurisdiction_id) if order.jurisdiction_id else None
    return ShortageIntake(
        path, source=order.source, jurisdiction=place, ends_in=ShortageEditionState.DRAFT
    )


register_import_kind(ShortageIntake.kind, RegisteredKind(_draft_intake, TABLE_FORMATS))
