"""A claim puts itself together from the redemptions of a finished class, and is submitted."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, insert

from marketplace.audit.operations import record_event
from marketplace.catalog.models import CourseRun
from marketplace.catalog.operations.course_runs import mark_course_run_claimed
from marketplace.catalog.queries.course_runs import get_course_run_facts, lock_course_run
from marketplace.claims.models import Claim, ClaimLine
from marketplace.claims.queries.claims import (
    OVER,
    find_draft,
    get_last_number,
    list_runs_without_draft,
    lock_claim,
)
from marketplace.claims.queries.dates import get_claim_dates, get_grade_effects
from marketplace.claims.queries.lines import Evidence, list_claimable
from marketplace.claims.queries.policy import get_claim_policy
from marketplace.claims.rules.lines import (
    ClaimFacts,
    claim_amount_fen,
    refusals_for_submission,
)
from marketplace.claims.rules.policy import ClaimPolicy
from marketplace.claims.rules.sampling import (
    risk_tier,
    sample_percent,
    sample_size,
    sampled_codes,
)
from marketplace.claims.states import ClaimLineState, ClaimState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.money import Money
from marketplace.institutions.queries import get_institution, list_manager_ids, lock_institution
from marketplace.institutions.states import InstitutionState
from marketplace.notices.operations import send_notice


def assemble_claim(course_run_id: int, *, actor_id: int | None) -> Claim:
    """Gather what can be claimed of a finished class into its draft, or bring the draft up to date.

    Nothing is retyped: lines and amounts are the redemptions. Refuses `run_not_over` and
    `claim_without_lines`. Posts nothing: the money is owed since the redemptions.
    """
    run = lock_course_run(course_run_id)
    found = list_claimable(course_run_id)
    facts = _facts(run, good_lines=len(found))
    wrong = refusals_for_submission(facts, get_claim_policy())
    if stops := [no for no in wrong if no.code in ("run_not_over", "claim_without_lines")]:
        raise Refused(stops)
    draft = find_draft(course_run_id)
    if draft is None:
        draft = _open_draft(run, found, actor_id)
    _write_lines(draft, found)
    return draft


def submit_claim(claim_id: int, *, actor_id: int) -> Claim:
    """Ask to be paid: the automatic checks run, and their findings stay behind for a later claim.

    Refuses `claim_of_barred_institution`, `run_not_over`, `claim_too_late` and
    `claim_without_lines` when no line is in order. Submitted again, it answers with the claim.
    """
    claim = lock_claim(claim_id)
    if claim.state is not ClaimState.DRAFT:
        return claim
    policy = get_claim_policy()
    run = lock_course_run(claim.course_run_id)
    lock_institution(run.institution_id)  # no settlement gathers the same redemptions meanwhile
    found = list_claimable(run.id)
    good = [one for one in found if not one.findings]
    if refusals := refusals_for_submission(_facts(run, good_lines=len(good)), policy):
        raise Refused(refusals)
    _write_lines(claim, good)
    _weigh(claim, good, policy)
    _submit(claim, len(good), actor_id)
    mark_course_run_claimed(run, actor_id=actor_id)
    return claim


def assemble_due_claims(*, limit: int) -> int:
    """Put together every claim that has no draft yet, and tell the institution; how many."""
    count = 0
    for work in list_runs_without_draft(limit):
        claim = assemble_claim(work.course_run_id, actor_id=None)
        count += 1
        amount = Money(claim.amount_fen, claim.currency)
        for manager_id in list_manager_ids(claim.institution_id):
            send_notice(
                manager_id,
                kind="claim.ready",
                params={"title": work.title, "amount": amount},
                link=f"/institution/claims/{claim.code}",
            )
    return count


def _facts(run: CourseRun, *, good_lines: int) -> ClaimFacts:
    institution = get_institution(run.institution_id)
    return ClaimFacts(
        institution.name,
        institution.state == InstitutionState.BARRED,
        run.state in OVER,
        run.ends_on,
        clock.today(),
        good_lines,
    )


def _open_draft(run: CourseRun, found: Sequence[Evidence], actor_id: int | None) -> Claim:
    claim = Claim(
        code=new_code("CL"),
        course_run_id=run.id,
        institution_id=run.institution_id,
        number=get_last_number(run.id) + 1,
        state=ClaimState.DRAFT,
        amount_fen=0,
        currency=found[0].amount.currency,
        assembled_at=clock.now(),
    )
    db.session.add(claim)
    db.session.flush()
    record_event(
        "claim.assembled",
        subject_kind="claim",
        subject_code=claim.code,
        actor_id=actor_id,
        details={"lines": len(found)},
    )
    return claim


def _write_lines(claim: Claim, lines: Sequence[Evidence]) -> None:
    """A draft is no history: its lines are gathered afresh each time."""
    db.session.execute(delete(ClaimLine).where(ClaimLine.claim_id == claim.id))
    rows = [
        {
            "claim_id": claim.id,
            "redemption_id": line.redemption_id,
            "amount_fen": line.amount.fen,
            "state": ClaimLineState.STANDING,
            "is_sampled": False,
        }
        for line in lines
    ]
    if rows:
        db.session.execute(insert(ClaimLine), rows)
    claim.amount_fen = claim_amount_fen([line.amount.fen for line in lines])
    claim.assembled_at = clock.now()
    db.session.flush()


def _weigh(claim: Claim, lines: Sequence[Evidence], policy: ClaimPolicy) -> None:
    """Tier, size of the sample and its lines, by grade and amount (rules/sampling.py)."""
    grade, effects = get_grade_effects(claim.institution_id)
    claim.tier = risk_tier(grade, amount_fen=claim.amount_fen, policy=policy)
    claim.sample_percent = sample_percent(
        effects.inspection_sample_percent if effects else None,
        amount_fen=claim.amount_fen,
        policy=policy,
    )
    claim.sample_size = sample_size(len(lines), percent=claim.sample_percent)
    claim.hold_days = effects.payout_hold_days if effects else 0
    codes = {line.redemption_code: line.redemption_id for line in lines}
    chosen = sampled_codes(claim.code, list(codes), size=claim.sample_size)
    sampled = {codes[code] for code in chosen}
    for line in db.session.query(ClaimLine).where(ClaimLine.claim_id == claim.id):
        line.is_sampled = line.redemption_id in sampled


def _submit(claim: Claim, line_count: int, actor_id: int) -> None:
    claim.state = ClaimState.SUBMITTED
    claim.submitted_by = actor_id
    claim.submitted_at = clock.now()
    dates = get_claim_dates(claim)
    claim.due_on, claim.expected_on = dates.check_by, dates.pay_by
    db.session.flush()
    record_event(
        "claim.submitted",
        subject_kind="claim",
        subject_code=claim.code,
        actor_id=actor_id,
        details={
            "amount_fen": claim.amount_fen,
            "lines": line_count,
            "course_run": get_course_run_facts(claim.course_run_id).code,
        },
    )
