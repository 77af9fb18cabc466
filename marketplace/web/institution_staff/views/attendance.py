"""The attendance sheet of one lesson: usable standing up with a tablet."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.catalog.models import CourseRun, Lesson
from marketplace.catalog.queries.course_runs import get_course_run_facts, list_lessons
from marketplace.edge.access import access, institution_staff
from marketplace.edge.answers import flash_refused
from marketplace.edge.devices import device_key
from marketplace.enrollment import labels
from marketplace.enrollment.models import Attendance, Enrollment
from marketplace.enrollment.operations import attendance as operations
from marketplace.enrollment.operations import disputes
from marketplace.enrollment.queries import (
    find_attendance,
    get_enrollment_of_run,
    list_attendance_of,
)
from marketplace.enrollment.sign_in_queries import find_waiting_entry, list_waiting_entries
from marketplace.enrollment.states import AttendanceReason, AttendanceState
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.text import is_number
from marketplace.redemption.operations import look_up
from marketplace.redemption.queries.rosters import list_roster
from marketplace.web.institution_staff.blueprint import blueprint
from marketplace.web.institution_staff.forms.classes import (
    AnswerDisputeForm,
    AttendanceSheetForm,
    CorrectAttendanceForm,
    VoucherCodeForm,
)
from marketplace.web.institution_staff.views.classes import get_own_run

SHEET = "/classes/<code>/lessons/<int:number>"


@blueprint.get(SHEET)
@access(institution_staff)
def show_attendance_sheet(code: str, number: int) -> str:
    """Every learner with two large choices; who signed in by voucher is marked already."""
    return _sheet(*get_own_lesson(code, number), AttendanceSheetForm(), VoucherCodeForm())


@blueprint.post(SHEET)
@access(institution_staff)
def record_attendance_sheet(code: str, number: int) -> Response | tuple[str, int]:
    """Save the whole lesson in one go."""
    run, lesson = get_own_lesson(code, number)
    form = AttendanceSheetForm()
    if not form.validate_on_submit():
        return _sheet(run, lesson, form, VoucherCodeForm()), 422
    try:
        with write_transaction():
            new = operations.record_attendance_sheet(
                run.id,
                lesson_id=lesson.id,
                marks=_marks(),
                reason=AttendanceReason(form.reason.data),
                actor_id=current_user.user_id,
            )
        flash(_("Attendance saved for %(count)s learners.", count=new), "success")
        if AttendanceState.PRESENT in _marks().values():
            flash(_("Presences entered by hand wait for a second person."), "info")
    except Refused as refused:
        return _sheet(run, lesson, form, VoucherCodeForm(), refused.refusals), 409
    return redirect(_sheet_url(code, number), 303)


@blueprint.post(SHEET + "/sign-ins")
@access(institution_staff)
def sign_in_by_voucher(code: str, number: int) -> Response | tuple[str, int]:
    """One voucher was scanned or its code typed: its learner is present."""
    run, lesson = get_own_lesson(code, number)
    form = VoucherCodeForm()
    if not form.validate_on_submit():
        return _sheet(run, lesson, AttendanceSheetForm(), form), 422
    try:
        with write_transaction():
            enrollment = look_up.sign_in_by_voucher(
                form.voucher_code.data,
                course_run_id=run.id,
                lesson_id=lesson.id,
                institution_id=run.institution_id,
                actor_id=current_user.user_id,
                device_key=device_key(),
            )
    except Refused as refused:
        return _sheet(run, lesson, AttendanceSheetForm(), form, refused.refusals), 409
    if enrollment is None:
        unknown = (Refusal("voucher_code_unknown"),)
        return _sheet(run, lesson, AttendanceSheetForm(), form, unknown), 409
    flash(_("Signed in."), "success")
    return redirect(_sheet_url(code, number), 303)


@blueprint.get(SHEET + "/learners/<enrollment_code>")
@access(institution_staff)
def show_attendance(code: str, number: int, enrollment_code: str) -> str:
    """One learner at one lesson: the entry, a dispute about it, and how to put it right."""
    run, lesson, enrollment, attendance = _own_entry(code, number, enrollment_code)
    return _entry_page(run, lesson, enrollment, attendance, AnswerDisputeForm())


@blueprint.post(SHEET + "/learners/<enrollment_code>/correction")
@access(institution_staff)
def correct_attendance(code: str, number: int, enrollment_code: str) -> Response:
    """Put an entry right, with the reason."""
    _run, _lesson, _enrollment, attendance = _own_entry(code, number, enrollment_code)
    form = CorrectAttendanceForm()
    if form.validate_on_submit():
        try:
            with write_transaction():
                operations.correct_attendance(
                    attendance.id,
                    state=AttendanceState(form.state.data),
                    reason=AttendanceReason(form.reason.data),
                    actor_id=current_user.user_id,
                )
            if form.state.data == AttendanceState.PRESENT:
                flash(_("Presences entered by hand wait for a second person."), "info")
            else:
                flash(_("Corrected. The first entry stays in the audit trail."), "success")
        except Refused as refused:
            flash_refused(refused)
    return redirect(_entry_url(code, number, enrollment_code), 303)


@blueprint.post(SHEET + "/learners/<enrollment_code>/answer")
@access(institution_staff)
def answer_dispute(code: str, number: int, enrollment_code: str) -> Response | tuple[str, int]:
    """Answer the learner's dispute."""
    run, lesson, enrollment, attendance = _own_entry(code, number, enrollment_code)
    form = AnswerDisputeForm()
    if not form.validate_on_submit():
        return _entry_page(run, lesson, enrollment, attendance, form), 422
    try:
        with write_transaction():
            disputes.answer_dispute(
                attendance.id, answer=form.answer.data, actor_id=current_user.user_id
            )
        flash(_("Your answer is with the learner."), "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(_entry_url(code, number, enrollment_code), 303)


def get_own_lesson(code: str, number: int) -> tuple[CourseRun, Lesson]:
    """A lesson of a class of the reader's institution."""
    run = get_own_run(code)
    for lesson in list_lessons(run.id):
        if lesson.number == number:
            return run, lesson
    raise NotFound("lesson")


def _own_entry(
    code: str, number: int, enrollment_code: str
) -> tuple[CourseRun, Lesson, Enrollment, Attendance]:
    run, lesson = get_own_lesson(code, number)
    enrollment = get_enrollment_of_run(enrollment_code, run.id)
    attendance = find_attendance(enrollment.id, lesson.id)
    if attendance is None:
        raise NotFound("attendance")
    return run, lesson, enrollment, attendance


def _marks() -> dict[int, AttendanceState]:
    """`mark-17=present`; what is not marked is left open, what is nonsense is left out."""
    marks = {}
    for name, value in request.form.items():
        key = name.removeprefix("mark-")
        if name.startswith("mark-") and is_number(key) and value in list(AttendanceState):
            marks[int(key)] = AttendanceState(value)
    return marks


def _sheet(
    run: CourseRun,
    lesson: Lesson,
    form: AttendanceSheetForm,
    voucher_form: VoucherCodeForm,
    refusals: tuple[Refusal, ...] = (),
) -> str:
    roster = list_roster(run.id, institution_id=run.institution_id)
    entries = list_attendance_of([line.enrollment.id for line in roster])
    return render_template(
        "institution_staff/show_attendance_sheet.html",
        run=run,
        facts=get_course_run_facts(run.id),
        lesson=lesson,
        roster=[line for line in roster if not line.is_ended],
        entries={entry.enrollment_id: entry for entry in entries if entry.lesson_id == lesson.id},
        waiting={entry.enrollment_id: entry for entry in list_waiting_entries(lesson.id)},
        marks=_marks(),
        form=form,
        voucher_form=voucher_form,
        refusals=refusals,
        labels=labels,
        now=clock.now(),
        begun=clock.now() >= lesson.starts_at,
        is_today=clock.local_date(lesson.starts_at) == clock.today(),
    )


def _entry_page(
    run: CourseRun,
    lesson: Lesson,
    enrollment: Enrollment,
    attendance: Attendance,
    form: AnswerDisputeForm,
) -> str:
    roster = list_roster(run.id, institution_id=run.institution_id)
    return render_template(
        "institution_staff/show_attendance.html",
        run=run,
        facts=get_course_run_facts(run.id),
        lesson=lesson,
        line=next(line for line in roster if line.enrollment.id == enrollment.id),
        attendance=attendance,
        waiting=find_waiting_entry(enrollment.id, lesson.id),
        form=form,
        correction=CorrectAttendanceForm(),
        labels=labels,
    )


def _sheet_url(code: str, number: int) -> str:
    return url_for("institution_staff.show_attendance_sheet", code=code, number=number)


def _entry_url(code: str, number: int, enrollment_code: str) -> str:
    return url_for(
        "institution_staff.show_attendance",
        code=code,
        number=number,
        enrollment_code=enrollment_code,
    )
