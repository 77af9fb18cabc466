"""Describing sites, rooms, trainers and their qualifications."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, FloatField, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from marketplace.foundation.text import is_number
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.teaching.rules import ADDRESS_LENGTH_MAX, NAME_LENGTH_MAX, SitePlan
from marketplace.web.institution_staff.forms.courses import trimmed


class SiteForm(FlaskForm):  # type: ignore[misc]
    """Where it is, and whether a wheelchair gets in."""

    name = StringField(
        _("Name of the site"),
        filters=[trimmed],
        validators=[DataRequired(_("Give the site a name.")), Length(max=NAME_LENGTH_MAX)],
    )
    address = StringField(
        _("Address"),
        filters=[trimmed],
        validators=[DataRequired(_("Give the address.")), Length(max=ADDRESS_LENGTH_MAX)],
    )
    place = SelectField(_("County or district"), default="", validators=[Optional()])
    latitude = FloatField(_("Latitude"), validators=[Optional()])
    longitude = FloatField(_("Longitude"), validators=[Optional()])
    step_free = BooleanField(_("The entrance is step-free for wheelchairs"))

    def __init__(self, places: Sequence[Jurisdiction], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.place.choices = [
            SelectChoice("", _("The institution's own")),
            *(SelectChoice(str(place.id), place.name) for place in places),
        ]

    def to_plan(self) -> SitePlan:
        """The site as the register takes it."""
        return SitePlan(
            self.name.data,
            self.address.data,
            self.latitude.data,
            self.longitude.data,
            self.step_free.data,
        )

    def place_id(self) -> int | None:
        """The county chosen; none: the institution's own."""
        chosen = self.place.data or ""
        return int(chosen) if is_number(chosen) else None


class RoomForm(FlaskForm):  # type: ignore[misc]
    """A room of a site."""

    name = StringField(
        _("Name of the room"),
        filters=[trimmed],
        validators=[DataRequired(_("Give the room a name.")), Length(max=NAME_LENGTH_MAX)],
    )
    capacity = IntegerField(_("Seats"), validators=[InputRequired(_("Say how many seats it has."))])
    step_free = BooleanField(_("A wheelchair reaches it"))


class TrainerForm(FlaskForm):  # type: ignore[misc]
    """Who teaches."""

    name = StringField(
        _("Name"),
        filters=[trimmed],
        validators=[DataRequired(_("Give the trainer's name.")), Length(max=NAME_LENGTH_MAX)],
    )
    id_number = StringField(
        _("Resident ID number"),
        filters=[trimmed],
        validators=[Optional(), Length(max=60)],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )


class QualificationForm(FlaskForm):  # type: ignore[misc]
    """What entitles a trainer to teach an occupation, from when to when."""

    title = StringField(
        _("Certificate or title"),
        filters=[trimmed],
        validators=[DataRequired(_("Name the certificate or title.")), Length(max=NAME_LENGTH_MAX)],
    )
    occupation = StringField(
        _("Occupation"), filters=[trimmed], validators=[Optional(), Length(max=100)]
    )
    valid_from = DateField(_("From"), validators=[DataRequired(_("Give the first day."))])
    valid_until = DateField(_("Until"), validators=[Optional()])
