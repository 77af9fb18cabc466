"""The completion sheet of a class, and its redemption: one by one or all at once."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.catalog.models import CourseRun
from marketplace.catalog.queries.course_runs import get_course_run_facts, list_lessons
from marketplace.edge.access import access, institution_staff
from marketplace.edge.answers import flash_refused
from marketplace.enrollment import labels
from marketplace.enrollment.online_queries import list_online_shares
from marketplace.enrollment.queries import get_enrollment_of_run
from marketplace.enrollment.rules import completion_rate_percent
from marketplace.enrollment.states import AssessmentResult
from marketplace.evidence.labels import HOLD_STATE_LABELS, HOLD_TONES, KIND_LABELS
from marketplace.evidence.queries import find_check, list_holds_of_run
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.text import is_number
from marketplace.records.operations.certificates import record_results
from marketplace.redemption.operations import redeem
from marketplace.redemption.operations.check_class import check_class
from marketplace.redemption.queries.class_facts import get_class_terms
from marketplace.redemption.queries.redemptions import list_part_reasons
from marketplace.redemption.queries.reservations import find_standing_reservation
from marketplace.redemption.queries.rosters import RosterLine, list_roster
from marketplace.web.institution_staff.assessment_panel import assessment_panel
from marketplace.web.institution_staff.blueprint import blueprint
from marketplace.web.institution_staff.views.classes import get_own_run

OF_CLASS = ("class_undecided", "class_below_least")
"""Reasons that are the same on every line."""


@blueprint.get("/classes/<code>/results")
@access(institution_staff)
def show_results(code: str) -> str:
    """Rate and result of every learner, and beside each line why it cannot be redeemed yet."""
    return _results(get_own_run(code))


@blueprint.post("/classes/<code>/results")
@access(institution_staff)
def complete_course_run(code: str) -> Response | tuple[str, int]:
    """Record the results chosen on the sheet."""
    run = get_own_run(code)
    with write_transaction():
        refused = record_results(run.id, assessments=_assessments(), actor_id=current_user.user_id)
    if refused:
        return _results(run, refused), 409
    flash(_("The results are recorded."), "success")
    return redirect(url_for("institution_staff.show_results", code=code), 303)


@blueprint.post("/classes/<code>/redemptions")
@access(institution_staff)
def redeem_course_run(code: str) -> Response | tuple[str, int]:
    """Redeem every voucher of the class that can be redeemed."""
    run = get_own_run(code)
    _look_at_records(run)
    with write_transaction():
        answer = redeem.redeem_course_run(
            run.id, institution_id=run.institution_id, actor_id=current_user.user_id
        )
    flash(_("%(count)s vouchers redeemed.", count=len(answer.redeemed)), "success")
    if answer.used_up:
        ended = answer.used_up
        flash(_("%(count)s sign-in vouchers closed; they pay nothing.", count=ended), "info")
    if answer.refused:
        left = len(answer.refused)
        flash(_("%(count)s not redeemed: see the reason on each line.", count=left), "info")
    return redirect(url_for("institution_staff.show_results", code=code), 303)


@blueprint.post("/classes/<code>/learners/<enrollment_code>/redeem")
@access(institution_staff)
def redeem_voucher(code: str, enrollment_code: str) -> Response | tuple[str, int]:
    """Redeem one learner's voucher."""
    run = get_own_run(code)
    enrollment = get_enrollment_of_run(enrollment_code, run.id)
    reservation = find_standing_reservation(enrollment.id)
    if reservation is None:
        raise NotFound("reservation")
    _look_at_records(run)
    try:
        with write_transaction():
            act = redeem.use_up_voucher if reservation.records_only else redeem.redeem_voucher
            act(
                reservation.voucher_id,
                institution_id=run.institution_id,
                actor_id=current_user.user_id,
            )
            told = (
                _("The sign-in voucher is closed; it pays nothing.")
                if reservation.records_only
                else _("The voucher is redeemed.")
            )
        flash(told, "success")
    except Refused as refused:
        flash_refused(refused)
        return _results(run, {enrollment.id: refused.refusals}), 409
    return redirect(url_for("institution_staff.show_results", code=code), 303)


def _look_at_records(run: CourseRun) -> None:
    """Kept also when the redemption is refused: a hold is a fact of its own."""
    with write_transaction():
        check_class(run.id, actor_id=current_user.user_id)


def _assessments() -> dict[int, AssessmentResult]:
    """`result-17=passed`; an empty choice leaves the learner for later."""
    chosen = {}
    for name, value in request.form.items():
        key = name.removeprefix("result-")
        if name.startswith("result-") and is_number(key) and value in list(AssessmentResult):
            chosen[int(key)] = AssessmentResult(value)
    return chosen


def _class_reasons(roster: list[RosterLine]) -> list[Refusal]:
    """Why nothing of the class is redeemed, once for each scheme instead of on each line."""
    reasons = [one for line in roster for one in line.refusals if one.code in OF_CLASS]
    return list({one.rule: one for one in reasons}.values())


def _results(run: CourseRun, refused: dict[int, tuple[Refusal, ...]] | None = None) -> str:
    roster = list_roster(run.id, institution_id=run.institution_id)
    total = len(list_lessons(run.id))
    shares = list_online_shares([line.enrollment.id for line in roster])
    return render_template(
        "institution_staff/show_results.html",
        run=run,
        facts=get_course_run_facts(run.id),
        roster=[line for line in roster if not line.is_ended or line.reservation],
        total=total,
        rates={
            line.enrollment.id: shares[line.enrollment.id].rate_percent
            if line.enrollment.id in shares
            else completion_rate_percent(line.lessons_attended, total)
            for line in roster
        },
        part_reasons=list_part_reasons([line.redemption for line in roster if line.redemption]),
        terms=get_class_terms(run.id),
        class_reasons=_class_reasons(roster),
        refused=refused or {},
        open_results=sum(1 for line in roster if line.completion is None and not line.is_ended),
        redeemable=sum(1 for line in roster if line.is_redeemable),
        labels=labels,
        holds=list_holds_of_run(run.id),
        checked=find_check(run.id),
        kinds=KIND_LABELS,
        hold_states=HOLD_STATE_LABELS,
        hold_tones=HOLD_TONES,
        chosen=_assessments(),
        **assessment_panel(run),
    )
