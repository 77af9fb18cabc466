"""Closing a site or a room: not while classes are filed there."""

from __future__ import annotations

from collections.abc import Sequence

from marketplace.catalog import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.catalog.queries.filed_places import (
    ClassThere,
    list_classes_at_site,
    list_classes_in_room,
)
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.teaching import operations as teaching
from marketplace.teaching.models import TrainingRoom, TrainingSite
from marketplace.teaching.queries import lock_rooms, lock_site


def close_site_without_classes(site_id: int, *, actor_id: int | None) -> TrainingSite:
    """Close a site. Refuses with every class that is still to be held there: move or cancel it."""
    lock_site(site_id)
    _refuse_classes(list_classes_at_site(site_id))
    return teaching.close_site(site_id, actor_id=actor_id)


def close_room_without_classes(
    room_id: int, *, institution_id: int, actor_id: int | None
) -> TrainingRoom:
    """Close a room. Refuses with every class that still has lessons in it."""
    if room_id not in lock_rooms([room_id], institution_id=institution_id):
        raise NotFound("training_room")
    _refuse_classes(list_classes_in_room(room_id))
    return teaching.close_room(room_id, actor_id=actor_id)


def _refuse_classes(classes: Sequence[ClassThere]) -> None:
    if not classes:
        return
    refusals = [
        Refusal(
            "place_has_class",
            {"title": one.title, "code": one.code, "first": one.starts_on, "last": one.ends_on},
        )
        for one in classes
    ]
    raise Refused([*refusals, Refusal("move_or_cancel_classes")])
