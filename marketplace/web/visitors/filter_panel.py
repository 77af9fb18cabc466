"""The filters beside a search: each choice with its address and what it leaves; chips to drop."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode

from flask import request
from flask_babel import gettext as _

from marketplace.catalog.course_features import LANGUAGE_WORDS
from marketplace.catalog.queries.search import CourseQuery, CourseSort, WayOn
from marketplace.catalog.queries.search_facets import NEEDS, Facets, FacetValue
from marketplace.catalog.rules import LEVEL_WORDS, MODE_WORDS
from marketplace.edge.formats import day, money, sentence
from marketplace.foundation.errors import N_
from marketplace.web.visitors.forms.courses import SearchCoursesForm

NEED_WORDS: dict[str, str] = {
    "open": N_("Places free now"),
    "evening": N_("In the evening"),
    "weekend": N_("At weekends"),
    "wheelchair": N_("Accessible by wheelchair"),
    "childcare": N_("Childcare"),
    "demand": N_("In demand"),
}
SORT_WORDS: dict[CourseSort, str] = {
    CourseSort.RELEVANCE: N_("Best match first"),
    CourseSort.SOONEST: N_("Soonest start first"),
    CourseSort.FEE: N_("Lowest fee first"),
    CourseSort.OWN_PRICE: N_("My lowest price first"),
    CourseSort.STARS: N_("Most stars first"),
    CourseSort.DISTANCE: N_("Nearest first"),
}
_FILTER_ARGS = {
    "near": ("km",),
    "start": ("first", "last"),
    "fee": ("fee_max",),
    "own_price": ("own_max",),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One link of the panel."""

    label: str
    url: str
    count: int | None = None
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Choices of one kind under one heading. `above`: the way up from what is chosen."""

    title: str
    choices: tuple[Choice, ...]
    above: tuple[Choice, ...] = ()


class Address:
    """The present search with some of it changed."""

    def __init__(self) -> None:
        self.path = request.path
        self.kept = {name: value for name, value in request.args.items() if name != "page"}
        self._rests: dict[tuple[str, ...], str] = {}

    def having(self, **changes: str | int | None) -> str:
        """The address with these set; an empty value leaves its name out."""
        names = tuple(changes)
        if names not in self._rests:
            rest = {name: value for name, value in self.kept.items() if name not in changes}
            # As query text: a keyword `_scheme` of `url_for` would let an address choose the host.
            self._rests[names] = urlencode({name: value for name, value in rest.items() if value})
        new = "&".join(_pair(name, value) for name, value in changes.items() if value)
        return f"{self.path}?{'&'.join(filter(None, (self._rests[names], new)))}"

    def hidden(self, *shown: str) -> list[tuple[str, str]]:
        """What a form has to carry along beside its own fields."""
        return [(name, value) for name, value in self.kept.items() if name not in shown and value]


@lru_cache(maxsize=5_000)
def _pair(name: str, value: str | int) -> str:
    return urlencode({name: value})


def groups_of(
    facets: Facets, form: SearchCoursesForm, query: CourseQuery, address: Address
) -> list[Group]:
    """The panel from top to bottom; kinds without a choice are left out."""
    found = [
        _tree(_("Place"), "place", facets.places, facets.place_above, address),
        Group(_("Distance"), tuple(_distances(facets.distances, query, address))),
        _tree(_("Occupation"), "occupation", facets.occupations, facets.occupation_above, address),
        Group(_("Suits me"), tuple(_needs(facets.needs, query, address))),
        _plain(_("Level"), "level", facets.levels, form.level.data, address,
               lambda value: sentence(LEVEL_WORDS[int(value)])),
        _plain(_("Stars of the institution"), "stars", facets.stars, form.stars.data, address,
               _stars_words),
        _plain(_("How"), "mode", facets.modes, form.mode.data, address,
               lambda value: sentence(next(w for m, w in MODE_WORDS.items() if m == value))),
        _plain(_("Language"), "language", facets.languages, form.language.data, address,
               lambda value: sentence(LANGUAGE_WORDS[value])),
        Group(_("Fee"), tuple(_fees(facets.fees, query, address))),
    ]  # fmt: skip
    return [group for group in found if group.choices or group.above]


def _stars_words(least: str) -> str:
    return str(_("%(stars)s stars or more", stars=least))


def _fees(values: Iterable[FacetValue], query: CourseQuery, address: Address) -> Iterable[Choice]:
    for value in values:
        fen = int(value.value)
        chosen = query.fee_fen_max == fen
        label = _("free of charge") if not fen else _("up to %(fee)s", fee=money(fen))
        url = address.having(fee_max=None if chosen else _yuan(value.value))
        yield Choice(label, url, value.count, chosen)


def _distances(
    values: Iterable[FacetValue], query: CourseQuery, address: Address
) -> Iterable[Choice]:
    for value in values:
        chosen = query.km_max == int(value.value)
        url = address.having(km=None if chosen else value.value)
        yield Choice(_("up to %(km)s km", km=value.value), url, value.count, chosen)


def _yuan(fen: str) -> str:
    return str(int(fen) // 100)


def _needs(values: Iterable[FacetValue], query: CourseQuery, address: Address) -> Iterable[Choice]:
    counts = {value.value: value.count for value in values}
    for need in NEEDS:
        chosen = need in query.needs
        if chosen or counts.get(need):
            url = address.having(**{need: None if chosen else "y"})
            yield Choice(sentence(NEED_WORDS[need]), url, counts.get(need, 0), chosen)


def _plain(
    title: str,
    name: str,
    values: Sequence[FacetValue],
    chosen: str | None,
    address: Address,
    label: Callable[[str], str],
) -> Group:
    choices = tuple(
        Choice(
            label(value.value),
            address.having(**{name: None if value.value == chosen else value.value}),
            value.count,
            value.value == chosen,
        )
        for value in values
    )
    return Group(title, choices)


def _tree(
    title: str,
    name: str,
    values: Sequence[FacetValue],
    above: Sequence[FacetValue],
    address: Address,
) -> Group:
    way = [Choice(_("Everywhere") if name == "place" else _("All"), address.having(**{name: None}))]
    way += [
        Choice(value.name, address.having(**{name: value.value}), value.count, number == len(above))
        for number, value in enumerate(above, start=1)
    ]
    choices = tuple(
        Choice(value.name, address.having(**{name: value.value}), value.count) for value in values
    )
    return Group(title, choices, tuple(way) if above else ())


def chips_of(query: CourseQuery, facets: Facets | None, address: Address) -> list[Choice]:
    """What narrows the search, each with the address that drops it."""
    labels = _labels_of_trees(query, facets)
    if query.level is not None:
        labels["level"] = sentence(LEVEL_WORDS[query.level])
    if query.stars_least is not None:
        labels["stars"] = _stars_words(str(query.stars_least))
    if query.mode is not None:
        labels["mode"] = sentence(MODE_WORDS[query.mode])
    if query.language is not None:
        labels["language"] = sentence(LANGUAGE_WORDS[query.language])
    labels |= _labels_of_limits(query)
    labels |= {need: sentence(NEED_WORDS[need]) for need in NEEDS if need in query.needs}
    chips = [Choice(label, address.having(**{name: None})) for name, label in labels.items()]
    if query.near is not None:
        name = query.near.name or _("my position")
        label = _("Distances from %(place)s", place=name)
        chips.append(Choice(label, address.having(near=None, km=None)))
    return chips


def _labels_of_trees(query: CourseQuery, facets: Facets | None) -> dict[str, str]:
    labels = {}
    if query.place:
        way = facets.place_above if facets else ()
        labels["place"] = way[-1].name if way else query.place
    if query.occupation:
        way = facets.occupation_above if facets else ()
        labels["occupation"] = way[-1].name if way else query.occupation
    return labels


def _labels_of_limits(query: CourseQuery) -> dict[str, str]:
    labels: dict[str, str] = {}
    if query.fee_fen_max is not None:
        labels["fee_max"] = _("fee up to %(fee)s", fee=money(query.fee_fen_max))
    if query.own_price_fen_max is not None:
        labels["own_max"] = (
            _("nothing to pay for me")
            if query.own_price_fen_max == 0
            else _("I pay up to %(fee)s", fee=money(query.own_price_fen_max))
        )
    if query.km_max is not None:
        labels["km"] = _("up to %(km)s km", km=query.km_max)
    if query.starts_from:
        labels["first"] = _("from %(day)s", day=day(query.starts_from))
    if query.starts_until:
        labels["last"] = _("until %(day)s", day=day(query.starts_until))
    return labels


def sorts_of(query: CourseQuery, address: Address, *, with_own_price: bool) -> list[Choice]:
    """The orders there are."""
    return [
        Choice(sentence(words), address.having(sort=sort.value), None, sort == query.sort)
        for sort, words in SORT_WORDS.items()
        if (with_own_price or sort != CourseSort.OWN_PRICE)
        and (query.near or sort != CourseSort.DISTANCE)
    ]


def ways_on_of(ways: Sequence[WayOn], chips: Sequence[Choice], address: Address) -> list[Choice]:
    """Nothing was found: one filter or word less, with what that gives."""
    found = []
    for way in ways:
        if way.word is not None:
            label = _("only “%(word)s”", word=way.word)
            found.append(Choice(label, address.having(q=way.word), way.count))
        elif way.filter_name is not None:
            names = _FILTER_ARGS.get(way.filter_name, (way.filter_name,))
            url = address.having(**dict.fromkeys(names))
            label = next((chip.label for chip in chips if chip.url == url), _("the days"))
            found.append(Choice(_("without “%(filter)s”", filter=label), url, way.count))
    return found
