"""What I say about a training that has ended: one minute, once, and never about money."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from marketplace.catalog.queries.course_runs import get_course_run_facts
from marketplace.edge.access import access, job_seeker
from marketplace.edge.reasons import show_reasons
from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.queries import find_completion, get_enrollment_of_worker
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.reviews.labels import ANSWER_LABELS, QUESTION_LABELS
from marketplace.reviews.operations import give_review
from marketplace.reviews.queries import find_review
from marketplace.reviews.rules import last_day
from marketplace.reviews.states import Question
from marketplace.web.job_seekers.blueprint import blueprint
from marketplace.web.job_seekers.forms.reviews import ReviewForm

Answer = str | Response | tuple[str, int]


@blueprint.get("/classes/<code>/review")
@access(job_seeker)
def show_review(code: str) -> str:
    """Four questions, or what I said."""
    return _page(get_enrollment_of_worker(code, current_user.worker_id), ReviewForm())


@blueprint.post("/classes/<code>/review")
@access(job_seeker)
def submit_review(code: str) -> Answer:
    """Say it, once and for good."""
    enrollment = get_enrollment_of_worker(code, current_user.worker_id)
    form = ReviewForm()
    if not form.validate_on_submit():
        return _page(enrollment, form), 422
    try:
        with write_transaction():
            give_review(
                enrollment.id,
                worker_id=current_user.worker_id,
                answers={question: int(form[question.value].data) for question in Question},
                actor_id=current_user.user_id,
            )
    except Refused as refused:
        show_reasons(form, refused)
        return _page(get_enrollment_of_worker(code, current_user.worker_id), form), 409
    flash(_("Thank you. Your review helps others to choose."), "success")
    return redirect(url_for("job_seekers.show_my_class", code=code), 303)


def _page(enrollment: Enrollment, form: ReviewForm) -> str:
    completion = find_completion(enrollment.id)
    until = last_day(clock.local_date(completion.recorded_at)) if completion else None
    return render_template(
        "job_seekers/show_review.html",
        enrollment=enrollment,
        run=get_course_run_facts(enrollment.course_run_id),
        review=find_review(enrollment.id),
        until=until,
        is_open=until is not None and clock.today() <= until,
        questions=QUESTION_LABELS,
        answers=ANSWER_LABELS,
        form=form,
    )
