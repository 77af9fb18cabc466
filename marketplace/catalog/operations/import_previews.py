"""What is done with a preview: applied as asked for, or discarded."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import func, select

from marketplace.catalog.models import Course
from marketplace.catalog.operations.import_requests import enqueue_import, order_of_run
from marketplace.catalog.rules import is_large_withdrawal
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.imports.models import ImportRun
from marketplace.imports.operations import decide_preview
from marketplace.imports.queries import count_standing_problems, get_import_run
from marketplace.imports.states import PreviewDecision, RunPurpose
from marketplace.jobs.models import Job
from marketplace.jobs.queries import get_job


def apply_preview(run_id: int, *, typed: str, percent_max: int, actor_id: int | None) -> Job:
    """Ask for the import that a preview showed.

    Refuses a preview that is not done, was decided already, or has problems where nothing was to
    be taken in if there are any; and a large withdrawal whose number was not typed.
    """
    run = get_import_run(run_id)
    if run.job_id is None:
        raise Refused(Refusal("preview_not_ready"))
    order, file_ids = order_of_run(get_job(run.job_id))
    refusals = refusals_for_applying(
        run, all_or_nothing=order.all_or_nothing, typed=typed, percent_max=percent_max
    )
    if refusals:
        raise Refused(refusals)
    decide_preview(run_id, PreviewDecision.APPLIED, actor_id=actor_id)
    applied = replace(order, purpose=RunPurpose.APPLY)
    return enqueue_import(applied, file_ids=file_ids, actor_id=actor_id)


def discard_preview(run_id: int, *, actor_id: int | None) -> ImportRun:
    """Do nothing with it. Refuses a preview that is not done or was decided already."""
    return decide_preview(run_id, PreviewDecision.DISCARDED, actor_id=actor_id)


def refusals_for_applying(
    run: ImportRun, *, all_or_nothing: bool, typed: str, percent_max: int
) -> tuple[Refusal, ...]:
    """Why a preview may not be applied as it is."""
    refusals = []
    standing = count_standing_problems(run.id) if all_or_nothing else 0
    if standing:
        refusals.append(Refusal("import_has_problems", {"count": standing}))
    absent, listed = withdrawal_of(run)
    if is_large_withdrawal(absent, listed, percent_max) and typed.strip() != str(absent):
        facts = {"count": absent, "listed": listed, "percent": percent_max}
        refusals.append(Refusal("withdrawal_not_confirmed", facts, field="typed"))
    return tuple(refusals)


def withdrawal_of(run: ImportRun) -> tuple[int, int]:
    """How many listed courses would be withdrawn as absent, of how many of that source."""
    absent = int(run.counts.get("courses.absent", 0))
    if not absent:
        return 0, 0
    listed = db.session.scalar(
        select(func.count()).where(Course.source == run.source, Course.listed_on.isnot(None))
    )
    return absent, listed or 0
