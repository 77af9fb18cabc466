"""Small checks that a policy pack's schema is put together from.

A check takes a value and its path, adds what is wrong to the problems, and returns the value in
normal form. It never stops at the first problem.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from marketplace.foundation.errors import Refusal
from marketplace.foundation.text import tidy

Problems = list[Refusal]
Check = Callable[[Any, str, Problems], Any]


def mapping(
    needed: Mapping[str, Check],
    optional: Mapping[str, Check] | None = None,
    *,
    defaults: Mapping[str, Any] | None = None,
) -> Check:
    """Named values: the needed ones, perhaps the optional ones, no others."""
    known = {**needed, **(optional or {})}

    def check(value: Any, path: str, problems: Problems) -> Any:
        if not isinstance(value, dict):
            where = path or "(top)"
            problems.append(Refusal("pack_not_a_mapping", {"path": where}, field=where))
            return {}
        for where in [_join(path, str(key)[:60]) for key in value if key not in known]:
            problems.append(Refusal("pack_key_unknown", {"path": where}, field=where))
        for where in [_join(path, key) for key in needed if key not in value]:
            problems.append(Refusal("pack_key_missing", {"path": where}, field=where))
        return dict(defaults or {}) | {
            key: part(value[key], _join(path, key), problems)
            for key, part in known.items()
            if key in value
        }

    return check


def rule(value: Check) -> Check:
    """A rule: its value, the clause it comes from, whether it is only assumed here."""
    return mapping(
        {"value": value, "clause": text(300)},
        {"assumed": boolean(), "note": text(1_000)},
        defaults={"assumed": False},
    )


def integer(least: int, most: int) -> Check:
    """A whole number within bounds; 1.0 and "1" are not."""

    def check(value: Any, path: str, problems: Problems) -> Any:
        if type(value) is int and least <= value <= most:
            return value
        params = {"path": path, "least": least, "most": most}
        problems.append(Refusal("pack_not_integer", params, field=path))
        return least

    return check


def text(limit: int, *, form: str | None = None) -> Check:
    """A text, tidy, not empty, perhaps of a given form."""
    pattern = re.compile(form) if form else None

    def check(value: Any, path: str, problems: Problems) -> Any:
        if not isinstance(value, str) or not 0 < len(tidy(value)) <= limit:
            params = {"path": path, "limit": limit}
            problems.append(Refusal("pack_not_text", params, field=path))
            return ""
        if pattern and not pattern.fullmatch(tidy(value)):
            params = {"path": path, "form": form}
            problems.append(Refusal("pack_bad_form", params, field=path))
        return tidy(value)

    return check


def boolean() -> Check:
    """true or false."""

    def check(value: Any, path: str, problems: Problems) -> Any:
        if not isinstance(value, bool):
            problems.append(Refusal("pack_not_a_switch", {"path": path}, field=path))
            return False
        return value

    return check


def day() -> Check:
    """A date; normal form is its ISO text."""

    def check(value: Any, path: str, problems: Problems) -> Any:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value.isoformat()
        try:
            if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
                return date.fromisoformat(value).isoformat()
        except ValueError:
            pass  # 2026-02-30: told below
        problems.append(Refusal("pack_not_a_date", {"path": path}, field=path))
        return date.min.isoformat()

    return check


def one_of(*allowed: str) -> Check:
    """One of the given words."""
    words = [str(word) for word in allowed]

    def check(value: Any, path: str, problems: Problems) -> Any:
        if value in words:
            return str(value)
        params = {"path": path, "allowed": ", ".join(words)}
        problems.append(Refusal("pack_unknown_value", params, field=path))
        return words[0]

    return check


def list_of(item: Check, *, unique: bool = False) -> Check:
    """At least one item, in the order given."""

    def check(value: Any, path: str, problems: Problems) -> Any:
        if not isinstance(value, list) or not value or len(value) > 1_000:
            problems.append(Refusal("pack_not_a_list", {"path": path}, field=path))
            return []
        before = len(problems)
        normal = [item(part, f"{path}[{index}]", problems) for index, part in enumerate(value)]
        if unique and len(problems) == before:
            for word in sorted({word for word in normal if normal.count(word) > 1}):
                params = {"path": path, "value": word}
                problems.append(Refusal("pack_listed_twice", params, field=path))
        return normal

    return check


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
