"""Courses of the officer's places in every state: versions, and taking out of the list or back."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.catalog.models import Course
from marketplace.catalog.operations import courses as operations
from marketplace.catalog.operations.course_decisions import relist_course as relist
from marketplace.catalog.queries.courses import CourseInReview
from marketplace.catalog.queries.courses_of_places import list_courses_of_places
from marketplace.catalog.rules import COURSE_STATE_WORDS
from marketplace.catalog.states import CourseSide, CourseState
from marketplace.edge.access import access, officer
from marketplace.edge.course_versions import read_version_pages
from marketplace.edge.officers import officer_paths
from marketplace.edge.paging import asked_page, page_url
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.text import tidy
from marketplace.web.fund_managers.blueprint import blueprint
from marketplace.web.fund_managers.forms.reviews import DecisionReasonForm
from marketplace.web.fund_managers.views.courses import course_here

Answer = str | Response | tuple[str, int]


@blueprint.get("/all-courses")
@access(officer)
def list_courses() -> str:
    """Courses of the officer's places by state and title, whoever brought them."""
    wanted = request.args.get("state", "")
    state = CourseState(wanted) if wanted in list(CourseState) else None
    asked = tidy(request.args.get("q", ""))[:100]
    return render_template(
        "fund_managers/list_courses.html",
        page=list_courses_of_places(officer_paths(), asked_page(), state=state, title_part=asked),
        state=state,
        asked=asked,
        state_words=COURSE_STATE_WORDS,
        page_url=page_url,
    )


@blueprint.get("/courses/<code>/versions")
@access(officer)
def show_course_versions(code: str) -> str:
    """What the course said when, what was decided by whom, any two versions side by side."""
    return _versions_page(course_here(code), DecisionReasonForm())


@blueprint.post("/courses/<code>/delist")
@access(officer)
def delist_course(code: str) -> Answer:
    """Take the course out of the public catalog; only the office lists it again."""

    def act(course: Course, reason: str) -> None:
        operations.delist_course(
            course.id, reason=reason, actor_id=current_user.user_id, side=CourseSide.OFFICE
        )

    return _decide(code, act, _("The course is not in the published list any more."))


@blueprint.post("/courses/<code>/relist")
@access(officer)
def relist_course(code: str) -> Answer:
    """Put the course back as it was listed."""

    def act(course: Course, reason: str) -> None:
        relist(course.id, reason=reason, actor_id=current_user.user_id, side=CourseSide.OFFICE)

    return _decide(code, act, _("The course is in the published list again, as it was."))


def _decide(code: str, act: Callable[[Course, str], None], done: str) -> Answer:
    found = course_here(code)
    form = DecisionReasonForm()
    if not form.validate_on_submit():
        return _versions_page(found, form), 422
    try:
        with write_transaction():
            act(found.course, form.reason.data)
    except Refused as refused:
        show_reasons(form, refused)
        return _versions_page(course_here(code), form), 409
    flash(done, "success")
    return redirect(url_for("fund_managers.show_course_versions", code=code), 303)


def _versions_page(found: CourseInReview, form: DecisionReasonForm) -> str:
    return render_template(
        "fund_managers/show_course_versions.html",
        found=found,
        pages=read_version_pages(found.course),
        form=form,
        state_words=COURSE_STATE_WORDS,
    )
