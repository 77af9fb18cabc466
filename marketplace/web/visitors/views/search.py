"""Finding courses, institutions and occupations with one search box: public, without a login."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import make_response, render_template, request
from werkzeug.wrappers import Response

from marketplace.catalog.distances import STEPS_KM
from marketplace.catalog.queries.institution_search import InstitutionResults, search_institutions
from marketplace.catalog.queries.occupation_search import OccupationResults, search_occupations
from marketplace.catalog.queries.search import (
    CourseQuery,
    CourseResults,
    count_courses_of_occupations,
    find_offered_place,
)
from marketplace.catalog.queries.search import search_courses as find_courses
from marketplace.catalog.queries.search_distance import find_origin, known_origins
from marketplace.catalog.queries.search_rows import InstitutionRow, OccupationRow
from marketplace.catalog.queries.search_snapshot import present_snapshot
from marketplace.edge.access import access, anyone
from marketplace.edge.paging import asked_page
from marketplace.foundation.paging import Page, PageRequest
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.jurisdictions.queries import find_jurisdiction_by_code, list_jurisdictions_matching
from marketplace.web.visitors import kept_cards  # noqa: F401  (what the templates draw with)
from marketplace.web.visitors.blueprint import blueprint
from marketplace.web.visitors.filter_panel import (
    Address,
    chips_of,
    groups_of,
    sorts_of,
    ways_on_of,
)
from marketplace.web.visitors.forms.courses import SearchCoursesForm, read_search_form
from marketplace.web.visitors.nearby import own_origins
from marketplace.web.visitors.prices import has_own_prices, list_own_shares, list_own_shares_fen

CARDS_PER_PAGE = 18
NAMES_PER_PAGE = 30
BESIDE = 3
"""Occupations and institutions shown above the courses."""
FORM_FIELDS = ("q", "place", "fee_max", "own_max", "first", "last", "near", "km")


@dataclass(frozen=True, slots=True)
class _Place:
    """What was meant by a place typed or chosen."""

    term: str | None = None
    others: Sequence[Jurisdiction] = ()
    is_unknown: bool = False


@blueprint.get("/courses")
@access(anyone)
def search_courses() -> str | Response:
    """The public catalog: words, filters, order and page are all in the address."""
    form = read_search_form()
    what = request.args.get("what", "")
    text = "" if not form.q.validate(form) else form.q.data or ""
    if what == "occupations":
        return _show_occupations(form, text)
    if what == "institutions":
        return _show_institutions(form, text)
    response = make_response(_show_courses(form, text))
    # The one page that may ask for the reader's position: on a press of a button, and their
    # browser asks them first.
    response.headers["Permissions-Policy"] = "camera=(), geolocation=(self), microphone=()"
    return response


def _show_courses(form: SearchCoursesForm, text: str) -> str:
    own = has_own_prices()
    page = asked_page(size=CARDS_PER_PAGE)
    with present_snapshot() as snapshot:  # one look for all of it
        place = _place_of(form)
        origins = known_origins(snapshot)
        near = find_origin(snapshot, form.near.data or "") if origins else None
        query = form.to_query(place.term, near=near, with_own_price=own)
        results = find_courses(
            query, page, own_shares=list_own_shares_fen if own else None, with_facets=True
        )
        occupations = search_occupations(text, limit=BESIDE) if text else OccupationResults(0, ())
        counts = count_courses_of_occupations([row.code for row in occupations.items])
        institutions = search_institutions(text, limit=BESIDE)
    return render_template(
        "visitors/search_courses.html",
        form=form,
        place=place,
        near=near,
        steps_km=STEPS_KM,
        origins=[*own_origins(snapshot), *origins] if origins else [],
        results=results,
        occupations=occupations,
        occupation_counts=counts,
        institutions=institutions,
        shares=list_own_shares([card.course_id for card in results.page.items]),
        own_prices=own,
        **_panel(form, query, results, own=own),
    )


def _panel(
    form: SearchCoursesForm, query: CourseQuery, results: CourseResults, *, own: bool
) -> dict[str, object]:
    address = Address()
    chips = chips_of(query, results.facets, address)
    return {
        "address": address,
        "chips": chips,
        "groups": groups_of(results.facets, query, address) if results.facets else [],
        "sorts": sorts_of(query, address, with_own_price=own),
        "ways_on": ways_on_of(results.ways_on, chips, address),
        "hidden": address.hidden(*FORM_FIELDS),
        "url_for_page": lambda number: address.having(page=number),
    }


def _show_occupations(form: SearchCoursesForm, text: str) -> str:
    wanted = asked_page(size=NAMES_PER_PAGE)
    found = search_occupations(text, skip=wanted.offset, limit=wanted.limit)
    page: Page[OccupationRow] = Page(found.items, found.total, wanted.number, wanted.limit)
    return _show_names(
        "visitors/search_occupations.html",
        form,
        text,
        page=page,
        found=found,
        counts=count_courses_of_occupations([row.code for row in found.items]),
    )


def _show_institutions(form: SearchCoursesForm, text: str) -> str:
    wanted = asked_page(size=NAMES_PER_PAGE)
    found = search_institutions(text, skip=wanted.offset, limit=wanted.limit)
    page: Page[InstitutionRow] = Page(found.items, found.total, wanted.number, wanted.limit)
    return _show_names("visitors/search_institutions.html", form, text, page=page)


def _show_names(template: str, form: SearchCoursesForm, text: str, **values: object) -> str:
    address = Address()
    return render_template(
        template,
        form=form,
        text=text,
        address=address,
        totals=_totals(text),
        url_for_page=lambda number: address.having(page=number),
        **values,
    )


def _totals(text: str) -> dict[str, int]:
    """How many of each kind the words find."""
    courses = find_courses(CourseQuery(text), PageRequest(1, 1)).page.total
    found: OccupationResults = search_occupations(text, limit=0)
    named: InstitutionResults = search_institutions(text, limit=0)
    return {"courses": courses, "occupations": found.total, "institutions": named.total}


def _place_of(form: SearchCoursesForm) -> _Place:
    typed = (form.place.data or "").strip()
    if not typed or not form.place.validate(form):
        return _Place()
    if offered := find_offered_place(typed):
        return _Place(offered)
    if found := find_jurisdiction_by_code(typed):
        return _Place(found.code)
    found_places = list_jurisdictions_matching(typed, limit=6)
    if not found_places:
        return _Place(is_unknown=True)
    return _Place(found_places[0].code, found_places[1:])
