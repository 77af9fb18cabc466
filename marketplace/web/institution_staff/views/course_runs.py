"""The institution's course runs: filing, opening, starting, finishing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.catalog.labels import LATE_FILING_LABELS
from marketplace.catalog.models import Course, CourseRun
from marketplace.catalog.operations import course_runs as operations
from marketplace.catalog.queries.course_policy import get_catalog_policy
from marketplace.catalog.queries.course_runs import (
    find_course_run_by_code,
    list_course_runs_of_institution,
    list_lessons,
)
from marketplace.catalog.queries.courses import get_course, get_course_version
from marketplace.catalog.queries.late_filings import find_late_filing
from marketplace.catalog.queries.run_changes import list_run_changes
from marketplace.catalog.rules import COURSE_RUN_STATE_WORDS
from marketplace.catalog.run_rules import CHANGE_WORDS, CHANGEABLE
from marketplace.catalog.states import COURSE_RUN_TRANSITIONS, CourseMode, CourseRunState
from marketplace.edge.access import access, institution_manager, institution_staff
from marketplace.edge.answers import flash_refused
from marketplace.edge.reasons import rules_of, show_reasons
from marketplace.enrollment.operations import waiting
from marketplace.evidence.rules.teaching import is_short, teaching_hours
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.paging import PageRequest
from marketplace.web.institution_staff.blueprint import blueprint
from marketplace.web.institution_staff.forms.course_runs import FileCourseRunForm
from marketplace.web.institution_staff.forms.places import registers_of
from marketplace.web.institution_staff.views.courses import own_course

Answer = str | Response | tuple[str, int]


def own_course_run(code: str) -> CourseRun:
    """A course run of the reader's institution, or 404."""
    course_run = find_course_run_by_code(code, institution_id=current_user.institution_id)
    if course_run is None:
        raise NotFound("course_run")
    return course_run


@blueprint.get("/course-runs")
@access(institution_staff)
def list_course_runs() -> str:
    """All classes of the institution, by state."""
    wanted = request.args.get("state", "")
    state = CourseRunState(wanted) if wanted in list(CourseRunState) else None
    page = list_course_runs_of_institution(
        current_user.institution_id, PageRequest(request.args.get("page", 1, int)), state=state
    )
    return render_template(
        "institution_staff/list_course_runs.html",
        page=page,
        state=state,
        run_words=COURSE_RUN_STATE_WORDS,
        url_for_page=lambda n: url_for("institution_staff.list_course_runs", state=state, page=n),
    )


@blueprint.get("/courses/<code>/course-runs/new")
@access(institution_manager)
def show_file_course_run(code: str) -> str:
    """An empty form for a new class of a course."""
    return _filing_page(own_course(code), _filing_form())


@blueprint.post("/courses/<code>/course-runs")
@access(institution_manager)
def file_course_run(code: str) -> Answer:
    """File a class; every reason against it is shown beside its field."""
    course = own_course(code)
    form = _filing_form()
    lessons = form.to_lessons() if form.validate_on_submit() else None
    lessons = form.with_places(lessons) if lessons is not None else None
    if lessons is None:
        return _filing_page(course, form), 422
    names = ("starts_on", "ends_on", "enrollment_opens_on", "enrollment_closes_on")
    plan: dict[str, Any] = {name: form[name].data for name in names}
    try:
        with write_transaction():
            course_run = operations.file_course_run(
                course.id,
                **plan,
                capacity=form.capacity.data,
                site=form.place_text(form.site.data),
                site_id=form.chosen_site.id if form.chosen_site else None,
                jurisdiction_id=form.chosen_site.jurisdiction_id if form.chosen_site else None,
                lessons=lessons,
                late_reason=form.late_reason.data or "",
                actor_id=current_user.user_id,
            )
            run_code = course_run.code
    except Refused as refused:
        show_reasons(form, refused)
        return _filing_page(own_course(code), form, rules_of(refused)), 409
    flash(_("The class is filed. Open it when learners may enroll."), "success")
    return redirect(url_for("institution_staff.show_course_run", code=run_code), 303)


@blueprint.get("/course-runs/<code>")
@access(institution_staff)
def show_course_run(code: str) -> str:
    """One class: dates, places, lessons, and what can be done next."""
    return _run_page(own_course_run(code))


@blueprint.post("/course-runs/<code>/open")
@access(institution_manager)
def open_course_run(code: str) -> Answer:
    """Let learners enroll."""
    return _act(code, waiting.open_run_and_offer, _("Learners can enroll now."))


@blueprint.post("/course-runs/<code>/start")
@access(institution_staff)
def start_course_run(code: str) -> Answer:
    """The first day has come."""
    done = _("The class is running.")
    return _act(code, operations.start_course_run, done, then="show_class")


@blueprint.post("/course-runs/<code>/finish")
@access(institution_staff)
def finish_course_run(code: str) -> Answer:
    """The last day has come."""
    done = _("The class is finished.")
    return _act(code, operations.finish_course_run, done, then="show_class")


def _act(
    code: str, operation: Callable[..., CourseRun], done: str, *, then: str = "show_course_run"
) -> Answer:
    """`then`: the page where the next step is."""
    course_run_id = own_course_run(code).id
    try:
        with write_transaction():
            operation(course_run_id, actor_id=current_user.user_id)
    except Refused as refused:
        flash_refused(refused)
        return _run_page(own_course_run(code)), 409
    flash(done, "success")
    return redirect(url_for(f"institution_staff.{then}", code=code), 303)


def _run_page(course_run: CourseRun) -> str:
    version, lessons = (
        get_course_version(course_run.course_version_id),
        list_lessons(course_run.id),
    )
    planned = teaching_hours(lesson.ends_at - lesson.starts_at for lesson in lessons)
    approved = version.hours or 0 if version.mode is CourseMode.ONSITE else 0
    return render_template(
        "institution_staff/show_course_run.html",
        run=course_run,
        course=get_course(course_run.course_id),
        version=version,
        lessons=lessons,
        hours_planned=planned,
        hours_missing=is_short(planned, approved),
        next_states=COURSE_RUN_TRANSITIONS[course_run.state],
        run_words=COURSE_RUN_STATE_WORDS,
        late_filing=find_late_filing(course_run.id),
        late_words=LATE_FILING_LABELS,
        changes=list_run_changes(course_run.id),
        change_words=CHANGE_WORDS,
        may_change=course_run.state in CHANGEABLE and current_user.is_institution_manager,
    )


def _filing_form() -> FileCourseRunForm:
    return FileCourseRunForm(registers_of(current_user.institution_id))


def _filing_page(course: Course, form: FileCourseRunForm, rules: tuple[str, ...] = ()) -> str:
    version = get_course_version(course.current_version_id)
    return render_template(
        "institution_staff/file_course_run.html",
        course=course,
        version=version,
        form=form,
        filing_days_min=get_catalog_policy().filing_days_min,
        rules=rules,
    )
