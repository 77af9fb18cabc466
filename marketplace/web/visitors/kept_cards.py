"""Course cards as HTML, kept by everything they are made of: drawing eighteen of them is most of
the time of a search page, and the same courses are shown again and again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from flask import current_app, get_template_attribute
from flask_babel import gettext as _
from markupsafe import Markup, escape

from marketplace.catalog.queries.search_cards import CourseCard
from marketplace.catalog.rules import MODE_WORDS
from marketplace.edge.language import choose_locale
from marketplace.edge.pieces import draw_icon
from marketplace.foundation.money import Money
from marketplace.web.visitors.blueprint import blueprint
from marketplace.web.visitors.comparing import here_with_compared

CARDS_MAX = 5_000


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
def _drawn(card: CourseCard, own_share: Money | None, _locale: str, _currency: str) -> str:
    draw = get_template_attribute("visitors/_course_cards.html", "card_of")
    drawn: str = draw(card, own_share, MODE_WORDS)  # already marked as HTML by its template
    return drawn
