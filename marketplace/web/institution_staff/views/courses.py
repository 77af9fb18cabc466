"""The institution's courses: drafting, revising, submitting for review, delisting."""

from __future__ import annotations

from dataclasses import replace

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.catalog.models import Course, CourseVersion, Occupation
from marketplace.catalog.offer_warnings import OfferWarning
from marketplace.catalog.operations import courses as operations
from marketplace.catalog.queries.course_history import find_last_course_decision
from marketplace.catalog.queries.course_runs import list_course_runs_of_institution
from marketplace.catalog.queries.courses import (
    find_course_by_code,
    get_course_version,
    get_latest_version,
    list_courses_of_institution,
)
from marketplace.catalog.queries.occupations import (
    find_occupation_by_code,
    get_occupation,
    list_occupations_matching,
)
from marketplace.catalog.queries.offer_facts import get_offer_warnings
from marketplace.catalog.rules import (
    COURSE_RUN_STATE_WORDS,
    COURSE_STATE_WORDS,
    LEVEL_WORDS,
    MODE_WORDS,
)
from marketplace.catalog.states import CourseDecisionKind, CourseState
from marketplace.edge.access import access, institution_manager, institution_staff
from marketplace.edge.course_versions import read_version_pages
from marketplace.edge.reasons import show_reasons
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.paging import PageRequest
from marketplace.vouchers.queries.course_means import list_voucher_caps
from marketplace.web.institution_staff.blueprint import blueprint
from marketplace.web.institution_staff.forms.courses import (
    CourseForm,
    DraftCourseForm,
    ReasonForm,
    ReviseCourseForm,
    revise_form_of,
)

Answer = str | Response | tuple[str, int]


def own_course(code: str) -> Course:
    """A course of the reader's institution, or 404."""
    course = find_course_by_code(code, institution_id=current_user.institution_id)
    if course is None:
        raise NotFound("course")
    return course


@blueprint.get("/courses")
@access(institution_staff)
def list_courses() -> str:
    """All courses of the institution, by state."""
    wanted = request.args.get("state", "")
    state = CourseState(wanted) if wanted in list(CourseState) else None
    page = list_courses_of_institution(
        current_user.institution_id, PageRequest(request.args.get("page", 1, int)), state=state
    )
    return render_template(
        "institution_staff/list_courses.html",
        page=page,
        state=state,
        state_words=COURSE_STATE_WORDS,
        url_for_page=lambda n: url_for("institution_staff.list_courses", state=state, page=n),
    )


@blueprint.get("/courses/new")
@access(institution_manager)
def show_draft_course() -> str:
    """An empty form for a new course."""
    return render_template("institution_staff/draft_course.html", form=DraftCourseForm())


@blueprint.post("/courses")
@access(institution_manager)
def draft_course() -> Answer:
    """Keep a new course as a draft."""
    form = DraftCourseForm()
    if not form.validate_on_submit():
        return render_template("institution_staff/draft_course.html", form=form), 422
    occupation = _occupation_of(form)
    if form.occupation.errors:
        return render_template("institution_staff/draft_course.html", form=form), 422
    try:
        with write_transaction():
            course = operations.draft_course(
                current_user.institution_id,
                content=form.to_content(current_app.config["CURRENCY"]),
                occupation_id=occupation.id if occupation else None,
                level=int(form.level.data) if form.level.data else None,
                actor_id=current_user.user_id,
            )
            code = course.code
    except Refused as refused:
        show_reasons(form, refused)
        return render_template("institution_staff/draft_course.html", form=form), 409
    flash(_("The draft is kept. Submit it for review when it is ready."), "success")
    return redirect(url_for("institution_staff.show_course", code=code), 303)


@blueprint.get("/courses/<code>")
@access(institution_staff)
def show_course(code: str) -> str:
    """One course with its versions, its classes and what can be done next."""
    return _course_page(own_course(code), ReasonForm())


@blueprint.get("/courses/<code>/revise")
@access(institution_manager)
def show_revise_course(code: str) -> str:
    """The form filled with what the course says now."""
    course = own_course(code)
    latest = get_latest_version(course)
    form = revise_form_of(_text_to_revise(course, latest))
    form.based_on.data = str(latest.number)
    return _revise_page(course, form)


