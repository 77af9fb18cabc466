"""`enrollments swap`: change a learner to another class and take the voucher's money along."""

from __future__ import annotations

from typing import Any

import click
from flask.cli import AppGroup

from marketplace.catalog.queries.course_runs import find_course_run_by_code
from marketplace.cli.answers import print_json, refusals_end_the_command
from marketplace.enrollment.queries import find_enrollment_by_code, get_enrollment
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refusal, Refused
from marketplace.redemption.operations.swap import swap_enrollment
from marketplace.redemption.queries.swaps import SwapPlan, get_swap_plan

group = AppGroup("enrollments", help="Learners in classes.")


@group.command("swap")
@click.argument("enrollment")
@click.argument("course_run")
@click.option("--dry-run", is_flag=True, help="Say what it would cost; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def swap(enrollment: str, course_run: str, dry_run: bool, as_json: bool) -> None:
    """Move ENROLLMENT to COURSE_RUN for the price that is told: seats and money in one act."""
    with refusals_end_the_command(as_json=as_json):
        document = _swap(enrollment, course_run, dry_run=dry_run)
    if as_json:
        print_json(document)
    else:
        for name, value in document.items():
            click.echo(f"{name}: {value}")


def _swap(enrollment_code: str, run_code: str, *, dry_run: bool) -> dict[str, Any]:
    enrollment = find_enrollment_by_code(enrollment_code)
    run = find_course_run_by_code(run_code)
    if enrollment is None:
        raise Refused(Refusal("enrollment_unknown", {"code": enrollment_code}))
    if run is None:
        raise Refused(Refusal("course_run_unknown", {"code": run_code}))
    plan = get_swap_plan(enrollment, run.id)
    if dry_run:
        if plan.refusals:
            raise Refused(plan.refusals)
        return {**_document(plan), "new_enrollment": None, "dry_run": True}
    with write_transaction():
        done = swap_enrollment(
            enrollment.id, course_run_id=run.id, own_share_fen=plan.own_share.fen, actor_id=None
        )
        return {
            "enrollment": enrollment_code,
            "course_run": run_code,
            "value_before_fen": done.value_before_fen,
            "value_after_fen": done.value_after_fen,
            "own_share_before_fen": done.own_share_before_fen,
            "own_share_after_fen": done.own_share_after_fen,
            "price_kept": done.price_kept,
            "new_enrollment": get_enrollment(done.to_enrollment_id).code,
            "dry_run": False,
        }


def _document(plan: SwapPlan) -> dict[str, Any]:
    before = plan.before
    assert before is not None, "refused above otherwise"
    return {
        "enrollment": plan.enrollment.code,
        "course_run": plan.wanted.code,
        "value_before_fen": before.value_fen,
        "value_after_fen": plan.value.fen,
        "own_share_before_fen": before.own_share_fen,
        "own_share_after_fen": plan.own_share.fen,
        "price_kept": plan.price_kept,
    }
