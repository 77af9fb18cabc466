"""Changed results that wait for the second person, and who enters results for a body."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.assessments import labels
from marketplace.assessments import operations as acts
from marketplace.assessments.models import AssessmentChange
from marketplace.assessments.queries import (
    ChangeView,
    find_change_in,
    list_changes_in,
    list_people_of_body,
    list_results_of,
    name_of_body,
)
from marketplace.directories.models import Assessor
from marketplace.directories.queries.kept import find_assessor_kept
from marketplace.edge.access import access, fund_officer, officer
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.people.queries import find_user_by_login, get_user
from marketplace.people.queries.workers import get_masks, get_worker, list_worker_masks
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.forms.assessments import (
    AddAssessorMemberForm,
    DecideResultChangeForm,
)

Answer = str | Response | tuple[str, int]


@blueprint.get("/result-changes")
@access(fund_officer)
def list_result_changes() -> str:
    """Results that a body wants to correct, oldest first."""
    page = list_changes_in(officer_paths(), asked_page())
    return render_template(
        "fund_managers/list_result_changes.html",
        page=page,
        masks=list_worker_masks([view.enrollment.worker_id for view in page.items]),
        labels=labels,
        page_url=page_url,
    )


@blueprint.get("/result-changes/<code>")
@access(fund_officer)
def show_result_change(code: str) -> str:
    """One change: what is entered, what is said to be right, and why."""
    return _page(_change(code), DecideResultChangeForm())


@blueprint.post("/result-changes/<code>/accept")
@access(fund_officer)
def accept_result_change(code: str) -> Answer:
    """The second person agrees."""
    done = _("Accepted. The new result counts; the institution and the body have been told.")
    return _decide(code, acts.accept_result_change, done)


@blueprint.post("/result-changes/<code>/reject")
@access(fund_officer)
def reject_result_change(code: str) -> Answer:
    """The second person does not agree."""
    return _decide(code, acts.reject_result_change, _("Rejected. The result stays as it is."))


@blueprint.get("/assessors/<code>/people")
@access(officer)
def list_assessor_people(code: str) -> str:
    """Who enters results for a body of my places."""
    return _people(_body(code), AddAssessorMemberForm())


@blueprint.post("/assessors/<code>/people")
@access(officer)
def add_assessor_person(code: str) -> Answer:
    """Let a login enter results for the body."""
    body = _body(code)
    form = AddAssessorMemberForm()
    if not form.validate_on_submit():
        return _people(body, form), 422
    user = find_user_by_login(form.login.data)
    if user is None:
        form.login.errors = [*form.login.errors, _("There is no such login.")]
        return _people(body, form), 409
    try:
        with write_transaction():
            acts.add_assessor_member(body.id, user_id=user.id, actor_id=current_user.user_id)
    except Refused as refused:
        show_reasons(form, refused)
        return _people(_body(code), form), 409
    flash(_("The person can enter results now."), "success")
    return redirect(url_for("fund_managers.list_assessor_people", code=code), 303)


@blueprint.post("/assessors/<code>/people/<int:member_id>/remove")
@access(officer)
def remove_assessor_person(code: str, member_id: int) -> Response:
    """The person no longer enters results for the body."""
    body_id = _body(code).id
    with write_transaction():
        acts.remove_assessor_member(body_id, member_id=member_id, actor_id=current_user.user_id)
    flash(_("The person can enter no more results."), "success")
    return redirect(url_for("fund_managers.list_assessor_people", code=code), 303)


def _decide(code: str, act: Callable[..., AssessmentChange], done: str) -> Answer:
    view = _change(code)
    form = DecideResultChangeForm()
    if not form.validate_on_submit():
        return _page(view, form), 422
    try:
        with write_transaction():
            act(code, reason=form.reason.data, actor_id=current_user.user_id)
    except Refused as refused:
        show_reasons(form, refused)
        return _page(_change(code), form), 409
    flash(done, "success")
    return redirect(url_for("fund_managers.list_result_changes"), 303)


def _change(code: str) -> ChangeView:
    view = find_change_in(code, officer_paths())
    if view is None:
        raise NotFound("assessment_change")
    return view


def _body(code: str) -> Assessor:
    body = find_assessor_kept(code, officer_paths())
    if body is None:
        raise NotFound("assessor")
    return body


def _page(view: ChangeView, form: DecideResultChangeForm) -> str:
    proposer = get_user(view.change.proposed_by)
    return render_template(
        "fund_managers/show_result_change.html",
        view=view,
        change=view.change,
        present=list_results_of(view.assessment.id).get(view.enrollment.id),
        masks=get_masks(get_worker(view.enrollment.worker_id)),
        body_name=name_of_body(view.assessment.assessor_id),
        proposer=proposer.name or proposer.login,
        labels=labels,
        form=form,
    )


def _people(body: Assessor, form: AddAssessorMemberForm) -> str:
    return render_template(
        "fund_managers/list_assessor_people.html",
        body=body,
        body_name=name_of_body(body.id),
        people=list_people_of_body(body.id),
        form=form,
    )
