"""Classes filed later than settled: an officer consents, or says why not (开班备案)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.catalog.labels import LATE_FILING_LABELS
from marketplace.catalog.operations import late_filings as operations
from marketplace.catalog.queries.course_runs import list_lessons
from marketplace.catalog.queries.late_filings import (
    LateFilingItem,
    find_late_filing_in,
)
from marketplace.catalog.queries.late_filings import (
    list_late_filings as list_filings,
)
from marketplace.catalog.rules import COURSE_RUN_STATE_WORDS
from marketplace.edge.access import access, officer
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.forms.late_filings import LateFilingAnswerForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/late-filings")
@access(officer)
def list_late_filings() -> str:
    """Those that wait first, by their first day."""
    return render_template(
        "fund_managers/list_late_filings.html",
        page=list_filings(officer_paths(), asked_page()),
        words=LATE_FILING_LABELS,
        page_url=page_url,
    )


@blueprint.get("/late-filings/<code>")
@access(officer)
def show_late_filing(code: str) -> str:
    """The class, why it is late, and the decision."""
    return _filing_page(_filing_here(code), LateFilingAnswerForm())


@blueprint.post("/late-filings/<code>/grant")
@access(officer)
def grant_late_filing(code: str) -> Answer:
    """Consent: the class may open."""
    return _decide(code, operations.grant_late_filing, _("You consented; the class may open."))


@blueprint.post("/late-filings/<code>/refuse")
@access(officer)
def refuse_late_filing(code: str) -> Answer:
    """Do not consent, with the reason."""
    return _decide(code, operations.refuse_late_filing, _("The institution was told why not."))


def _filing_here(code: str) -> LateFilingItem:
    """A late filing of the officer's places, or 404."""
    found = find_late_filing_in(code, officer_paths())
    if found is None:
        raise NotFound("late_filing")
    return found


def _decide(code: str, operation: Callable[..., Any], done: str) -> Answer:
    found = _filing_here(code)
    form = LateFilingAnswerForm()
    if not form.validate_on_submit():
        return _filing_page(found, form), 422
    try:
        with write_transaction():
            operation(
                found.course_run.id,
                answer=form.reason.data or "",
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _filing_page(_filing_here(code), form), 409
    flash(done, "success")
    return redirect(url_for("fund_managers.list_late_filings"), 303)


def _filing_page(found: LateFilingItem, form: LateFilingAnswerForm) -> str:
    return render_template(
        "fund_managers/show_late_filing.html",
        found=found,
        form=form,
        lessons=list_lessons(found.course_run.id),
        words=LATE_FILING_LABELS,
        run_words=COURSE_RUN_STATE_WORDS,
    )
