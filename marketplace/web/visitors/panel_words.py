"""What the choices of the search page are called, in the reader's language: looked up once a
language, because every page of results shows all of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from flask import current_app
from flask_babel import gettext as _

from marketplace.catalog.course_features import LANGUAGE_WORDS
from marketplace.catalog.distances import STEPS_KM
from marketplace.catalog.queries.search import CourseSort
from marketplace.catalog.queries.search_facets import FEE_STEPS_FEN
from marketplace.catalog.rules import LEVEL_WORDS, MODE_WORDS
from marketplace.catalog.search_terms import STARS_LEAST
from marketplace.edge.formats import money, sentence
from marketplace.edge.language import choose_locale
from marketplace.foundation.errors import N_

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


@dataclass(frozen=True, slots=True)
class PanelWords:
    """Headings, and the words of the choices below each, by their value."""

    place: str
    everywhere: str
    distance: str
    km: dict[str, str]
    occupation: str
    all: str
    suits_me: str
    needs: dict[str, str]
    free: str
    level: str
    levels: dict[str, str]
    stars: str
    star_steps: dict[str, str]
    how: str
    modes: dict[str, str]
    language: str
    languages: dict[str, str]
    fee: str
    fees: dict[str, str]
    """By the fee in fen."""
    sorts: dict[CourseSort, str]


def panel_words_now() -> PanelWords:
    """Those of the reader of this request."""
    return _panel_words(choose_locale(), current_app.config["CURRENCY"])


@lru_cache(maxsize=8)
def _panel_words(_locale: str, _currency: str) -> PanelWords:
    return PanelWords(
        place=_("Place"),
        everywhere=_("Everywhere"),
        distance=_("Distance"),
        km={str(km): _("up to %(km)s km", km=km) for km in STEPS_KM},
        occupation=_("Occupation"),
        all=_("All"),
        suits_me=_("Suits me"),
        needs={need: sentence(words) for need, words in NEED_WORDS.items()},
        free=_("Nothing to pay with my voucher"),
        level=_("Level"),
        levels={str(level): sentence(words) for level, words in LEVEL_WORDS.items()},
        stars=_("Stars of the institution"),
        star_steps={str(n): _("%(stars)s stars or more", stars=n) for n in STARS_LEAST},
        how=_("How"),
        modes={mode.value: sentence(words) for mode, words in MODE_WORDS.items()},
        language=_("Language"),
        languages={code: sentence(words) for code, words in LANGUAGE_WORDS.items()},
        fee=_("Fee"),
        fees={
            str(fen): _("up to %(fee)s", fee=money(fen)) if fen else _("free of charge")
            for fen in FEE_STEPS_FEN
        },
        sorts={sort: sentence(words) for sort, words in SORT_WORDS.items()},
    )
