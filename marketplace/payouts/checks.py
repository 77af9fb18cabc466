"""Payouts against settlements and the books (invariants 12, 13, 17, 20, 21)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import func, or_, select

from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.violations import VIOLATIONS_SHOWN_MAX, Check, Violation
from marketplace.institutions.models import Institution, PayoutAccount
from marketplace.ledger.queries import get_balances_fen, get_booked
from marketplace.payouts.balance.checks import BALANCE_CHECKS
from marketplace.payouts.models import Payout, PayoutAttempt, PayoutBatch
from marketplace.payouts.persons.checks import PERSON_CHECKS
from marketplace.payouts.states import PayoutBatchState, PayoutState
from marketplace.payouts.transfers.checks import TRANSFER_CHECKS
from marketplace.redemption.models import Redemption
from marketplace.retentions.queries.retentions import list_released_fen
from marketplace.settlement.models import Advance, Settlement
from marketplace.settlement.states import SettlementState

UNDER_WAY = (PayoutState.SENT, PayoutState.CONFIRMED)
_IS_ADVANCE = select(Advance.id).where(Advance.settlement_id == Payout.settlement_id).exists()


def payables_are_what_is_unpaid() -> Iterator[Violation]:
    """12: an institution is owed what it redeemed less what was netted, withheld or sent, and again
    what was released, to the fen."""
    owed: dict[str, int] = defaultdict(int)
    redeemed = db.session.execute(
        select(Institution.code, func.sum(Redemption.amount_fen))
        .join(Institution, Institution.id == Redemption.institution_id)
        .where(Redemption.reversal_entry_id.is_(None))
        .group_by(Institution.code)
    )
    for code, amount_fen in redeemed:
        owed[code] += int(amount_fen)
    sent = db.session.execute(
        select(Institution.code, func.sum(Payout.amount_fen))
        .join(Institution, Institution.id == Payout.institution_id)
        .where(Payout.state.in_(UNDER_WAY), ~_IS_ADVANCE)
        .group_by(Institution.code)
    )
    netted = db.session.execute(
        select(Institution.code, func.sum(Settlement.netted_fen))
        .join(Institution, Institution.id == Settlement.institution_id)
        .where(Settlement.state == SettlementState.APPROVED)
        .group_by(Institution.code)
    )
    for code, amount_fen in [*sent, *netted]:
        owed[code] -= int(amount_fen)
    for code, amount_fen in list_released_fen():
        owed[code] += amount_fen
    balances = get_balances_fen("payable:institution")
    for code in sorted(set(owed) | set(balances)):
        if owed[code] != balances.get(code, 0):
            yield Violation(
                "12 payable",
                f"institution {code}",
                f"{balances.get(code, 0)} in the books, {owed[code]} fen unpaid",
            )


def payouts_pay_one_approved_settlement() -> Iterator[Violation]:
    """13: a payout pays one approved settlement, its amount, its institution."""
    rows = db.session.execute(
        select(Payout.code, Settlement.code)
        .join(Settlement, Settlement.id == Payout.settlement_id)
        .where(
            or_(
                Payout.amount_fen != Settlement.amount_fen - Settlement.netted_fen,
                Payout.institution_id != Settlement.institution_id,
                Settlement.state != SettlementState.APPROVED,
            )
        )
        .order_by(Payout.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, settlement_code in rows:
        yield Violation("13 payout", f"payout {code}", f"differs from settlement {settlement_code}")


def attempts_are_booked() -> Iterator[Violation]:
    """17: money that was sent has its entry, and each such entry its attempt."""
    for kind, column in (
        ("payout.sent", PayoutAttempt.sent_entry_id),
        ("payout.confirmed", None),
        ("payout.returned", None),
    ):
        booked = get_booked(kind)
        attempts = {
            reference: (entry_id, amount_fen)
            for reference, entry_id, amount_fen in db.session.execute(
                select(
                    PayoutAttempt.end_to_end_id,
                    column if column is not None else PayoutAttempt.outcome_entry_id,
                    Payout.amount_fen,
                ).join(Payout, Payout.id == PayoutAttempt.payout_id)
            )
        }
        for key, entry in sorted(booked.items()):
            # A try confirmed again after its first line was undone counts its confirmations.
            _entry_id, amount_fen = attempts.get(key.partition("/")[0], (None, None))
            if amount_fen != entry.amount_fen:
                yield Violation("17 business cause", f"{kind} {key}", "has no such payout")
        if column is not None:
            for reference, (entry_id, _amount) in sorted(attempts.items()):
                if entry_id is not None and reference not in booked:
                    yield Violation("17 business cause", f"{kind} {reference}", "is not booked")


def confirmed_payouts_are_booked() -> Iterator[Violation]:
    """17, 18: a payout that counts as confirmed has its entry, and nobody reversed it; one whose
    confirmation was undone is not confirmed by it any more."""
    booked = get_booked("payout.confirmed")
    rows = db.session.execute(
        select(
            PayoutAttempt.end_to_end_id,
            PayoutAttempt.undone,
            PayoutAttempt.outcome_entry_id,
            Payout.state,
            PayoutAttempt.outcome,
        )
        .join(Payout, Payout.id == PayoutAttempt.payout_id)
        .where(
            PayoutAttempt.number == Payout.attempt,
            or_(Payout.state == PayoutState.CONFIRMED, PayoutAttempt.outcome == "confirmed"),
        )
    )
    for reference, undone, entry_id, state, outcome in rows:
        entry = booked.get(f"{reference}/{undone + 1}" if undone else reference)
        if (state, outcome) != (PayoutState.CONFIRMED, "confirmed"):
            yield Violation("19 states", f"payout {reference}", f"{state}, outcome {outcome}")
        elif entry is None or entry.entry_id != entry_id:
            yield Violation("17 business cause", f"payout {reference}", "confirmed, not booked")
        elif entry.is_reversed:
            yield Violation("18 reversal", f"payout {reference}", "confirmed by a reversed entry")


def batches_add_up() -> Iterator[Violation]:
    """13, 20: a batch's control sum is its payouts', and two people signed it."""
    total = func.coalesce(func.sum(Payout.amount_fen), 0)
    rows = db.session.execute(
        select(PayoutBatch.code, PayoutBatch.control_sum_fen, total)
        .outerjoin(PayoutAttempt, PayoutAttempt.batch_id == PayoutBatch.id)
        .outerjoin(Payout, Payout.id == PayoutAttempt.payout_id)
        .group_by(PayoutBatch.id, PayoutBatch.code, PayoutBatch.control_sum_fen)
        .having(total != PayoutBatch.control_sum_fen)
        .order_by(PayoutBatch.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code, control_fen, payouts_fen in rows:
        yield Violation("13 batch", f"batch {code}", f"{control_fen} stated, {payouts_fen} fen")
    alone = db.session.scalars(
        select(PayoutBatch.code)
        .where(
            or_(
                PayoutBatch.prepared_by == PayoutBatch.decided_by,
                (PayoutBatch.state != PayoutBatchState.PREPARED) & PayoutBatch.decided_by.is_(None),
            )
        )
        .order_by(PayoutBatch.code)
        .limit(VIOLATIONS_SHOWN_MAX)
    )
    for code in alone:
        yield Violation("20 two people", f"batch {code}", "not signed by two people")


def money_went_to_verified_payees() -> Iterator[Violation]:
    """21: what was sent went to an account of the same institution that two people had verified,
    on or after the first day it was payable (a changed account is held for seven days)."""
    rows = db.session.execute(
        select(
            Payout.code,
            PayoutAccount.institution_id == Payout.institution_id,
            PayoutAccount.verified_at,
            PayoutAccount.payable_from,
            PayoutBatch.sent_at,
        )
        .join(PayoutAttempt, PayoutAttempt.payout_id == Payout.id)
        .join(PayoutAccount, PayoutAccount.id == PayoutAttempt.payout_account_id)
        .join(PayoutBatch, PayoutBatch.id == PayoutAttempt.batch_id)
        .where(PayoutAttempt.sent_entry_id.is_not(None))
        .order_by(Payout.code)
    )
    for code, same_institution, verified_at, payable_from, sent_at in rows:
        if not same_institution:
            yield Violation("21 payee", f"payout {code}", "went to another institution's account")
        elif sent_at is None or verified_at is None or verified_at > sent_at:
            yield Violation("21 payee", f"payout {code}", "went to an account not yet verified")
        elif payable_from is None or payable_from > clock.local_date(sent_at):
            yield Violation("21 payee", f"payout {code}", "left while its account was on hold")


CHECKS: tuple[Check, ...] = (
    payables_are_what_is_unpaid,
    payouts_pay_one_approved_settlement,
    attempts_are_booked,
    confirmed_payouts_are_booked,
    batches_add_up,
    money_went_to_verified_payees,
    *PERSON_CHECKS,
    *TRANSFER_CHECKS,
    *BALANCE_CHECKS,
)
