"""What the records of classes hold back: the worklist, the evidence, the decision."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, fund_officer
from marketplace.edge.answers import flash_refused
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.reasons import show_reasons
from marketplace.evidence import labels
from marketplace.evidence.models import EvidenceHold
from marketplace.evidence.operations import decide as operations
from marketplace.evidence.queries import HoldView, find_hold, list_holds, refusal_of
from marketplace.evidence.risk_queries import list_inspectors_for
from marketplace.evidence.states import HoldState
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.people.queries import get_user
from marketplace.people.queries.workers import get_masks, get_worker, list_worker_masks
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.forms.holds import AssignHoldForm, DecideHoldForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/holds")
@access(fund_officer)
def list_evidence_holds() -> str:
    """Holds at the institutions of my places, by state; open ones first."""
    asked = request.args.get("state", "")
    state = HoldState(asked) if asked in list(HoldState) else HoldState.OPEN
    page = list_holds(officer_paths(), asked_page(), state=state)
    learners = [view.enrollment.worker_id for view in page.items if view.enrollment]
    return render_template(
        "fund_managers/list_evidence_holds.html",
        page=page,
        state=state,
        states=labels.HOLD_STATE_LABELS,
        kinds=labels.KIND_LABELS,
        masks=list_worker_masks(learners),
        page_url=page_url,
    )


@blueprint.get("/holds/<code>")
@access(fund_officer)
def show_evidence_hold(code: str) -> str:
    """One hold: the rule, what was found line by line, what the institution says."""
    return _page(_hold(code), DecideHoldForm())


@blueprint.post("/holds/<code>/take")
@access(fund_officer)
def take_evidence_hold(code: str) -> Response:
    """I look at this one."""
    _hold(code)
    try:
        with write_transaction():
            operations.take_hold(code, actor_id=current_user.user_id)
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("fund_managers.show_evidence_hold", code=code), 303)


@blueprint.post("/holds/<code>/inspector")
@access(fund_officer)
def assign_evidence_hold(code: str) -> Answer:
    """An inspector of the place looks at this one and decides."""
    view = _hold(code)
    form = AssignHoldForm(list_inspectors_for(view.hold))
    if not form.validate_on_submit():
        return _page(view, DecideHoldForm(formdata=None), form), 422
    try:
        with write_transaction():
            operations.assign_hold(
                code, inspector_id=int(form.inspector.data), actor_id=current_user.user_id
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(_hold(code), DecideHoldForm(formdata=None), form), 409
    flash(_("The inspector has been told."), "success")
    return redirect(url_for("fund_managers.show_evidence_hold", code=code), 303)


@blueprint.post("/holds/<code>/clear")
@access(fund_officer)
def clear_evidence_hold(code: str) -> Answer:
    """The records hold together: the money is free."""
    done = _("Cleared. The institution has been told; the voucher can be redeemed.")
    return _decide(code, operations.clear_hold, done)


@blueprint.post("/holds/<code>/uphold")
@access(fund_officer)
def uphold_evidence_hold(code: str) -> Answer:
    """The records are not true: nothing is paid for this."""
    return _decide(code, operations.uphold_hold, _("Upheld. The institution has been told."))


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
    return redirect(url_for("fund_managers.list_evidence_holds"), 303)


def _page(view: HoldView, form: DecideHoldForm, assign: AssignHoldForm | None = None) -> str:
    hold = view.hold
    inspectors = list_inspectors_for(hold) if hold.state is HoldState.OPEN else []
    people = {
        user_id: get_user(user_id).name or get_user(user_id).login
        for user_id in (hold.owner_id, hold.decided_by, hold.answered_by)
        if user_id is not None
    }
    return render_template(
        "fund_managers/show_evidence_hold.html",
        view=view,
        hold=hold,
        refusal=refusal_of(hold),
        masks=get_masks(get_worker(view.enrollment.worker_id)) if view.enrollment else None,
        people=people,
        labels=labels,
        form=form,
        assign_form=assign or AssignHoldForm(inspectors, formdata=None),
        visit_code=hold.params.get("visit"),
    )


def _hold(code: str) -> HoldView:
    view = find_hold(code, officer_paths())
    if view is None:
        raise NotFound("evidence_hold")
    return view
