"""The screen of the classroom, the station by the door, and the second person for the sheet."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.catalog.queries.course_runs import get_course_run_facts
from marketplace.edge.access import access, institution_staff
from marketplace.edge.answers import flash_refused
from marketplace.edge.devices import device_key
from marketplace.edge.qr import qr_drawing
from marketplace.enrollment.operations import sign_in as operations
from marketplace.enrollment.operations.attendance import confirm_lesson_presences, refuse_presence
from marketplace.enrollment.queries import get_enrollment_of_run
from marketplace.enrollment.sign_in_codes import instant_of, token_for, typed_code_for, window_of
from marketplace.enrollment.sign_in_queries import (
    count_learners,
    count_present,
    find_sign_in_of_lesson,
    find_waiting_entry,
)
from marketplace.enrollment.sign_in_rules import CODE_SECONDS, refusals_for_opening_sign_in
from marketplace.enrollment.states import AttendanceMethod
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.redemption.operations import look_up
from marketplace.web.institution_staff.blueprint import blueprint
from marketplace.web.institution_staff.forms.classes import VoucherCodeForm
from marketplace.web.institution_staff.views.attendance import SHEET, get_own_lesson

Answer = str | Response | tuple[str, int]


@blueprint.get(SHEET + "/screen")
@access(institution_staff)
def show_sign_in_screen(code: str, number: int) -> str:
    """For the wall of the classroom: a square and six figures that change every half minute."""
    run, lesson = get_own_lesson(code, number)
    sign_in = find_sign_in_of_lesson(lesson.id)
    now = clock.now()
    is_open = sign_in is not None and sign_in.closed_at is None and now < lesson.ends_at
    window = window_of(now)
    left = instant_of(window + 1) - now
    token = token_for(sign_in.code, window) if sign_in and is_open else ""
    address = url_for("job_seekers.show_lesson_sign_in", token=token or "-", _external=True)
    return render_template(
        "institution_staff/show_sign_in_screen.html",
        run=run,
        facts=get_course_run_facts(run.id),
        lesson=lesson,
        is_open=is_open,
        square=qr_drawing(address) if is_open else None,
        figures=typed_code_for(sign_in.code, window) if sign_in and is_open else "",
        short_address=url_for("job_seekers.show_sign_in", _external=True).partition("://")[2],
        seconds_left=max(1, min(CODE_SECONDS, int(left.total_seconds()) + 1)),
        present=count_present(lesson.id),
        learners=count_learners(run.id),
        refusals=refusals_for_opening_sign_in(
            now, starts_at=lesson.starts_at, ends_at=lesson.ends_at
        ),
    )


@blueprint.post(SHEET + "/screen/open")
@access(institution_staff)
def open_sign_in(code: str, number: int) -> Response:
    """Let the learners of this lesson sign in."""
    _run, lesson = get_own_lesson(code, number)
    try:
        with write_transaction():
            operations.open_sign_in(lesson.id, actor_id=current_user.user_id)
    except Refused as refused:
        flash_refused(refused)
    return _to("show_sign_in_screen", code, number)


@blueprint.post(SHEET + "/screen/close")
@access(institution_staff)
def close_sign_in(code: str, number: int) -> Response:
    """No more signing in; it can be opened again while the lesson lasts."""
    _run, lesson = get_own_lesson(code, number)
    try:
        with write_transaction():
            operations.close_sign_in(lesson.id, actor_id=current_user.user_id)
        flash(_("Signing in is closed."), "success")
    except Refused as refused:
        flash_refused(refused)
    return _to("show_attendance_sheet", code, number)


@blueprint.get(SHEET + "/station")
@access(institution_staff)
def show_station(code: str, number: int) -> str:
    """A tablet by the door: learners without a phone scan or type their printed voucher."""
    return _station(code, number, VoucherCodeForm())


@blueprint.post(SHEET + "/station")
@access(institution_staff)
def sign_in_at_station(code: str, number: int) -> Answer:
    """One voucher was held to the station; then the next learner."""
    run, lesson = get_own_lesson(code, number)
    form = VoucherCodeForm()
    if not form.validate_on_submit():
        return _station(code, number, form), 422
    try:
        with write_transaction():
            enrollment = look_up.sign_in_by_voucher(
                form.voucher_code.data,
                course_run_id=run.id,
                lesson_id=lesson.id,
                institution_id=run.institution_id,
                actor_id=current_user.user_id,
                method=AttendanceMethod.STATION,
                device_key=device_key(),
            )
    except Refused as refused:
        return _station(code, number, form, refused.refusals), 409
    if enrollment is None:
        return _station(code, number, form, (Refusal("voucher_code_unknown"),)), 409
    flash(_("Welcome. You are signed in. The next learner, please."), "success")
    return _to("show_station", code, number)


@blueprint.post(SHEET + "/entries/confirm")
@access(institution_staff)
def confirm_presences(code: str, number: int) -> Response:
    """The second person: everything colleagues entered by hand for this lesson is true."""
    _run, lesson = get_own_lesson(code, number)
    try:
        with write_transaction():
            count = confirm_lesson_presences(lesson.id, actor_id=current_user.user_id)
        flash(_("%(count)s presences confirmed.", count=count), "success")
    except Refused as refused:
        flash_refused(refused)
    return _to("show_attendance_sheet", code, number)


@blueprint.post(SHEET + "/learners/<enrollment_code>/entry/refuse")
@access(institution_staff)
def refuse_presence_entry(code: str, number: int, enrollment_code: str) -> Response:
    """The second person: this learner was not there."""
    run, lesson = get_own_lesson(code, number)
    enrollment = get_enrollment_of_run(enrollment_code, run.id)
    entry = find_waiting_entry(enrollment.id, lesson.id)
    if entry is None:
        raise NotFound("presence_entry")
    try:
        with write_transaction():
            refuse_presence(entry.id, actor_id=current_user.user_id)
        flash(_("Refused. Nothing is recorded for this learner."), "success")
    except Refused as refused:
        flash_refused(refused)
    return _to("show_attendance_sheet", code, number)


def _station(
    code: str, number: int, form: VoucherCodeForm, refusals: tuple[Refusal, ...] = ()
) -> str:
    run, lesson = get_own_lesson(code, number)
    form.voucher_code.data = ""  # the code of a learner does not stay on the screen for the next
    return render_template(
        "institution_staff/show_station.html",
        run=run,
        facts=get_course_run_facts(run.id),
        lesson=lesson,
        form=form,
        refusals=refusals,
        present=count_present(lesson.id),
        learners=count_learners(run.id),
    )


def _to(endpoint: str, code: str, number: int) -> Response:
    return redirect(url_for(f"institution_staff.{endpoint}", code=code, number=number), 303)
