"""Gathering a month and signing it. The money is owed since the redemption; what is kept back for
advances and clawbacks is booked at the approval."""

from __future__ import annotations

from sqlalchemy import update

from marketplace.audit.operations import record_event
from marketplace.claims.operations.progress import mark_claims_settled
from marketplace.foundation import clock
from marketplace.foundation.bulk import copy_rows
from marketplace.foundation.db import db
from marketplace.foundation.deciding import write_decision
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import tidy
from marketplace.institutions.models import Institution
from marketplace.institutions.states import InstitutionState
from marketplace.redemption.operations.own_shares import divide_own_shares
from marketplace.retentions.models import Retention
from marketplace.retentions.operations.settling import (
    book_retentions,
    drop_retentions,
    list_released,
    pay_released,
    plan_retentions,
)
from marketplace.settlement.models import Settlement, SettlementLine
from marketplace.settlement.operations.netting import (
    book_nettings,
    plan_nettings,
    release_nettings,
)
from marketplace.settlement.queries import (
    UnsettledRedemption,
    count_reversed_lines,
    find_settlement_in_preparation,
    list_settled_redemption_ids,
    list_unsettled_redemptions,
    lock_institution,
    lock_settlement,
)
from marketplace.settlement.rules import (
    SettlementFacts,
    SignatureFacts,
    period_dates,
    refusals_for_approval,
    refusals_for_rejection,
    refusals_for_settlement,
)
from marketplace.settlement.states import SettlementState


def prepare_settlement(institution_id: int, *, period_code: str, actor_id: int) -> Settlement:
    """Gather an institution's unsettled redemptions of one local month (first signature), and what
    was released in it of withheld shares.

    What the schemes withhold until a milestone is kept back from now on. Asked again, it answers
    with the settlement that already holds them. Refuses `not_a_period`, `nothing_to_settle`,
    `institution_barred`, `settlement_mixes_currencies`. Posts nothing: the redemptions are owed in
    the books since they were made.
    """
    dates = period_dates(period_code)
    if dates is None:
        raise Refused(Refusal("not_a_period", {"period": period_code}, field="period_code"))
    institution = lock_institution(institution_id)
    unsettled = list_unsettled_redemptions(institution_id, from_on=dates[0], to_on=dates[1])
    released = list_released(institution_id, from_on=dates[0], to_on=dates[1])
    if not (unsettled or released) and (
        earlier := find_settlement_in_preparation(institution_id, period_code)
    ):
        return earlier
    facts = SettlementFacts(
        institution.name,
        institution.state == InstitutionState.BARRED,
        period_code,
        frozenset([line.currency for line in unsettled] + [one.currency for one, _run in released]),
    )
    if refusals := refusals_for_settlement(facts):
        raise Refused(refusals)
    settlement = _write_settlement(
        institution_id, period_code, unsettled, [one for one, _run in released], actor_id
    )
    redemption_ids = [line.redemption_id for line in unsettled]
    retained = plan_retentions(
        settlement.id,
        settlement_code=settlement.code,
        institution_id=institution_id,
        redemption_ids=redemption_ids,
        actor_id=actor_id,
    )
    plan_nettings(settlement, redemption_ids, retained=retained, released=released)
    record_event(
        "settlement.prepared",
        subject_kind="settlement",
        subject_code=settlement.code,
        actor_id=actor_id,
        details={"amount_fen": settlement.amount_fen, "lines": len(unsettled)},
    )
    return settlement


def approve_settlement(settlement_id: int, *, actor_id: int) -> Settlement:
    """Sign as the second officer; the settlement may now be paid, its claims are settled.

    Entries: one for each advance or clawback it keeps back (see `book_nettings`), one for what it
    withholds until milestones (see `book_retentions`), and one for each co-payment of which only a
    part is owed (`divide_own_shares`).

    Refuses `settlement_already_decided`, `same_person`, `institution_barred`,
    `redemption_reversed_since`. The same officer's second click changes nothing.
    """
    settlement = lock_settlement(settlement_id)
    if settlement.state == SettlementState.APPROVED and settlement.decided_by == actor_id:
        return settlement
    if refusals := refusals_for_approval(_signature_facts(settlement, actor_id)):
        raise Refused(refusals)
    _decide(settlement, SettlementState.APPROVED, actor_id=actor_id, reason=None)
    book_nettings(settlement, actor_id=actor_id)
    book_retentions(
        settlement.id,
        settlement_code=settlement.code,
        institution_id=settlement.institution_id,
        actor_id=actor_id,
    )
    redemption_ids = list_settled_redemption_ids(settlement.id)
    mark_claims_settled(redemption_ids, actor_id=actor_id)
    divide_own_shares(redemption_ids, actor_id=actor_id)
    return settlement


def reject_settlement(settlement_id: int, *, reason: str, actor_id: int) -> Settlement:
    """Send a settlement back with a reason; its redemptions are free to be settled again.

    Refuses `reason_required`, `settlement_already_decided`, `same_person`.
    """
    settlement = lock_settlement(settlement_id)
    if settlement.state == SettlementState.REJECTED and settlement.decided_by == actor_id:
        return settlement
    refusals = refusals_for_rejection(_signature_facts(settlement, actor_id))
    if not tidy(reason):
        refusals += (Refusal("reason_required", field="reason"),)
    if refusals:
        raise Refused(refusals)
    _decide(settlement, SettlementState.REJECTED, actor_id=actor_id, reason=tidy(reason))
    db.session.execute(
        update(SettlementLine)
        .where(SettlementLine.settlement_id == settlement_id)
        .values(released_at=clock.now())
    )
    # Dropped first: a settlement keeps back at least what it withholds.
    drop_retentions(settlement.id, settlement_code=settlement.code, actor_id=actor_id)
    release_nettings(settlement)
    return settlement


def _write_settlement(
    institution_id: int,
    period_code: str,
    unsettled: list[UnsettledRedemption],
    released: list[Retention],
    actor_id: int,
) -> Settlement:
    settlement = Settlement(
        code=new_code("ST"),
        institution_id=institution_id,
        period_code=period_code,
        state=SettlementState.PREPARED,
        amount_fen=sum(line.amount_fen for line in unsettled)
        + sum(retention.left_fen for retention in released),
        currency=(unsettled or released)[0].currency,
        prepared_by=actor_id,
        prepared_at=clock.now(),
    )
    db.session.add(settlement)
    db.session.flush()
    if unsettled:
        copy_rows(
            SettlementLine,
            ("redemption_id", "amount_fen"),
            [(line.redemption_id, line.amount_fen) for line in unsettled],
            same={"settlement_id": settlement.id},
        )
    pay_released(released, settlement_id=settlement.id)
    return settlement


def _signature_facts(settlement: Settlement, actor_id: int | None) -> SignatureFacts:
    institution = db.session.get_one(Institution, settlement.institution_id)
    return SignatureFacts(
        settlement_code=settlement.code,
        institution_name=institution.name,
        institution_barred=institution.state == InstitutionState.BARRED,
        is_open=settlement.state == SettlementState.PREPARED,
        prepared_by=settlement.prepared_by,
        signed_by=actor_id,
        reversed_count=count_reversed_lines(settlement.id),
    )


def _decide(
    settlement: Settlement, state: SettlementState, *, actor_id: int, reason: str | None
) -> None:
    write_decision(settlement, state, actor_id=actor_id, reason=reason)
    record_event(
        f"settlement.{state}",
        subject_kind="settlement",
        subject_code=settlement.code,
        actor_id=actor_id,
        reason=reason,
    )
