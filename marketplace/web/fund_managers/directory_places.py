"""Which place an officer means, and may keep the directories of."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from marketplace.edge.officers import officer_paths, sees
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.jurisdictions.queries import (
    find_jurisdiction_by_code,
    list_jurisdictions_matching,
)


def read_place(form: Any) -> tuple[bool, Jurisdiction | None]:
    """The place of a form and whether it may be used; what is wrong stands beside the field.

    Empty is the whole deployment, which only those keep who see all of it.
    """
    typed = form.place.data or ""
    if not typed:
        if "" in officer_paths():
            return True, None
        return _wrong(form, _("Name a place of yours: the whole deployment's is kept elsewhere."))
    place = find_jurisdiction_by_code(typed) or next(
        iter(list_jurisdictions_matching(typed, limit=1)), None
    )
    if place is None:
        return _wrong(form, _("No place is known by this name or code."))
    if not sees(place.path):
        return _wrong(form, _("This place is not within yours."))
    return True, place


def _wrong(form: Any, message: str) -> tuple[bool, None]:
    form.place.errors = [*form.place.errors, message]
    return False, None
