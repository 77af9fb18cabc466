"""Standing and accreditation of institutions, for the officers of their place."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.audit.models import AuditEvent
from marketplace.audit.queries import list_events_of
from marketplace.catalog.queries.occupations import (
    find_occupation_by_code,
    list_occupation_titles,
)
from marketplace.catalog.rules import LEVEL_WORDS
from marketplace.edge import trail
from marketplace.edge.access import access, officer
from marketplace.edge.officers import officer_paths
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.paging import PageRequest
from marketplace.foundation.text import tidy
from marketplace.institutions.models import Institution
from marketplace.institutions.operations.accreditation import accredit_institution as accredit
from marketplace.institutions.queries import (
    find_institution_in,
    list_accreditations,
    list_institutions_in,
)
from marketplace.institutions.rules import (
    ACCREDITATION_STATE_WORDS,
    STATE_WORDS,
)
from marketplace.teaching.queries import list_site_names
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.forms.reviews import AccreditInstitutionForm

Answer = str | Response | tuple[str, int]

EVENTS_SHOWN = 20
OWN_REGISTERS = ("room.", "site.", "trainer.")
"""What an institution enters by itself: decided by nobody."""


@blueprint.get("/institutions")
@access(officer)
def list_institutions() -> str:
    """Institutions of the officer's places, in any state."""
    asked = tidy(request.args.get("q", ""))[:100]
    page = list_institutions_in(
        officer_paths(), asked, PageRequest(request.args.get("page", 1, int), 50)
    )
    return render_template(
        "fund_managers/list_institutions.html",
        asked=asked,
        page=page,
        state_words=STATE_WORDS,
        url_for_page=lambda n: url_for("fund_managers.list_institutions", q=asked or None, page=n),
    )


@blueprint.get("/institutions/<code>")
@access(officer)
def show_institution(code: str) -> str:
    """One institution: standing, accreditation, what was decided."""
    return _page(_institution_here(code), AccreditInstitutionForm())


@blueprint.post("/institutions/<code>/accredit")
@access(officer)
def accredit_institution(code: str) -> Answer:
    """Grant an occupation and level for a period."""
    institution = _institution_here(code)
    form = AccreditInstitutionForm()
    valid = form.validate_on_submit()
    if form.occupation_code.data and find_occupation_by_code(form.occupation_code.data) is None:
        message = _("No occupation has this code.")
        form.occupation_code.errors = [*form.occupation_code.errors, message]
        valid = False
    if not valid:
        return _page(institution, form), 422
    try:
        with write_transaction():
            accredit(
                institution.id,
                occupation_code=form.occupation_code.data or None,
                level=int(form.level.data) if form.level.data else None,
                valid_from=form.valid_from.data,
                valid_until=form.valid_until.data,
                clause=form.clause.data or None,
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(_institution_here(code), form), 409
    flash(_("The accreditation is granted."), "success")
    return redirect(url_for("fund_managers.show_institution", code=code), 303)


def _institution_here(code: str) -> Institution:
    institution = find_institution_in(code, officer_paths())
    if institution is None:
        raise NotFound("institution")
    return institution


def _decisions(code: str) -> list[AuditEvent]:
    """What happened to it, without what it writes into its own registers."""
    found = list_events_of("institution", code, PageRequest(1, 100)).items
    return [one for one in found if not one.event.startswith(OWN_REGISTERS)][:EVENTS_SHOWN]


def _page(institution: Institution, form: AccreditInstitutionForm) -> str:
    accreditations = list_accreditations(institution.id)
    return render_template(
        "fund_managers/show_institution.html",
        institution=institution,
        form=form,
        accreditations=accreditations,
        occupation_titles=list_occupation_titles(row.occupation_code for row in accreditations),
        events=_decisions(institution.code),
        state_words=STATE_WORDS,
        accreditation_words=ACCREDITATION_STATE_WORDS,
        level_words=LEVEL_WORDS,
        trail=trail,
        site_names=list_site_names(row.site_id for row in accreditations),
    )
