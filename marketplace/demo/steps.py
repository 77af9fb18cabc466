"""The demo's class that was paid in steps: begun with an advance, settled with shares withheld.

Two certificates came in time and released their share, two did not; the employment shares wait.
What was paid too much for one learner is taken back in three instalments.
"""

from __future__ import annotations

from datetime import date, timedelta

from marketplace.demo.cast import Cast
from marketplace.demo.claims import claim_run
from marketplace.demo.history import (
    RunInPlay,
    announce_run,
    at,
    enroll,
    finish,
    redeem_before_certificates,
    teach,
)
from marketplace.demo.money import pay, settle_month
from marketplace.foundation.db import write_transaction
from marketplace.records.operations.certificates import issue_certificates
from marketplace.retentions.operations.daily import work_through_retentions
from marketplace.settlement.operations.advances import get_advance_percent, prepare_advance
from marketplace.settlement.operations.clawbacks import approve_clawback, prepare_clawback
from marketplace.settlement.operations.months import approve_settlement
from marketplace.settlement.queries.receivables import get_expected

COURSE = 2
"""家政服务员（初级） of the first school: its people learn something else a month later."""
GROUND = 2
LEARNERS = 5
"""The last of them is often away and completes nothing."""
IN_TIME = 2
"""So many certificates are issued within the days of the policy."""
CLAWED_BACK_FEN = 240_00
INSTALMENTS = 3
REASON = "抽查发现一名学员两天的签到由他人代签（演示）"


def teach_in_steps(
    cast: Cast, learners: list[int], *, scheme_id: int, first_month: date, today: date
) -> RunInPlay:
    """A class in the month before the first one, paid in steps; the books of it until its end."""
    month = (first_month - timedelta(days=1)).replace(day=1)
    school = cast.schools[0]
    run = announce_run(
        school, COURSE, first_on=month + timedelta(days=4),
        announced_on=month - timedelta(days=20), capacity=20, ground_number=GROUND,
    )  # fmt: skip
    enroll(run, learners, scheme_id=scheme_id, cast=cast, on=month - timedelta(days=10))
    _advance(cast, run)
    teach(run, until=today)
    finish(run)
    redeemed_on = run.last_on + timedelta(days=3)
    redeem_before_certificates(run, on=redeemed_on)
    settled_on = first_month + timedelta(days=2)
    claim_run(cast, run, redeemed_on=redeemed_on, settled_on=settled_on)
    settlement_ids = settle_month(cast, [school.institution_id], month=month, on=settled_on)
    pay(cast, settlement_ids, on=settled_on)
    _let_milestones_pass(run, redeemed_on=redeemed_on)
    _claw_back(cast, settlement_ids[0], on=settled_on + timedelta(days=14))
    return run


def _advance(cast: Cast, run: RunInPlay) -> None:
    """On the second day of the class, the share its scheme pays at the start."""
    on = run.first_on + timedelta(days=1)
    with at(on), write_transaction():
        expected_fen, _currency = get_expected(run.course_run_id)
        percent = get_advance_percent(run.school.institution_id)
        advance = prepare_advance(
            run.course_run_id,
            amount_fen=expected_fen * percent // 100,
            actor_id=cast.users["maker"],
        )
        settlement_id = advance.settlement_id
    with at(on, 11), write_transaction():
        approve_settlement(settlement_id, actor_id=cast.users["checker"])
    pay(cast, [settlement_id], on=on)


def _let_milestones_pass(run: RunInPlay, *, redeemed_on: date) -> None:
    """Some certificates in time, the others too late; the runner looks on the days after."""
    for days, certificates in ((35, IN_TIME), (41, 0)):
        with at(redeemed_on + timedelta(days=days)), write_transaction():
            if certificates:
                issue_certificates(
                    run.course_run_id, actor_id=run.school.manager_id, limit=certificates
                )
            work_through_retentions(0)


def _claw_back(cast: Cast, settlement_id: int, *, on: date) -> None:
    with at(on), write_transaction():
        clawback = prepare_clawback(
            settlement_id,
            amount_fen=CLAWED_BACK_FEN,
            instalments=INSTALMENTS,
            reason=REASON,
            actor_id=cast.users["maker"],
        )
    with at(on, 11), write_transaction():
        approve_clawback(clawback.id, actor_id=cast.users["checker"])
