"""What changed between two versions of a policy pack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two packs differ; empty means absent there."""

    path: str
    before: Any
    after: Any


def list_differences(
    before: Mapping[str, Any] | None, after: Mapping[str, Any]
) -> tuple[Difference, ...]:
    """Every leaf that differs, in the order of paths. Nothing before: all of it is new."""
    old, new = dict(_leaves(before or {}, "")), dict(_leaves(after, ""))
    return tuple(
        Difference(path, old.get(path), new.get(path))
        for path in sorted(old.keys() | new.keys())
        if old.get(path) != new.get(path)
    )


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _leaves(part, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and any(isinstance(part, Mapping) for part in value):
        for index, part in enumerate(value):
            yield from _leaves(part, f"{path}[{_name_of(part, index)}]")
    else:
        yield path, value


def _name_of(part: Any, index: int) -> str:
    """A rate is known by its occupation and its level or award, other rows by what they are
    about, so that a new row does not shift all others."""
    if not isinstance(part, Mapping):
        return str(index)
    for key in _NAMES_OF_ROWS:
        if key in part:
            return str(part[key])
    if "clause" in part and "kind" not in part and any(way in part for way in _WAYS_TO_PAY):
        return f"{part.get('occupation') or '*'}/{part.get('level') or part.get('award') or '*'}"
    return str(index)


_NAMES_OF_ROWS = ("category", "group", "reason")
_WAYS_TO_PAY = ("amount_fen", "per_hour", "per_day")
