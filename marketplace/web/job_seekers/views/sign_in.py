"""Saying "I am here" with one's own phone: scan the square of the screen, or type its figures."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.edge.access import access, job_seeker
from marketplace.edge.answers import flash_refused
from marketplace.edge.devices import device_key
from marketplace.edge.extensions import limiter
from marketplace.enrollment.operations import sign_in as operations
from marketplace.enrollment.operations.attendance import confirm_presence, refuse_presence
from marketplace.enrollment.queries import get_enrollment_of_worker
from marketplace.enrollment.rules import DOORS_OPEN
from marketplace.enrollment.sign_in_codes import receipt_for
from marketplace.enrollment.sign_in_queries import (
    find_waiting_entry_of_lesson,
    get_enrollment_code,
    get_lesson,
    list_open_lessons,
)
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.web.job_seekers.blueprint import blueprint
from marketplace.web.job_seekers.forms.sign_in import TypedCodeForm

Answer = Response | tuple[str, int] | str
BY_SQUARE = "/sign-in/<token>"


def _login() -> str:
    """A whole school signs in behind one address: what is counted here is the login."""
    return str(current_user.get_id())


each_login = limiter.limit("60 per minute", key_func=_login)


@blueprint.get("/sign-in")
@access(job_seeker)
@each_login
def show_sign_in() -> str:
    """One field for the figures, and the lessons that can be signed in to now."""
    return _typed_page(TypedCodeForm())


@blueprint.post("/sign-in")
@access(job_seeker)
@each_login
def sign_in_by_typed_code() -> Answer:
    """The figures were typed: present, or why not."""
    form = TypedCodeForm()
    if not form.validate_on_submit():
        return _typed_page(form), 422
    try:
        with write_transaction():
            done = operations.sign_in_by_typed_code(
                form.typed_code.data,
                worker_id=current_user.worker_id,
                actor_id=current_user.user_id,
                device_key=device_key(),
            )
    except Refused as refused:
        return _typed_page(form, refused.refusals), 409
    if done is None:
        unknown = Refusal("sign_in_code_unknown", remedy="scan_code_on_screen")
        return _typed_page(form, (unknown,)), 409
    return _signed_in(done.enrollment_code, done.lesson_number)


@blueprint.get(BY_SQUARE)
@access(job_seeker)
@each_login
def show_lesson_sign_in(token: str) -> Answer:
    """The square was scanned: which lesson, and one button; or why it does not count."""
    opening, refusals = operations.list_token_refusals(token, worker_id=current_user.worker_id)
    device_key()  # a new phone gets its pseudonym now, before the button is tapped
    page = render_template(
        "job_seekers/show_lesson_sign_in.html",
        opening=opening,
        refusals=refusals,
        token=token,
        receipt=receipt_for(token, worker_id=current_user.worker_id, seen_at=clock.now()),
    )
    return (page, 409) if refusals else page


@blueprint.post(BY_SQUARE)
@access(job_seeker)
@each_login
def sign_in_to_lesson(token: str) -> Answer:
    """Yes, I am here."""
    try:
        with write_transaction():
            attendance = operations.sign_in_by_token(
                token,
                worker_id=current_user.worker_id,
                actor_id=current_user.user_id,
                device_key=device_key(),
                receipt=request.form.get("receipt", ""),
            )
            code = get_enrollment_code(attendance.enrollment_id)
            number = get_lesson(attendance.lesson_id).number
    except Refused as refused:
        page = render_template(
            "job_seekers/show_lesson_sign_in.html", opening=None, refusals=refused.refusals
        )
        return page, 409
    return _signed_in(code, number)


@blueprint.post("/classes/<code>/lessons/<int:number>/presence")
@access(job_seeker)
def answer_presence(code: str, number: int) -> Response:
    """Staff entered that I was there: I say whether that is right."""
    enrollment = get_enrollment_of_worker(code, current_user.worker_id)
    entry = find_waiting_entry_of_lesson(enrollment.id, number)
    if entry is None:
        raise NotFound("presence_entry")
    is_right = request.form.get("answer") == "yes"
    decide = confirm_presence if is_right else refuse_presence
    try:
        with write_transaction():
            decide(entry.id, actor_id=current_user.user_id)
        flash(
            _("Thank you. You are recorded as present.")
            if is_right
            else _("Thank you. Nothing is recorded for that lesson."),
            "success",
        )
    except Refused as refused:
        return _back(code, refused)
    return _back(code)


def _back(code: str, refused: Refused | None = None) -> Response:
    if refused:
        flash_refused(refused)
    return redirect(url_for("job_seekers.show_my_class", code=code, _anchor="lessons"), 303)


def _signed_in(enrollment_code: str, number: int) -> Response:
    """To the lesson itself: it says at once that the learner is there."""
    flash(_("You are signed in. It stands in your class at once."), "success")
    return redirect(
        url_for("job_seekers.show_my_class", code=enrollment_code, _anchor=f"lesson-{number}"), 303
    )


def _typed_page(form: TypedCodeForm, refusals: tuple[Refusal, ...] = ()) -> str:
    now = clock.now()
    openings = list_open_lessons(current_user.worker_id, now=now, doors_at=now + DOORS_OPEN)
    return render_template(
        "job_seekers/show_sign_in.html", form=form, openings=openings, refusals=refusals
    )
