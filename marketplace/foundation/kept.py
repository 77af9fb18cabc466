"""Answers that are kept for the next one who asks, the oldest given up first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any


class Kept(OrderedDict[Any, Any]):
    """The answers asked for last, so many at most."""

    def __init__(self, size_max: int) -> None:
        super().__init__()
        self.size_max = size_max

    def recall(self, key: Any, make: Callable[[], Any]) -> Any:
        """What is kept under a key, or made now and kept."""
        if key in self:
            self.move_to_end(key)
            return self[key]
        return self.keep(key, make())

    def find(self, key: Any) -> Any:
        """What is kept under a key, or nothing."""
        if key not in self:
            return None
        self.move_to_end(key)
        return self[key]

    def keep(self, key: Any, value: Any) -> Any:
        """Keep a value; returns it."""
        self[key] = value
        self.move_to_end(key)
        if len(self) > self.size_max:
            self.popitem(last=False)
        return value
