"""Voucher value becomes money owed to an institution, once.

One voucher or a whole class go the same way: hold, look for earlier redemptions, gather the facts
of all, decide each by the rules, book all entries at once, write the rows. A class of fifty is one
operation, not fifty.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, insert, update

from marketplace.audit.operations import record_events
from marketplace.foundation import clock
from marketplace.foundation.db import as_read, db, forget_rows, table_of
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.funding.entries import Shares
from marketplace.funding.queries.shares import list_shares_of_vouchers
from marketplace.ledger.entries import EntryDraft
from marketplace.ledger.operations import post_entries
from marketplace.redemption.entries import entry_for_pooled_redemption, entry_for_redemption
from marketplace.redemption.models import Redemption, Reservation
from marketplace.redemption.operations.at_once import write_at_once
from marketplace.redemption.operations.use_up import use_up
from marketplace.redemption.queries.cases import RedemptionCase, lock_cases
from marketplace.redemption.queries.redemptions import list_standing_redemptions
from marketplace.redemption.queries.reservations import (
    list_held_sign_ins,
    list_tied_vouchers,
    list_used_up,
)
from marketplace.redemption.rules import refusals_for_redemption
from marketplace.redemption.states import ReservationState
from marketplace.vouchers.operations.lifecycle import mark_vouchers_redeemed
from marketplace.vouchers.rules.quotes import STATE_LABELS
from marketplace.vouchers.states import VoucherState

_REDEMPTION, _RESERVATION = table_of(Redemption), table_of(Reservation)
_INSERT_REDEMPTIONS = insert(_REDEMPTION).returning(_REDEMPTION.c.id, _REDEMPTION.c.voucher_id)
_END_RESERVATIONS = (
    update(_RESERVATION)
    .where(_RESERVATION.c.id.in_(bindparam("reservation_ids", expanding=True)))
    .values(state=ReservationState.REDEEMED, ended_at=bindparam("at"))
)


def redeem_voucher(voucher_id: int, *, institution_id: int, actor_id: int | None) -> Redemption:
    """Turn a reserved voucher into money owed to the institution.

    An honest retry gets the same redemption; another institution is refused. Refuses with every
    reason at once. Who attended too little for the whole amount earns the part the scheme pays
    for that rate (`part_of`). Books `voucher.redeemed`: committed becomes payable, what of it was
    not earned, or a face value's rest, becomes available again in the same entry.
    Refuses `voucher_pays_nothing` for a sign-in voucher, which `use_up_voucher` ends.
    """
    outcome, due = _weigh([voucher_id], institution_id=institution_id)
    if refusals := outcome.refused.get(voucher_id):
        raise Refused(refusals)
    if outcome.used_before or any(case.records_only for case in due):
        raise Refused(Refusal("voucher_pays_nothing"))
    redeemed = _write(due, actor_id) if due else outcome.earlier
    return redeemed[voucher_id]


def use_up_voucher(voucher_id: int, *, institution_id: int, actor_id: int | None) -> None:
    """End a sign-in voucher whose training is complete; nobody is paid and nothing is booked.

    Asks the same rules as `redeem_voucher` and refuses with every reason. Again changes nothing.
    """
    outcome, due = _weigh([voucher_id], institution_id=institution_id)
    if refusals := outcome.refused.get(voucher_id):
        raise Refused(refusals)
    use_up([case for case in due if case.records_only], actor_id=actor_id)


def close_sign_ins(course_run_id: int, *, actor_id: int | None) -> int:
    """End every sign-in voucher of a class whose training is complete; answers how many.

    Called when results are recorded: there is no money that would make an institution ask for it.
    Those with a reason against them (a dispute, a hold, too little attendance) stay tied.
    """
    held = list_held_sign_ins(course_run_id)
    if not held:
        return 0
    voucher_ids = [voucher_id for voucher_id, _institution in held]
    _outcome, due = _weigh(voucher_ids, institution_id=held[0][1])
    recorded = [case for case in due if case.records_only]
    use_up(recorded, actor_id=actor_id)
    return len(recorded)


@dataclass(frozen=True, slots=True)
class CourseRunRedemption:
    """What redeeming a whole class did: the redemptions, and for all others every reason."""

    redeemed: tuple[Redemption, ...]
    earlier: tuple[Redemption, ...]
    """Those redeemed before, as a retry finds them."""
    refused: dict[int, tuple[Refusal, ...]]
    """By enrollment."""
    used_up: int = 0
    """Sign-in vouchers that were ended: they record the training and pay nothing."""


def redeem_course_run(
    course_run_id: int, *, institution_id: int, actor_id: int | None
) -> CourseRunRedemption:
    """Redeem every voucher of a class that can be redeemed; name every reason for the others.

    The same as `redeem_voucher` for each of them, in a bounded number of statements. A retry
    finds the earlier redemptions and books nothing.
    """
    enrollment_ids = list_tied_vouchers(course_run_id)
    outcome = _redeem_all(list(enrollment_ids), institution_id=institution_id, actor_id=actor_id)
    return CourseRunRedemption(
        tuple(outcome.redeemed.values()),
        tuple(outcome.earlier.values()),
        {enrollment_ids[voucher_id]: why for voucher_id, why in outcome.refused.items()},
        len(outcome.used_up),
    )


@dataclass(slots=True)
class _Outcome:
    """By voucher: what was redeemed now or before, and why not."""

    redeemed: dict[int, Redemption] = field(default_factory=dict)
    earlier: dict[int, Redemption] = field(default_factory=dict)
    refused: dict[int, tuple[Refusal, ...]] = field(default_factory=dict)
    used_up: set[int] = field(default_factory=set)
    """Sign-in vouchers, ended now."""
    used_before: set[int] = field(default_factory=set)


def _redeem_all(
    voucher_ids: Sequence[int], *, institution_id: int, actor_id: int | None
) -> _Outcome:
    """All at once; only if the books refuse one of them, one by one, so that the others pass."""
    try:
        with db.session.begin_nested():
            return _redeem(voucher_ids, institution_id=institution_id, actor_id=actor_id)
    except Refused:
        pass
    outcome = _Outcome()
    for voucher_id in voucher_ids:
        try:
            with db.session.begin_nested():
                one = _redeem([voucher_id], institution_id=institution_id, actor_id=actor_id)
        except Refused as no:
            outcome.refused[voucher_id] = no.refusals
        else:
            outcome.redeemed |= one.redeemed
            outcome.earlier |= one.earlier
            outcome.refused |= one.refused
            outcome.used_up |= one.used_up
            outcome.used_before |= one.used_before
    return outcome


def _redeem(voucher_ids: Sequence[int], *, institution_id: int, actor_id: int | None) -> _Outcome:
    outcome, due = _weigh(voucher_ids, institution_id=institution_id)
    recorded = [case for case in due if case.records_only]
    use_up(recorded, actor_id=actor_id)
    outcome.used_up = {case.voucher_id for case in recorded}
    if paid := [case for case in due if not case.records_only]:
        outcome.redeemed = _write(paid, actor_id)
    return outcome


def _weigh(
    voucher_ids: Sequence[int], *, institution_id: int
) -> tuple[_Outcome, list[RedemptionCase]]:
    """Hold the vouchers; what was done before, what is refused and why, and what is due."""
    outcome = _Outcome()
    states, cases = lock_cases(voucher_ids, institution_id=institution_id)
    if missing := set(voucher_ids) - states.keys():
        raise NotFound("voucher", min(missing))
    redeemed = [one for one, state in states.items() if state is VoucherState.REDEEMED]
    _find_earlier(outcome, redeemed, institution_id)
    answered = outcome.earlier.keys() | outcome.refused.keys() | outcome.used_before
    undecided = {one: state for one, state in states.items() if one not in answered}
    return outcome, _decide(outcome, undecided, cases)


def _find_earlier(outcome: _Outcome, redeemed_ids: Collection[int], institution_id: int) -> None:
    """A retry gets what stands; another institution's redemption is a reason against it."""
    if not redeemed_ids:
        return
    standing = list_standing_redemptions(redeemed_ids)
    if unpaid := set(redeemed_ids) - standing.keys():
        outcome.used_before = list_used_up(unpaid, institution_id=institution_id)
    for voucher_id, redemption in standing.items():
        if redemption.institution_id == institution_id:
            outcome.earlier[voucher_id] = redemption
        else:
            outcome.refused[voucher_id] = (Refusal("redeemed_elsewhere"),)


