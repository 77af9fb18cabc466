"""A course card answers five things: what, where and when, my price, how good, can I get in."""

from __future__ import annotations

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
    if institution and rating:
        institution = _with_rating(institution, rating)
    sprite = sprite_url()
    lines = [
        _line("building", institution, sprite),
        _line("place", place, sprite),
        _line("place", distance, sprite),
        _line("calendar", dates, sprite),
        _price(fee, own_share, choose_locale(), current_app.config["CURRENCY"]),
        _foot(seats, badge, sprite),
    ]
    heading = f'<h2><a href="{escape(url)}">{escape(title)}</a></h2>'
    body = "\n".join(filter(None, (heading, *lines)))
    return Markup(f'<article class="course-card">\n{body}\n</article>\n')  # noqa: S704  (escaped)


@lru_cache(maxsize=LINES_MAX, typed=True)  # text that is HTML already is not text that looks so
def _line(icon: str, words: str | None, _sprite: str) -> str:
    return f'<p class="course-line">{_with_icon(icon, words)}</p>' if words else ""


@lru_cache(maxsize=LINES_MAX)
def _with_rating(institution: str, rating: str) -> Markup:
    """Both in one line; where there is no room, the rating stands whole in the next."""
    return Markup('{} · <span class="text-nowrap">{}</span>').format(institution, rating)


@lru_cache(maxsize=500, typed=True)
def _foot(seats: str | None, badge: str | None, _sprite: str) -> str:
    if not (seats or badge):
        return ""
    free = f'<span class="course-line">{_with_icon("seat", seats)}</span>' if seats else ""
    return f'<p class="course-foot">{free}{escape(badge or "")}</p>'


def _with_icon(icon: str, words: str) -> str:
    return f"{draw_icon(icon)}<span>{escape(words)}</span>"


@lru_cache(maxsize=500, typed=True)
def _price(
    fee: Money | int | None, own_share: Money | int | None, _locale: str, _currency: str
) -> str:
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
