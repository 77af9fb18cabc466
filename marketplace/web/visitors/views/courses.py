"""Finding and reading courses: public, without a login."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import render_template, request

from marketplace.catalog.models import CourseRun
from marketplace.catalog.queries.course_runs import list_course_runs_of_course
from marketplace.catalog.queries.courses import find_public_course
from marketplace.catalog.queries.search import search_courses as find_courses
from marketplace.catalog.rules import (
    COURSE_RUN_STATE_WORDS,
    FEE_PART_WORDS,
    LEVEL_WORDS,
    MODE_WORDS,
    refusals_for_showing,
    refusals_for_taking_a_place,
)
from marketplace.edge.access import access, anyone
from marketplace.edge.outcomes import outcomes_of_course
from marketplace.foundation import clock
from marketplace.foundation.errors import NotFound, Refusal
from marketplace.foundation.paging import PageRequest
from marketplace.institutions.rules import STATE_WORDS
from marketplace.jurisdictions.queries import find_jurisdiction_by_code, list_jurisdictions_matching
from marketplace.standing.queries.ratings import find_current_rating, list_current_ratings_by_code
from marketplace.web.visitors.blueprint import blueprint
from marketplace.web.visitors.forms.courses import read_search_form
from marketplace.web.visitors.linked_data import course_linked_data
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


@blueprint.get("/courses/<code>")
@access(anyone)
def show_course(code: str) -> Answer:
    """One course: what, fee, where and when, whose, and whether one can get in.

    A course that was public and is not offered any more answers 410 with a page that says why; one
    that never was public is not there at all (404).
    """
    found = find_public_course(code)
    if found is None:
        raise NotFound("course")
    refusals = refusals_for_showing(found.facts)
    if refusals:
        return render_template("visitors/course_gone.html", found=found, refusals=refusals), 410
    runs = list_course_runs_of_course(found.course.id, from_on=clock.today())
    return render_template(
        "visitors/show_course.html",
        found=found,
        own_share=list_own_shares([found.course.id]).get(found.course.id),
        runs=[(run, _reasons_against(run)) for run in runs],
        run_words=COURSE_RUN_STATE_WORDS,
        mode_words=MODE_WORDS,
        level_words=LEVEL_WORDS,
        fee_words=FEE_PART_WORDS,
        institution_words=STATE_WORDS,
        linked_data=course_linked_data(found, runs),
        rating=find_current_rating(found.institution.id),
        outcomes_shown=outcomes_of_course(found.course, found.version),
    )


def _reasons_against(run: CourseRun) -> tuple[Refusal, ...]:
    return refusals_for_taking_a_place(
        run.state,
        enrollment_opens_on=run.enrollment_opens_on,
        enrollment_closes_on=run.enrollment_closes_on,
        today=clock.today(),
    )


def _url_for_page(number: int) -> str:
    return _url_with(page=number)


def _url_with(**changes: Any) -> str:
    """The present search with some of it changed; an empty value leaves it out."""
    kept = {**request.args.to_dict(), "page": None, **changes}
    # As query text: a keyword `_scheme` of `url_for` would let an address choose where links lead.
    return f"{request.path}?{urlencode({k: v for k, v in kept.items() if v})}"
