"""Choosing site, room and trainer of a class from the institution's registers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import SelectField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from marketplace.catalog.operations.course_runs import LessonTimes
from marketplace.foundation.text import normal_form
from marketplace.teaching.models import Trainer, TrainingRoom, TrainingSite
from marketplace.teaching.queries import list_rooms, list_sites, list_trainers
from marketplace.teaching.states import PlaceState, TrainerState


@dataclass(frozen=True, slots=True)
class Registers:
    """What an institution may choose from now."""

    sites: Sequence[TrainingSite]
    rooms: Sequence[TrainingRoom]
    trainers: Sequence[Trainer]


def registers_of(institution_id: int) -> Registers:
    """Sites and rooms in use, trainers who teach."""
    sites = [site for site in list_sites(institution_id) if site.state == PlaceState.IN_USE]
    open_ids = {site.id for site in sites}
    return Registers(
        sites,
        [
            room
            for room in list_rooms(institution_id)
            if room.state == PlaceState.IN_USE and room.site_id in open_ids
        ],
        [one for one in list_trainers(institution_id) if one.state == TrainerState.TEACHES],
    )


class PlacesForm(FlaskForm):  # type: ignore[misc]
    """Site, room and trainer of all lessons; a line of the exact list may name others."""

    training_site = SelectField(_("Registered site"), default="", validators=[Optional()])
    room = SelectField(_("Room"), default="", validators=[Optional()])
    trainer = SelectField(_("Registered trainer"), default="", validators=[Optional()])

    def __init__(self, registers: Registers, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.registers = registers
        self._sites = {str(site.id): site for site in registers.sites}
        self._rooms = {str(room.id): room for room in registers.rooms}
        self._trainers = {str(trainer.id): trainer for trainer in registers.trainers}
        self.training_site.choices = [
            SelectChoice("", _("Another place, written below")),
            *(SelectChoice(str(site.id), site.name) for site in registers.sites),
        ]
        self.room.choices = [
            SelectChoice("", _("No room chosen")),
            *(SelectChoice(str(room.id), self._room_name(room)) for room in registers.rooms),
        ]
        self.trainer.choices = [
            SelectChoice("", _("Not chosen")),
            *(SelectChoice(str(one.id), one.name) for one in registers.trainers),
        ]

    def validate_site(self, entry: Any) -> None:
        """A registered site says where it is; otherwise it is written."""
        if not entry.data and self.chosen_site is None:
            raise ValidationError(gettext("Say where it is held."))

    @property
    def chosen_site(self) -> TrainingSite | None:
        """The site chosen, or that of the room chosen."""
        if self.training_site.data:
            return self._sites.get(self.training_site.data)
        room = self._rooms.get(self.room.data or "")
        return self._sites.get(str(room.site_id)) if room else None

    def place_text(self, written: str) -> str:
        """Where it is held, in words: as written, else the site's name and address."""
        site = self.chosen_site
        return written or (f"{site.name} {site.address}" if site else "")

    def with_places(self, lessons: list[LessonTimes]) -> list[LessonTimes] | None:
        """The lessons with their rooms and trainers; none when a line names an unknown one."""
        placed: list[LessonTimes] = []
        for number, lesson in enumerate(lessons, start=1):
            topic, *named = [part.strip() for part in (lesson.topic or "").split("|")]
            room = self._rooms.get(self.room.data or "")
            trainer = self._trainers.get(self.trainer.data or "")
            for name in filter(None, named):
                found = self._named(name)
                if found is None:
                    message = gettext(
                        "Lesson %(number)s: no room or trainer of ours is called %(name)s.",
                        number=number,
                        name=name,
                    )
                    self["lessons"].errors = [*self["lessons"].errors, message]
                    return None
                room = found if isinstance(found, TrainingRoom) else room
                trainer = found if isinstance(found, Trainer) else trainer
            placed.append(
                lesson._replace(
                    topic=topic or None,
                    room=room.name if room else lesson.room,
                    room_id=room.id if room else None,
                    teacher=trainer.name if trainer else lesson.teacher,
                    trainer_id=trainer.id if trainer else None,
                )
            )
        return placed

    def _named(self, name: str) -> TrainingRoom | Trainer | None:
        wanted = normal_form(name)
        site = self.chosen_site
        for room in self.registers.rooms:
            here = site is None or room.site_id == site.id
            if here and wanted in (normal_form(room.name), normal_form(self._room_name(room))):
                return room
        return next(
            (one for one in self.registers.trainers if normal_form(one.name) == wanted), None
        )

    def _room_name(self, room: TrainingRoom) -> str:
        return f"{self._sites[str(room.site_id)].name} · {room.name}"
