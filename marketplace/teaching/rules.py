"""Decisions about sites, rooms, trainers and who is where at once: pure, all reasons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from marketplace.foundation.errors import N_, Refusal
from marketplace.teaching import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.teaching.states import PlaceState, TrainerState

NAME_LENGTH_MAX = 100
ADDRESS_LENGTH_MAX = 200
ROOM_CAPACITY_MAX = 2_000
CLASHES_SHOWN = 20
"""A class moved onto a busy week clashes at every lesson: the first ones tell enough."""

PLACE_STATE_WORDS: dict[PlaceState, str] = {
    PlaceState.IN_USE: N_("in use"),
    PlaceState.CLOSED: N_("closed"),
}
TRAINER_STATE_WORDS: dict[TrainerState, str] = {
    TrainerState.TEACHES: N_("teaches here"),
    TrainerState.LEFT: N_("has left"),
}


@dataclass(frozen=True, slots=True)
class SitePlan:
    """A site as an institution describes it; coordinates in degrees (WGS 84)."""

    name: str
    address: str
    latitude: float | None = None
    longitude: float | None = None
    step_free: bool = False


@dataclass(frozen=True, slots=True)
class RoomFacts:
    """A room that a lesson wants."""

    room_id: int
    site_id: int
    name: str
    seats: int
    state: PlaceState


@dataclass(frozen=True, slots=True)
class QualificationPeriod:
    """A trainer may teach an occupation (empty: any) from a day to a day."""

    occupation_code: str | None
    valid_from: date
    valid_until: date | None

    def holds(self, occupation_code: str | None, on: date) -> bool:
        """Whether it allows teaching the occupation on the day."""
        fits = self.occupation_code in (None, occupation_code)
        return (
            fits and self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)
        )


@dataclass(frozen=True, slots=True)
class TrainerFacts:
    """A trainer whom a lesson wants. `person` is the same for one person at all institutions."""

    trainer_id: int
    name: str
    person: str
    state: TrainerState
    qualifications: tuple[QualificationPeriod, ...]


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """The site of a class."""

    site_id: int
    name: str
    state: PlaceState


@dataclass(frozen=True, slots=True)
class LessonSlot:
    """A lesson of the class that is being filed."""

    number: int
    starts_at: datetime
    ends_at: datetime
    starts_on: date
    room: RoomFacts | None
    trainer: TrainerFacts | None


@dataclass(frozen=True, slots=True)
class TakenLesson:
    """A lesson that is filed already and takes up a room or a person."""

    lesson_number: int
    starts_at: datetime
    ends_at: datetime
    title: str
    is_own: bool
    """Of the same institution; of another one only the time is told."""
    room_id: int | None
    person: str | None


def refusals_for_site(plan: SitePlan, *, name_is_taken: bool) -> tuple[Refusal, ...]:
    """A name of its own, an address, and both coordinates or none."""
    refusals = [
        *_text_refusals("name", N_("Name of the site"), plan.name, NAME_LENGTH_MAX),
        *_text_refusals("address", N_("Address"), plan.address, ADDRESS_LENGTH_MAX),
    ]
    if name_is_taken:
        refusals.append(Refusal("site_taken", field="name"))
    if (plan.latitude is None) != (plan.longitude is None):
        refusals.append(Refusal("coordinates_both", field="latitude"))
    if plan.latitude is not None and not -90 <= plan.latitude <= 90:
        refusals.append(Refusal("latitude_range", field="latitude"))
    if plan.longitude is not None and not -180 <= plan.longitude <= 180:
        refusals.append(Refusal("longitude_range", field="longitude"))
    return tuple(refusals)


def refusals_for_room(name: str, capacity: int, *, name_is_taken: bool) -> tuple[Refusal, ...]:
    """A name of its own at the site, and seats."""
    refusals = [*_text_refusals("name", N_("Name of the room"), name, NAME_LENGTH_MAX)]
    if name_is_taken:
        refusals.append(Refusal("room_taken", field="name"))
    if not 1 <= capacity <= ROOM_CAPACITY_MAX:
        refusals.append(Refusal("room_capacity", field="capacity"))
    return tuple(refusals)


def refusals_for_trainer(name: str, *, person_is_taken: bool) -> tuple[Refusal, ...]:
    """A name, and nobody twice."""
    refusals = [*_text_refusals("name", N_("Name"), name, NAME_LENGTH_MAX)]
    if person_is_taken:
        refusals.append(Refusal("trainer_taken", field="id_number"))
    return tuple(refusals)


def refusals_for_qualification(
    title: str, *, valid_from: date, valid_until: date | None, is_taken: bool
) -> tuple[Refusal, ...]:
    """A title, dates in order, not twice."""
    refusals = [*_text_refusals("title", N_("Certificate or title"), title, NAME_LENGTH_MAX)]
    if valid_until is not None and valid_until < valid_from:
        refusals.append(Refusal("qualification_dates", field="valid_until"))
    if is_taken:
        refusals.append(Refusal("qualification_taken", field="title"))
    return tuple(refusals)


def refusals_for_places(
    lessons: Sequence[LessonSlot],
    *,
    site: SiteFacts | None,
    capacity: int,
    occupation_code: str | None,
) -> tuple[Refusal, ...]:
    """Site and rooms are open, rooms at the site and large enough, trainers there and qualified."""
    refusals: list[Refusal] = []
    if site is not None and site.state != PlaceState.IN_USE:
        name = {"name": site.name}
        refusals.append(
            Refusal("site_is_closed", name, remedy="reopen_site", field="training_site")
        )
    rooms = {lesson.room.room_id: lesson.room for lesson in lessons if lesson.room}
    for room in rooms.values():
        refusals += _room_refusals(room, site, capacity)
    trainers = {one.trainer.trainer_id: one.trainer for one in lessons if one.trainer}
    for trainer in trainers.values():
        days = sorted({one.starts_on for one in lessons if one.trainer == trainer})
        refusals += _trainer_refusals(trainer, days, occupation_code)
    return tuple(refusals)


def refusals_for_clashes(
    lessons: Sequence[LessonSlot], taken_lessons: Iterable[TakenLesson]
) -> tuple[Refusal, ...]:
    """Each lesson whose room or trainer is elsewhere at that time; lessons that touch do not."""
    others = list(taken_lessons)
    found = [
        refusal
        for lesson in lessons
        for taken in others
        if lesson.starts_at < taken.ends_at and taken.starts_at < lesson.ends_at
        for refusal in _clashes(lesson, taken)
    ]
    shown = found[:CLASHES_SHOWN]
    if len(found) > CLASHES_SHOWN:
        count = {"count": len(found) - CLASHES_SHOWN}
        shown.append(Refusal("more_clashes", count, field="lessons"))
    return tuple(shown)


def _room_refusals(room: RoomFacts, site: SiteFacts | None, capacity: int) -> list[Refusal]:
    refusals: list[Refusal] = []
    name = {"name": room.name}
    if room.state != PlaceState.IN_USE:
        refusals.append(Refusal("room_is_closed", name, remedy="choose_other_room", field="room"))
    if site is None or room.site_id != site.site_id:
        refusals.append(Refusal("room_elsewhere", name, field="room"))
    if room.seats < capacity:
        seats = {"name": room.name, "seats": room.seats, "places": capacity}
        refusals.append(Refusal("room_too_small", seats, remedy="fewer_places", field="room"))
    return refusals


def _trainer_refusals(
    trainer: TrainerFacts, days: Sequence[date], occupation_code: str | None
) -> list[Refusal]:
    if trainer.state != TrainerState.TEACHES:
        return [Refusal("trainer_has_left", {"name": trainer.name}, field="trainer")]
    for day in days:
        if not any(period.holds(occupation_code, day) for period in trainer.qualifications):
            who = {"name": trainer.name, "day": day}
            return [
                Refusal("trainer_not_qualified", who, remedy="add_qualification", field="trainer")
            ]
    return []


def _clashes(lesson: LessonSlot, taken: TakenLesson) -> Iterable[Refusal]:
    times = {"number": lesson.number, "starts": taken.starts_at, "ends": taken.ends_at}
    what = {**times, "other": taken.lesson_number, "title": taken.title}
    if lesson.room and lesson.room.room_id == taken.room_id:
        name = {"name": lesson.room.name}
        yield Refusal("room_booked", {**what, **name}, remedy="move_lesson", field="lessons")
    if lesson.trainer and lesson.trainer.person == taken.person:
        name = {"name": lesson.trainer.name}
        if taken.is_own:
            yield Refusal("trainer_booked", {**what, **name}, remedy="move_lesson", field="lessons")
        else:
            yield Refusal(
                "trainer_booked_elsewhere", {**times, **name}, remedy="move_lesson", field="lessons"
            )


def _text_refusals(field: str, label: str, text: str, limit: int) -> list[Refusal]:
    if not text:
        return [Refusal("required", {"label": label}, field=field)]
    if len(text) > limit:
        return [Refusal("too_long", {"label": label, "limit": limit}, field=field)]
    return []
