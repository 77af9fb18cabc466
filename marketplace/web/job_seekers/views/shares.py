"""Links to parts of my record: made, seen, ended."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, job_seeker
from marketplace.edge.extensions import limiter
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.public_address import public_address
from marketplace.edge.qr import qr_drawing
from marketplace.edge.reasons import show_reasons
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.paging import PAGE_SIZE_MAX, PageRequest
from marketplace.records.models import RecordShare
from marketplace.records.operations import shares as operations
from marketplace.records.queries.record import list_record
from marketplace.records.queries.shares import list_shares_of_worker
from marketplace.records.rules import LinkState, link_state
from marketplace.records.states import ShareDetail
from marketplace.web.job_seekers.blueprint import blueprint
from marketplace.web.job_seekers.forms.shares import ShareForm


@blueprint.get("/record/links")
@access(job_seeker)
def list_record_shares() -> str:
    """My links, and a new one."""
    return _page(_form())


@blueprint.post("/record/links")
@access(job_seeker)
@limiter.limit("20 per hour")
def create_record_share() -> str | tuple[str, int]:
    """Make a link and show it, this once; so the answer is a page, not a redirect."""
    form = _form()
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        with write_transaction():
            share, secret = operations.create_share(
                current_user.worker_id,
                label=form.label.data,
                enrollment_codes=form.trainings.data,
                details=[ShareDetail(value) for value in form.details.data],
                days=form.days.data,
                actor_id=current_user.user_id,
            )
            share_id = share.id
    except Refused as refused:
        show_reasons(form, refused)
        return _page(form), 409
    address = public_address("visitors.show_shared_record", token=secret)
    return _page(_empty_form(), made=share_id, address=address)


@blueprint.post("/record/links/<code>/end")
@access(job_seeker)
def end_record_share(code: str) -> Response:
    """End a link at once."""
    with write_transaction():
        operations.end_share(code, worker_id=current_user.worker_id, actor_id=current_user.user_id)
    flash(_("The link does not work any more."), "success")
    return redirect(url_for("job_seekers.list_record_shares"), 303)


def state_of(share: RecordShare) -> LinkState:
    """Whether a link shows anything now."""
    return link_state(expires_at=share.expires_at, ended_at=share.ended_at, now=clock.now())


def _form() -> ShareForm:
    """With the newest hundred trainings to choose from."""
    lines = list_record(current_user.worker_id, PageRequest(1, PAGE_SIZE_MAX)).items
    return ShareForm(lines)


def _empty_form() -> ShareForm:
    form = _form()
    form.process()
    return form


def _page(form: ShareForm, made: int | None = None, address: str | None = None) -> str:
    return render_template(
        "job_seekers/list_record_shares.html",
        form=form,
        page=list_shares_of_worker(current_user.worker_id, asked_page()),
        state_of=state_of,
        made=made,
        address=address,
        qr=qr_drawing(address) if address else None,
        page_url=page_url,
    )
