"""Translated sentences, looked up without a detour: a page says dozens of them.

Flask-Babel asks for the language and for its catalog anew with every sentence; here the catalog is
remembered beside the language in force, so that a change of it within a request still counts.
"""

from __future__ import annotations

from typing import Any

from babel import Locale
from flask import Flask, g
from flask_babel import Domain, get_domain, get_locale
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup


class RememberingDomain(Domain):  # type: ignore[misc]
    """The product's sentences; the catalog of a request's language is looked up once."""

    def get_translations(self) -> Any:
        """The catalog of the language in force."""
        known = _known()
        locale = known.get("babel_locale")
        if locale is not None and known.get("catalog_of") is locale:
            return known["catalog"]
        found = super().get_translations()
        kept = g.get("_flask_babel") if g else None
        if kept is not None:
            kept.catalog_of, kept.catalog = get_locale(), found
        return found


def locale_in_force() -> Locale | None:
    """The language of the page: Flask-Babel's, by the short way; none outside a request."""
    known: Locale | None = _known().get("babel_locale")
    return known or get_locale()


def _known() -> dict[str, Any]:
    """What Flask-Babel knows of this request so far."""
    try:
        # The object itself: each question to the proxy would be looked up anew.
        kept = g._get_current_object().get("_flask_babel")
    except RuntimeError:  # outside of any request
        return {}
    return kept.__dict__ if kept is not None else {}


def gettext(sentence: str, /, **variables: Any) -> str:
    """A sentence in the reader's language: Flask-Babel's, by the short way."""
    text: str = get_domain().get_translations().ugettext(sentence)
    return text % variables if variables else text


def register_gettext(app: Flask) -> None:
    """Put the short way under Flask-Babel and under the templates."""
    babel = app.extensions["babel"]
    domain = RememberingDomain(domain=babel.default_domain)
    babel.instance.domain_instance = domain

    @pass_eval_context
    def gettext(context: EvalContext, sentence: str, /, **variables: Any) -> str:
        catalog = domain.get_translations()
        if not variables and context.autoescape:
            return _plain(catalog, sentence)
        return _filled(context, catalog.ugettext(sentence), variables)

    @pass_eval_context
    def ngettext(context: EvalContext, one: str, many: str, num: int, /, **variables: Any) -> str:
        text = domain.get_translations().ungettext(one, many, num)
        return _filled(context, text, {"num": num, **variables})

    app.jinja_env.globals.update({"_": gettext, "gettext": gettext, "ngettext": ngettext})


def _plain(catalog: Any, sentence: str) -> Markup:
    """A sentence without values: the same in all pages of a language, so made once."""
    kept: dict[str, Markup] = catalog.__dict__.setdefault("plain_sentences", {})
    if sentence not in kept:
        kept[sentence] = Markup(catalog.ugettext(sentence)) % {}  # noqa: S704
    return kept[sentence]


def _filled(context: EvalContext, text: str, variables: dict[str, Any]) -> str:
    """With its values, which are escaped; the sentence itself is ours, as in Jinja's own way."""
    return (Markup(text) if context.autoescape else text) % variables  # noqa: S704
