"""Choosing a place without scripts: province, city, county one below the other, or by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from marketplace.foundation.errors import NotFound
from marketplace.foundation.text import is_number, tidy
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.jurisdictions.queries import (
    get_jurisdiction,
    list_children,
    list_jurisdictions_matching,
    list_path_names,
)

TIER_CHOOSABLE = 3
"""County or district: fine enough for every rule, coarse enough to be found quickly."""


@dataclass(frozen=True, slots=True)
class Places:
    """What to show: the way down so far, what can be chosen next, what was searched."""

    chosen: Jurisdiction | None
    chosen_name: str
    offered: Sequence[Jurisdiction]
    names: Mapping[int, str]
    searched: str

    @property
    def may_take_chosen(self) -> bool:
        """The place reached so far is fine enough, or has nothing below it."""
        return self.chosen is not None and (self.chosen.tier >= TIER_CHOOSABLE or not self.offered)

    @staticmethod
    def name_of(jurisdiction_id: int) -> str | None:
        """A place with everything above it: 吉林省 白城市 洮北区."""
        try:
            place = get_jurisdiction(jurisdiction_id)
        except NotFound:
            return None
        return " ".join(list_path_names(place.path)) or place.name


def find_places(args: Mapping[str, str]) -> Places:
    """Read `place` (reached so far) and `q` (name or code) of an address."""
    searched = tidy(args.get("q", ""))[:60]
    chosen = _chosen(args.get("place", ""))
    offered: Sequence[Jurisdiction] = (
        list_jurisdictions_matching(searched, limit=30)
        if searched
        else list_children(chosen.id if chosen else None)
    )
    names = (
        {place.id: " ".join(list_path_names(place.path)) or place.name for place in offered}
        if searched
        else {place.id: place.name for place in offered}
    )
    chosen_name = (Places.name_of(chosen.id) or "") if chosen else ""
    return Places(chosen, chosen_name, offered, names, searched)


def _chosen(text: str) -> Jurisdiction | None:
    if not is_number(text):
        return None
    try:
        return get_jurisdiction(int(text))
    except NotFound:
        return None
