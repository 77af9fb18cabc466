"""How often somebody asked within a minute: counters in the memory of one worker.

The storage of the library clears its counters in a thread that it starts anew with nearly every
request, a tenth of the time of a page; these are cleared in passing.
"""

from __future__ import annotations

import time
from threading import Lock
from typing import Any

from limits.storage import Storage

MEMORY = "counters://"
"""The address of this storage."""
SWEEP_SECONDS = 60.0


class CounterStorage(Storage):
    """Counters with an end, for limits of a fixed window (`counters://`)."""

    STORAGE_SCHEME = ["counters"]

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **_: Any) -> None:
        self._lock = Lock()
        self._counters: dict[str, tuple[int, float]] = {}
        """Key -> how often, and until when (seconds of the epoch) it counts."""
        self._swept = time.time()
        super().__init__(uri, wrap_exceptions=wrap_exceptions)

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count once more; the first time begins a window of so many seconds."""
        now = time.time()
        with self._lock:
            if now - self._swept > SWEEP_SECONDS:
                self._sweep(now)
            count, ends = self._counters.get(key, (0, 0.0))
            if ends <= now:
                count, ends = 0, now + expiry
            self._counters[key] = (count + amount, ends)
            return count + amount

    def get(self, key: str) -> int:
        """How often within the window that runs."""
        count, ends = self._counters.get(key, (0, 0.0))
        return count if ends > time.time() else 0

    def get_expiry(self, key: str) -> float:
        """When the window ends; now, when none runs."""
        return self._counters.get(key, (0, time.time()))[1]

    def check(self) -> bool:
        """Memory is always there."""
        return True

    def reset(self) -> int:
        """Forget everything; how many counters that were."""
        with self._lock:
            number = len(self._counters)
            self._counters.clear()
            return number

    def clear(self, key: str) -> None:
        """Forget one counter."""
        with self._lock:
            self._counters.pop(key, None)

    def _sweep(self, now: float) -> None:
        self._counters = {key: kept for key, kept in self._counters.items() if kept[1] > now}
        self._swept = now
