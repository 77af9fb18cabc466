"""The one clock. Everything that asks for the time asks here, so that tests can move it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_frozen_at: ContextVar[datetime | None] = ContextVar("frozen_at", default=None)


def zone() -> ZoneInfo:
    """The deployment's zone; policy dates (validity, age, periods) are local dates in it."""
    return ZoneInfo(os.environ.get("TIMEZONE", "Asia/Shanghai"))


def now() -> datetime:
    """The present instant, in UTC."""
    return _frozen_at.get() or datetime.now(UTC)


def today() -> date:
    """The present local date of the deployment."""
    return now().astimezone(zone()).date()


def local_date(instant: datetime) -> date:
    """The deployment's local date at an instant."""
    return instant.astimezone(zone()).date()


@contextmanager
def frozen(instant: datetime) -> Iterator[None]:
    """Hold the clock at an instant: tests, and the synthetic world's history."""
    assert instant.tzinfo is not None, "an instant carries its zone"
    token = _frozen_at.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _frozen_at.reset(token)
