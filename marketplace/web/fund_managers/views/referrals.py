"""Referrals of people in the officer's places, and what became of them."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, officer
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.reasons import show_reasons
from marketplace.employers import labels
from marketplace.employers.operations.referrals import record_employment, record_no_employment
from marketplace.employers.queries.referrals import (
    ReferralItem,
    get_referral_in,
    list_referrals_in,
)
from marketplace.employers.states import EmploymentEvidence
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.people.queries.workers import get_masks, get_worker, list_worker_masks
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.forms.referrals import RecordEmploymentForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/referrals")
@access(officer)
def list_referrals() -> str:
    """Those without an outcome first; names are masked."""
    page = list_referrals_in(officer_paths(), asked_page())
    return render_template(
        "fund_managers/list_referrals.html",
        page=page,
        masks=list_worker_masks([item.referral.worker_id for item in page.items]),
        labels=labels,
        page_url=page_url,
    )


@blueprint.get("/referrals/<code>")
@access(officer)
def show_referral(code: str) -> str:
    """One referral, and recording its outcome."""
    return _page(get_referral_in(code, officer_paths()), RecordEmploymentForm())


@blueprint.post("/referrals/<code>/employment")
@access(officer)
def record_referral_employment(code: str) -> Answer:
    """The person works there, with the proof."""
    item = get_referral_in(code, officer_paths())
    form = RecordEmploymentForm()
    if not form.validate_on_submit():
        return _page(item, form), 422
    try:
        with write_transaction():
            record_employment(
                item.referral.id,
                evidence=EmploymentEvidence(form.evidence.data),
                note=form.note.data or "",
                started_on=form.started_on.data,
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(get_referral_in(code, officer_paths()), form), 409
    flash(_("The employment is recorded."), "success")
    return redirect(url_for("fund_managers.list_referrals"), 303)


@blueprint.post("/referrals/<code>/end")
@access(officer)
def end_referral(code: str) -> Answer:
    """Nothing came of it."""
    item = get_referral_in(code, officer_paths())
    form = RecordEmploymentForm()
    try:
        with write_transaction():
            record_no_employment(item.referral.id, actor_id=current_user.user_id)
    except Refused as refused:
        show_reasons(form, refused)
        return _page(get_referral_in(code, officer_paths()), form), 409
    flash(_("Recorded: nothing came of it."), "success")
    return redirect(url_for("fund_managers.list_referrals"), 303)


def _page(item: ReferralItem, form: RecordEmploymentForm) -> str:
    return render_template(
        "fund_managers/show_referral.html",
        item=item,
        masks=get_masks(get_worker(item.referral.worker_id)),
        form=form,
        labels=labels,
    )