def _decide(
    outcome: _Outcome, states: Mapping[int, VoucherState], cases: Mapping[int, RedemptionCase]
) -> list[RedemptionCase]:
    """Ask the rules about each."""
    due: list[RedemptionCase] = []
    for voucher_id, state in states.items():
        case = cases.get(voucher_id)
        if case is None:
            no_class = Refusal("voucher_not_reserved", {"state": STATE_LABELS[state]})
            outcome.refused[voucher_id] = (no_class,)
        elif refusals := refusals_for_redemption(case.facts):
            outcome.refused[voucher_id] = refusals
        else:
            due.append(case)
    return due


def _list_shares(pooled: Sequence[RedemptionCase]) -> dict[int, list[tuple[str, int]]]:
    """By voucher, what each allotment promised of it; where one fund pays, nothing is asked.

    An entitlement may have been promised and released before: its present promise counts.
    """
    if not pooled:
        return {}
    face = [case.voucher_id for case in pooled if case.commitment_id is None]
    chosen = {case.voucher_id: case.commitment_id for case in pooled if case.commitment_id}
    shares = list_shares_of_vouchers(face) if face else {}
    if chosen:
        shares |= list_shares_of_vouchers(chosen, entry_ids=chosen.values())
    return shares


def _entry(case: RedemptionCase, shares: Shares | None) -> EntryDraft:
    attempt = case.redemptions_before + 1
    if shares is not None:
        return entry_for_pooled_redemption(
            case.voucher_code,
            attempt=attempt,
            shares=shares,
            institution_code=case.institution_code,
            amount=case.amount,
            on=clock.today(),
        )
    return entry_for_redemption(
        case.voucher_code,
        attempt=attempt,
        allotment_code=case.allotment_code,
        institution_code=case.institution_code,
        amount=case.amount,
        committed=case.committed,
        on=clock.today(),
    )


