"""Finding and reading courses: public, without a login."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import render_template, request

from marketplace.catalog.queries.search import search_courses as find_courses
from marketplace.catalog.rules import (
    LEVEL_WORDS,
    MODE_WORDS,
)
from marketplace.edge.access import access, anyone
from marketplace.foundation.paging import PageRequest
from marketplace.jurisdictions.queries import find_jurisdiction_by_code, list_jurisdictions_matching
from marketplace.standing.queries.ratings import list_current_ratings_by_code
from marketplace.web.visitors.blueprint import blueprint
from marketplace.web.visitors.forms.courses import read_search_form
from marketplace.web.visitors.prices import list_own_shares

CARDS_PER_PAGE = 18
Answer = str | tuple[str, int]


@blueprint.get("/courses")
@access(anyone)
def search_courses() -> str:
    """The public catalog: words, filters, order and page are all in the address."""
    form = read_search_form()
    typed = form.place.data or ""
    places = list_jurisdictions_matching(typed, limit=6) if not form.place.errors else []
    place = find_jurisdiction_by_code(typed.strip()) or next(iter(places), None)
    page = PageRequest(request.args.get("page", 1, int), CARDS_PER_PAGE)
    results = find_courses(form.to_query(place), page)
    return render_template(
        "visitors/search_courses.html",
        form=form,
        place=place,
        other_places=[other for other in places if place is None or other.id != place.id],
        place_unknown=bool(typed.strip()) and place is None,
        results=results,
        shares=list_own_shares([card.course_id for card in results.page.items]),
        ratings=list_current_ratings_by_code(card.institution_code for card in results.page.items),
        mode_words=MODE_WORDS,
        level_words=LEVEL_WORDS,
        url_for_page=_url_for_page,
        url_with=_url_with,
    )


def _url_for_page(number: int) -> str:
    return _url_with(page=number)


def _url_with(**changes: Any) -> str:
    """The present search with some of it changed; an empty value leaves it out."""
    kept = {**request.args.to_dict(), "page": None, **changes}
    # As query text: a keyword `_scheme` of `url_for` would let an address choose where links lead.
    return f"{request.path}?{urlencode({k: v for k, v in kept.items() if v})}"
