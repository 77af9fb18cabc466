"""Reading xAPI statements (1.0.3) of a learning platform: what of them is kept. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from marketplace.enrollment import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.enrollment.states import OnlineVerb
from marketplace.foundation.errors import Refusal, Refused

STATEMENTS_MAX = 500
"""Statements of one request or file."""
REASONS_MAX = 50
TEXT_MAX = 500
YEAR_MIN = 2000
"""Before, a clock that was never set."""
SECONDS_MAX = 24 * 3600
VERBS: dict[str, OnlineVerb] = {
    f"http://adlnet.gov/expapi/verbs/{verb}": verb for verb in OnlineVerb
}
"""Verbs that say that somebody learned for a time; any other is refused."""
_DURATION = re.compile(
    r"P(?:(?P<weeks>\d{1,3}(?:\.\d{1,9})?)W)?(?:(?P<days>\d{1,3}(?:\.\d{1,9})?)D)?"
    r"(?:T(?:(?P<hours>\d{1,5}(?:\.\d{1,9})?)H)?(?:(?P<minutes>\d{1,6}(?:\.\d{1,9})?)M)?"
    r"(?:(?P<seconds>\d{1,8}(?:\.\d{1,9})?)S)?)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: that somebody learned, for how long, until when. No name is kept."""

    number: int
    """Its place in the request, from 1."""
    statement_id: str
    enrollment: str
    verb: OnlineVerb
    activity: str
    seconds: int
    ended_at: datetime


def read_statements(document: Any) -> tuple[Statement, ...]:
    """A statement or a list of them. Refuses all of it, each reason with its field, if one is
    not as docs/xapi.md says, or if two have the same id."""
    items = document if isinstance(document, list) else [document]
    if not items:
        raise Refused(Refusal("xapi_empty", field="statements"))
    if len(items) > STATEMENTS_MAX:
        params = {"count": len(items), "limit": STATEMENTS_MAX}
        raise Refused(Refusal("xapi_too_many", params, field="statements"))
    refusals: list[Refusal] = []
    read: dict[str, Statement] = {}
    for number, item in enumerate(items, start=1):
        wrong: list[Refusal] = []
        statement = _read(number, item, wrong)
        if not wrong and statement.statement_id in read:
            wrong.append(_wrong("xapi_twice", number, "id"))
        refusals += wrong
        read.setdefault(statement.statement_id, statement)
    if refusals:
        raise Refused(refusals[:REASONS_MAX])
    return tuple(read.values())


def _read(number: int, item: Any, wrong: list[Refusal]) -> Statement:
    account = _at(item, "actor", "account")
    home = _text(_at(account, "homePage"))
    if _host_of(home) is None:
        wrong.append(_wrong("xapi_home_page", number, "actor.account.homePage"))
    if not (enrollment := _text(_at(account, "name"))):
        wrong.append(_wrong("xapi_account", number, "actor.account.name"))
    if (verb := VERBS.get(_text(_at(item, "verb", "id")))) is None:
        wrong.append(_wrong("xapi_verb", number, "verb.id"))
    activity = _text(_at(item, "object", "id"))
    if ":" not in activity or _at(item, "object", "objectType") not in (None, "Activity"):
        wrong.append(_wrong("xapi_activity", number, "object.id"))
    if not (statement_id := _uuid(_at(item, "id"))):
        wrong.append(_wrong("xapi_id", number, "id"))
    seconds = seconds_of(_text(_at(item, "result", "duration")))
    if seconds is None or not 1 <= seconds <= SECONDS_MAX:
        wrong.append(_wrong("xapi_duration", number, "result.duration"))
    if (ended_at := _instant(_text(_at(item, "timestamp")))) is None:
        wrong.append(_wrong("xapi_timestamp", number, "timestamp"))
    return Statement(
        number=number,
        statement_id=statement_id,
        enrollment=enrollment,
        verb=verb or OnlineVerb.EXPERIENCED,
        activity=activity,
        seconds=seconds or 0,
        ended_at=ended_at or datetime.min.replace(tzinfo=UTC),
    )


def _wrong(code: str, number: int, field: str) -> Refusal:
    return Refusal(code, {"number": number}, field=field_of(number, field))


def field_of(number: int, field: str) -> str:
    """How a refusal names a place: `statements[3].result.duration`, counted from 1."""
    return f"statements[{number}].{field}"


def _at(item: Any, *keys: str) -> Any:
    for key in keys:
        item = item.get(key) if isinstance(item, Mapping) else None
    return item


def _text(value: Any) -> str:
    """A text of one line; anything else is empty."""
    if isinstance(value, str) and len(value) <= TEXT_MAX and value.isprintable():
        return value.strip()
    return ""


def _host_of(address: str) -> str | None:
    """The host of a web address, or none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return parts.netloc or None if parts.scheme in ("http", "https") else None


def _uuid(value: Any) -> str:
    text = _text(value)
    try:
        return str(UUID(text)) if len(text) == 36 else ""
    except ValueError:
        return ""


def seconds_of(duration: str) -> int | None:
    """Whole seconds of an ISO 8601 duration, never rounded up; months and years have no length."""
    found = _DURATION.fullmatch(duration)
    if found is None or duration[-1] in "PT":
        return None
    parts = {unit: float(value) for unit, value in found.groupdict().items() if value}
    return int(timedelta(**parts).total_seconds())


def _instant(text: str) -> datetime | None:
    """An ISO 8601 instant with its zone."""
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is None or instant.year < YEAR_MIN:
            return None
        return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
