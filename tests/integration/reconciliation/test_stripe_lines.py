"""A payout of Stripe's arrives at the bank: proposed from its line, signed, booked once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from marketplace.copayments.models import CopaymentHandover
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.ledger.entries import AccountName
from marketplace.ledger.queries import get_balance_fen
from marketplace.payouts.balance.operations import Reading, note_movements
from marketplace.payouts.rails.stripe_balance import SeenMovement
from marketplace.reconciliation.checks import CHECKS
from marketplace.reconciliation.models import BreakProposal, ReconciliationBreak
from marketplace.reconciliation.operations.matching import match_statement_lines
from marketplace.reconciliation.operations.proposals import (
    Choice,
    list_proposed,
    propose_entry,
    propose_reversal,
    take_proposals,
)
from marketplace.reconciliation.operations.settling import approve_proposals
from marketplace.reconciliation.operations.statements import import_bank_statement
from marketplace.reconciliation.queries.proposals import (
    list_break_lines,
    list_proposals_of_break,
)
from marketplace.reconciliation.states import ProposalKind
from tests.factories.bank import make_camt053, make_entry
from tests.factories.corruption import damage, guards_off
from tests.factories.rows import make_row
from tests.factories.settlement import make_officers

LINES = (
    ("300.00", "CRDT", "STRIPE po_1AbCdE"),
    ("300.00", "CRDT", "CREDIT"),
    ("12.00", "CRDT", "Stripe Payments"),
    ("50.00", "DBIT", "CH-PAID 培训费"),
)


def moved(number: int, fen: int) -> SeenMovement:
    return SeenMovement(
        f"txn_{number}", "payout", "po_1AbCdE" if number == 2 else f"po_{number}", None, None,
        fen, 0, fen, "CNY", datetime(2026, 11, 17 + number, 3, tzinfo=UTC),
    )  # fmt: skip


@pytest.fixture
def officers(app, now):
    """Two payouts of one amount at Stripe, and four lines of the bank."""
    with write_transaction():
        officers = make_officers()
        note_movements([moved(2, -30_000), moved(1, -30_000)], Reading())
        make_row(
            CopaymentHandover, code="CH-PAID", state="paid", amount_fen=5_000, payment_count=1,
            reference="B-9", decided_by=officers.checker_id, prepared_by=officers.maker_id,
            decision_reason=None,
        )  # fmt: skip
        entries = [
            make_entry(amount, side, bank_reference=f"N{number}", details="<TxDtls><RmtInf><Ustrd>"
                       f"{words}</Ustrd></RmtInf></TxDtls>")
            for number, (amount, side, words) in enumerate(LINES)
        ]  # fmt: skip
        verdict = import_bank_statement(
            make_camt053(entries, closing="1562.00"), file_name="f", bank_account="MAIN",
            actor_id=None,
        )  # fmt: skip
        assert verdict.problems == ()
        match_statement_lines(actor_id=None)
    return officers


def breaks() -> list[ReconciliationBreak]:
    return list(db.session.scalars(select(ReconciliationBreak).order_by(ReconciliationBreak.id)))


def on_its_way() -> int:
    return get_balance_fen(AccountName("stripe:bank", "CNY"))


def violations() -> list[str]:
    return [check.__name__ for check in CHECKS if list(check())]


def do(act, *asked, **by):
    with write_transaction():
        return act(*asked, **by)


def test_money_from_stripe_arrives_once(officers):
    maker, checker = officers.maker_id, officers.checker_id
    named, alike, waits, handed = (each.code for each in breaks())
    proposed = [
        (each.kind, each.reason.code, each.movement_id)
        for each in list_proposed(list_break_lines([named, alike, waits, handed])).values()
    ]
    assert proposed == [
        (ProposalKind.STRIPE_BANK, "stripe_named", "txn_2"),
        (ProposalKind.STRIPE_BANK, "stripe_amount", "txn_1"),
        (None, "waits_for_stripe", None),
        (ProposalKind.NO_ENTRY, "handover_paid", None),
    ]
    assert on_its_way() == 60_000
    with pytest.raises(Refused, match="proposal_needs_stripe_line"):
        do(propose_entry, waits, Choice(ProposalKind.STRIPE_BANK, "Stripe"), actor_id=maker)
    taken = do(take_proposals, [named, alike], actor_id=maker, reason="Stripe 到账")
    codes = [each.code for each in taken]
    do(approve_proposals, codes, actor_id=checker)
    assert (on_its_way(), violations()) == (0, [])
    told = list_proposals_of_break(breaks()[0].id)
    assert [each.movement_id for each in told] == ["txn_2"]
    # Undone: the movement is free again, for this line only.
    undo = do(propose_reversal, codes[0], reason="错记", actor_id=maker)
    do(approve_proposals, [undo.code], actor_id=checker)
    assert (on_its_way(), violations()) == (30_000, [])
    again = do(propose_entry, named, Choice(ProposalKind.STRIPE_BANK, "到账"), actor_id=maker)
    do(approve_proposals, [again.code], actor_id=checker)
    assert (on_its_way(), violations()) == (0, [])

    # The database: another amount, another movement, the same movement twice.
    other = breaks()[2]
    wrong = {"break_id": other.id, "number": 1, "kind": "stripe_bank", "amount_fen": 1_200,
             "currency": "CNY", "state": "proposed", "decided_by": None, "entry_id": None,
             "reverses_id": None, "payout_id": None, "proposed_by": maker}  # fmt: skip
    with pytest.raises(IntegrityError, match="other side"):
        do(make_row, BreakProposal, **wrong, stripe_movement_id=1)
    db.session.rollback()
    with pytest.raises(IntegrityError, match="other side"):
        do(db.session.execute, update(BreakProposal).values(stripe_movement_id=1))
    db.session.rollback()
    with guards_off():
        damage("UPDATE break_proposal SET stripe_movement_id = NULL WHERE state = 'posted'")
    assert violations() == ["stripe_transfers_have_two_sides"]