def _write(due: Sequence[RedemptionCase], actor_id: int | None) -> dict[int, Redemption]:
    """Entry, redemption, states and audit: at once, or step by step."""
    shares = _list_shares([case for case in due if case.is_pooled])
    entries = [_entry(case, shares.get(case.voucher_id)) for case in due]
    rows = {case.voucher_id: _row(case, actor_id) for case in due}
    details = {case.voucher_code: _details(case, rows[case.voucher_id]) for case in due}
    if numbers := write_at_once(rows, entries, details, actor_id=actor_id):
        return {
            voucher_id: as_read(Redemption, {**row, "id": number, "entry_id": entry_id})
            for voucher_id, row in rows.items()
            for number, entry_id in [numbers[voucher_id]]
        }
    entry_ids = post_entries(entries, actor_id=actor_id)
    for row, told, entry_id in zip(rows.values(), details.values(), entry_ids, strict=True):
        row["entry_id"] = told["entry_id"] = entry_id
    redeemed = _save_redemptions(rows)
    mark_vouchers_redeemed(list(rows))
    _record(details, actor_id)
    return redeemed


def _row(case: RedemptionCase, actor_id: int | None) -> dict[str, Any]:
    """The redemption to be; its entry is booked with it."""
    part = case.part
    return {
        "code": new_code("RD"),
        "voucher_id": case.voucher_id,
        "reservation_id": case.reservation_id,
        "enrollment_id": case.enrollment_id,
        "institution_id": case.institution_id,
        "allotment_id": case.allotment_id,
        "amount_fen": case.amount.fen,
        "part_percent": part.percent if part else None,
        "part_rate_percent": part.rate_percent if part else None,
        "part_own_percent": part.own_percent if part else None,
        "part_rule": part.rule if part else None,
        "reversal_entry_id": None,
        "redeemed_on": clock.today(),
        "redeemed_by": actor_id,
        "redeemed_at": clock.now(),
    }


def _details(case: RedemptionCase, row: Mapping[str, Any]) -> dict[str, Any]:
    told = {
        "redemption": row["code"],
        "institution": case.institution_code,
        "amount_fen": case.amount.fen,
        "rule": case.facts.terms.rule,
    }
    if case.part is None:
        return told
    return told | {
        "rule": case.part.rule,
        "reserved_fen": case.reserved.fen,
        "part_percent": case.part.percent,
        "rate_percent": case.part.rate_percent,
    }


def _save_redemptions(rows: Mapping[int, Mapping[str, Any]]) -> dict[int, Redemption]:
    written = db.session.execute(_INSERT_REDEMPTIONS, list(rows.values()))
    ids = {voucher_id: redemption_id for redemption_id, voucher_id in written}
    reservation_ids = [row["reservation_id"] for row in rows.values()]
    db.session.execute(_END_RESERVATIONS, {"reservation_ids": reservation_ids, "at": clock.now()})
    forget_rows(Reservation, reservation_ids)
    return {
        voucher_id: as_read(Redemption, {**row, "id": ids[voucher_id]})
        for voucher_id, row in rows.items()
    }


def _record(details: Mapping[str, dict[str, Any]], actor_id: int | None) -> None:
    record_events("voucher.redeemed", subject_kind="voucher", details=details, actor_id=actor_id)
