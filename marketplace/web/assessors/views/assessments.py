"""Classes to assess; entering the results once; proposing the change of one."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.assessments import labels
from marketplace.assessments import operations as acts
from marketplace.assessments.queries import (
    AssessmentView,
    find_assessment_of_body,
    list_assessments_of_body,
    list_changes_of,
    list_learners_to_assess,
    list_results_of,
    name_of_body,
)
from marketplace.assessments.rules import EnteredResult
from marketplace.assessments.states import ChangeState, ResultKind
from marketplace.edge.access import access, assessor
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.reasons import show_reasons
from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.queries import get_enrollment_of_run
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.text import is_number
from marketplace.people.queries.workers import get_masks, get_worker, list_worker_masks
from marketplace.web.assessors.blueprint import blueprint
from marketplace.web.assessors.forms.results import ChangeResultForm, ResultsForm

Answer = str | Response | tuple[str, int]
NO_SCORE = -1
"""Typed, but no whole number: the rules refuse it."""


@blueprint.get("/")
@access(assessor)
def show_start() -> str:
    """What our body is asked to assess, and what it has assessed."""
    return render_template(
        "assessors/start.html",
        page=list_assessments_of_body(current_user.assessor_id, asked_page()),
        body_name=name_of_body(current_user.assessor_id),
        labels=labels,
        page_url=page_url,
    )


@blueprint.get("/<code>")
@access(assessor)
def show_assessment(code: str) -> str:
    """The learners of a class: to be assessed, or with their results."""
    return _page(_assessment(code), ResultsForm())


@blueprint.post("/<code>/results")
@access(assessor)
def submit_assessment_results(code: str) -> Answer:
    """Enter the results of the class, once."""
    view = _assessment(code)
    form = ResultsForm()
    if not form.validate_on_submit():
        return _page(view, form), 422
    try:
        with write_transaction():
            acts.submit_results(
                code,
                assessed_on=form.assessed_on.data,
                results=_entered(),
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(_assessment(code), form), 409
    flash(_("The results are entered. The institution has been told."), "success")
    return redirect(url_for("assessors.show_assessment", code=code), 303)


@blueprint.get("/<code>/learners/<enrollment_code>")
@access(assessor)
def show_result_change(code: str, enrollment_code: str) -> str:
    """The form for saying that a result was wrong."""
    view = _assessment(code)
    return _change_page(view, _learner(view, enrollment_code), ChangeResultForm())


@blueprint.post("/<code>/learners/<enrollment_code>")
@access(assessor)
def propose_result_change(code: str, enrollment_code: str) -> Answer:
    """Say what is right; an officer decides."""
    view = _assessment(code)
    learner = _learner(view, enrollment_code)
    form = ChangeResultForm()
    if not form.validate_on_submit():
        return _change_page(view, learner, form), 422
    try:
        with write_transaction():
            acts.propose_result_change(
                code,
                enrollment_id=learner.id,
                wanted=EnteredResult(ResultKind(form.result.data), form.score.data),
                reason=form.reason.data,
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _change_page(_assessment(code), learner, form), 409
    flash(_("Proposed. A second person, an officer, decides about it."), "success")
    return redirect(url_for("assessors.show_assessment", code=code), 303)


def _entered() -> dict[int, EnteredResult]:
    """`result-17=passed` and `score-17=83`; without a result the learner was not assessed."""
    found = {}
    for name, value in request.form.items():
        key = name.removeprefix("result-")
        if name.startswith("result-") and is_number(key) and value in ("passed", "failed"):
            typed = request.form.get(f"score-{key}", "").strip()
            score = (
                None if not typed else int(typed) if is_number(typed, digits_max=4) else NO_SCORE
            )
            found[int(key)] = EnteredResult(ResultKind(value), score)
    return found


def _assessment(code: str) -> AssessmentView:
    view = find_assessment_of_body(code, current_user.assessor_id)
    if view is None:
        raise NotFound("assessment")
    return view


def _learner(view: AssessmentView, enrollment_code: str) -> Enrollment:
    return get_enrollment_of_run(enrollment_code, view.run.id)


def _page(view: AssessmentView, form: ResultsForm) -> str:
    learners = list_learners_to_assess(view.run.id)
    changes = list_changes_of(view.assessment.id)
    return render_template(
        "assessors/show_assessment.html",
        view=view,
        assessment=view.assessment,
        learners=learners,
        masks=list_worker_masks([one.worker_id for one in learners]),
        results=list_results_of(view.assessment.id),
        waiting={one.enrollment_id for one in changes if one.state is ChangeState.PROPOSED},
        changed={one.enrollment_id for one in changes if one.state is ChangeState.ACCEPTED},
        typed=request.form,
        labels=labels,
        form=form,
    )


def _change_page(view: AssessmentView, learner: Enrollment, form: ChangeResultForm) -> str:
    return render_template(
        "assessors/change_result.html",
        view=view,
        assessment=view.assessment,
        learner=learner,
        masks=get_masks(get_worker(learner.worker_id)),
        present=list_results_of(view.assessment.id).get(learner.id),
        labels=labels,
        form=form,
    )
