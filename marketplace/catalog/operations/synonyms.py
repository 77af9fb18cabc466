"""Everyday words of the search: written, retired, taken in from a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from marketplace.audit.operations import record_event
from marketplace.catalog import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.catalog.models import Synonym
from marketplace.catalog.queries.synonyms import SYNONYMS_MAX, find_synonym, lock_synonym
from marketplace.catalog.sources.synonyms import TARGETS_MAX, WORD_LENGTH_MAX, split_targets
from marketplace.catalog.states import SynonymState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.files import header_name, read_table, refuse_without_rows
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import normal_form, words

COLUMNS = ("word", "targets", "state")


@dataclass(slots=True)
class SynonymCounts:
    """What a file of words did."""

    rows: int = 0
    saved: int = 0
    retired: int = 0
    unchanged: int = 0


def refusals_for_synonym(
    word: str, targets: Sequence[str], *, row: int | None = None
) -> tuple[Refusal, ...]:
    """A word and one to six others, each with a letter or sign that can be searched for."""
    place = {"row": row} if row else {}
    suffix = "_in_row" if row else ""
    refusals = []
    if not words(word) or len(word) > WORD_LENGTH_MAX:
        params = {"limit": WORD_LENGTH_MAX, **place}
        refusals.append(Refusal(f"synonym_word{suffix}", params, field="word"))
    wrong = [t for t in targets if not words(t) or len(t) > WORD_LENGTH_MAX]
    same = [t for t in targets if normal_form(t) == normal_form(word)]
    if not targets or len(targets) > TARGETS_MAX or wrong or same == list(targets):
        params = {"limit": TARGETS_MAX, **place}
        refusals.append(Refusal(f"synonym_targets{suffix}", params, field="targets"))
    return tuple(refusals)


def save_synonym(word: str, *, targets: Sequence[str], actor_id: int | None) -> Synonym:
    """Search for these words too whenever somebody types this one, from now on.

    A shipped word is changed by a row of the same spelling; a retired one comes back. The same
    again changes nothing. Refuses what `refusals_for_synonym` refuses.
    """
    if refusals := refusals_for_synonym(word, targets):
        raise Refused(refusals)
    return _write(word, targets=targets, state=SynonymState.ACTIVE, actor_id=actor_id)


def retire_synonym(word: str, *, actor_id: int | None) -> Synonym:
    """Search for the word as it stands only. Not found when neither list has it."""
    known = find_synonym(word)
    if known is None:
        raise NotFound("synonym", word)
    return _write(word, targets=known.targets, state=SynonymState.RETIRED, actor_id=actor_id)


def import_synonyms(content: bytes, *, name: str, actor_id: int | None) -> SynonymCounts:
    """Take in a CSV of word, targets and state: all of it, or nothing with every reason.

    Words the file does not name stay as they are.
    """
    table = read_table(BytesIO(content), name=name, required=COLUMNS[:2])
    counts = SynonymCounts()
    refusals: list[Refusal] = []
    wanted = []
    for row in table.rows:
        cells = {header_name(column): value for column, value in row.cells.items()}
        word, targets = cells["word"].strip("' "), split_targets(cells["targets"])
        state = cells.get("state", "").strip().lower() or SynonymState.ACTIVE.value
        refusals += refusals_for_synonym(word, targets, row=row.number)
        if state not in list(SynonymState):
            refusals.append(Refusal("synonym_state_in_row", {"row": row.number}, field="file"))
        wanted.append((word, targets, state))
    refuse_without_rows(len(wanted), name)
    if len(wanted) > SYNONYMS_MAX:
        refusals.append(Refusal("synonyms_too_many", {"limit": SYNONYMS_MAX}, field="file"))
    if refusals:
        raise Refused(refusals[:50])
    for word, targets, state in wanted:
        _take_in(word, targets, SynonymState(state), counts, actor_id)
    return counts


def _take_in(
    word: str,
    targets: Sequence[str],
    state: SynonymState,
    counts: SynonymCounts,
    actor_id: int | None,
) -> None:
    counts.rows += 1
    known = find_synonym(word)
    if known and known.state == state and list(known.targets) == list(targets):
        counts.unchanged += 1
        return
    _write(word, targets=targets, state=state, actor_id=actor_id)
    counts.saved += state == SynonymState.ACTIVE
    counts.retired += state == SynonymState.RETIRED


def _write(
    word: str, *, targets: Sequence[str], state: SynonymState, actor_id: int | None
) -> Synonym:
    row = lock_synonym(word)
    if row and row.state == state and list(row.targets) == list(targets):
        return row
    if row is None:
        row = Synonym(code=new_code("SY"), word=normal_form(word))
        db.session.add(row)
    row.targets, row.state = list(targets), state
    row.changed_by, row.changed_at = actor_id, clock.now()
    db.session.flush()
    record_event(
        f"synonym.{'saved' if state == SynonymState.ACTIVE else 'retired'}",
        subject_kind="synonym",
        subject_code=row.code,
        actor_id=actor_id,
        details={"word": row.word, "targets": list(targets)},
    )
    return row
