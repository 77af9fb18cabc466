"""How far apart two places are, and what a reader can ask for: pure.

Coordinates are degrees (WGS 84). Distances are along the great circle (haversine formula, mean
radius of the Earth by IUGG), that is, as the crow flies: never longer than the way by road.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import asin, atan2, cos, degrees, hypot, radians, sin, sqrt

Point = tuple[float, float]
"""Latitude, longitude."""
STEPS_KM = (5, 10, 25, 50)
"""So far away at most can be asked for."""
EARTH_RADIUS_M = 6_371_009
FAR = 40_000_000
"""Metres: what has no coordinates is farther away than anything on Earth."""
_TYPED = re.compile(r"(-?\d{1,2}(?:\.\d{1,8})?),(-?\d{1,3}(?:\.\d{1,8})?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where distances are taken from."""

    value: str
    """As an address of a page names it: the code of a place, or `23.13,113.26`."""
    point: Point
    name: str = ""
    """Of the place; empty for the reader's own position."""


def metres_between(one: Point, other: Point) -> int:
    """The distance along the great circle, in whole metres."""
    latitude, other_latitude = radians(one[0]), radians(other[0])
    across = sin((other_latitude - latitude) / 2) ** 2
    along = sin(radians(other[1] - one[1]) / 2) ** 2
    chord = across + cos(latitude) * cos(other_latitude) * along
    return round(2 * EARTH_RADIUS_M * asin(sqrt(min(chord, 1.0))))


def nearest_metres(origin: Point, points: Iterable[Point]) -> int:
    """How far the nearest of some points is; FAR when there is none."""
    return min((metres_between(origin, point) for point in points), default=FAR)


def centre_of(points: Sequence[Point]) -> Point:
    """The middle of some points of a place, also across the date line."""
    x = y = z = 0.0
    for latitude, longitude in points:
        north, east = radians(latitude), radians(longitude)
        x += cos(north) * cos(east)
        y += cos(north) * sin(east)
        z += sin(north)
    return degrees(atan2(z, hypot(x, y))), degrees(atan2(y, x))


def own_position(text: str) -> Origin | None:
    """`23.1291,113.2644` as a browser gives it; none for what lies on no globe.

    Kept to hundredths of a degree, about a kilometre: enough to compare distances, and no
    address of a page tells where somebody lives.
    """
    found = _TYPED.fullmatch(text.strip())
    if found is None:
        return None
    latitude, longitude = (round(float(number), 2) + 0.0 for number in found.groups())
    if abs(latitude) > 90 or abs(longitude) > 180:
        return None
    return Origin(f"{latitude:.2f},{longitude:.2f}", (latitude, longitude))
