"""Money, dates and names in the reader's form: formatted in templates, nowhere else."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel import Locale
from babel.numbers import get_currency_name
from babel.units import format_unit
from flask import Flask, current_app, g, has_request_context, request, url_for
from flask_babel import format_currency, format_decimal, format_percent, gettext
from flask_babel import format_date as babel_date
from flask_babel import format_datetime as babel_datetime
from flask_babel import gettext as _

from marketplace.edge.audience import audience, has_endpoint, start_path
from marketplace.edge.bank_words import bank_words
from marketplace.edge.display import large_print
from marketplace.edge.gettext import locale_in_force
from marketplace.edge.language import LOCALES, choose_locale, html_lang
from marketplace.edge.paging import page_url
from marketplace.edge.signers import signer
from marketplace.foundation import clock
from marketplace.foundation.money import Money

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def money(amount: Money | int | None, currency: str | None = None) -> str:
    """`¥1,234.50`; an empty amount is a dash, never 0."""
    if amount is None:
        return "–"
    if isinstance(amount, int):
        amount = Money(amount, currency or current_app.config["CURRENCY"])
    return _money(amount.fen, amount.currency, current_app.config["CURRENCY"], locale_in_force())


# Babel reads its pattern anew with every figure, a tenth of a millisecond; pages repeat themselves.
@lru_cache(maxsize=20_000)
def _money(fen: int, currency: str, own: str, _locale: Locale | None) -> str:
    text = str(format_currency(Decimal(fen) / 100, currency))
    # English writes CN¥ to tell it from the yen; here every ¥ is the deployment's own.
    return text.replace("CN¥", "¥") if own == "CNY" else text


def figures(amount: Money | int | None) -> str:
    """`1,234.50` without its currency, for columns whose head names it once."""
    if amount is None:
        return "–"
    fen = amount if isinstance(amount, int) else amount.fen
    return _figures(fen, locale_in_force())


@lru_cache(maxsize=20_000)
def _figures(fen: int, _locale: Locale | None) -> str:
    return str(format_decimal(Decimal(fen) / 100, "#,##0.00"))


def percent(value: float | None) -> str:
    """`83 %` as the reader writes it; a missing share is a dash, never 0."""
    return "–" if value is None else _percent(value, locale_in_force())


@lru_cache(maxsize=20_000)
def _percent(value: float, _locale: Locale | None) -> str:
    return str(format_percent(value))


def currency_name(currency: str | None = None) -> str:
    """`元` / `CNY`, for the head of a column."""
    code = currency or current_app.config["CURRENCY"]
    if code == "CNY":
        return "元" if str(locale_in_force()).startswith("zh") else "CNY"
    return str(get_currency_name(code, locale=locale_in_force()))


def distance(metres: int) -> str:
    """`3.2 km` / `3.2公里`; from ten kilometres on in whole ones."""
    kilometres = round(metres / 1_000, 1 if metres < 10_000 else None)
    return str(format_unit(kilometres, "kilometer", length="short", locale=locale_in_force()))


def day(value: date | datetime | None) -> str:
    """`2026年3月12日` / `12 Mar 2026`."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        value = clock.local_date(value)
    return _day(value, locale_in_force())


def iso_day(text: str) -> date:
    """A day as JSON keeps it, for `| day`."""
    return date.fromisoformat(text)


@lru_cache(maxsize=10_000)
def _day(value: date, locale: Locale | None) -> str:
    pattern = "y年M月d日" if str(locale).startswith("zh") else "d MMM y"
    return str(babel_date(value, pattern))


def weekday(value: date) -> str:
    """`Tue` / `周二`."""
    return _weekday(value.isoweekday(), locale_in_force())


@lru_cache(maxsize=100)
def _weekday(number: int, _locale: Locale | None) -> str:
    return str(babel_date(date.fromisocalendar(2026, 1, number), "EEE"))


def month(code: str) -> str:
    """`2026-11` as the reader names the month; what is no such code stays as it is."""
    if not _MONTH.fullmatch(code):
        return code
    pattern = "y年M月" if str(locale_in_force()).startswith("zh") else "MMMM y"
    return str(babel_date(date(int(code[:4]), int(code[5:]), 1), pattern))


def moment(value: datetime | None) -> str:
    """A date with its time in the deployment's zone."""
    if value is None:
        return "–"
    pattern = "y年M月d日 HH:mm" if str(locale_in_force()).startswith("zh") else "d MMM y, HH:mm"
    return str(babel_datetime(value, pattern))


def localized(texts: dict[str, str] | None) -> str:
    """Pick the reader's language from `{"zh": ..., "en": ...}`."""
    if not texts:
        return ""
    wanted = "zh" if choose_locale().startswith("zh") else "en"
    return texts.get(wanted) or next(iter(texts.values()))


def sentence(text: str, params: dict[str, Any] | None = None) -> str:
    """Translate a sentence defined in a domain room and put its values in the reader's form."""
    translated: str = gettext(text)
    if "%" not in text:  # a plain word, whose translation may write a percent sign
        return translated
    return translated % {name: in_words(value) for name, value in (params or {}).items()}


def in_words(value: Any) -> str:
    """A parameter of a sentence: money, dates and bilingual names as the reader writes them."""
    if isinstance(value, Money):
        return money(value)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, dict):
        return localized(value)
    if isinstance(value, tuple):
        return str(_(", ")).join(in_words(part) for part in value)
    return gettext(value) if isinstance(value, str) and value else str(value)


def _in_the_words_of_banks(code: str | None) -> str:
    words = bank_words(code or "")
    return sentence(words) if words else ""


def sprite_url() -> str:
    """Where the icons are."""
    return static_url("img/icons.svg")


def static_url(filename: str) -> str:
    """The address of a file of ours. Pages name dozens, so each is worked out once."""
    return _static_url(filename, request.script_root if has_request_context() else "")


@lru_cache(maxsize=200)
def _static_url(filename: str, _root: str) -> str:
    return url_for("static", filename=filename)


def register_formats(app: Flask) -> None:
    """Make the formats known to templates."""
    app.jinja_env.filters.update(
        money=money,
        figures=figures,
        percent=percent,
        day=day,
        iso_day=iso_day,
        month=month,
        weekday=weekday,
        bank_words=_in_the_words_of_banks,
        distance=distance,
        moment=moment,
        localized=localized,
        in_words=in_words,
        signer=signer,
    )
    app.jinja_env.globals.update(
        sentence=sentence,
        sprite_url=sprite_url,
        static_url=static_url,
        page_url=page_url,
        html_lang=html_lang,
        locales=LOCALES,
        choose_locale=choose_locale,
        large_print=large_print,
        audience=audience,
        start_path=start_path,
        has_endpoint=has_endpoint,
        currency_name=currency_name,
    )
    app.context_processor(lambda: {"nonce": g.get("nonce", ""), "today": clock.today()})
