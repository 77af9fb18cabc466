"""Pages of a list: bounded, ordered, counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

PAGE_SIZE = 20
PAGE_SIZE_MAX = 100
PAGE_NUMBER_MAX = 100_000


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page of a list is wanted; out-of-range values are brought into range."""

    number: int = 1
    size: int = PAGE_SIZE

    def __post_init__(self) -> None:
        object.__setattr__(self, "number", min(max(self.number, 1), PAGE_NUMBER_MAX))

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.limit

    @property
    def limit(self) -> int:
        return min(max(self.size, 1), PAGE_SIZE_MAX)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list and the size of the whole."""

    items: Sequence[T]
    total: int
    number: int
    size: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def has_next(self) -> bool:
        return self.number < self.pages

    @property
    def has_previous(self) -> bool:
        return self.number > 1
