"""My classes: what comes next, what is recorded of me, disputing it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as Redirect

from marketplace.catalog.models import Lesson
from marketplace.catalog.queries.calendar import list_calendar_lessons
from marketplace.catalog.queries.course_runs import (
    CourseRunFacts,
    get_course_run_facts,
    list_course_run_facts,
    list_lessons,
)
from marketplace.catalog.queries.run_changes import list_run_changes
from marketplace.catalog.run_rules import CHANGE_WORDS
from marketplace.copayments.queries import find_copayment
from marketplace.edge.access import access, job_seeker
from marketplace.edge.answers import flash_refused
from marketplace.edge.calendars import PAST, calendar_answer, public_events
from marketplace.edge.qr import qr_drawing
from marketplace.enrollment import labels
from marketplace.enrollment.models import Attendance, Completion, Enrollment
from marketplace.enrollment.offline_files import offline_code_for
from marketplace.enrollment.online_queries import list_online_shares
from marketplace.enrollment.operations import disputes
from marketplace.enrollment.queries import (
    count_lessons,
    count_lessons_attended,
    find_attendance,
    find_completion,
    get_enrollment,
    get_enrollment_of_worker,
    list_attendance_of,
    list_enrollments_of_worker,
)
from marketplace.enrollment.rules import DOORS_OPEN
from marketplace.enrollment.sign_in_queries import list_open_lessons, list_waiting_entries_of
from marketplace.enrollment.states import ENDED, ExitReason
from marketplace.enrollment.waiting_queries import list_my_places
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.paging import PageRequest
from marketplace.redemption.models import Reservation
from marketplace.redemption.queries.class_facts import get_pay_scale
from marketplace.redemption.queries.reservations import find_standing_reservation
from marketplace.redemption.queries.swaps import find_swap_of
from marketplace.redemption.queries.withdrawals import find_withdrawal
from marketplace.reviews.queries import find_review
from marketplace.reviews.rules import last_day
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.queries.vouchers import get_voucher
from marketplace.web.job_seekers.blueprint import blueprint
from marketplace.web.job_seekers.canceled_classes import canceled_class
from marketplace.web.job_seekers.forms.classes import DisputeForm

CODES_AHEAD = 5


@dataclass(frozen=True)
class MyClass:
    """An enrollment with all that its pages show."""

    enrollment: Enrollment
    run: CourseRunFacts
    lessons: list[Lesson]
    attendance: dict[int, Attendance]
    completion: Completion | None
    reservation: Reservation | None
    voucher: Voucher | None

    @property
    def is_ended(self) -> bool:
        return self.enrollment.state in ENDED

    @property
    def attended(self) -> int:
        return sum(1 for entry in self.attendance.values() if entry.state == "present")


@blueprint.get("/classes")
@access(job_seeker)
def list_my_classes() -> str:
    """All my classes, the newest first."""
    page = list_enrollments_of_worker(
        current_user.worker_id, PageRequest(request.args.get("page", 1, int))
    )
    run_ids = [enrollment.course_run_id for enrollment in page.items]
    return render_template(
        "job_seekers/list_my_classes.html",
        page=page,
        runs=list_course_run_facts(run_ids),
        totals=count_lessons(run_ids),
        attended=count_lessons_attended([enrollment.id for enrollment in page.items]),
        labels=labels,
        places=list_my_places(current_user.worker_id),
    )


@blueprint.get("/classes/<code>")
@access(job_seeker)
def show_my_class(code: str) -> str:
    """One class: dates, attendance as recorded, the voucher to show."""
    return _class_page(my_class(code), DisputeForm())


@blueprint.get("/classes/<code>/welcome")
@access(job_seeker)
def show_welcome(code: str) -> str:
    """You are in: what to bring, when and where."""
    mine = my_class(code)
    qr = qr_drawing(mine.voucher.code) if mine.voucher else None
    return render_template("job_seekers/show_welcome.html", mine=mine, qr=qr)


@blueprint.get("/classes/<code>/calendar.ics")
@access(job_seeker)
def show_calendar(code: str) -> Response:
    """The lessons as a calendar file (RFC 5545)."""
    run = my_class(code).run
    lessons = list_calendar_lessons([run.course_run_id], since=clock.now() - PAST)
    return calendar_answer(
        public_events(lessons), name=run.title, file_name=run.code, is_public=False
    )


@blueprint.post("/classes/<code>/lessons/<int:number>/dispute")
@access(job_seeker)
def dispute_attendance(code: str, number: int) -> Redirect | tuple[str, int]:
    """Say that an entry is wrong."""
    mine = my_class(code)
    form = DisputeForm()
    if not form.validate_on_submit():
        return _class_page(mine, form, disputed_lesson=number), 422
    try:
        with write_transaction():
            disputes.dispute_attendance(
                _entry(mine, number).id,
                worker_id=current_user.worker_id,
                reason=form.reason.data,
                actor_id=current_user.user_id,
            )
        flash(_("Your objection is recorded. The institution must answer it."), "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("job_seekers.show_my_class", code=code), 303)


@blueprint.post("/classes/<code>/lessons/<int:number>/accept")
@access(job_seeker)
def accept_answer(code: str, number: int) -> Redirect:
    """Agree with the entry as it stands."""
    mine = my_class(code)
    try:
        with write_transaction():
            disputes.accept_answer(
                _entry(mine, number).id,
                worker_id=current_user.worker_id,
                actor_id=current_user.user_id,
            )
        flash(_("Thank you. The dispute is settled."), "success")
    except Refused as refused:
        flash_refused(refused)
    return redirect(url_for("job_seekers.show_my_class", code=code), 303)


def my_class(code: str) -> MyClass:
    """The learner's own class with all that its pages show; another's is not found."""
    enrollment = get_enrollment_of_worker(code, current_user.worker_id)
    reservation = find_standing_reservation(enrollment.id)
    return MyClass(
        enrollment=enrollment,
        run=get_course_run_facts(enrollment.course_run_id),
        lessons=list(list_lessons(enrollment.course_run_id)),
        attendance={entry.lesson_id: entry for entry in list_attendance_of([enrollment.id])},
        completion=find_completion(enrollment.id),
        reservation=reservation,
        voucher=get_voucher(reservation.voucher_id) if reservation else None,
    )


def _entry(mine: MyClass, number: int) -> Attendance:
    for lesson in mine.lessons:
        if lesson.number == number and (entry := find_attendance(mine.enrollment.id, lesson.id)):
            return entry
    raise NotFound("attendance")


def _class_page(mine: MyClass, form: DisputeForm, disputed_lesson: int | None = None) -> str:
    held = mine.reservation is not None and mine.reservation.state == "held"
    canceled = mine.enrollment.exit_reason == ExitReason.RUN_CANCELED
    is_reviewed = mine.completion is not None and find_review(mine.enrollment.id) is not None
    return render_template(
        "job_seekers/show_my_class.html",
        mine=mine,
        form=form,
        disputed_lesson=disputed_lesson,
        labels=labels,
        qr=qr_drawing(mine.voucher.code) if mine.voucher and held else None,
        now=clock.now(),
        waiting=list_waiting_entries_of(mine.enrollment.id),
        open_lessons=_open_lessons(),
        offline_codes=_offline_codes(mine),
        canceled=canceled_class(mine.enrollment) if canceled else None,
        online=list_online_shares([mine.enrollment.id]).get(mine.enrollment.id),
        changes=list_run_changes(mine.run.course_run_id),
        copayment=find_copayment(mine.enrollment.id),
        pay_scale=get_pay_scale(mine.reservation) if mine.reservation else [],
        change_words=CHANGE_WORDS,
        withdrawal=find_withdrawal(mine.enrollment.id),
        swapped_to=_swapped_to(mine.enrollment),
        is_reviewed=is_reviewed,
        review_until=None if is_reviewed else _review_until(mine.completion),
    )


def _swapped_to(enrollment: Enrollment) -> Enrollment | None:
    """The learner's class they changed to."""
    swap = find_swap_of(enrollment.id)
    return get_enrollment(swap.to_enrollment_id) if swap else None


def _review_until(completion: Completion | None) -> date | None:
    """Until when I can still say how it was."""
    if completion is None:
        return None
    until = last_day(clock.local_date(completion.recorded_at))
    return until if clock.today() <= until else None


def _open_lessons() -> set[int]:
    now = clock.now()
    openings = list_open_lessons(current_user.worker_id, now=now, doors_at=now + DOORS_OPEN)
    return {opening.lesson.id for opening in openings}


def _offline_codes(mine: MyClass) -> dict[int, str]:
    """My own codes of the next lessons, for writing down before there is no network."""
    ahead = [lesson for lesson in mine.lessons if lesson.ends_at > clock.now()]
    if mine.is_ended:
        return {}
    code = mine.enrollment.code
    return {lesson.id: offline_code_for(code, lesson.id) for lesson in ahead[:CODES_AHEAD]}
