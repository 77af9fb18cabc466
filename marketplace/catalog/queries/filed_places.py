"""Classes that are still to be held at a site or in a room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select

from marketplace.catalog.models import CourseRun, CourseVersion, Lesson
from marketplace.catalog.queries.places import HELD_STATES
from marketplace.foundation import clock
from marketplace.foundation.db import db

CLASSES_MAX = 50


@dataclass(frozen=True, slots=True)
class ClassThere:
    """A class that takes up a place."""

    code: str
    title: str
    starts_on: date
    ends_on: date


def list_classes_at_site(site_id: int) -> Sequence[ClassThere]:
    """Live classes at a site that have not ended, the soonest first."""
    wanted = _classes(CourseRun.site_id == site_id)
    wanted = wanted.order_by(CourseRun.starts_on, CourseRun.id).limit(CLASSES_MAX)
    return [ClassThere(*row) for row in db.session.execute(wanted)]


def list_classes_in_room(room_id: int) -> Sequence[ClassThere]:
    """Live classes with a lesson still to come in a room, the soonest first."""
    coming = exists().where(
        Lesson.course_run_id == CourseRun.id,
        Lesson.room_id == room_id,
        Lesson.ends_at > clock.now(),
    )
    wanted = _classes(coming).order_by(CourseRun.starts_on, CourseRun.id).limit(CLASSES_MAX)
    return [ClassThere(*row) for row in db.session.execute(wanted)]


def _classes(there: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return (
        select(CourseRun.code, CourseVersion.title, CourseRun.starts_on, CourseRun.ends_on)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .where(there, CourseRun.state.in_(HELD_STATES), CourseRun.ends_on >= clock.today())
    )
