"""A voucher's way through its states; each change is conditional on the present state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol, cast

from sqlalchemy import CursorResult, bindparam, update

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db, forget_rows, table_of
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.money import Money
from marketplace.foundation.text import tidy
from marketplace.funding.queries.shares import list_shares_of_vouchers
from marketplace.funds.queries import get_allotment, get_fund
from marketplace.ledger.entries import EntryDraft
from marketplace.ledger.operations import post_entry
from marketplace.vouchers.entries import (
    entry_for_expiry,
    entry_for_pooled_end,
    entry_for_quota_end,
    entry_for_revocation,
)
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.queries.declarations import find_declaration
from marketplace.vouchers.queries.quotas import is_quota_in_force
from marketplace.vouchers.queries.vouchers import lock_voucher
from marketplace.vouchers.rules.quotes import STATE_LABELS
from marketplace.vouchers.states import (
    VOUCHER_TRANSITIONS,
    DeclarationState,
    VoucherKind,
    VoucherState,
)

_VOUCHER = table_of(Voucher)
_MARK_REDEEMED = (
    update(_VOUCHER)
    .where(
        _VOUCHER.c.id.in_(bindparam("voucher_ids", expanding=True)),
        _VOUCHER.c.state == VoucherState.RESERVED,
    )
    .values(state=VoucherState.REDEEMED, changed_at=bindparam("at"))
)


class EntryMaker(Protocol):
    """Either way of giving a face value back."""

    def __call__(
        self, voucher_code: str, *, allotment_code: str, amount: Money, effective_on: date
    ) -> EntryDraft: ...


def mark_reserved(voucher_id: int) -> Voucher:
    """The voucher is tied to an enrollment (active → reserved)."""
    return move_voucher(lock_voucher(voucher_id), VoucherState.RESERVED, VoucherState.ACTIVE)


def mark_redeemed(voucher_id: int) -> Voucher:
    """The voucher is used (reserved → redeemed)."""
    return move_voucher(lock_voucher(voucher_id), VoucherState.REDEEMED, VoucherState.RESERVED)


def mark_vouchers_redeemed(voucher_ids: Sequence[int]) -> None:
    """The same for many vouchers, which the caller holds, in one statement."""
    moved = db.session.execute(
        _MARK_REDEEMED, {"voucher_ids": list(voucher_ids), "at": clock.now()}
    )
    if cast("CursorResult[object]", moved).rowcount != len(voucher_ids):
        raise Refused(Refusal("stale_state"))
    forget_rows(Voucher, voucher_ids)


def mark_unredeemed(voucher_id: int) -> Voucher:
    """A redemption was reversed by an entry: the voucher is tied again (redeemed → reserved)."""
    return move_voucher(lock_voucher(voucher_id), VoucherState.RESERVED, VoucherState.REDEEMED)


def mark_active(voucher_id: int) -> Voucher:
    """A reservation was released: usable again, expired when its last day has passed, or taken
    back when what it was given on was found untrue meanwhile."""
    voucher = lock_voucher(voucher_id)
    if voucher.expires_on >= clock.today():
        move_voucher(voucher, VoucherState.ACTIVE, VoucherState.RESERVED)
        promise = find_declaration(voucher_id)
        if promise and promise.state is DeclarationState.BROKEN:
            return revoke_voucher(voucher_id, reason="告知承诺不实", actor_id=None)
        return voucher
    move_voucher(voucher, VoucherState.EXPIRED, VoucherState.RESERVED)
    _give_value_back(voucher, entry_for_expiry, actor_id=None)
    return voucher


def consume_voucher(voucher_id: int, *, actor_id: int | None) -> Voucher:
    """A class was left at the person's own cost: the voucher is used up (reserved → expired).

    It counts towards the limits like one that was redeemed, and pays nobody. Entry for face
    value: voucher.expired, committed → available.
    """
    voucher = move_voucher(lock_voucher(voucher_id), VoucherState.EXPIRED, VoucherState.RESERVED)
    voucher.consumed_on = clock.today()
    db.session.flush()
    _give_value_back(voucher, entry_for_expiry, actor_id=actor_id)
    record_event(
        "voucher.consumed", subject_kind="voucher", subject_code=voucher.code, actor_id=actor_id
    )
    return voucher


def forgive_voucher(voucher_id: int, *, reason: str, actor_id: int | None) -> Voucher:
    """An officer finds that leaving was not the person's fault: the voucher counts no longer.

    It stays ended; the person may have another one. Doing it twice changes nothing. Refuses
    `revocation_reason_required`.
    """
    voucher = lock_voucher(voucher_id)
    if voucher.consumed_on is None:
        return voucher
    if not tidy(reason):
        raise Refused(Refusal("revocation_reason_required", field="reason"))
    voucher.consumed_on = None
    voucher.changed_at = clock.now()
    db.session.flush()
    record_event(
        "voucher.forgiven",
        subject_kind="voucher",
        subject_code=voucher.code,
        actor_id=actor_id,
        reason=tidy(reason),
    )
    return voucher


def expire_voucher(voucher_id: int, *, actor_id: int | None) -> Voucher:
    """End a voucher whose last day has passed. Ending it twice changes nothing.

    Refuses `voucher_not_due`, `state_forbids`. Entry for face value: voucher.expired,
    committed → available.
    """
    voucher = lock_voucher(voucher_id)
    if voucher.state is VoucherState.EXPIRED:
        return voucher
    if voucher.expires_on >= clock.today():
        raise Refused(Refusal("voucher_not_due", {"expires_on": voucher.expires_on}))
    move_voucher(voucher, VoucherState.EXPIRED, VoucherState.OFFERED, VoucherState.ACTIVE)
    _give_value_back(voucher, entry_for_expiry, actor_id=actor_id)
    record_event(
        "voucher.expired", subject_kind="voucher", subject_code=voucher.code, actor_id=actor_id
    )
    return voucher


def revoke_voucher(voucher_id: int, *, reason: str, actor_id: int | None) -> Voucher:
    """Take an unused voucher back. Revoking twice changes nothing.

    Refuses `reason_required`, `state_forbids`. Entry for face value: voucher.revoked,
    committed → available.
    """
    voucher = lock_voucher(voucher_id)
    if voucher.state is VoucherState.REVOKED:
        return voucher
    if not tidy(reason):
        raise Refused(Refusal("revocation_reason_required", field="reason"))
    move_voucher(voucher, VoucherState.REVOKED, VoucherState.OFFERED, VoucherState.ACTIVE)
    _give_value_back(voucher, entry_for_revocation, actor_id=actor_id)
    record_event(
        "voucher.revoked",
        subject_kind="voucher",
        subject_code=voucher.code,
        actor_id=actor_id,
        reason=tidy(reason),
    )
    return voucher


def end_offer(voucher: Voucher, *, actor_id: int | None) -> Voucher:
    """The person refuses what was offered (offered → revoked), without having to say why.

    Refuses `state_forbids`. Entry for face value: voucher.revoked.
    """
    move_voucher(voucher, VoucherState.REVOKED, VoucherState.OFFERED)
    _give_value_back(voucher, entry_for_revocation, actor_id=actor_id)
    record_event(
        "voucher.declined", subject_kind="voucher", subject_code=voucher.code, actor_id=actor_id
    )
    return voucher


def move_voucher(voucher: Voucher, to: VoucherState, *from_states: VoucherState) -> Voucher:
    """One step of the table of transitions, if the voucher still is where we think it is."""
    before = voucher.state
    allowed = to in VOUCHER_TRANSITIONS[before] and (not from_states or before in from_states)
    if not allowed:
        raise Refused(Refusal("state_forbids", {"state": STATE_LABELS[before]}))
    result = db.session.execute(
        update(Voucher)
        .where(Voucher.id == voucher.id, Voucher.state == before)
        .values(state=to, changed_at=clock.now())
    )
    if cast("CursorResult[object]", result).rowcount != 1:
        raise Refused(Refusal("stale_state"))
    db.session.refresh(voucher)
    return voucher


def _give_value_back(voucher: Voucher, entry: EntryMaker, *, actor_id: int | None) -> None:
    if voucher.kind is not VoucherKind.FACE_VALUE:
        return
    allotment = get_allotment(voucher.allotment_id)
    amount = Money(voucher.value_fen or 0, get_fund(allotment.fund_id).currency)
    draft = entry(
        voucher.code,
        allotment_code=allotment.code,
        amount=amount,
        effective_on=clock.today(),
    )
    if voucher.is_pooled:
        shares = list_shares_of_vouchers([voucher.id])[voucher.id]
        draft = entry_for_pooled_end(
            draft.kind,
            voucher.code,
            shares,
            currency=amount.currency,
            effective_on=clock.today(),
        )
    elif voucher.quota_id and is_quota_in_force(voucher.quota_id):
        draft = entry_for_quota_end(
            draft.kind,
            voucher.code,
            allotment_code=allotment.code,
            amount=amount,
            effective_on=clock.today(),
        )
    post_entry(draft, actor_id=actor_id)
