"""The versions of an institution's course: history, differences, listing it again."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.catalog.models import Course
from marketplace.catalog.operations.course_decisions import relist_course as relist
from marketplace.catalog.queries.course_history import find_last_course_decision
from marketplace.catalog.queries.courses import get_latest_version
from marketplace.catalog.rules import COURSE_STATE_WORDS
from marketplace.catalog.states import CourseDecisionKind, CourseSide, CourseState
from marketplace.edge.access import access, institution_manager, institution_staff
from marketplace.edge.course_versions import read_version_pages
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.web.institution_staff.blueprint import blueprint
from marketplace.web.institution_staff.forms.courses import ReasonForm
from marketplace.web.institution_staff.views.courses import own_course

Answer = str | Response | tuple[str, int]


@blueprint.get("/courses/<code>/versions")
@access(institution_staff)
def show_course_versions(code: str) -> str:
    """Everything the course ever said, everything decided about it, any two versions compared."""
    return _versions_page(own_course(code), ReasonForm())


@blueprint.post("/courses/<code>/relist")
@access(institution_manager)
def relist_course(code: str) -> Answer:
    """Take back the institution's own delisting."""
    course = own_course(code)
    form = ReasonForm()
    if not form.validate_on_submit():
        return _versions_page(course, form), 422
    try:
        with write_transaction():
            relist(
                course.id,
                reason=form.reason.data,
                actor_id=current_user.user_id,
                side=CourseSide.INSTITUTION,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _versions_page(own_course(code), form), 409
    flash(_("The course is in the published list again, as it was."), "success")
    return redirect(url_for("institution_staff.show_course_versions", code=code), 303)


def _versions_page(course: Course, form: ReasonForm) -> str:
    return render_template(
        "institution_staff/show_course_versions.html",
        course=course,
        version=get_latest_version(course),
        pages=read_version_pages(course),
        form=form,
        may_relist=_may_relist(course),
        state_words=COURSE_STATE_WORDS,
    )


def _may_relist(course: Course) -> bool:
    """The button is there when the last thing done was the institution's own delisting."""
    last = find_last_course_decision(course.id)
    return (
        current_user.is_institution_manager
        and course.state is CourseState.DELISTED
        and last is not None
        and last.kind is CourseDecisionKind.DELISTED
        and last.side is CourseSide.INSTITUTION
    )
