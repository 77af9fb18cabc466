"""Holds given to me: the evidence, the answer, the decision."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, inspector
from marketplace.edge.reasons import show_reasons
from marketplace.evidence import labels
from marketplace.evidence.models import EvidenceHold
from marketplace.evidence.operations import decide as operations
from marketplace.evidence.queries import HoldView, refusal_of
from marketplace.evidence.risk_queries import find_hold_given_to
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.people.queries.workers import get_masks, get_worker
from marketplace.web.inspectors.blueprint import blueprint, my_paths
from marketplace.web.inspectors.forms.visits import DecideHoldForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/holds/<code>")
@access(inspector)
def show_evidence_hold(code: str) -> str:
    """One hold: the rule, what was found line by line, what the institution says."""
    return _page(_hold(code), DecideHoldForm())


@blueprint.post("/holds/<code>/clear")
@access(inspector)
def clear_evidence_hold(code: str) -> Answer:
    """The records hold together: the money is free."""
    done = _("Cleared. The institution has been told; the voucher can be redeemed.")
    return _decide(code, operations.clear_hold, done)


@blueprint.post("/holds/<code>/uphold")
@access(inspector)
def uphold_evidence_hold(code: str) -> Answer:
    """The records are not true: nothing is paid, and the institution's file says so."""
    done = _("Upheld. The institution has been told, and it stands in its file.")
    return _decide(code, operations.uphold_hold, done)


def _decide(code: str, act: Callable[..., EvidenceHold], done: str) -> Answer:
    view = _hold(code)
    form = DecideHoldForm()
    if not form.validate_on_submit():
        return _page(view, form), 422
    try:
        with write_transaction():
            act(code, reason=form.reason.data, actor_id=current_user.user_id)
    except Refused as refused:
        show_reasons(form, refused)
        return _page(_hold(code), form), 409
    flash(done, "success")
    return redirect(url_for("inspectors.show_start"), 303)


def _hold(code: str) -> HoldView:
    view = find_hold_given_to(code, current_user.user_id, my_paths())
    if view is None:
        raise NotFound("evidence_hold")
    return view


def _page(view: HoldView, form: DecideHoldForm) -> str:
    return render_template(
        "inspectors/show_evidence_hold.html",
        view=view,
        hold=view.hold,
        refusal=refusal_of(view.hold),
        masks=get_masks(get_worker(view.enrollment.worker_id)) if view.enrollment else None,
        labels=labels,
        form=form,
    )
