"""Earned, settled, paid, banked, reconciled: to zero unexplained fen, each step once."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from sqlalchemy import func, select, update

from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.money import Money
from marketplace.foundation.paging import PageRequest
from marketplace.ledger.entries import AccountName
from marketplace.ledger.models import JournalEntry, Posting
from marketplace.ledger.queries import find_entry, get_balance_fen, get_draft_of
from marketplace.payouts.models import Payout, PayoutAttempt
from marketplace.payouts.operations import (
    approve_payout_batch,
    open_payout_file,
    prepare_payout_batch,
    send_payout_batch,
)
from marketplace.payouts.rails.bank_file import pain_001
from marketplace.payouts.rails.demo_bank import answer_batch_file
from marketplace.payouts.rails.protocol import BatchOrder, Payer, PaymentOrder
from marketplace.payouts.states import PayoutState
from marketplace.reconciliation.formats.detection import parse_statement_file
from marketplace.reconciliation.models import (
    BankStatement,
    ReconciliationBreak,
    StatementLine,
)
from marketplace.reconciliation.operations.matching import match_statement_lines
from marketplace.reconciliation.operations.statements import import_bank_statement
from marketplace.reconciliation.queries.overview import get_reconciliation, list_breaks
from marketplace.reconciliation.states import BreakState
from tests.factories.bank import make_camt053, make_entry
from tests.factories.settlement import make_officers, make_sent_batch
from tests.kept import kept

pytestmark = pytest.mark.usefixtures("app", "now")


@pytest.fixture
@kept
def officers(app, now):
    with write_transaction():
        return make_officers()


@pytest.fixture
@kept
def sent(officers):
    with write_transaction():
        return make_sent_batch(officers)


def _import(content: bytes, name: str = "day.xml"):
    with write_transaction():
        return import_bank_statement(content, file_name=name, bank_account="MAIN", actor_id=None)


def _match(actor_id=None):
    with write_transaction():
        return match_statement_lines(actor_id=actor_id)


def _references(batch) -> list[str]:
    return list(
        db.session.scalars(
            select(PayoutAttempt.end_to_end_id)
            .where(PayoutAttempt.batch_id == batch.id)
            .order_by(PayoutAttempt.id)
        )
    )


def _causes() -> list[str]:
    return [row.item.cause for row in list_breaks(PageRequest()).items]


def _balance(kind: str, key: str = "bank_file") -> int:
    return get_balance_fen(AccountName(kind, key))


def _entries() -> int:
    return db.session.scalar(select(func.count()).select_from(JournalEntry))


@pytest.mark.parametrize("as_one_entry", [False, True])
def test_the_loop_closes_with_nothing_unexplained(sent, as_one_entry):
    statement = answer_batch_file(open_payout_file(sent).content, as_one_entry=as_one_entry)
    verdict = _import(statement)
    assert verdict.problems == ()
    assert [s.lines_new for s in verdict.statements] == [2]
    assert get_reconciliation().unexplained_fen == 200_050
    result = _match()
    assert (result.matched, result.breaks_opened) == (2, 0)
    assert get_reconciliation().unexplained_fen == 0
    assert _balance("bank:paid") == 200_050
    assert _balance("clearing:rail") == 0
    assert set(db.session.scalars(select(Payout.state))) == {PayoutState.CONFIRMED}
    for reference in _references(sent):
        entry = find_entry("payout.confirmed", reference)
        assert {(line.account.kind, line.side.value) for line in get_draft_of(entry.id).lines} == {
            ("clearing:rail", "debit"),
            ("bank:paid", "credit"),
        }
    debits, credits_ = db.session.execute(
        select(func.sum(Posting.debit_fen), func.sum(Posting.credit_fen))
    ).one()
    assert debits == credits_


def test_importing_and_matching_twice_changes_nothing(sent):
    statement = answer_batch_file(open_payout_file(sent).content)
    first = _import(statement)
    _match()
    entries = _entries()
    again = _import(statement, "copy.xml")
    assert again.duplicate_of == first.statements[0].code
    respaced = _import(statement.replace(b"><Ntry>", b">\n<Ntry>"))
    assert respaced.duplicate_of == first.statements[0].code
    result = _match()
    assert (result.matched, result.breaks_opened) == (0, 0)
    assert _entries() == entries
    assert db.session.scalar(select(func.count()).select_from(BankStatement)) == 1


def test_overlapping_statements_bring_each_line_once():
    alike = make_entry("5.00", reference="X", bank_reference="B1")
    other = make_entry("1.00", reference="Y", bank_reference="B2")
    third = make_entry("2.00", reference="Z", bank_reference="B3")
    _import(make_camt053([alike, alike, other], closing="989.00"))
    overlap = _import(make_camt053([third, other, alike, alike], closing="987.00", key="S-2"))
    assert overlap.statements[0].lines_new == 1
    assert sorted(db.session.scalars(select(StatementLine.amount_fen))) == [-500, -500, -200, -100]


def test_a_returned_payment_is_owed_again(officers, sent):
    reference = _references(sent)[0]
    statement = answer_batch_file(open_payout_file(sent).content, returned={reference: "AC04"})
    _import(statement)
    assert _match().matched == 3
    assert get_reconciliation().unexplained_fen == 0
    payout = db.session.scalars(select(Payout).order_by(Payout.id)).first()
    assert payout.state == PayoutState.RETURNED
    attempt = db.session.scalars(
        select(PayoutAttempt).where(PayoutAttempt.end_to_end_id == reference)
    ).one()
    assert attempt.outcome == "returned:AC04"
    assert _balance("bank:paid") == 80_050
    with write_transaction():
        batch = prepare_payout_batch(
            [payout.settlement_id], rail="bank_file", actor_id=officers.maker_id
        )
        approve_payout_batch(batch.id, actor_id=officers.checker_id)
        send_payout_batch(batch.id, actor_id=officers.maker_id)
    _import(answer_batch_file(open_payout_file(batch).content))
    assert _match().matched == 1
    assert get_reconciliation().unexplained_fen == 0
    assert _balance("bank:paid") == 200_050


def test_every_cause_of_a_difference_is_named(sent):
    first, second = _references(sent)
    entries = [
        make_entry("1200.00", reference=first),
        make_entry("1200.00", reference=first),
        make_entry("800.51", reference=second),
        make_entry("7.00", reference="PO-2222222222-1"),
        make_entry("8.00"),
        make_entry("9.00", "CRDT"),
        make_entry("800.50", "CRDT", reference=second),
    ]
    _import(make_camt053(entries, opening="9000.00", closing="6593.99"))
    result = _match()
    assert (result.matched, result.breaks_opened) == (1, 6)
    assert sorted(_causes()) == [
        "already_matched",
        "amount_differs",
        "no_reference",
        "no_such_payout",
        "return_before_payment",
        "unknown_credit",
    ]
    assert _balance("bank:paid") == 120_000
    assert get_reconciliation().unexplained_fen == 120_000 + 80_051 + 700 + 800 + 900 + 80_050


def test_a_payout_not_sent_and_another_currency_are_differences(sent):
    first, second = _references(sent)
    with write_transaction():
        db.session.execute(
            update(Payout)
            .where(Payout.code == first.rpartition("-")[0])
            .values(state=PayoutState.APPROVED)
        )
    dollars = make_camt053([make_entry("800.50", reference=second)], closing="199.50")
    _import(dollars.replace(b"CNY", b"USD"))
    _import(
        make_camt053(
            [make_entry("1200.00", reference=first)], closing="-200.00", opening="1"
        ).replace(b">-200.00</Amt><CdtDbtInd>CRDT", b">1199.00</Amt><CdtDbtInd>DBIT")
    )
    _match()
    assert sorted(_causes()) == ["other_currency", "payout_not_sent"]


def test_our_reference_is_found_in_the_free_text(sent):
    first, _second = _references(sent)
    details = f"<TxDtls><RmtInf><Ustrd>付款 {first} 谢谢</Ustrd></RmtInf></TxDtls>"
    _import(make_camt053([make_entry("1200.00", details=details)], opening="1200.00", closing="0"))
    assert _match().matched == 1


def test_a_return_seen_first_is_resolved_when_the_payment_arrives(sent):
    reference = _references(sent)[0]
    came = make_entry("1200.00", "CRDT", reference=reference, bank_reference="R")
    _import(make_camt053([came], closing="2200.00"))
    _match()
    assert _causes() == ["return_before_payment"]
    left = make_entry("1200.00", reference=reference, bank_reference="L")
    _import(make_camt053([left], opening="2200.00", closing="1000.00", key="S-2"))
    result = _match()
    assert (result.matched, result.breaks_resolved) == (2, 1)
    assert db.session.scalars(select(ReconciliationBreak.state)).all() == [BreakState.RESOLVED]
    assert get_reconciliation().open_fen == 0


def test_an_unproved_statement_stores_nothing(sent):
    content = answer_batch_file(open_payout_file(sent).content)
    verdict = _import(content.replace(b">800.50<", b">800.40<", 1))
    assert [problem.code for problem in verdict.problems] == ["does_not_add_up"]
    assert db.session.scalar(select(func.count()).select_from(BankStatement)) == 0
    assert _import(content).statements[0].lines_new == 2


def test_the_demo_banks_answer_is_valid_and_always_the_same(sent, shared_data):
    file = open_payout_file(sent).content
    returned = {_references(sent)[1]: "AC04"}
    schema = etree.XMLSchema(etree.parse(shared_data / "bank/xsd/camt.053.001.08.xsd"))
    for answer in (
        answer_batch_file(file),
        answer_batch_file(file, returned=returned),
        answer_batch_file(file, as_one_entry=True),
    ):
        schema.assertValid(etree.fromstring(answer))
    assert answer_batch_file(file) == answer_batch_file(file)


amounts = st.lists(st.integers(1, 10**9), min_size=1, max_size=12)
names = st.text(min_size=1, max_size=200)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(amounts=amounts, name=names, as_one_entry=st.booleans(), data=st.data())
def test_any_batch_comes_back_as_the_lines_it_was_sent_as(amounts, name, as_one_entry, data):
    orders = tuple(
        PaymentOrder(f"PO-222222222{i % 10}-{i + 1}", Money(fen, "CNY"), name, "1", "2", name, name)
        for i, fen in enumerate(amounts)
    )
    batch = BatchOrder(
        "PB-1", clock.now(), date(2026, 11, 20), Payer(name, "9", "8"), orders, "head"
    )
    back = data.draw(st.sets(st.sampled_from([order.end_to_end_id for order in orders])))
    file = pain_001(batch)
    assert b"sealed books: head" in file
    parsed = parse_statement_file(
        answer_batch_file(
            file,
            returned=dict.fromkeys(back, "AC04"),
            as_one_entry=as_one_entry,
            opening_fen=sum(amounts) + 5,
        )
    )
    statement = parsed.statements[0]
    assert statement.is_proved, statement.problems
    assert statement.opening_fen == sum(amounts) + 5  # follows the statement before it
    assert [(line.end_to_end_id, line.amount_fen) for line in statement.lines] == [
        *((order.end_to_end_id, -order.amount.fen) for order in orders),
        *((o.end_to_end_id, o.amount.fen) for o in orders if o.end_to_end_id in back),
    ]
