"""A certificate as institutions and officers see it: what it says, its trail, the proposal form."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from marketplace.catalog.rules import LEVEL_WORDS
from marketplace.edge.readers import is_look_at, reader
from marketplace.foundation.db import write_transaction
from marketplace.foundation.text import mask_name, tidy
from marketplace.people.queries import list_user_names
from marketplace.records import labels
from marketplace.records.models import Certificate
from marketplace.records.operations.changes import record_differs
from marketplace.records.operations.looks import note_certificate_look
from marketplace.records.queries.certificates import find_open_change, list_changes
from marketplace.records.states import ChangeKind, ChangeReason, LookKind


def trimmed(text: str | None) -> str | None:
    """White space around what was typed is not typed."""
    return tidy(text) if text else text


class ProposeChangeForm(FlaskForm):  # type: ignore[misc]
    """What is to happen to a certificate, and why."""

    kind = RadioField(_("What is to be done?"), validators=[InputRequired(_("Please choose one."))])
    reason = RadioField(_("Why?"), validators=[InputRequired(_("Please choose a reason."))])
    note = TextAreaField(
        _("In your own words"),
        filters=[trimmed],
        validators=[InputRequired(_("State a reason.")), Length(max=500)],
        render_kw={"rows": 3, "maxlength": 500},
    )

    def __init__(self) -> None:
        super().__init__()
        self.kind.choices = [
            (kind.value, gettext(labels.CHANGE_KIND_LABELS[kind])) for kind in ChangeKind
        ]
        self.reason.choices = [
            (reason.value, gettext(labels.CHANGE_REASON_LABELS[reason])) for reason in ChangeReason
        ]


class DecideChangeForm(FlaskForm):  # type: ignore[misc]
    """The second person's answer."""

    answer = TextAreaField(
        _("Your answer"),
        filters=[trimmed],
        validators=[Optional(), Length(max=500)],
        render_kw={"rows": 2, "maxlength": 500},
    )


def asked_number() -> str:
    """`?q=CT-7M3K`: the number of a certificate, or how it begins."""
    return tidy(request.args.get("q", "")).upper()[:30]


def certificate_page(certificate: Certificate) -> dict[str, Any]:
    """What the pages of both kinds of people show; names of everybody are masked."""
    changes = list_changes(certificate.id)
    people = {change.proposed_by for change in changes} | {
        change.decided_by for change in changes if change.decided_by
    }
    return {
        "certificate": certificate,
        "holder": mask_name(certificate.holder),
        "changes": changes,
        "open_change": find_open_change(certificate.id),
        "differs": certificate.state == "valid" and record_differs(certificate),
        "names": {user_id: mask_name(name) for user_id, name in list_user_names(people).items()},
        "words": labels,
        "level_words": LEVEL_WORDS,
    }


def note_look_at_work(certificate: Certificate) -> None:
    """The holder sees that their certificate was opened, and by whom."""
    if not is_look_at(certificate.worker_id):
        return
    who = reader()
    with write_transaction():
        note_certificate_look(
            certificate,
            kind=LookKind.STAFF,
            actor_id=who.user_id,
            institution_id=who.institution_id,
        )
