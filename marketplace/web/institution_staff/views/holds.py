"""What our records hold back: the reason, what would clear it, our answer."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, institution_staff
from marketplace.edge.reasons import show_reasons
from marketplace.evidence import labels
from marketplace.evidence.operations.decide import answer_hold
from marketplace.evidence.queries import HoldView, find_hold_of_institution, refusal_of
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.people.queries.workers import get_masks, get_worker
from marketplace.web.institution_staff.blueprint import blueprint
from marketplace.web.institution_staff.forms.classes import AnswerHoldForm


@blueprint.get("/holds/<code>")
@access(institution_staff)
def show_evidence_hold(code: str) -> str:
    """One hold on a class of ours."""
    return _page(_own_hold(code), AnswerHoldForm())


@blueprint.post("/holds/<code>/answer")
@access(institution_staff)
def answer_evidence_hold(code: str) -> Response | tuple[str, int]:
    """Say what is true and where it can be looked at."""
    view = _own_hold(code)
    form = AnswerHoldForm()
    if not form.validate_on_submit():
        return _page(view, form), 422
    try:
        with write_transaction():
            answer_hold(
                code,
                institution_id=current_user.institution_id,
                answer=form.answer.data,
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(_own_hold(code), form), 409
    flash(_("Your answer is with the fund office."), "success")
    return redirect(url_for("institution_staff.show_evidence_hold", code=code), 303)


def _own_hold(code: str) -> HoldView:
    view = find_hold_of_institution(code, current_user.institution_id)
    if view is None:
        raise NotFound("evidence_hold")
    return view


def _page(view: HoldView, form: AnswerHoldForm) -> str:
    return render_template(
        "institution_staff/show_evidence_hold.html",
        view=view,
        hold=view.hold,
        refusal=refusal_of(view.hold),
        masks=get_masks(get_worker(view.enrollment.worker_id)) if view.enrollment else None,
        labels=labels,
        form=form,
    )
