"""Course cards as HTML, kept by everything they are made of: drawing eighteen of them is most of
the time of a search page, and the same courses are shown again and again."""

from __future__ import annotations

from functools import lru_cache

from flask import current_app, get_template_attribute

from marketplace.catalog.queries.search_cards import CourseCard
from marketplace.catalog.rules import MODE_WORDS
from marketplace.edge.language import choose_locale
from marketplace.foundation.money import Money
from marketplace.standing.queries.ratings import CurrentRating
from marketplace.web.visitors.blueprint import blueprint

CARDS_MAX = 5_000


def card_html(card: CourseCard, own_share: Money | None, rating: CurrentRating | None) -> str:
    """A card in the reader's language. Another value of any part is another card."""
    return _drawn(card, own_share, rating, choose_locale(), current_app.config["CURRENCY"])


@lru_cache(maxsize=CARDS_MAX)
def _drawn(
    card: CourseCard,
    own_share: Money | None,
    rating: CurrentRating | None,
    _locale: str,
    _currency: str,
) -> str:
    draw = get_template_attribute("visitors/_course_cards.html", "card_of")
    drawn: str = draw(card, own_share, rating, MODE_WORDS)  # already marked as HTML by its template
    return drawn


@blueprint.app_context_processor
def offer_cards() -> dict[str, object]:
    """Make `card_html` known to the templates."""
    return {"card_html": card_html}
