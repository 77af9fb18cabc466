"""Which language a page is in: chosen, else the browser's, else Chinese."""

from __future__ import annotations

from flask import has_request_context, request
from flask_login import current_user

LOCALES = {"zh_Hans_CN": "简体中文", "en": "English"}
DEFAULT_LOCALE = "zh_Hans_CN"
COOKIE = "lang"


def choose_locale() -> str:
    """The cookie of the visible switch wins; then the login's choice; then Accept-Language."""
    if not has_request_context():
        return "en"
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