@blueprint.post("/courses/<code>/revise")
@access(institution_manager)
def revise_course(code: str) -> Answer:
    """Say something else from the next version on."""
    course = own_course(code)
    form = ReviseCourseForm()
    if not form.validate_on_submit():
        return _revise_page(course, form), 422
    latest = get_latest_version(course)
    content = form.to_content(latest.currency, kept=latest.attributes)
    if content.fee_fen == latest.fee_fen:
        content = replace(content, fee_parts=latest.fee_parts)
    try:
        with write_transaction():
            operations.revise_course(
                course.id,
                content=content,
                based_on=int(form.based_on.data),
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _revise_page(own_course(code), form), 409
    flash(_("The new version is kept."), "success")
    return redirect(url_for("institution_staff.show_course", code=code), 303)


@blueprint.post("/courses/<code>/submit")
@access(institution_manager)
def submit_course(code: str) -> Answer:
    """Ask for the course to be listed."""
    course_id = own_course(code).id
    with write_transaction():
        operations.submit_course(course_id, actor_id=current_user.user_id)
    flash(_("The course was submitted. An officer will review it."), "success")
    return redirect(url_for("institution_staff.show_course", code=code), 303)


@blueprint.post("/courses/<code>/delist")
@access(institution_manager)
def delist_course(code: str) -> Answer:
    """Take the course out of the public catalog."""
    course = own_course(code)
    form = ReasonForm()
    if not form.validate_on_submit():
        return _course_page(course, form), 422
    try:
        with write_transaction():
            operations.delist_course(
                course.id, reason=form.reason.data, actor_id=current_user.user_id
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _course_page(own_course(code), form), 409
    flash(_("The course is not in the published list any more."), "success")
    return redirect(url_for("institution_staff.show_course", code=code), 303)


def _text_to_revise(course: Course, latest: CourseVersion) -> CourseVersion:
    """A revision that came back is worked on; nobody types it again."""
    last = find_last_course_decision(course.id)
    is_public = course.state in (CourseState.LISTED, CourseState.DELISTED)
    if not is_public or last is None or last.kind is not CourseDecisionKind.RETURNED:
        return latest
    return get_course_version(last.course_version_id)


def _warnings(course: Course, version: CourseVersion) -> tuple[OfferWarning, ...]:
    """What the officer will be asked to look at; of what is not decided yet."""
    if course.state is CourseState.LISTED and course.proposed_version_id is None:
        return ()
    return get_offer_warnings(course, version, caps=list_voucher_caps(course, version))


def _course_page(course: Course, form: ReasonForm) -> str:
    version = get_latest_version(course)
    return render_template(
        "institution_staff/show_course.html",
        course=course,
        version=version,
        pages=read_version_pages(course),
        warnings=_warnings(course, version),
        occupation=get_occupation(course.occupation_id) if course.occupation_id else None,
        runs=list_course_runs_of_institution(
            course.institution_id, PageRequest(1), course_id=course.id
        ),
        form=form,
        state_words=COURSE_STATE_WORDS,
        run_words=COURSE_RUN_STATE_WORDS,
        mode_words=MODE_WORDS,
        level_words=LEVEL_WORDS,
    )


def _revise_page(course: Course, form: CourseForm) -> str:
    return render_template("institution_staff/revise_course.html", course=course, form=form)


def _occupation_of(form: DraftCourseForm) -> Occupation | None:
    """The occupation meant by a code or title; what fits several is asked back."""
    typed = form.occupation.data
    if not typed:
        return None
    if (occupation := find_occupation_by_code(typed)) is not None:
        return occupation
    fitting = list_occupations_matching(typed, limit=5)
    exact = [occupation for occupation in fitting if occupation.title == typed]
    if len(exact) == 1 or len(fitting) == 1:
        return (exact or list(fitting))[0]
    if fitting:
        names = "; ".join(f"{occupation.code} {occupation.title}" for occupation in fitting)
        message = _("Several occupations fit. Write the code of one: %(names)s", names=names)
    else:
        message = _("No occupation of the classification has this code or title.")
    form.occupation.errors = [message]
    return None
