"""Every event that is recorded has words in both languages, and so has what it is about."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from marketplace.audit.events import CODE_TEXTS, DETAIL_TEXTS, EVENT_TEXTS, SUBJECT_TEXTS
from marketplace.foundation.tables import load_all_events
from tests.meta.sources import (
    calls_of,
    functions_of,
    name_called,
    product_files,
    room_of,
    short,
    tree_of,
)
from tests.meta.test_refusals import chinese

FORMED = {
    "benefit.*": {"due", "unfunded", "declined"},
    "benefit_clawback.dispute_*": {"accepted", "rejected"},
    "settlement.*": {"approved", "rejected"},
    "payout.*": {"confirmed", "returned"},
    "voucher.*": {"claimed", "issued"},
    "enrollment.*": {"completed", "failed"},
    "worker.*_changed": {"residence", "workplace"},
    "course.*": {"submitted", "listed", "returned", "delisted", "relisted"},
    "qualification.*": {"added", "changed", "retired"},
    "course_run.late_filing_*": {"consented", "refused"},
    "import.preview_*": {"applied", "discarded"},
    "synonym.*": {"saved", "retired"},
    "appeal.*": {"upheld", "rejected"},
    "clearing.*": {"approved", "rejected"},
    "objection.*": {"upheld", "dismissed"},
    "dispute.*": {"accepted", "rejected"},
}
"""Codes put together from a state: the parts that can stand for `*`."""


@lru_cache(maxsize=1)
def recorders() -> dict[tuple[str, str], int]:
    """(room, function) -> place of its `event` parameter: who hands an event on to the trail."""
    # A decision on an institution's state carries its event; it is read off where one is made.
    found = {
        ("audit", "record_event"): 0,
        ("audit", "record_events"): 0,
        ("audit", "insert_with_event"): 2,
        ("institutions", "Decision"): 1,
    }
    while True:
        new = {}
        for path in product_files():
            for function in functions_of(path):
                names = [word.arg for word in (*function.args.args, *function.args.kwonlyargs)]
                key = (room_of(path), function.name)
                if "event" in names and key not in found and _hands_on(path, function, found):
                    new[key] = names.index("event")
        if not new:
            return found
        found |= new


def _hands_on(path: Path, function: ast.AST, known: dict[tuple[str, str], int]) -> bool:
    return any(
        isinstance(given, ast.Name) and given.id == "event"
        for given in _events_given(path, function, known)
    )


def _events_given(
    path: Path, within: ast.AST, known: dict[tuple[str, str], int]
) -> Iterator[ast.expr]:
    for call in calls_of(within):
        name = name_called(call)
        place = known.get((room_of(path), name), known.get(("audit", name)))
        if place is None:
            continue
        by_name = next((word.value for word in call.keywords if word.arg == "event"), None)
        given = by_name or (call.args[place] if len(call.args) > place else None)
        if given is not None:
            yield given


def codes_recorded() -> Iterator[tuple[str, str]]:
    """(where, code) of everything that is recorded; what cannot be read off fails."""
    for path in product_files():
        for given in _events_given(path, tree_of(path), recorders()):
            where = f"{short(path)}:{given.lineno}"
            for code in _codes(path, given, where):
                yield where, code


def _codes(path: Path, given: ast.expr, where: str) -> list[str]:
    match given:
        case ast.Constant(value=str(code)):
            return [code]
        case ast.IfExp(body=one, orelse=other):
            return [*_codes(path, one, where), *_codes(path, other, where)]
        case ast.Name(id="event") | ast.Attribute(attr="event"):
            return []  # handed on: read off where it comes from
        case ast.Name(id=name):
            return [_constant_of(path, name, where)]
        case ast.JoinedStr(values=parts):
            form = "".join(
                str(part.value) if isinstance(part, ast.Constant) else "*" for part in parts
            )
            assert form in FORMED, f"{where}: say in FORMED what `{form}` can become"
            return [form.replace("*", part) for part in sorted(FORMED[form])]
    raise AssertionError(f"{where}: the event is neither a text nor a constant")


def _constant_of(path: Path, name: str, where: str) -> str:
    for node in tree_of(path).body:
        if (
            isinstance(node, ast.Assign)
            and [getattr(target, "id", None) for target in node.targets] == [name]
            and isinstance(node.value, ast.Constant)
        ):
            return str(node.value.value)
    raise AssertionError(f"{where}: {name} is no constant of this file")


def test_every_event_recorded_has_words():
    load_all_events()
    recorded = list(codes_recorded())
    assert len(recorded) > 90, "the search finds the events of the product"
    silent = sorted(f"{where} {code}" for where, code in recorded if code not in EVENT_TEXTS)
    assert not silent, f"add to the room's events.py: {silent}"


def test_no_words_for_an_event_that_nobody_records():
    load_all_events()
    recorded = {code for _where, code in codes_recorded()}
    assert not sorted(set(EVENT_TEXTS) - recorded)


def test_every_subject_has_words():
    load_all_events()
    silent = [
        f"{short(path)}:{call.lineno} {word.value.value}"
        for path in product_files()
        for call in calls_of(tree_of(path))
        if name_called(call) in {"record_event", "insert_with_event"}
        for word in call.keywords
        if word.arg == "subject_kind"
        and isinstance(word.value, ast.Constant)
        and word.value.value not in SUBJECT_TEXTS
    ]
    assert not silent, f"add to the room's events.py: {silent}"


def test_all_words_of_the_trail_are_in_both_languages():
    load_all_events()
    codes = [text for texts in CODE_TEXTS.values() for text in texts.values()]
    texts = {*EVENT_TEXTS.values(), *SUBJECT_TEXTS.values(), *DETAIL_TEXTS.values(), *codes}
    silent = sorted(text for text in texts if not chinese().get(text))
    assert not silent, f"no Chinese: {silent}"


def test_an_event_is_named_noun_dot_done():
    load_all_events()
    wrong = [code for code in EVENT_TEXTS if not re.fullmatch(r"[a-z_]+\.[a-z_]+", code)]
    assert not wrong
