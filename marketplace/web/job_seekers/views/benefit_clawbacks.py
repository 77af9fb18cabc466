"""What I was paid and have to give back: why, how much is left, how to pay, how to object."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.benefits import labels as benefit_labels
from marketplace.benefits.clawbacks import labels
from marketplace.benefits.clawbacks.operations.disputes import file_clawback_dispute
from marketplace.benefits.clawbacks.queries.listing import (
    BenefitClawbackRow,
    get_own_clawback,
    list_disputes,
    list_nettings,
    list_repayments,
)
from marketplace.benefits.clawbacks.rules import ANSWER_DAYS
from marketplace.benefits.clawbacks.states import RepaymentState
from marketplace.edge.access import access, job_seeker
from marketplace.edge.extensions import limiter
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.payouts.rails.payer import find_payer
from marketplace.web.job_seekers.blueprint import blueprint
from marketplace.web.job_seekers.forms.benefits import DisputeClawbackForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/benefits/clawbacks/<code>")
@access(job_seeker)
def show_my_clawback(code: str) -> str:
    """One of mine, with what became of it."""
    return _page(get_own_clawback(code, worker_id=current_user.worker_id), DisputeClawbackForm())


@blueprint.post("/benefits/clawbacks/<code>/dispute")
@access(job_seeker)
@limiter.limit("10 per hour")
def dispute_my_clawback(code: str) -> Answer:
    """Say why it is wrong; until the answer nothing is kept back for it."""
    row, form = get_own_clawback(code, worker_id=current_user.worker_id), DisputeClawbackForm()
    if not form.validate_on_submit():
        return _page(row, form), 422
    try:
        with write_transaction():
            file_clawback_dispute(
                row.clawback.id, words=form.words.data, actor_id=current_user.user_id
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(row, form), 409
    flash(
        _("Your words are with the fund office. Until its answer nothing is kept back."), "success"
    )
    return redirect(url_for("job_seekers.show_my_clawback", code=code), 303)


def _page(row: BenefitClawbackRow, form: DisputeClawbackForm) -> str:
    clawback = row.clawback
    return render_template(
        "job_seekers/show_my_clawback.html",
        row=row,
        form=form,
        plan=row.plan,
        nettings=[one for one, _code in list_nettings(clawback.id) if not one.released_at],
        repayments=[
            one
            for one, _made, _decided in list_repayments(clawback.id)
            if one.state is RepaymentState.BOOKED
        ],
        disputes=list_disputes(clawback.id),
        payer=find_payer(),
        answer_days=ANSWER_DAYS,
        labels=labels,
        kinds=benefit_labels.KIND_LABELS,
    )
