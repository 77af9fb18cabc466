"""What an address asks for: a page of a list, the days of a filter."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from flask import request

from marketplace.foundation.paging import PAGE_SIZE, PageRequest
from marketplace.foundation.text import day_from_text, is_number


def asked_page(*, size: int = PAGE_SIZE) -> PageRequest:
    """`?page=3`; anything that is not a page number is the first page."""
    text = request.args.get("page", "1")
    number = int(text) if is_number(text, digits_max=6) else 1
    return PageRequest(number, size)


def page_url(number: int) -> str:
    """The present address with another page number; filters stay as they are."""
    return f"{request.path}?{urlencode({**request.args, 'page': number})}"


def asked_day(name: str) -> date | None:
    """A date of a filter; what is not a date filters nothing."""
    return day_from_text(request.args.get(name, ""))
