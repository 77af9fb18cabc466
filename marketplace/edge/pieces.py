"""Small pieces that every page has by the dozen: icons, links of the navigation, form tokens.

As macros they were a third of the time of drawing a page (docs/decisions/0094). Templates import
them by the names they always had, from `components/`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import Flask, current_app, has_request_context, request, url_for
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape

from marketplace.edge.formats import sprite_url
from marketplace.edge.language import choose_locale
from marketplace.edge.phone_tables import table_for_phones


def draw_icon(name: str) -> Markup:
    """An icon of our own sprite; it always stands beside a word, so screen readers skip it."""
    return _icon(name, sprite_url())


@lru_cache(maxsize=500)
def _icon(name: str, sprite: str) -> Markup:
    return Markup(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>'
    ).format(sprite, name)


def csrf_input() -> Markup:
    """The token without which no form of ours is taken."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def state_mark(state: str, label: str, tone: str = "neutral") -> Markup:
    """A state as icon and word; tone: neutral, waiting, done, decision."""
    return _state_mark(state, label, tone, sprite_url())


@lru_cache(maxsize=500, typed=True)  # text that is HTML already is not text that looks so
def _state_mark(state: str, label: str, tone: str, sprite: str) -> Markup:
    icon = _icon(_TONES.get(tone, "dot"), sprite)
    return Markup('<span class="state state-{}" data-state="{}">{}{}</span>').format(
        tone, state, icon, label
    )


_TONES = {"waiting": "clock", "done": "check", "decision": "seal"}


def nav_item(url: str, label: str, icon: str | None = None, exact: bool = False) -> Markup:  # noqa: FBT001, FBT002
    """A link of the main navigation. The present page, or one below it, is marked."""
    path = request.path
    below = not exact and url != "/" and path.startswith(url.rstrip("/") + "/")
    drawn = draw_icon(icon) if icon else ""
    return _nav_item(url, label, drawn, is_here=path == url or below)


@lru_cache(maxsize=500, typed=True)
def _nav_item(url: str, label: str, drawn: str, *, is_here: bool) -> Markup:
    here = ' aria-current="page"' if is_here else ""
    return Markup(  # noqa: S704  (escaped here; the icon is HTML)
        f'<li class="nav-entry"><a class="nav-anchor" href="{escape(url)}"{here}>'
        f"{escape(drawn)}<span>{escape(label)}</span></a></li>"
    )


def kept_part(name: str) -> Markup:
    """A part of the layout, kept: only for parts that say the same to everybody who reads this
    path in this language."""
    return _kept_part(name, choose_locale(), request.script_root, request.path)


@lru_cache(maxsize=500)
def _kept_part(name: str, _locale: str, _root: str, _path: str) -> Markup:
    return Markup(current_app.jinja_env.get_template(name).render())  # noqa: S704  (a template)


def css_links() -> Markup:
    """The links to the style sheets of the framework; the same on every page."""
    return _css_links(request.script_root)


@lru_cache(maxsize=20)
def _css_links(_root: str) -> Markup:
    bootstrap: Any = current_app.extensions["bootstrap"]
    return Markup(bootstrap.load_css())  # noqa: S704  (its own links)


def address_of(endpoint: str, **values: Any) -> str:
    """`url_for` of the templates; an address without a variable part is worked out once."""
    if values or endpoint.startswith(".") or not has_request_context():
        return url_for(endpoint, **values)
    return _plain_address(endpoint, request.script_root)


@lru_cache(maxsize=1_000)
def _plain_address(endpoint: str, _root: str) -> str:
    return url_for(endpoint)


def register_pieces(app: Flask) -> None:
    """Make the pieces known to the templates."""
    app.jinja_env.globals.update(
        draw_icon=draw_icon,
        draw_nav_item=nav_item,
        draw_state_badge=state_mark,
        csrf_input=csrf_input,
        css_links=css_links,
        kept_part=kept_part,
        table_for_phones=table_for_phones,
        url_for=address_of,
    )
