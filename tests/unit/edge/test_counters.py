"""Counting requests without a thread: windows end, counters are cleared in passing."""

from __future__ import annotations

import threading

import pytest
from limits import parse
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

from marketplace.edge import counters
from marketplace.edge.counters import MEMORY, CounterStorage


@pytest.fixture
def time(monkeypatch):
    """A clock to be moved: `time.now`."""

    class Clock:
        now = 1_000_000.0

        @classmethod
        def time(cls) -> float:
            return cls.now

    monkeypatch.setattr(counters, "time", Clock)
    return Clock


def test_the_limiter_finds_it_by_its_address():
    assert isinstance(storage_from_string(MEMORY), CounterStorage)


def test_what_is_beyond_the_limit_is_refused_until_the_window_ends(time):
    limiter = FixedWindowRateLimiter(CounterStorage())
    three = parse("3 per minute")
    assert [limiter.hit(three, "somebody") for _ in range(4)] == [True, True, True, False]
    assert limiter.hit(three, "somebody else"), "each has a window of their own"
    time.now += 59
    assert not limiter.hit(three, "somebody")
    time.now += 2
    assert limiter.hit(three, "somebody")


def test_counters_whose_window_ended_are_cleared_in_passing(time):
    storage = CounterStorage()
    for number in range(100):
        storage.incr(f"visitor {number}", 60)
    time.now += 61
    storage.incr("the next", 60)
    assert storage.reset() == 1
    assert storage.get("the next") == 0


def test_one_counter_can_be_cleared_and_says_when_it_ends(time):
    storage = CounterStorage()
    storage.incr("a", 60, amount=5)
    assert (storage.get("a"), storage.get_expiry("a")) == (5, time.now + 60)
    storage.clear("a")
    assert storage.get("a") == 0
    assert storage.get_expiry("a") == time.now


def test_threads_lose_no_count():
    storage = CounterStorage()
    threads = [
        threading.Thread(target=lambda: [storage.incr("a", 60) for _ in range(500)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert storage.get("a") == 2_000
