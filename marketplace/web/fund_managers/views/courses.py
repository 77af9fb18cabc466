"""Reviewing submitted courses (目录清单管理): list them, or return them with reasons."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.catalog.operations import courses as operations
from marketplace.catalog.queries.courses import (
    CourseInReview,
    find_course_in_review,
    list_courses_in_review,
    list_versions,
)
from marketplace.catalog.queries.occupations import get_occupation
from marketplace.catalog.rules import COURSE_STATE_WORDS, LEVEL_WORDS, MODE_WORDS
from marketplace.edge.access import access, officer
from marketplace.edge.answers import flash_refused
from marketplace.edge.officers import officer_paths
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.paging import PageRequest
from marketplace.institutions.rules import STATE_WORDS
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.forms.reviews import DecisionReasonForm

Answer = str | Response | tuple[str, int]


def course_here(code: str) -> CourseInReview:
    """A course of the officer's places, or 404."""
    found = find_course_in_review(code, officer_paths())
    if found is None:
        raise NotFound("course")
    return found


@blueprint.get("/courses")
@access(officer)
def list_submitted_courses() -> str:
    """Courses and revisions that wait for review, oldest first."""
    page = list_courses_in_review(officer_paths(), PageRequest(request.args.get("page", 1, int)))
    return render_template(
        "fund_managers/list_submitted_courses.html",
        page=page,
        url_for_page=lambda n: url_for("fund_managers.list_submitted_courses", page=n),
    )


@blueprint.get("/courses/<code>")
@access(officer)
def review_course(code: str) -> str:
    """One course as submitted, beside what it said before."""
    return _review_page(course_here(code), DecisionReasonForm())


@blueprint.post("/courses/<code>/list")
@access(officer)
def list_course(code: str) -> Answer:
    """Make the course public."""
    found = course_here(code)
    title = found.version.title
    try:
        with write_transaction():
            operations.list_course(found.course.id, actor_id=current_user.user_id)
    except Refused as refused:
        flash_refused(refused)
        return _review_page(course_here(code), DecisionReasonForm()), 409
    flash(_("“%(title)s” is in the published list now.", title=title), "success")
    return redirect(url_for("fund_managers.list_submitted_courses"), 303)


@blueprint.post("/courses/<code>/return")
@access(officer)
def return_course(code: str) -> Answer:
    """Send the course back with the reasons."""
    found = course_here(code)
    title = found.version.title
    form = DecisionReasonForm()
    if not form.validate_on_submit():
        return _review_page(found, form), 422
    try:
        with write_transaction():
            operations.return_course(
                found.course.id, reason=form.reason.data, actor_id=current_user.user_id
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _review_page(course_here(code), form), 409
    flash(_("“%(title)s” was sent back to the institution.", title=title), "success")
    return redirect(url_for("fund_managers.list_submitted_courses"), 303)


def _review_page(found: CourseInReview, form: DecisionReasonForm) -> str:
    course = found.course
    return render_template(
        "fund_managers/review_course.html",
        found=found,
        form=form,
        versions=list_versions(course.id),
        occupation=get_occupation(course.occupation_id) if course.occupation_id else None,
        waits=course.state == "submitted" or found.is_revision,
        state_words=COURSE_STATE_WORDS,
        institution_words=STATE_WORDS,
        mode_words=MODE_WORDS,
        level_words=LEVEL_WORDS,
    )
