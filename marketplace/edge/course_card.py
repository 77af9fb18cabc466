"""A course card answers five things: what, where and when, my price, how good, can I get in."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from flask import current_app
from markupsafe import Markup, escape

from marketplace.edge.formats import money, sprite_url
from marketplace.edge.gettext import gettext as _
from marketplace.edge.language import choose_locale
from marketplace.edge.pieces import draw_icon
from marketplace.foundation.money import Money

LINES_MAX = 5_000
"""Lines of cards that are kept: many courses have the same institution, place or day."""


def draw_course_card(  # noqa: PLR0913  (one keyword a line of the card)
    title: str,
    url: str,
    *,
    institution: str | None = None,
    place: str | None = None,
    dates: str | None = None,
    fee: Money | int | None = None,
    own_share: Money | int | None = None,
    rating: str | None = None,
    seats: str | None = None,
    badge: str | None = None,
    distance: str | None = None,
) -> Markup:
    """`own_share` is what the reader pays after the voucher; None: no voucher considered."""
    sprite = sprite_url()
    lines = (
        institution_line(institution, rating, sprite),
        card_line("place", place, sprite),
        card_line("place", distance, sprite),
        card_line("calendar", dates, sprite),
        price_line(fee, own_share, choose_locale(), current_app.config["CURRENCY"]),
        foot_line(seats, badge, sprite),
    )
    return card_of_lines(title, url, lines)


def card_of_lines(title: str, url: str, lines: Iterable[str]) -> Markup:
    """A card of lines drawn before; empty ones are left out."""
    heading = f'<h2><a href="{escape(url)}">{escape(title)}</a></h2>'
    body = "\n".join(filter(None, (heading, *lines)))
    return Markup(f'<article class="course-card">\n{body}\n</article>\n')  # noqa: S704  (escaped)


@lru_cache(maxsize=LINES_MAX, typed=True)
def institution_line(institution: str | None, rating: str | None, sprite: str) -> str:
    """Whose it is, and how good they are."""
    if institution and rating:
        institution = _with_rating(institution, rating)
    return card_line("building", institution, sprite)


@lru_cache(maxsize=LINES_MAX, typed=True)  # text that is HTML already is not text that looks so
def card_line(icon: str, words: str | None, _sprite: str) -> str:
    """One line behind its icon; nothing where there is nothing to say."""
    return f'<p class="course-line">{_with_icon(icon, words)}</p>' if words else ""


def _with_rating(institution: str, rating: str) -> Markup:
    """Both in one line; where there is no room, the rating stands whole in the next."""
    return Markup('{} · <span class="text-nowrap">{}</span>').format(institution, rating)


@lru_cache(maxsize=500, typed=True)
def foot_line(seats: str | None, badge: str | None, _sprite: str) -> str:
    """Free places and whether one can get in."""
    if not (seats or badge):
        return ""
    free = f'<span class="course-line">{_with_icon("seat", seats)}</span>' if seats else ""
    return f'<p class="course-foot">{free}{escape(badge or "")}</p>'


def _with_icon(icon: str, words: str) -> str:
    return f"{draw_icon(icon)}<span>{escape(words)}</span>"


@lru_cache(maxsize=500, typed=True)
def price_line(
    fee: Money | int | None, own_share: Money | int | None, _locale: str, _currency: str
) -> str:
    """The fee, or what is left of it for the reader."""
    if fee is None:
        return ""
    strong, quiet = money(fee), _("fee without a voucher")
    if own_share is not None:
        nothing = not (own_share.fen if isinstance(own_share, Money) else own_share)
        strong = _("Nothing to pay") if nothing else money(own_share)
        quiet = (
            _("the voucher pays the fee of %(fee)s", fee=money(fee))
            if nothing
            else _("for you, of a fee of %(fee)s", fee=money(fee))
        )
    return (
        f'<p class="course-price"><strong>{escape(strong)}</strong>'
        f'<span class="quiet">{escape(quiet)}</span></p>'
    )
