"""Handing in the receipt for an assessment whose fee is given back as it was paid."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.benefits.proofs.labels import PROOF_LABELS
from marketplace.benefits.proofs.operations import hand_in_fee_proof
from marketplace.benefits.proofs.queries import FeePromise, find_fee_promise
from marketplace.edge.access import access, job_seeker
from marketplace.edge.extensions import limiter
from marketplace.edge.fee_proof_form import FeeProofForm
from marketplace.edge.reasons import show_reasons
from marketplace.enrollment.queries import get_enrollment_of_worker
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.web.job_seekers.blueprint import blueprint

Answer = str | Response | tuple[str, int]


@blueprint.get("/benefits/fee/<code>")
@access(job_seeker)
def show_my_fee_proof(code: str) -> str:
    """What is given back, and the form for the receipt."""
    return _page(_own(code), FeeProofForm())


@blueprint.post("/benefits/fee/<code>")
@access(job_seeker)
@limiter.limit("10 per hour")
def hand_in_my_fee_proof(code: str) -> Answer:
    """Take the receipt in; an officer checks it."""
    promise, form = _own(code), FeeProofForm()
    if not form.validate_on_submit():
        return _page(promise, form), 422
    try:
        with write_transaction():
            hand_in_fee_proof(code, form.paid(), actor_id=current_user.user_id)
    except Refused as refused:
        show_reasons(form, refused)
        return _page(promise, form), 422
    flash(_("Your receipt was received. An officer checks it now."), "success")
    return redirect(url_for("job_seekers.list_my_benefits"), 303)


def _own(code: str) -> FeePromise | None:
    """None: an own training for which no fee is given back against a receipt."""
    get_enrollment_of_worker(code, current_user.worker_id)
    return find_fee_promise(code)


def _page(promise: FeePromise | None, form: FeeProofForm) -> str:
    return render_template(
        "job_seekers/hand_in_fee_proof.html", promise=promise, form=form, labels=PROOF_LABELS
    )
