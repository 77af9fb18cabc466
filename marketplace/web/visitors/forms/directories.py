"""What is asked of a directory: everything is in the address, nothing is required."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from marketplace.catalog.models import Occupation
from marketplace.catalog.queries.occupations import (
    find_occupation_by_code,
    list_occupations_matching,
)
from marketplace.catalog.rules import LEVEL_WORDS
from marketplace.directories.queries.listings import ALL, LISTED, Directory, DirectoryQuery
from marketplace.foundation.text import day_from_text, is_number, tidy
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.jurisdictions.queries import (
    find_jurisdiction_by_code,
    list_jurisdictions_matching,
)


@dataclass(frozen=True, slots=True)
class AskedDirectory:
    """The question, and what of it was not understood."""

    query: DirectoryQuery
    typed_place: str
    typed_occupation: str
    place: Jurisdiction | None
    occupation: Occupation | None
    is_ahead: bool
    """The day asked for has not come yet: today's state is shown."""
    day_unreadable: bool

    @property
    def place_unknown(self) -> bool:
        return bool(self.typed_place) and self.place is None

    @property
    def occupation_unknown(self) -> bool:
        return bool(self.typed_occupation) and self.occupation is None

    @property
    def is_narrowed(self) -> bool:
        query = self.query
        return (
            bool(query.text or self.typed_place or self.typed_occupation or query.level)
            or query.state != LISTED
        )


def read_directory_query(
    args: Mapping[str, str], directory: Directory, *, today: date
) -> AskedDirectory:
    """Read `q`, `place`, `occupation`, `level`, `state` and `on` of an address."""
    typed_place, typed_occupation = (tidy(args.get(n, ""))[:60] for n in ("place", "occupation"))
    place = _place(typed_place)
    occupation = _occupation(typed_occupation)
    day, day_unreadable = _day(args.get("on", ""))
    level, state = args.get("level", ""), args.get("state", LISTED)
    query = DirectoryQuery(
        on=min(day or today, today),
        text=tidy(args.get("q", ""))[:100],
        jurisdiction_path=place.path if place else None,
        occupation_id=occupation.id if occupation else None,
        level=int(level) if is_number(level, digits_max=2) and int(level) in LEVEL_WORDS else None,
        state=state if state == ALL or state in directory.states else LISTED,
    )
    return AskedDirectory(
        query,
        typed_place,
        typed_occupation,
        place,
        occupation,
        is_ahead=day is not None and day > today,
        day_unreadable=day_unreadable,
    )


def _place(typed: str) -> Jurisdiction | None:
    if not typed:
        return None
    return find_jurisdiction_by_code(typed) or next(
        iter(list_jurisdictions_matching(typed, limit=1)), None
    )


def _occupation(typed: str) -> Occupation | None:
    if not typed:
        return None
    return find_occupation_by_code(typed) or next(
        iter(list_occupations_matching(typed, limit=1)), None
    )


def _day(text: str) -> tuple[date | None, bool]:
    text = tidy(text)[:20]
    if not text:
        return None, False
    day = day_from_text(text)
    return day, day is None
