"""My training record: every completed training, with what the voucher paid for it."""

from __future__ import annotations

from flask import render_template, request
from flask_login import current_user

from marketplace.catalog.queries.course_runs import list_course_run_facts
from marketplace.edge.access import access, job_seeker
from marketplace.enrollment import labels
from marketplace.enrollment.queries import list_completed_enrollments, list_completions
from marketplace.foundation import clock
from marketplace.foundation.paging import PAGE_SIZE_MAX, PageRequest
from marketplace.redemption.queries.redemptions import list_redemptions_of_enrollments
from marketplace.web.job_seekers.blueprint import blueprint


@blueprint.get("/record")
@access(job_seeker)
def show_my_record() -> str:
    """What I have learned; the amounts are those of the ledger's own entries."""
    page = list_completed_enrollments(
        current_user.worker_id, PageRequest(request.args.get("page", 1, int), PAGE_SIZE_MAX)
    )
    ids = [enrollment.id for enrollment in page.items]
    return render_template(
        "job_seekers/show_my_record.html",
        page=page,
        runs=list_course_run_facts([enrollment.course_run_id for enrollment in page.items]),
        completions=list_completions(ids),
        redemptions=list_redemptions_of_enrollments(ids),
        labels=labels,
        printed_at=clock.now(),
    )
