"""Which language a page is in: chosen, else the browser's, else Chinese."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import g, has_request_context, request
from flask_login import current_user

LOCALES = {"zh_Hans_CN": "简体中文", "en": "English"}
DEFAULT_LOCALE = "zh_Hans_CN"
COOKIE = "lang"
ARGUMENT = "lang"
_CHOSEN = "marketplace.locale"
OF_ARGUMENT = {"zh": "zh_Hans_CN", "en": "en"}
"""`?lang=en`: the address of one language of a page, for search engines and shared links."""


def choose_locale() -> str:
    """The address, if it names one; the visible switch; the login's choice; Accept-Language."""
    if not has_request_context():
        return "en"
    # A page asks dozens of times; the answer belongs to this request and to this reader.
    reader = g.get("_login_user")
    kept = request.environ.get(_CHOSEN)
    if kept is None or kept[0] is not reader:
        kept = request.environ[_CHOSEN] = (reader, _locale_of_request())
    return str(kept[1])


def _locale_of_request() -> str:
    if (asked := OF_ARGUMENT.get(request.args.get(ARGUMENT, ""))) is not None:
        return asked
    chosen = request.cookies.get(COOKIE)
    if chosen in LOCALES:
        return chosen
    if current_user and current_user.is_authenticated and current_user.locale in LOCALES:
        return str(current_user.locale)
    return locale_of_header()


def locale_of_header() -> str:
    """Accept-Language by hand: Babel does not bring `zh-CN` to our `zh_Hans_CN` folder."""
    for tag, _quality in request.accept_languages:
        if tag.lower().startswith("zh"):
            return "zh_Hans_CN"
        if tag.lower().startswith("en"):
            return "en"
    return DEFAULT_LOCALE


def html_lang() -> str:
    """The `lang` attribute of the page."""
    return "zh-CN" if choose_locale() == "zh_Hans_CN" else "en"


def without_language(path: str) -> str:
    """An address that no longer fixes the language: the reader has just chosen another."""
    parts = urlsplit(path)
    kept = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if name != ARGUMENT
    ]
    return parts._replace(query=urlencode(kept)).geturl()
