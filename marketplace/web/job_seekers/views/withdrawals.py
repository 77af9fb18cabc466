"""Leaving a class: what each reason means for the voucher, before it is done."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, job_seeker
from marketplace.enrollment import labels
from marketplace.enrollment.states import ExitReason
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refusal, Refused
from marketplace.redemption.leaving_rules import LeavingDecision
from marketplace.redemption.operations.release import leave_course_run
from marketplace.redemption.queries.leavers import list_rates_so_far
from marketplace.redemption.queries.withdrawals import get_leaving_choices
from marketplace.redemption.states import VoucherOutcome
from marketplace.web.job_seekers.blueprint import blueprint
from marketplace.web.job_seekers.forms.classes import WithdrawForm
from marketplace.web.job_seekers.views.classes import MyClass, my_class

TO_CONFIRM = ("leaving_costs_voucher", "leaving_pays_part")
"""What the learner has to know, and say so."""


@blueprint.get("/classes/<code>/withdraw")
@access(job_seeker)
def show_withdrawal(code: str) -> str:
    """What withdrawing means, before doing it."""
    mine = my_class(code)
    choices = get_leaving_choices(mine.enrollment)
    return _page(mine, WithdrawForm(choices), choices)


@blueprint.post("/classes/<code>/withdraw")
@access(job_seeker)
def withdraw_enrollment(code: str) -> Response | tuple[str, int]:
    """Leave the class; where that costs the voucher, only after saying that one knows."""
    mine = my_class(code)
    choices = get_leaving_choices(mine.enrollment)
    form = WithdrawForm(choices)
    if not form.validate_on_submit():
        return _page(mine, form, choices), 422
    reason = ExitReason(form.reason.data)
    told = choices[reason].outcome if form.understood.data else VoucherOutcome.FREE
    try:
        with write_transaction():
            leave_course_run(
                mine.enrollment.id,
                reason=reason,
                actor_id=current_user.user_id,
                told=told,
            )
    except Refused as refused:
        return _page(mine, form, choices, refused.refusals), 409
    flash(_("You have withdrawn from the class."), "success")
    return redirect(url_for("job_seekers.list_my_classes"), 303)


def _page(
    mine: MyClass,
    form: WithdrawForm,
    choices: Mapping[ExitReason, LeavingDecision],
    refusals: tuple[Refusal, ...] = (),
) -> str:
    groups: dict[VoucherOutcome, list[str]] = {}
    for reason, decision in choices.items():
        groups.setdefault(decision.outcome, []).append(labels.EXIT_REASON_LABELS[reason])
    return render_template(
        "job_seekers/show_withdrawal.html",
        mine=mine,
        form=form,
        groups=groups,
        free_until=next((decision.free_until for decision in choices.values()), None),
        rule=next((decision.rule for decision in choices.values() if decision.rule), None),
        refusals=[one for one in refusals if one.code not in TO_CONFIRM],
        to_confirm=next((one for one in refusals if one.code in TO_CONFIRM), None),
        rate=list_rates_so_far([(mine.enrollment.id, mine.run.course_run_id)])[mine.enrollment.id],
    )
