"""Lessons without network: devices, what they take along, what they bring back."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length

from marketplace.enrollment.models import OfflineDevice


class DeviceForm(FlaskForm):  # type: ignore[misc]
    """A device, by the public half of the key it made for itself."""

    name = StringField(
        _("Name of the device"),
        validators=[InputRequired(_("Name the device.")), Length(max=60)],
    )
    public_key = StringField(
        _("Public key"),
        description=_("The line that “offline_station.py key” printed."),
        validators=[InputRequired(_("Copy the line the station printed.")), Length(max=100)],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )


class OfflineFileForm(FlaskForm):  # type: ignore[misc]
    """The signed file of a device."""

    file = FileField(
        _("File of the device"),
        description=_("Its name ends in .signed.json."),
        validators=[FileRequired(_("Choose a file."))],
        render_kw={"accept": ".json,application/json"},
    )


class BundleForm(FlaskForm):  # type: ignore[misc]
    """The device that takes a lesson along."""

    device = SelectField(_("Device"))

    def __init__(self, devices: Sequence[OfflineDevice]) -> None:
        super().__init__()
        self.device.choices = [(device.code, device.name) for device in devices]
