"""The end of a lot: frozen by the nightly run, sent back up with two signatures."""

from __future__ import annotations

from datetime import date

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.deciding import write_decision
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.money import Money
from marketplace.foundation.signing import refuse_signature
from marketplace.foundation.text import tidy
from marketplace.funds.entries import appropriated, available, unallotted
from marketplace.funds.lots.entries import entry_for_lot_expired, entry_for_lot_returned
from marketplace.funds.lots.queries import (
    LotRow,
    get_lot_row,
    has_lots,
    list_standings,
    lock_lot,
    lock_lot_return,
)
from marketplace.funds.lots.rules import (
    ReturnFacts,
    draw_from,
    refusals_for_lot_return,
)
from marketplace.funds.models import Allotment, Fund, FundLot, LotReturn
from marketplace.funds.states import LOT_EXPIRED, LotReturnState
from marketplace.ledger.entries import AccountName
from marketplace.ledger.flow_queries import count_entries_of
from marketplace.ledger.operations import post_entry
from marketplace.ledger.queries import find_account_ids, lock_balances


def save_lot(
    fund: Fund,
    allotment: Allotment | None,
    *,
    amount: Money,
    expires_on: date,
    entry_id: int,
    actor_id: int | None,
) -> FundLot:
    """Note that money which an entry brought may be used until a day."""
    lot = FundLot(
        code=new_code("LT"),
        fund_id=fund.id,
        allotment_id=allotment.id if allotment else None,
        amount_fen=amount.fen,
        expires_on=expires_on,
        entry_id=entry_id,
        created_by=actor_id,
        created_at=clock.now(),
    )
    db.session.add(lot)
    db.session.flush()
    return lot


def find_day_drawn(
    fund: Fund, allotment: Allotment | None, held: AccountName, *, amount: Money
) -> date | None:
    """The first day on which money taken from here now would expire; none: it has no date."""
    if not has_lots(fund, allotment):
        return None
    standings = list_standings([(fund, allotment)]).get(held, [])
    return draw_from(standings, amount.fen, on=clock.today())


def expire_lot(lot_id: int, *, actor_id: int | None) -> Money | None:
    """Freeze what is left of a lot whose last day is over; none when nothing is left.

    What is promised to vouchers stays promised; if it comes back, the next run freezes it. Again
    freezes nothing. Entry: `lot.expired`, allotment:available → allotment:frozen.
    """
    lock_lot(lot_id)
    row = get_lot_row(lot_id)
    lock_balances(find_account_ids([row.held]).values())
    row = get_lot_row(lot_id)
    if row.due.fen <= 0:
        return None
    draft = entry_for_lot_expired(
        row.lot.code,
        times=count_entries_of(LOT_EXPIRED, row.lot.code) + 1,
        held=row.held,
        frozen=row.frozen_in,
        amount=row.due,
        on=clock.today(),
    )
    entry_id = post_entry(draft, actor_id=actor_id)
    record_event(
        "fund_lot.expired",
        subject_kind="fund_lot",
        subject_code=row.lot.code,
        actor_id=actor_id,
        details={"amount_fen": row.due.fen, "entry": entry_id},
    )
    return row.due


def prepare_lot_return(lot_id: int, *, actor_id: int) -> LotReturn:
    """Prepare to send the frozen rest of a lot back up (first signature); books nothing.

    Refuses `lot_nothing_frozen`, `lot_return_waiting`.
    """
    lock_lot(lot_id)
    row = get_lot_row(lot_id)
    facts = ReturnFacts(frozen=row.frozen, is_waiting=row.waiting is not None)
    if refusals := refusals_for_lot_return(facts):
        raise Refused(refusals)
    back = LotReturn(
        code=new_code("LR"),
        lot_id=lot_id,
        amount_fen=row.frozen.fen,
        state=LotReturnState.PREPARED,
        prepared_by=actor_id,
        prepared_at=clock.now(),
    )
    db.session.add(back)
    db.session.flush()
    _record("lot_return.prepared", back, row, actor_id, None)
    return back


def approve_lot_return(return_id: int, *, actor_id: int) -> LotReturn:
    """Sign as the second officer: the money is with whoever gave it, to be given anew.

    An allotment's goes to the one above it, or to its fund; a fund's goes back to who put it in.
    Refuses `lot_return_decided`, `same_person`. Entry: `lot.returned`.
    """
    back = lock_lot_return(return_id)
    if back.state is LotReturnState.APPROVED and back.decided_by == actor_id:
        return back
    _refuse_signature(back, actor_id)
    row = get_lot_row(back.lot_id)
    draft = entry_for_lot_returned(
        back.code,
        frozen=row.frozen_in,
        to=giver_of(row.fund, row.allotment),
        amount=Money(back.amount_fen, row.fund.currency),
        on=clock.today(),
    )
    back.entry_id = post_entry(draft, actor_id=actor_id)
    _decide(back, LotReturnState.APPROVED, actor_id, None)
    _record("lot_return.approved", back, row, actor_id, None)
    return back


def reject_lot_return(return_id: int, *, reason: str, actor_id: int) -> LotReturn:
    """Leave the money frozen where it is. Refuses `lot_reason_required`, `lot_return_decided`,
    `same_person`."""
    back = lock_lot_return(return_id)
    if not tidy(reason):
        raise Refused(Refusal("lot_reason_required", field="reason"))
    _refuse_signature(back, actor_id)
    _decide(back, LotReturnState.REJECTED, actor_id, tidy(reason))
    _record("lot_return.rejected", back, get_lot_row(back.lot_id), actor_id, tidy(reason))
    return back


def giver_of(fund: Fund, allotment: Allotment | None) -> AccountName:
    """Where the money of an allotment or a fund came from."""
    if allotment is None:
        return appropriated(fund.code)
    if allotment.parent_id is None:
        return unallotted(fund.code)
    return available(db.session.get_one(Allotment, allotment.parent_id).code)


def _refuse_signature(back: LotReturn, actor_id: int) -> None:
    refuse_signature(
        waits=back.state is LotReturnState.PREPARED,
        maker_id=back.prepared_by,
        actor_id=actor_id,
        decided=Refusal("lot_return_decided"),
    )


def _decide(back: LotReturn, state: LotReturnState, actor_id: int, reason: str | None) -> None:
    write_decision(back, state, actor_id=actor_id, reason=reason)


def _record(event: str, back: LotReturn, row: LotRow, actor_id: int, reason: str | None) -> None:
    record_event(
        event,
        subject_kind="lot_return",
        subject_code=back.code,
        actor_id=actor_id,
        reason=reason,
        details={"lot": row.lot.code, "amount_fen": back.amount_fen},
    )
