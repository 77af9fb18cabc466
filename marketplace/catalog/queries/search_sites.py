"""Reading where institutions teach, as far as their registers hold coordinates."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, true

from marketplace.catalog.distances import Point
from marketplace.foundation.db import db
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.teaching.models import TrainingSite
from marketplace.teaching.states import PlaceState

READ_AT_ONCE = 5_000


def read_sites(ids: Sequence[int] | None) -> dict[int, tuple[tuple[str, Point], ...]]:
    """Sites in use that have coordinates, by institution."""
    found: dict[int, tuple[tuple[str, Point], ...]] = {}
    for row in db.session.execute(
        select(
            TrainingSite.institution_id,
            TrainingSite.latitude,
            TrainingSite.longitude,
            Jurisdiction.path,
        )
        .outerjoin(Jurisdiction, Jurisdiction.id == TrainingSite.jurisdiction_id)
        .where(
            TrainingSite.state == PlaceState.IN_USE,
            TrainingSite.latitude.is_not(None),
            true() if ids is None else TrainingSite.institution_id.in_(ids),
        )
        .order_by(TrainingSite.id)
        .execution_options(yield_per=READ_AT_ONCE)
    ):
        site = (row.path or "", (row.latitude, row.longitude))
        found[row.institution_id] = (*found.get(row.institution_id, ()), site)
    return found
