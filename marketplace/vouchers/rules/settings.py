"""One setting of a policy: its value, and where it is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """One rule's value, the clause it comes from, and whether it is only our assumption."""

    value: T
    clause: str
    assumed: bool


def read_setting(rule: Mapping[str, Any] | None, kind: Callable[[Any], T]) -> Setting[T] | None:
    """A rule of a pack in normal form as a setting; absent: none."""
    if rule is None:
        return None
    return Setting(kind(rule["value"]), rule["clause"], rule["assumed"])
