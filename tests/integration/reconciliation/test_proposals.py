"""A difference is proposed, signed by another, booked once, reversed by a second entry."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.paging import PageRequest
from marketplace.ledger.entries import AccountName
from marketplace.ledger.queries import find_entry, get_balance_fen, get_draft_of
from marketplace.payouts.models import Payout, PayoutAttempt
from marketplace.payouts.operations import open_payout_file
from marketplace.payouts.rails.demo_bank import answer_batch_file
from marketplace.payouts.states import PayoutState
from marketplace.reconciliation.checks import CHECKS
from marketplace.reconciliation.models import ReconciliationBreak, StatementLine
from marketplace.reconciliation.operations.breaks import take_break
from marketplace.reconciliation.operations.matching import match_statement_lines
from marketplace.reconciliation.operations.proposals import (
    Choice,
    propose_entry,
    propose_reversal,
    take_proposals,
    withdraw_proposal,
)
from marketplace.reconciliation.operations.settling import approve_proposals, return_proposal
from marketplace.reconciliation.operations.statements import import_bank_statement
from marketplace.reconciliation.queries.overview import get_reconciliation
from marketplace.reconciliation.queries.proposals import (
    count_waiting_proposals,
    list_proposals_of_break,
    list_waiting_proposals,
)
from marketplace.reconciliation.states import BreakState, ProposalKind, StatementLineState
from tests.factories.bank import make_camt053, make_entry
from tests.factories.corruption import damage, guards_off
from tests.factories.settlement import make_officers, make_sent_batch

pytestmark = pytest.mark.usefixtures("app", "now")

PLANTED = (
    (
        "UPDATE break_proposal SET amount_fen = amount_fen * 2 WHERE kind = 'duplicate_payment'",
        {"settled_differences_are_booked"},
    ),
    (
        "UPDATE break_proposal SET state = 'returned' WHERE kind = 'duplicate_payment'",
        {"settled_differences_are_booked", "other_bank_movements_are_explained"},
    ),
)
"""Damage, one on top of the other, and the checks that see it."""


@pytest.fixture
def officers(app, now):
    with write_transaction():
        return make_officers()


def _bank(entries, **balances):
    with write_transaction():
        import_bank_statement(
            make_camt053(entries, **balances),
            file_name="day.xml",
            bank_account="MAIN",
            actor_id=None,
        )
        match_statement_lines(actor_id=None)


def _do(act, *arguments, **values):
    with write_transaction():
        return act(*arguments, **values)


def _refused(act, *arguments, **values) -> tuple[str, ...]:
    with pytest.raises(Refused) as refused:
        _do(act, *arguments, **values)
    return refused.value.codes


def _breaks() -> list[ReconciliationBreak]:
    return list(db.session.scalars(select(ReconciliationBreak).order_by(ReconciliationBreak.id)))


def _violations() -> list[object]:
    return [violation for check in CHECKS for violation in check()]


def _balance(kind: str, key: str = "MAIN.CNY") -> int:
    return get_balance_fen(AccountName(kind, key))


def test_a_fee_goes_from_the_system_to_the_books_and_back(app, officers):
    maker, checker = officers.maker_id, officers.checker_id
    fee = "<TxDtls><RmtInf><Ustrd>手续费</Ustrd></RmtInf></TxDtls>"
    _bank([make_entry("8.00", details=fee)], closing="992.00")
    [item] = _breaks()
    shown = json.loads(
        app.test_cli_runner().invoke(args=["reconciliation", "propose", "--json"]).stdout
    )
    assert [each["kind"] for each in shown["proposals"]] == ["bank_fee"]
    assert _refused(take_proposals, [item.code], actor_id=maker, reason="") == (
        "explanation_required",
    )
    [proposal] = _do(take_proposals, [item.code], actor_id=maker, reason="按月手续费")
    assert proposal.kind == ProposalKind.BANK_FEE
    assert item.owner_id == maker
    assert _refused(take_proposals, [item.code], actor_id=checker, reason="也要") == (
        "proposal_waits",
    )
    assert _refused(withdraw_proposal, proposal.code, actor_id=checker) == ("proposal_of_another",)
    assert _refused(approve_proposals, [proposal.code], actor_id=maker) == ("same_person",)
    assert get_reconciliation().unexplained_fen == 800
    _do(return_proposal, proposal.code, reason="缺说明", actor_id=checker)
    choice = Choice(ProposalKind.BANK_FEE, "按月手续费，附回单")
    first = _do(propose_entry, item.code, choice, actor_id=maker)
    again = _do(propose_entry, item.code, choice, actor_id=maker)
    assert [row.proposal.state.value for row in list_proposals_of_break(item.id)] == [
        "proposed",
        "withdrawn",
        "returned",
    ]
    assert first.number == 2
    assert count_waiting_proposals() == 1
    _do(approve_proposals, [again.code], actor_id=checker)
    _do(approve_proposals, [again.code], actor_id=checker)
    assert list_waiting_proposals(PageRequest()).total == 0
    entry = find_entry("break.settled", f"{item.code}/3")
    assert {(line.account.kind, line.side.value) for line in get_draft_of(entry.id).lines} == {
        ("bank:fees", "debit"),
        ("bank:other", "credit"),
    }
    assert get_reconciliation().unexplained_fen == 0
    assert db.session.scalars(select(StatementLine.state)).one() == StatementLineState.EXPLAINED
    assert _refused(take_break, item.id, actor_id=maker) == ("break_already_closed",)
    assert _violations() == []
    undo = _do(propose_reversal, again.code, reason="记错科目", actor_id=maker)
    _do(approve_proposals, [undo.code], actor_id=checker)
    assert (_balance("bank:fees"), _balance("bank:other")) == (0, 0)
    db.session.expire_all()
    assert (item.state, item.explained_by) == (BreakState.OPEN, None)
    assert get_reconciliation().unexplained_fen == 800
    assert _refused(propose_reversal, again.code, reason="再来", actor_id=maker) == (
        "proposal_not_posted",
    )
    other = _do(propose_entry, item.code, Choice(ProposalKind.NO_ENTRY, "另户"), actor_id=maker)
    _do(approve_proposals, [other.code], actor_id=checker)
    assert get_reconciliation().unexplained_fen == 0
    assert _violations() == []


def test_a_payment_made_twice_is_owed_back_and_a_return_restores_once(officers):
    maker, checker = officers.maker_id, officers.checker_id
    with write_transaction():
        batch = make_sent_batch(officers)
    with write_transaction():
        import_bank_statement(
            answer_batch_file(open_payout_file(batch).content),
            file_name="a.xml",
            bank_account="MAIN",
            actor_id=None,
        )
        match_statement_lines(actor_id=None)
    payout = db.session.scalars(select(Payout).order_by(Payout.id).limit(1)).one()
    reference = db.session.scalars(
        select(PayoutAttempt.end_to_end_id).where(PayoutAttempt.payout_id == payout.id)
    ).one()
    twice = [
        make_entry("1200.00", reference=reference, bank_reference="T1"),
        make_entry("1200.00", "CRDT", bank_reference="T2"),
        make_entry("1200.00", "CRDT", bank_reference="T3"),
        make_entry("3.00", "CRDT", bank_reference="T4"),
    ]
    _bank(twice, opening="5000", closing="6203", key="S-9")
    paid_twice, came_back, again, small = _by_reference()
    [duplicate] = _do(take_proposals, [paid_twice.code], actor_id=maker, reason="重复支付")
    assert duplicate.kind == ProposalKind.DUPLICATE_PAYMENT
    _do(approve_proposals, [duplicate.code], actor_id=checker)
    institution = db.session.scalars(
        text("SELECT code FROM institution WHERE id = :id").bindparams(id=payout.institution_id)
    ).one()
    assert _balance("overpaid:institution", institution) == 120_000
    back = Choice(ProposalKind.RETURNED_PAYMENT, "退汇", payout.code)
    wrong = _do(propose_entry, small.code, back, actor_id=maker)
    assert _refused(approve_proposals, [wrong.code], actor_id=checker) == (
        "proposal_amount_differs",
    )
    first = _do(propose_entry, came_back.code, back, actor_id=maker)
    second = _do(propose_entry, again.code, back, actor_id=maker)
    _do(approve_proposals, [first.code], actor_id=checker)
    assert _refused(approve_proposals, [second.code], actor_id=checker) == (
        "proposal_return_known",
    )
    db.session.expire_all()
    assert payout.state == PayoutState.RETURNED
    assert _balance("payable:institution", institution) == 120_000
    repaid = _do(
        propose_entry,
        again.code,
        Choice(ProposalKind.OVERPAYMENT_REPAID, "退回", payout.code),
        actor_id=maker,
    )
    _do(approve_proposals, [repaid.code], actor_id=checker)
    assert _balance("overpaid:institution", institution) == 0
    assert _violations() == []
    with pytest.raises(IntegrityError), write_transaction():
        db.session.execute(text("UPDATE break_proposal SET amount_fen = 1"))
    with pytest.raises(IntegrityError), write_transaction():
        db.session.execute(text("UPDATE break_proposal SET decided_by = proposed_by"))
    with pytest.raises(IntegrityError), write_transaction():
        db.session.execute(text("DELETE FROM break_proposal"))
    for statement, checks in PLANTED:
        with guards_off():
            damage(statement)
        assert {check.__name__ for check in CHECKS if list(check())} == checks


def _by_reference() -> list[ReconciliationBreak]:
    found = db.session.execute(
        select(ReconciliationBreak, StatementLine.bank_reference)
        .join(StatementLine, StatementLine.id == ReconciliationBreak.statement_line_id)
        .order_by(StatementLine.bank_reference)
    )
    return [item for item, _reference in found]
