"""Paying for a class before its outcome, as a settlement of its own with two signatures."""

from __future__ import annotations

from datetime import timedelta

from marketplace.audit.operations import record_event
from marketplace.catalog.queries.course_runs import lock_course_run
from marketplace.claims.queries.claims import OVER
from marketplace.claims.queries.dates import get_grade_effects
from marketplace.claims.queries.policy import get_claim_policy
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refused
from marketplace.foundation.ids import new_code
from marketplace.institutions.states import InstitutionState
from marketplace.settlement.models import Advance, Settlement
from marketplace.settlement.queries.months import lock_institution
from marketplace.settlement.queries.receivables import find_advance_of_run, get_expected
from marketplace.settlement.rules.receivables import (
    AdvanceFacts,
    advance_percent,
    refusals_for_advance,
)
from marketplace.settlement.states import SettlementState

HELD = (InstitutionState.SUSPENDED, InstitutionState.BARRED)


def prepare_advance(course_run_id: int, *, amount_fen: int, actor_id: int) -> Advance:
    """Prepare an advance (first signature); approving and paying go as for a settlement.

    Refuses `advance_institution_held`, `advance_run_over`, `advance_exists`,
    `advance_not_positive`, `advance_too_high`. Posts nothing; the payout books debit
    advance:institution, credit clearing:rail.
    """
    run = lock_course_run(course_run_id)
    institution = lock_institution(run.institution_id)
    policy = get_claim_policy()
    percent = get_advance_percent(institution.id)
    expected_fen, currency = get_expected(run.id)
    facts = AdvanceFacts(
        institution_name=institution.name,
        institution_held=institution.state in HELD,
        run_is_over=run.state in OVER,
        has_advance=find_advance_of_run(run.id) is not None,
        expected_fen=expected_fen,
        percent=percent,
        rule=policy.rule,
        wanted_fen=amount_fen,
        currency=currency or "CNY",
    )
    if refusals := refusals_for_advance(facts):
        raise Refused(refusals)
    settlement = _write_settlement(institution.id, amount_fen, facts.currency, actor_id)
    advance = Advance(
        code=new_code("AD"),
        course_run_id=run.id,
        institution_id=institution.id,
        settlement_id=settlement.id,
        amount_fen=amount_fen,
        expected_fen=expected_fen,
        percent=percent,
        rule=policy.rule,
        clear_by=run.ends_on + timedelta(days=policy.advance_clear_days),
    )
    db.session.add(advance)
    db.session.flush()
    record_event(
        "advance.prepared",
        subject_kind="advance",
        subject_code=advance.code,
        actor_id=actor_id,
        details={"amount_fen": amount_fen, "settlement": settlement.code, "course_run": run.code},
    )
    return advance


def get_advance_percent(institution_id: int) -> int:
    """The largest share that may be paid to an institution in advance today."""
    policy = get_claim_policy()
    _grade, effects = get_grade_effects(institution_id)
    return advance_percent(
        policy.advance_percent_max,
        grade_percent=effects.advance_max_percent if effects else None,
        unrated_percent=policy.unrated_advance_percent,
    )


def _write_settlement(
    institution_id: int, amount_fen: int, currency: str, actor_id: int
) -> Settlement:
    settlement = Settlement(
        code=new_code("ST"),
        institution_id=institution_id,
        period_code=f"{clock.today():%Y-%m}",
        state=SettlementState.PREPARED,
        amount_fen=amount_fen,
        currency=currency,
        prepared_by=actor_id,
        prepared_at=clock.now(),
    )
    db.session.add(settlement)
    db.session.flush()
    return settlement
