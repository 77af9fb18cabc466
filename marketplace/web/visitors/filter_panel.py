"""The filters beside a search: each choice with its address and what it leaves; chips to drop."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from urllib.parse import quote_plus, urlencode

from flask import request
from flask_babel import gettext as _

from marketplace.catalog.queries.search import CourseQuery, CourseSort, WayOn
from marketplace.catalog.queries.search_facets import NEEDS, Facets, FacetValue
from marketplace.edge.formats import day, money
from marketplace.web.visitors.choices import Choice, Group
from marketplace.web.visitors.panel_words import panel_words_now

_FILTER_ARGS = {
    "near": ("km",),
    "start": ("first", "last"),
    "fee": ("fee_max",),
    "own_price": ("own_max",),
}


class Address:
    """The present search with some of it changed."""

    def __init__(self) -> None:
        self.path = request.path
        self.kept = {name: value for name, value in request.args.items() if name != "page"}
        # As query text: a keyword `_scheme` of `url_for` would let an address choose the host.
        self._pairs = {name: _pair(name, value) for name, value in self.kept.items() if value}

    def having(self, **changes: str | int | None) -> str:
        """The address with these set; an empty value leaves its name out."""
        new = "&".join(_pair(name, value) for name, value in changes.items() if value)
        return f"{self.path}?{'&'.join(filter(None, (self._rest(*changes), new)))}"

    def up_to(self, name: str) -> str:
        """The address as far as the value of one name, which comes last: `/courses?q=…&level=`."""
        rest = self._rest(name)
        return f"{self.path}?{rest}&{name}=" if rest else f"{self.path}?{name}="

    def hidden(self, *shown: str) -> list[tuple[str, str]]:
        """What a form has to carry along beside its own fields."""
        return [(name, value) for name, value in self.kept.items() if name not in shown and value]

    def _rest(self, *names: str) -> str:
        return "&".join(pair for name, pair in self._pairs.items() if name not in names)


@lru_cache(maxsize=5_000)
def _pair(name: str, value: str | int) -> str:
    return urlencode({name: value})


@lru_cache(maxsize=5_000)
def _quoted(value: str) -> str:
    return quote_plus(value)


def groups_of(facets: Facets, query: CourseQuery, address: Address) -> list[Group]:
    """The panel from top to bottom; kinds without a choice are left out."""
    words = panel_words_now()
    fee = None if query.fee_fen_max is None else str(query.fee_fen_max)
    found = [
        _tree(words.place, words.everywhere, "place", facets.places, facets.place_above, address),
        _plain(words.distance, "km", facets.distances, _text(query.km_max), address, words.km),
        _tree(words.occupation, words.all, "occupation", facets.occupations,
              facets.occupation_above, address),
        Group(
            words.suits_me,
            (
                *_needs(facets.needs, query, address, words.needs),
                *_free_for_me(facets, query, address, words.free),
            ),
        ),
        _plain(words.level, "level", facets.levels, _text(query.level), address, words.levels),
        _plain(words.stars, "stars", facets.stars, _text(query.stars_least), address,
               words.star_steps),
        _plain(words.how, "mode", facets.modes, query.mode, address, words.modes),
        _plain(words.language, "language", facets.languages, query.language, address,
               words.languages),
        _plain(words.fee, "fee_max", facets.fees, fee, address, words.fees, _yuan),
    ]  # fmt: skip
    return [group for group in found if group.choices or group.above]


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _yuan(fen: str) -> str:
    return str(int(fen) // 100)


def _needs(
    values: Iterable[FacetValue], query: CourseQuery, address: Address, words: Mapping[str, str]
) -> Iterator[Choice]:
    counts = {value.value: value.count for value in values}
    for need in NEEDS:
        chosen = need in query.needs
        if chosen or counts.get(need):
            url = address.having(**{need: None}) if chosen else f"{address.up_to(need)}y"
            yield Choice(words[need], url, counts.get(need, 0), chosen)


def _free_for_me(
    facets: Facets, query: CourseQuery, address: Address, words: str
) -> Iterator[Choice]:
    """What the reader's voucher pays in full; without a number where counting would take long."""
    chosen = query.own_price_fen_max == 0
    if facets.has_own_prices and (chosen or facets.free != 0):
        yield Choice(words, address.having(own_max=None if chosen else "0"), facets.free, chosen)


def _plain(
    title: str,
    name: str,
    values: Sequence[FacetValue],
    chosen: str | None,
    address: Address,
    words: Mapping[str, str],
    in_address: Callable[[str], str] = str,
) -> Group:
    if not values:
        return Group(title, ())
    start, without = address.up_to(name), address.having(**{name: None})
    choices = tuple(
        Choice(words[value.value], without, value.count, is_chosen=True)
        if value.value == chosen
        else Choice(words[value.value], start + in_address(value.value), value.count)
        for value in values
    )
    return Group(title, choices)


def _tree(
    title: str,
    all_of_it: str,
    name: str,
    values: Sequence[FacetValue],
    above: Sequence[FacetValue],
    address: Address,
) -> Group:
    start = address.up_to(name)
    choices = tuple(
        Choice(value.name, start + _quoted(value.value), value.count) for value in values
    )
    if not above:
        return Group(title, choices)
    way = [Choice(all_of_it, address.having(**{name: None}))]
    way += [
        Choice(value.name, start + _quoted(value.value), value.count, number == len(above))
        for number, value in enumerate(above, start=1)
    ]
    return Group(title, choices, tuple(way))


def chips_of(query: CourseQuery, facets: Facets | None, address: Address) -> list[Choice]:
    """What narrows the search, each with the address that drops it."""
    words = panel_words_now()
    labels = _labels_of_trees(query, facets)
    if query.level is not None:
        labels["level"] = words.levels[str(query.level)]
    if query.stars_least is not None:
        labels["stars"] = words.star_steps[str(query.stars_least)]
    if query.mode is not None:
        labels["mode"] = words.modes[query.mode]
    if query.language is not None:
        labels["language"] = words.languages[query.language]
    labels |= _labels_of_limits(query)
    labels |= {need: words.needs[need] for need in NEEDS if need in query.needs}
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
    start = address.up_to("sort")
    return [
        Choice(words, start + sort.value, None, sort == query.sort)
        for sort, words in panel_words_now().sorts.items()
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
