"""Batches of vouchers: prepared by two officers, followed, read as a list, undone."""

from __future__ import annotations

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.campaigns import labels as campaign_labels
from marketplace.campaigns.queries.batches import (
    BatchItem,
    count_batch_vouchers,
    find_batch_in_scope,
    list_batch_rows,
    list_issue_batches,
)
from marketplace.campaigns.queries.campaigns import list_campaigns
from marketplace.edge.access import access, fund_officer, officer
from marketplace.edge.downloads import attachment
from marketplace.edge.formats import sentence
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.files import csv_text
from marketplace.foundation.paging import PageRequest
from marketplace.jobs.labels import JOB_STATE_LABELS, JOB_STATE_TONES
from marketplace.jobs.queries import find_job_by_dedupe_key
from marketplace.jobs.states import JobState
from marketplace.people.queries import list_user_names
from marketplace.vouchers import labels
from marketplace.vouchers.operations.batches import JOB_KIND
from marketplace.vouchers.operations.revocations import JOB_KIND as REVOKE_KIND
from marketplace.vouchers.operations.revocations import request_revocation
from marketplace.vouchers.states import VoucherState
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.forms.campaigns import BatchForm, CampaignReasonForm
from marketplace.web.fund_managers.views.campaigns import form_page, make_form, save_draft

Answer = str | Response | tuple[str, int]
PREPARED_SHOWN = 20


@blueprint.get("/batches", endpoint="list_batches")
@access(officer)
def list_all_batches() -> str:
    """Batches under way and done, however they were asked for; and those being prepared."""
    prepared = list_campaigns(officer_paths(), PageRequest(size=PREPARED_SHOWN), invites=False)
    return render_template(
        "fund_managers/list_batches.html",
        prepared=[item for item in prepared.items if item.campaign.batch_id is None],
        page=list_issue_batches(officer_paths(), asked_page()),
        page_url=page_url,
        labels=campaign_labels,
    )


@blueprint.get("/batches/new")
@access(fund_officer)
def show_new_batch() -> str:
    """Ask which voucher, and for whom; a scheme's page names its own already."""
    form = make_form(BatchForm)
    asked = request.args.get("scheme", "")
    if any(choice.value == asked for choice in form.scheme.choices):
        form.scheme.data = asked
    return form_page(form)


@blueprint.post("/batches/new")
@access(fund_officer)
def draft_batch() -> Answer:
    """Keep the draft; its page counts everybody before anybody signs."""
    return save_draft(None, make_form(BatchForm))


@blueprint.get("/batches/<code>")
@access(officer)
def show_batch(code: str) -> Answer:
    """How far it is, and what became of it; a campaign's has the page of its campaign."""
    item = _batch_here(code)
    if item.campaign_code:
        return redirect(url_for("fund_managers.show_campaign", code=item.campaign_code), 303)
    return _page(item, CampaignReasonForm())


@blueprint.get("/batches/<code>/vouchers.csv")
@access(officer)
def download_batch(code: str) -> FlaskResponse:
    """Its vouchers, by public codes only."""
    item = _batch_here(code)
    header = [_("Voucher"), _("Job seeker"), _("State"), _("Until"), _("Allotment")]
    rows = (
        (voucher, worker, sentence(labels.OFFICER_STATE_LABELS[state]), expires_on, allotment)
        for voucher, worker, state, expires_on, allotment in list_batch_rows(item.batch.id)
    )
    return attachment(
        "".join(csv_text(header, rows)).encode(),
        media_type="text/csv; charset=utf-8",
        file_name=f"{item.batch.code}.csv",
    )


@blueprint.post("/batches/<code>/revoke", endpoint="revoke_batch")
@access(fund_officer)
def revoke_unclaimed_of_batch(code: str) -> Answer:
    """Take back what nobody has accepted."""
    item = _batch_here(code)
    form = CampaignReasonForm()
    if not form.validate_on_submit():
        return _page(item, form), 422
    try:
        with write_transaction():
            request_revocation(
                item.batch.id, reason=form.reason.data, actor_id=current_user.user_id
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(_batch_here(code), form), 409
    flash(_("Vouchers nobody has accepted are taken back in the background."), "success")
    return redirect(url_for("fund_managers.show_batch", code=code), 303)


def _page(item: BatchItem, form: CampaignReasonForm) -> str:
    batch = item.batch
    kind = REVOKE_KIND if batch.finished_at else JOB_KIND
    job = find_job_by_dedupe_key(f"{kind}:{batch.code}")
    counts = count_batch_vouchers(batch.id)
    return render_template(
        "fund_managers/show_batch.html",
        item=item,
        batch=batch,
        counts=counts,
        unclaimed=counts.get(VoucherState.OFFERED, 0),
        refusals=sorted(batch.refusals.items(), key=lambda row: (-row[1], row[0])),
        labels=labels,
        campaign_labels=campaign_labels,
        names=list_user_names({batch.requested_by} if batch.requested_by else set()),
        form=form,
        job=job,
        is_working=job is not None and job.state in (JobState.QUEUED, JobState.RUNNING),
        job_labels=JOB_STATE_LABELS,
        job_tones=JOB_STATE_TONES,
    )


def _batch_here(code: str) -> BatchItem:
    item = find_batch_in_scope(code, officer_paths())
    if item is None:
        raise NotFound("batch", code)
    return item
