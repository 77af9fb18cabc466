"""How far courses are from where a reader is: kept by kinds of courses taught at the same sites."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from sqlalchemy import select

from marketplace.catalog.distances import (
    FAR,
    STEPS_KM,
    Origin,
    Point,
    centre_of,
    nearest_metres,
    own_position,
)
from marketplace.catalog.queries.search_columns import numbers_in
from marketplace.catalog.queries.search_snapshot import Snapshot, present_snapshot
from marketplace.catalog.search_terms import codes_of_path
from marketplace.foundation.bitsets import bitset_where, members_of
from marketplace.foundation.db import db
from marketplace.jurisdictions.models import Jurisdiction

ORIGINS_MAX = 300
PLACE_DEPTH = 2
"""Distances are taken from the middle of a county or township: that of a province says nothing."""
_BANDS_M = (*(1_000 * km for km in (1, 2, *STEPS_KM, 100, 250, 500, 1_000)), FAR - 1, FAR)


def courses_within(snapshot: Snapshot, origin: Origin, metres: int) -> int:
    """The courses taught at most so far away, and known to be."""

    def find() -> int:
        near = np.array(_distances(snapshot, origin)) <= metres
        return bitset_where(near[numbers_in(snapshot.points_of)])

    found: int = snapshot.answers.recall(("within", origin.point, metres), find)
    return found


def nearest_courses(
    snapshot: Snapshot, origin: Origin, bits: int, *, skip: int, count: int
) -> list[int]:
    """Members of a set, the nearest first; those whose place is not known come last."""
    distances = _distances(snapshot, origin)
    points_of, lengths = snapshot.points_of, snapshot.by_length.keys
    found: list[int] = []
    left = bits
    for metres in _BANDS_M:
        within = courses_within(snapshot, origin, metres)
        part = left & within
        left &= ~within
        size = part.bit_count()
        if skip < size:
            ranked = sorted(
                members_of(part), key=lambda slot: (distances[points_of[slot]], lengths[slot], slot)
            )
            found += ranked[skip : skip + count - len(found)]
        skip = max(skip - size, 0)
        if len(found) >= count:
            break
    return found


def distance_of_course(snapshot: Snapshot, origin: Origin, slot: int) -> int | None:
    """Metres to the nearest site a course is taught at; none when no coordinates are known."""
    metres = _distances(snapshot, origin)[snapshot.points_of[slot]]
    return None if metres == FAR else metres


def known_origins(snapshot: Snapshot) -> tuple[Origin, ...]:
    """The counties and townships one can take distances from: those with sites on the map."""
    found: tuple[Origin, ...] = snapshot.names.recall(
        "origins", lambda: tuple(list(_origins(snapshot).values())[:ORIGINS_MAX])
    )
    return found


def find_origin_of(value: str) -> Origin | None:
    """The same for one who does not look at the catalog otherwise."""
    with present_snapshot() as snapshot:
        return find_origin(snapshot, value)


def find_origin(snapshot: Snapshot, value: str) -> Origin | None:
    """Where a code, or a position of a browser, is; a township without sites is its county."""
    if position := own_position(value):
        return position
    origins = {origin.value: origin for origin in known_origins(snapshot)}
    if value in origins:
        return origins[value]
    path = db.session.scalar(select(Jurisdiction.path).where(Jurisdiction.code == value))
    above = reversed(codes_of_path(path or ""))
    return next((origins[code] for code in above if code in origins), None)


def _distances(snapshot: Snapshot, origin: Origin) -> list[int]:
    """Metres from an origin to each kind of courses taught at the same sites."""
    found: list[int] = snapshot.answers.recall(
        ("distances", origin.point),
        lambda: [nearest_metres(origin.point, points) for points in snapshot.point_sets.keys],
    )
    return found


def _origins(snapshot: Snapshot) -> dict[str, Origin]:
    points: dict[str, list[Point]] = {}
    above: dict[str, str] = {}
    for institution in snapshot.institutions.values():
        for path, point in institution.sites if institution.is_offered else ():
            codes = codes_of_path(path)
            for number in range(min(PLACE_DEPTH, len(codes) - 1), len(codes)):
                points.setdefault(codes[number], []).append(point)
                above[codes[number]] = codes[number - 1] if number > PLACE_DEPTH else ""
    names = _names_of({*points, *filter(None, above.values())})
    return {
        code: Origin(
            code,
            centre_of(points[code]),
            " · ".join(names[part] for part in (above[code], code) if part in names),
        )
        for code in sorted(points)
        if code in names
    }


def _names_of(codes: Iterable[str]) -> dict[str, str]:
    wanted = sorted(codes)
    rows = db.session.execute(
        select(Jurisdiction.code, Jurisdiction.name)
        .where(Jurisdiction.code.in_(wanted))
        .order_by(Jurisdiction.code)
        .limit(len(wanted) or 1)
    )
    return {code: name for code, name in rows}
