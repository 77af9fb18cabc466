"""The office's limit and the calendar it is counted by."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select

from marketplace.accreditation import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.accreditation.models import CalendarDay, ReviewLimit
from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.text import day_from_text, tidy

_KINDS = {"working": True, "holiday": False, "上班": True, "放假": False}
DAYS_MAX = 5_000
"""A file of more days is no calendar of working days."""
REFUSALS_MAX = 20
"""So many wrong lines tell enough."""


def set_review_limit(
    *, valid_from: date, working_days: int, clause: str, actor_id: int | None
) -> ReviewLimit:
    """From a day on, first submissions are decided within so many working days.

    Applications under review keep the limit they were handed in under. Refuses another limit from
    the same day, and a limit without its clause.
    """
    clause = tidy(clause)
    refusals: list[Refusal] = []
    if not 1 <= working_days <= 250:
        refusals.append(Refusal("review_days_range", field="working_days"))
    if not clause:
        refusals.append(Refusal("clause_missing", field="clause"))
    same_day = db.session.scalar(select(ReviewLimit).where(ReviewLimit.valid_from == valid_from))
    if same_day and (same_day.working_days, same_day.clause) == (working_days, clause):
        return same_day
    if same_day:
        refusals.append(Refusal("review_day_taken", field="valid_from"))
    if refusals:
        raise Refused(refusals)
    limit = ReviewLimit(
        valid_from=valid_from,
        working_days=working_days,
        clause=clause,
        set_by=actor_id,
        set_at=clock.now(),
    )
    db.session.add(limit)
    db.session.flush()
    record_event(
        "review_limit.set",
        subject_kind="review_limit",
        subject_code=valid_from.isoformat(),
        actor_id=actor_id,
        details={"working_days": working_days, "clause": clause},
    )
    return limit


def import_calendar(lines: Iterable[str], *, actor_id: int | None) -> int:
    """Take in holidays and worked weekends: `2026-10-01,holiday,国庆节` a line; `#` is a remark.

    A day named again is what the file says now. All lines are right, or nothing is taken in.
    Returns how many days were named.
    """
    named, refusals = _read_calendar(lines)
    if not named and not refusals:
        refusals.append(Refusal("calendar_empty", field="lines"))
    if len(named) > DAYS_MAX:
        refusals.append(Refusal("calendar_too_long", {"limit": DAYS_MAX}, field="lines"))
    if refusals:
        raise Refused(refusals)
    wanted = select(CalendarDay).where(CalendarDay.day.in_(list(named)))
    present = {row.day: row for row in db.session.scalars(wanted)}
    for day, (is_working, remark) in named.items():
        if row := present.get(day):
            row.is_working, row.name = is_working, remark
        else:
            db.session.add(CalendarDay(day=day, is_working=is_working, name=remark))
    db.session.flush()
    record_event(
        "calendar.imported",
        subject_kind="calendar",
        subject_code="working-days",
        actor_id=actor_id,
        details={"days": len(named)},
    )
    return len(named)


def _read_calendar(
    lines: Iterable[str],
) -> tuple[dict[date, tuple[bool, str | None]], list[Refusal]]:
    named: dict[date, tuple[bool, str | None]] = {}
    refusals: list[Refusal] = []
    for number, line in enumerate(lines, start=1):
        text = tidy(line.replace("，", ","))
        if not text or text.startswith("#"):
            continue
        written, kind, name = (*(part.strip() for part in text.split(",", 2)), "", "")[:3]
        if (day := day_from_text(written)) is None or kind not in _KINDS:
            refusals.append(Refusal("calendar_row", {"number": number}, field="lines"))
        else:
            named[day] = (_KINDS[kind], name or None)
        if len(named) > DAYS_MAX or len(refusals) >= REFUSALS_MAX:
            break
    return named, refusals


def remove_calendar_day(day: date, *, actor_id: int | None) -> None:
    """A day is again what its weekday says; reviews under way keep the day they are due on."""
    row = db.session.scalar(select(CalendarDay).where(CalendarDay.day == day))
    if row is None:
        raise NotFound("calendar_day", day.isoformat())
    details = {"day": day.isoformat(), "was_working": row.is_working, "name": row.name}
    db.session.delete(row)
    db.session.flush()
    record_event(
        "calendar.day_removed",
        subject_kind="calendar",
        subject_code="working-days",
        actor_id=actor_id,
        details=details,
    )
