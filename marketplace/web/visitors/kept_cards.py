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
from marketplace.edge.course_card import (
    card_line,
    card_of_lines,
    foot_line,
    institution_line,
    price_line,
)
from marketplace.edge.formats import day, distance, sentence, sprite_url
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
def _drawn(card: CourseCard, own_share: Money | None, locale: str, currency: str) -> str:
    """Made of lines that many courses share; icons and language are asked for once a card."""
    sprite = sprite_url()
    lines = (
        _whose(card.institution_name, card.stars_hundredths, locale, sprite, card.is_rated),
        _where(card.place, card.mode, card.hours, locale, sprite),
        "" if card.distance_m is None else card_line("place", _distance(card.distance_m), sprite),
        _when(
            card.next_run_starts_on if card.next_run_id else None,
            card.next_run_opens_on,
            card.full_run_starts_on,
            locale,
            sprite,
        ),
        price_line(card.fee, own_share, locale, currency),
        _can_i_get_in(
            card.next_run_seats_left if card.next_run_id else None,
            card.next_run_opens_on is not None,
            card.full_run_starts_on is not None,
            locale,
            sprite,
        ),
    )
    return card_of_lines(card.title, _address_of_courses(request.script_root) + card.code, lines)


@lru_cache(maxsize=20)
def _address_of_courses(_root: str) -> str:
    return url_for("visitors.show_course", code="-").removesuffix("-")


@lru_cache(maxsize=WORDS_MAX)
def _whose(
    institution: str,
    stars_hundredths: int | None,
    _locale: str,
    sprite: str,
    is_rated: bool,  # noqa: FBT001  (asked for once a card: keywords cost)
) -> str:
    if not is_rated:
        rating = _("No ratings yet")
    elif stars_hundredths is None:
        rating = _("Not enough data for stars")
    else:
        rating = _("%(stars)s of 5 stars", stars=f"{stars_hundredths / 100:.1f}")
    return institution_line(institution, rating, sprite)


@lru_cache(maxsize=WORDS_MAX)
def _where(
    place: str | None, mode: CourseMode, hours: int | None, _locale: str, sprite: str
) -> str:
    lasts = _("%(hours)s hours", hours=hours) if hours else None
    words = " · ".join(filter(None, (place, sentence(MODE_WORDS[mode]), lasts)))
    return card_line("place", words, sprite)


@lru_cache(maxsize=WORDS_MAX)
def _when(
    begins: date | None, opens: date | None, full_from: date | None, _locale: str, sprite: str
) -> str:
    if begins:
        words = _("Next class from %(day)s", day=day(begins))
    elif opens:
        words = _("Enrollment for the next class opens on %(day)s", day=day(opens))
    elif full_from:
        words = _("The class from %(day)s is full", day=day(full_from))
    else:
        words = _("No date yet")
    return card_line("calendar", words, sprite)


def _distance(metres: int) -> str:
    return _("Nearest place: %(distance)s away", distance=distance(metres))


@lru_cache(maxsize=WORDS_MAX)
def _can_i_get_in(
    seats: int | None,
    is_planned: bool,  # noqa: FBT001
    is_full: bool,  # noqa: FBT001
    _locale: str,
    sprite: str,
) -> str:
    if seats is not None:
        left = _("%(count)s places left", count=seats)
        return foot_line(left, state_mark("open", _("Open for enrollment"), "done"), sprite)
    if is_full:
        return foot_line(None, state_mark("full", _("Full at present"), "waiting"), sprite)
    if is_planned:
        return foot_line(None, state_mark("planned", _("Not open yet")), sprite)
    return foot_line(None, state_mark("none", _("No class open now")), sprite)
