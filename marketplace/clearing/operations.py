"""Clearing a month: prepared from settlements, signed by two officers, booked once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from marketplace.audit.operations import record_event
from marketplace.clearing.entries import entry_for_clearing
from marketplace.clearing.models import ClearingItem, ClearingRun
from marketplace.clearing.pooled_queries import Clearable
from marketplace.clearing.queries import (
    count_faulty_items,
    each_clearable,
    find_standing_run,
    list_dues_of_run,
    list_region_paths_of_run,
    lock_run,
)
from marketplace.clearing.rules import (
    Pair,
    SigningFacts,
    gross_pairs,
    net_positions,
    refusals_for_clearing_rejection,
    refusals_for_first_signature,
    refusals_for_second_signature,
)
from marketplace.clearing.states import ClearingState
from marketplace.foundation import clock
from marketplace.foundation.bulk import insert_rows
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import tidy
from marketplace.ledger.operations import post_entry
from marketplace.settlement.rules import period_dates


@dataclass(frozen=True, slots=True)
class ClearingPlan:
    """What a month's clearing would be."""

    period_code: str
    currency: str
    pairs: tuple[Pair, ...]
    nets: dict[str, int]
    items: tuple[Clearable, ...]


def plan_clearing(period_code: str, *, currency: str) -> ClearingPlan:
    """What regions owe each other up to the end of a month and was not cleared; changes nothing.

    Refuses `clearing_not_a_month`.
    """
    items = tuple(each_clearable(_end_of(period_code), currency=currency))
    dues = [item.due for item in items]
    return ClearingPlan(period_code, currency, gross_pairs(dues), net_positions(dues), items)


def prepare_clearing(period_code: str, *, currency: str, actor_id: int | None) -> ClearingRun:
    """Gather the month; books nothing, two officers sign it next.

    Asked again, it answers with the run that stands. Refuses `clearing_not_a_month`,
    `clearing_month_not_over`, `clearing_exists` (approved), `clearing_nothing`.
    """
    if _end_of(period_code) > clock.now():
        raise Refused(Refusal("clearing_month_not_over", {"period": period_code}))
    if standing := find_standing_run(period_code, currency):
        if standing.state is ClearingState.APPROVED:
            words = {"period": period_code, "code": standing.code}
            raise Refused(Refusal("clearing_exists", words))
        return standing
    plan = plan_clearing(period_code, currency=currency)
    if not plan.items:
        raise Refused(Refusal("clearing_nothing", {"period": period_code}))
    run = ClearingRun(
        code=new_code("RC"),
        period_code=period_code,
        currency=currency,
        state=ClearingState.PREPARED,
        prepared_by=actor_id,
        prepared_at=clock.now(),
    )
    try:
        with db.session.begin_nested():
            db.session.add(run)
            db.session.flush()
            insert_rows(ClearingItem, [_item(run.id, each) for each in plan.items])
    except IntegrityError as error:  # prepared by another officer at this moment
        raise Refused(Refusal("stale_state")) from error
    _record("clearing.prepared", run, actor_id)
    return run


def sign_clearing(run_id: int, *, actor_id: int, paths: Sequence[str]) -> ClearingRun:
    """The first signature. Refuses `clearing_beyond_places`, `clearing_already_decided`."""
    run = lock_run(run_id)
    if run.state is ClearingState.SIGNED and run.signed_by == actor_id:
        return run
    if refusals := refusals_for_first_signature(_facts(run, actor_id, paths)):
        raise Refused(refusals)
    run.state = ClearingState.SIGNED
    run.signed_by, run.signed_at = actor_id, clock.now()
    db.session.flush()
    _record("clearing.signed", run, actor_id)
    return run


def approve_clearing(run_id: int, *, actor_id: int, paths: Sequence[str]) -> ClearingRun:
    """The second signature: each region's position is booked, once for the month.

    Entry: `clearing.approved`, credit clearing:region of each that owes, debit of each that is
    owed. Refuses `clearing_beyond_places`, `clearing_not_signed`, `clearing_already_decided`,
    `same_person`, `clearing_changed_since`.
    """
    run = lock_run(run_id)
    if run.state is ClearingState.APPROVED and run.decided_by == actor_id:
        return run
    if refusals := refusals_for_second_signature(_facts(run, actor_id, paths)):
        raise Refused(refusals)
    draft = entry_for_clearing(
        f"{run.period_code}/{run.currency}",
        nets=net_positions(list_dues_of_run(run.id)),
        currency=run.currency,
        on=clock.today(),
    )
    if draft is not None:
        run.entry_id = post_entry(draft, actor_id=actor_id)
    _decide(run, ClearingState.APPROVED, actor_id, None)
    return run


def reject_clearing(
    run_id: int, *, reason: str, actor_id: int, paths: Sequence[str]
) -> ClearingRun:
    """Send it back with a reason; its lines may be cleared by another run.

    Refuses `clearing_beyond_places`, `clearing_already_decided`, `clearing_reason_required`.
    """
    run = lock_run(run_id)
    words = tidy(reason)[:500]
    if refusals := refusals_for_clearing_rejection(_facts(run, actor_id, paths), words):
        raise Refused(refusals)
    db.session.execute(
        update(ClearingItem).where(ClearingItem.run_id == run.id).values(released_at=clock.now())
    )
    if run.signed_by == actor_id:  # not before the statement above, which would save it half done
        run.signed_by = run.signed_at = None
    _decide(run, ClearingState.REJECTED, actor_id, words)
    return run


def _end_of(period_code: str) -> datetime:
    """The first instant after a local month."""
    dates = period_dates(period_code)
    if dates is None:
        raise Refused(Refusal("clearing_not_a_month", {"period": period_code[:20]}))
    last_on = dates[1]
    following = date.fromordinal(last_on.toordinal() + 1)
    return datetime.combine(following, time(0), tzinfo=clock.zone()).astimezone(UTC)


def _item(run_id: int, each: Clearable) -> dict[str, object]:
    return {
        "run_id": run_id,
        "settlement_line_id": each.settlement_line_id,
        "clawback_id": each.clawback_id,
        "retention_id": each.retention_id,
        "allotment_id": each.allotment_id,
        "home_id": each.home.id,
        "place_id": each.place.id,
        "amount_fen": each.amount_fen,
        "released_at": None,
    }


def _facts(run: ClearingRun, actor_id: int, paths: Sequence[str]) -> SigningFacts:
    regions = list_region_paths_of_run(run.id)
    return SigningFacts(
        code=run.code,
        state=run.state,
        signed_by=run.signed_by,
        actor_id=actor_id,
        is_within_places=all(any(path.startswith(own) for own in paths) for path in regions),
        still_agrees=count_faulty_items(run.id) == 0,
    )


def _decide(run: ClearingRun, state: ClearingState, actor_id: int, reason: str | None) -> None:
    run.state = state
    run.decided_by, run.decided_at = actor_id, clock.now()
    run.decision_reason = reason
    db.session.flush()
    _record(f"clearing.{state.value}", run, actor_id)


def _record(event: str, run: ClearingRun, actor_id: int | None) -> None:
    record_event(
        event,
        subject_kind="clearing",
        subject_code=run.code,
        actor_id=actor_id,
        reason=run.decision_reason,
        details={"period": run.period_code, "entry_id": run.entry_id},
    )
