"""Finding and reading institutions: public, without a login."""

from __future__ import annotations

from flask import render_template, request, url_for

from marketplace.catalog.queries.occupations import list_occupation_titles
from marketplace.catalog.queries.search import CourseQuery, search_courses
from marketplace.catalog.rules import LEVEL_WORDS, MODE_WORDS
from marketplace.edge.access import access, anyone
from marketplace.edge.outcomes import outcomes_of_institution
from marketplace.foundation import clock
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import PageRequest
from marketplace.foundation.text import tidy
from marketplace.institutions.queries import (
    find_public_institution,
    list_periods_in_force,
    list_public_institutions,
)
from marketplace.institutions.rules import STATE_WORDS
from marketplace.institutions.states import InstitutionState
from marketplace.standing.labels import KIND_LABELS
from marketplace.standing.queries.ratings import find_current_rating
from marketplace.standing.queries.records import list_public_facts
from marketplace.web.visitors.blueprint import blueprint
from marketplace.web.visitors.prices import list_own_shares

CARDS_PER_PAGE = 18


@blueprint.get("/institutions")
@access(anyone)
def list_institutions() -> str:
    """Accredited institutions, by name or city."""
    asked = tidy(request.args.get("q", ""))[:100]
    page = list_public_institutions(asked, PageRequest(request.args.get("page", 1, int), 30))
    return render_template(
        "visitors/list_institutions.html",
        asked=asked,
        page=page,
        url_for_page=lambda number: url_for(
            "visitors.list_institutions", q=asked or None, page=number
        ),
    )


@blueprint.get("/institutions/<code>")
@access(anyone)
def show_institution(code: str) -> str:
    """One institution: state, what it may teach, what it offers now."""
    institution = find_public_institution(code)
    if institution is None:
        raise NotFound("institution")
    wanted = CourseQuery(institution_id=institution.id)
    page = PageRequest(request.args.get("page", 1, int), CARDS_PER_PAGE)
    results = search_courses(wanted, page)
    accreditations = list_periods_in_force(institution.id)
    return render_template(
        "visitors/show_institution.html",
        institution=institution,
        in_standing=institution.state == InstitutionState.ACCREDITED,
        state_words=STATE_WORDS,
        accreditations=accreditations,
        occupation_titles=list_occupation_titles(row.occupation_code for row in accreditations),
        website=_safe_website(institution.website),
        rating=find_current_rating(institution.id),
        records=list_public_facts(institution.id, on=clock.today()),
        kind_labels=KIND_LABELS,
        outcomes_shown=outcomes_of_institution(institution.id),
        results=results,
        shares=list_own_shares([card.course_id for card in results.page.items]),
        mode_words=MODE_WORDS,
        level_words=LEVEL_WORDS,
        url_for_page=lambda number: url_for("visitors.show_institution", code=code, page=number),
    )


def _safe_website(website: str | None) -> str | None:
    """Sources hold all kinds of addresses; only web addresses become links."""
    address = (website or "").strip()
    if not address or " " in address:
        return None
    if address.lower().startswith(("http://", "https://")):
        return address
    return None if ":" in address else f"http://{address}"
