"""Course cards as HTML, kept by everything they are made of: drawing eighteen of them is most of
the time of a search page, and the same courses are shown again and again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache

from flask import current_app, request, url_for
from markupsafe import Markup, escape

from marketplace.catalog.queries.search_cards import CourseCard
from marketplace.catalog.rules import MODE_WORDS
from marketplace.catalog.states import CourseMode
from marketplace.edge.course_card import draw_course_card
from marketplace.edge.formats import day, distance, sentence
from marketplace.edge.gettext import gettext as _
from marketplace.edge.language import choose_locale
from marketplace.edge.pieces import draw_icon, state_mark
from marketplace.foundation.money import Money
from marketplace.web.visitors.blueprint import blueprint
from marketplace.web.visitors.comparing import here_with_compared

CARDS_MAX = 5_000
WORDS_MAX = 2_000
"""Lines that many cards share."""


@blueprint.app_template_global()
def card_html(card: CourseCard, own_share: Money | None) -> str:
    """A card in the reader's language. Another value of any part is another card."""
    return _drawn(card, own_share, choose_locale(), current_app.config["CURRENCY"])


@blueprint.app_template_global()
def cards_to_compare(cards: Sequence[CourseCard], shares: Mapping[int, Money]) -> Markup:
    """The cards of a list, each with a link that begins a comparison with it."""
    locale, currency = choose_locale(), current_app.config["CURRENCY"]
    address = escape(here_with_compared([""]))
    words = draw_icon("add") + _("Compare")
    lines = "\n".join(
        f"<li>{_drawn(card, shares.get(card.course_id), locale, currency)}"
        f'<p class="compare-control no-print" role="group" aria-label="{escape(card.title)}">'
        f'<a rel="nofollow" href="{address}{escape(card.code)}">{words}</a></p></li>'
        for card in cards
    )
    return Markup(lines)  # noqa: S704  (escaped above)


@lru_cache(maxsize=CARDS_MAX)
def _drawn(card: CourseCard, own_share: Money | None, locale: str, _currency: str) -> str:
    seats = _("%(count)s places left", count=card.next_run_seats_left) if card.next_run_id else None
    return draw_course_card(
        card.title,
        _address_of_courses(request.script_root) + card.code,
        institution=card.institution_name,
        place=_where(card.place, card.mode, card.hours, locale),
        dates=_when(
            card.next_run_starts_on if card.next_run_id else None,
            card.next_run_opens_on,
            card.full_run_starts_on,
            locale,
        ),
        fee=card.fee,
        distance=None if card.distance_m is None else _distance(card.distance_m),
        own_share=own_share,
        rating=_rating(card.stars_hundredths, locale, is_rated=card.is_rated),
        seats=seats,
        badge=_badge(card),
    )


@lru_cache(maxsize=20)
def _address_of_courses(_root: str) -> str:
    return url_for("visitors.show_course", code="-").removesuffix("-")


@lru_cache(maxsize=WORDS_MAX)
def _where(place: str | None, mode: CourseMode, hours: int | None, _locale: str) -> str:
    lasts = _("%(hours)s hours", hours=hours) if hours else None
    return " · ".join(filter(None, (place, sentence(MODE_WORDS[mode]), lasts)))


@lru_cache(maxsize=WORDS_MAX)
def _when(begins: date | None, opens: date | None, full_from: date | None, _locale: str) -> str:
    if begins:
        return _("Next class from %(day)s", day=day(begins))
    if opens:
        return _("Enrollment for the next class opens on %(day)s", day=day(opens))
    if full_from:
        return _("The class from %(day)s is full", day=day(full_from))
    return _("No date yet")


def _distance(metres: int) -> str:
    return _("Nearest place: %(distance)s away", distance=distance(metres))


@lru_cache(maxsize=WORDS_MAX)
def _rating(stars_hundredths: int | None, _locale: str, *, is_rated: bool) -> str:
    if not is_rated:
        return _("No ratings yet")
    if stars_hundredths is None:
        return _("Not enough data for stars")
    return _("%(stars)s of 5 stars", stars=f"{stars_hundredths / 100:.1f}")


def _badge(card: CourseCard) -> str:
    if card.next_run_id:
        return state_mark("open", _("Open for enrollment"), "done")
    if card.full_run_starts_on:
        return state_mark("full", _("Full at present"), "waiting")
    if card.next_run_opens_on:
        return state_mark("planned", _("Not open yet"))
    return state_mark("none", _("No class open now"))
