"""Changing a filed class, and calling one off with everybody in it."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.catalog.models import CourseRun
from marketplace.catalog.queries.course_runs import list_lessons
from marketplace.catalog.queries.courses import get_course_version
from marketplace.catalog.queries.run_changes import get_run_as_filed
from marketplace.catalog.rules import COURSE_RUN_STATE_WORDS
from marketplace.edge.access import access, institution_manager
from marketplace.edge.answers import refusal_sentence
from marketplace.edge.reasons import show_reasons
from marketplace.enrollment.operations.run_changes import change_course_run as change
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refusal, Refused
from marketplace.pledges.operations import withdraw_pledge_offers
from marketplace.redemption.operations.call_off import call_off_course_run
from marketplace.redemption.queries.call_off import get_call_off_preview
from marketplace.web.institution_staff.blueprint import blueprint
from marketplace.web.institution_staff.forms.course_run_changes import (
    CancelCourseRunForm,
    ChangeCourseRunForm,
    change_form_of,
)
from marketplace.web.institution_staff.views.course_runs import own_course_run

Answer = str | Response | tuple[str, int]


@blueprint.get("/course-runs/<code>/change")
@access(institution_manager)
def show_change_course_run(code: str) -> str:
    """The form filled with the class as it stands."""
    course_run = own_course_run(code)
    return _change_page(course_run, change_form_of(course_run, get_run_as_filed(course_run)))


@blueprint.post("/course-runs/<code>/change")
@access(institution_manager)
def change_course_run(code: str) -> Answer:
    """Change the class; who is enrolled is told in the same act."""
    course_run = own_course_run(code)
    form = ChangeCourseRunForm()
    valid = form.validate_on_submit()
    plan = form.to_plan(get_run_as_filed(course_run)) if valid else None
    if plan is None:
        return _change_page(course_run, form), 422
    try:
        with write_transaction():
            changed = change(
                course_run.id,
                plan=plan,
                reason=form.reason.data or "",
                actor_id=current_user.user_id,
            )
            told = changed.learners_told if changed else 0
    except Refused as refused:
        show_reasons(form, refused)
        return _change_page(own_course_run(code), form), 409
    flash(_("The class is changed. Learners told: %(count)s.", count=told), "success")
    return redirect(url_for("institution_staff.show_course_run", code=code), 303)


@blueprint.get("/course-runs/<code>/cancel")
@access(institution_manager)
def show_cancel_course_run(code: str) -> str:
    """What canceling would do, before it is done."""
    return _cancel_page(own_course_run(code), CancelCourseRunForm())


@blueprint.post("/course-runs/<code>/cancel")
@access(institution_manager)
def cancel_course_run(code: str) -> Answer:
    """Call the class off, with the reason and the code typed; every voucher is free again."""
    course_run = own_course_run(code)
    form = CancelCourseRunForm()
    if not form.validate_on_submit():
        return _cancel_page(course_run, form), 422
    if form.confirmation.data.upper() != course_run.code:
        refusal = Refusal("confirmation_differs", {"code": course_run.code})
        form.confirmation.errors = [refusal_sentence(refusal)]
        return _cancel_page(course_run, form), 422
    try:
        with write_transaction():
            # Held seats first: they are nobody's, but a class with seats taken cannot be canceled.
            withdraw_pledge_offers(course_run.id, actor_id=current_user.user_id)
        with write_transaction():
            call_off_course_run(
                course_run.id, reason=form.reason.data, actor_id=current_user.user_id
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _cancel_page(own_course_run(code), form), 409
    flash(_("The class is canceled; every voucher is free again."), "success")
    return redirect(url_for("institution_staff.show_course_run", code=code), 303)


def _change_page(course_run: CourseRun, form: ChangeCourseRunForm) -> str:
    return render_template(
        "institution_staff/change_course_run.html",
        run=course_run,
        version=get_course_version(course_run.course_version_id),
        form=form,
    )


def _cancel_page(course_run: CourseRun, form: CancelCourseRunForm) -> str:
    return render_template(
        "institution_staff/cancel_course_run.html",
        run=course_run,
        version=get_course_version(course_run.course_version_id),
        preview=get_call_off_preview(course_run.id),
        lesson_count=len(list_lessons(course_run.id)),
        run_words=COURSE_RUN_STATE_WORDS,
        form=form,
    )
