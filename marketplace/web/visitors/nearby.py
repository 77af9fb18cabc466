"""Where the one who looks lives and works, as a place to take distances from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from flask_babel import gettext as _
from flask_login import current_user

from marketplace.catalog.distances import Origin
from marketplace.catalog.queries.search_distance import find_origin
from marketplace.catalog.queries.search_snapshot import Snapshot
from marketplace.foundation.errors import N_
from marketplace.jurisdictions.queries import get_jurisdiction
from marketplace.people.queries.workers import get_worker


def own_origins(snapshot: Snapshot) -> Iterator[Origin]:
    """The places a signed-in worker lives and works in, named as theirs."""
    if not (current_user.is_authenticated and current_user.worker_id):
        return
    worker = get_worker(current_user.worker_id)
    seen = set()
    for words, place_id in (
        (N_("where I live (%(place)s)"), worker.residence_id),
        (N_("where I work (%(place)s)"), worker.workplace_id),
    ):
        if place_id is None or place_id in seen:
            continue
        seen.add(place_id)
        if origin := find_origin(snapshot, get_jurisdiction(place_id).code):
            yield replace(origin, name=_(words, place=origin.name))
