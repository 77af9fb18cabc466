"""Where a worker begins."""

from __future__ import annotations

from flask import render_template
from flask_login import current_user

from marketplace.benefits.queries import is_bank_account_wanted
from marketplace.catalog.queries.course_runs import list_course_run_facts
from marketplace.catalog.rules import MODE_WORDS
from marketplace.edge.access import access, job_seeker
from marketplace.enrollment.queries import list_enrollments_of_worker
from marketplace.enrollment.rules import DOORS_OPEN
from marketplace.enrollment.sign_in_queries import list_open_lessons
from marketplace.enrollment.states import ENDED
from marketplace.foundation import clock
from marketplace.foundation.paging import PageRequest
from marketplace.notices.queries import count_unread_notices
from marketplace.people.queries import list_category_facts
from marketplace.people.states import CategoryFactState
from marketplace.recommendation.labels import REASON_TEXTS
from marketplace.vouchers.queries.expiries import list_open_notices_of_worker
from marketplace.vouchers.queries.vouchers import list_usable_vouchers
from marketplace.web.job_seekers.blueprint import blueprint
from marketplace.web.job_seekers.views.suggestions import suggestions_shown

SUGGESTED_AT_START = 2
USELESS = (CategoryFactState.REFUSED, CategoryFactState.WITHDRAWN)


@blueprint.get("/")
@access(job_seeker)
def show_start() -> str:
    """What to do next: the class I am in, the voucher I can use, or how to get one."""
    facts = [
        fact for fact in list_category_facts(current_user.worker_id) if fact.state not in USELESS
    ]
    enrollments = [
        enrollment
        for enrollment in list_enrollments_of_worker(current_user.worker_id, PageRequest()).items
        if enrollment.state not in ENDED
    ]
    return render_template(
        "job_seekers/start.html",
        facts=facts,
        waiting=any(fact.state is CategoryFactState.DECLARED for fact in facts),
        unread=count_unread_notices(current_user.user_id),
        enrollments=enrollments,
        runs=list_course_run_facts([enrollment.course_run_id for enrollment in enrollments]),
        vouchers=list_usable_vouchers(current_user.worker_id, on=clock.today()),
        today=clock.today(),
        account_wanted=is_bank_account_wanted(current_user.worker_id),
        ending=list_open_notices_of_worker(current_user.worker_id),
        suggestions=suggestions_shown(SUGGESTED_AT_START),
        reason_texts=REASON_TEXTS,
        mode_words=MODE_WORDS,
        openings=list_open_lessons(
            current_user.worker_id, now=clock.now(), doors_at=clock.now() + DOORS_OPEN
        ),
    )
