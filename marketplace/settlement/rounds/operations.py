"""Asking for a round, and doing it one by one: each settlement is a unit of work of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import insert

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.stored_refusals import stored_refusal
from marketplace.jobs.operations import enqueue_job
from marketplace.settlement.models import SettlementRound, SettlementRoundItem
from marketplace.settlement.operations.months import approve_settlement, prepare_settlement
from marketplace.settlement.rounds.queries import (
    get_round,
    list_chosen,
    list_to_prepare,
    lock_round_item,
)
from marketplace.settlement.rules import period_dates
from marketplace.settlement.states import RoundAct, RoundOutcome

JOB_KIND = "settlement_round"


def start_preparation(period_code: str, *, paths: Sequence[str], actor_id: int) -> SettlementRound:
    """Ask for the settlements of a month, of every institution in these places that has money in
    it (first signature on each). Refuses `not_a_period`, `round_empty`. Posts nothing."""
    dates = period_dates(period_code)
    if dates is None:
        raise Refused(Refusal("not_a_period", {"period": period_code}, field="period_code"))
    found = list_to_prepare(paths=paths, from_on=dates[0], to_on=dates[1])
    if not found:
        raise Refused(Refusal("round_empty", {"period": period_code}))
    # Money in two currencies is one institution, which is then told that it cannot be settled so.
    items = {
        institution_id: {
            "institution_id": institution_id,
            "settlement_id": None,
            "amount_fen": amount_fen,
            "currency": currency,
        }
        for institution_id, amount_fen, currency in reversed(found)
    }
    return _start(RoundAct.PREPARE, period_code, list(items.values())[::-1], actor_id)


def start_signing(
    codes: Iterable[str], *, period_code: str, paths: Sequence[str], actor_id: int
) -> SettlementRound:
    """Sign the named settlements of a month as the second officer, one after the other.

    Refuses `round_nothing_chosen`; a settlement of other places, of another month, or prepared by
    the same officer is not found. One decided meanwhile takes its place in the round and is told
    there, so that it does not stop the others. Entries: those of `approve_settlement`, each.
    """
    named = sorted(set(codes))
    if not named:
        raise Refused(Refusal("round_nothing_chosen"))
    chosen = list_chosen(named, paths=paths, period_code=period_code, signer_id=actor_id)
    items = [
        {
            "institution_id": one.settlement.institution_id,
            "settlement_id": one.settlement.id,
            "amount_fen": one.amount.fen,
            "currency": one.amount.currency,
        }
        for one in chosen
    ]
    return _start(RoundAct.APPROVE, period_code, items, actor_id)


def take_round_item(item_id: int) -> None:
    """Prepare or sign the one; what was decided already stays. Refuses as the act alone does."""
    item = lock_round_item(item_id)
    if item.outcome is not RoundOutcome.WAITING:
        return
    one = get_round(item.round_id)
    if one.act is RoundAct.PREPARE:
        settlement = prepare_settlement(
            item.institution_id, period_code=one.period_code, actor_id=one.requested_by
        )
        item.settlement_id = settlement.id
    else:
        assert item.settlement_id is not None, "a settlement to sign is named"
        approve_settlement(item.settlement_id, actor_id=one.requested_by)
    item.outcome = RoundOutcome.DONE
    item.decided_at = clock.now()
    db.session.flush()


def refuse_round_item(item_id: int, refusals: Sequence[Refusal]) -> None:
    """Keep every reason why the one was not possible; the round goes on."""
    item = lock_round_item(item_id)
    if item.outcome is not RoundOutcome.WAITING:
        return
    item.outcome = RoundOutcome.REFUSED
    item.refusals = [stored_refusal(refusal) for refusal in refusals]
    item.decided_at = clock.now()
    db.session.flush()


def finish_round(round_id: int, *, done: int, refused: int) -> None:
    """Everything is decided."""
    one = get_round(round_id)
    if one.finished_at is not None:
        return
    one.finished_at = clock.now()
    db.session.flush()
    record_event(
        "settlement_round.finished",
        subject_kind="settlement_round",
        subject_code=one.code,
        actor_id=one.requested_by,
        details={"done": done, "refused": refused},
    )


def _start(
    act: RoundAct, period_code: str, items: Sequence[Mapping[str, Any]], actor_id: int
) -> SettlementRound:
    one = SettlementRound(
        code=new_code("SR"),
        act=act,
        period_code=period_code,
        requested_by=actor_id,
        requested_at=clock.now(),
    )
    db.session.add(one)
    db.session.flush()
    waiting = {"round_id": one.id, "outcome": RoundOutcome.WAITING, "refusals": []}
    db.session.execute(insert(SettlementRoundItem), [waiting | dict(item) for item in items])
    enqueue_job(
        JOB_KIND,
        payload={"round_id": one.id},
        requested_by=actor_id,
        dedupe_key=f"{JOB_KIND}:{one.code}",
    )
    record_event(
        "settlement_round.requested",
        subject_kind="settlement_round",
        subject_code=one.code,
        actor_id=actor_id,
        details={"act": act.value, "period": period_code, "count": len(items)},
    )
    return one
