"""The demo's claims: past months went through them, one is publicised, one waits for its check."""

from __future__ import annotations

from datetime import date, timedelta

from marketplace.claims.operations.assemble import assemble_claim, submit_claim
from marketplace.claims.operations.decide import approve_claim, check_claim
from marketplace.claims.queries.lines import list_standing_lines
from marketplace.demo.cast import Cast, SchoolInPlay
from marketplace.demo.history import (
    LESSON_HOURS,
    RunInPlay,
    announce_run,
    at,
    complete_and_redeem,
    enroll,
    finish,
    teach,
)
from marketplace.foundation.db import write_transaction

DAYS_TO_APPROVE = 9
"""Checked on the day after submission, publicised for seven days, approved on the next."""


def submit(run: RunInPlay, *, on: date) -> int:
    """The manager submits the claim of a finished class."""
    with at(on, 16), write_transaction():
        draft = assemble_claim(run.course_run_id, actor_id=run.school.manager_id)
        return submit_claim(draft.id, actor_id=run.school.manager_id).id


def check(cast: Cast, claim_id: int, *, on: date) -> None:
    """A first officer looks at the sample."""
    with at(on, 9), write_transaction():
        seen = [line.id for line in list_standing_lines(claim_id) if line.is_sampled]
        check_claim(claim_id, seen_line_ids=seen, actor_id=cast.users["maker"])


def claim_run(cast: Cast, run: RunInPlay, *, redeemed_on: date, settled_on: date) -> None:
    """The whole way of a claim, where there is time for it before its month is settled."""
    if redeemed_on + timedelta(days=DAYS_TO_APPROVE) >= settled_on:
        return
    claim_id = submit(run, on=redeemed_on)
    check(cast, claim_id, on=redeemed_on + timedelta(days=1))
    with at(redeemed_on + timedelta(days=DAYS_TO_APPROVE), 9), write_transaction():
        approve_claim(claim_id, actor_id=cast.users["checker"])


def open_claims(cast: Cast, learners: dict[int, list[int]], *, scheme_id: int, today: date) -> None:
    """A claim that is publicised today and one that waits for its check, of two schools."""
    publicised, waiting = sorted(learners)
    for number in (publicised, waiting):
        run = _teach_one(
            cast, cast.schools[number], learners[number], scheme_id=scheme_id, today=today
        )
        redeemed_on = run.last_on + timedelta(days=3)
        if not complete_and_redeem(run, on=redeemed_on):
            continue
        if number == publicised:
            claim_id = submit(run, on=redeemed_on)
            check(cast, claim_id, on=today - timedelta(days=2))
        else:
            submit(run, on=today - timedelta(days=2))


def _teach_one(
    cast: Cast, school: SchoolInPlay, learners: list[int], *, scheme_id: int, today: date
) -> RunInPlay:
    days = -(-school.school.offers[0].hours // LESSON_HOURS)
    first_on = today - timedelta(days=14 + days)
    run = announce_run(
        school,
        0,
        first_on=first_on,
        announced_on=first_on - timedelta(days=20),
        capacity=max(20, len(learners)),
        ground_number=1,
    )
    enroll(run, learners, scheme_id=scheme_id, cast=cast, on=first_on - timedelta(days=10))
    teach(run, until=today)
    finish(run)
    return run
