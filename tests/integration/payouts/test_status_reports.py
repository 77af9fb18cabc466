"""The bank's answer to a payment file: what it refuses is owed again, once, and never too late."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from marketplace.audit.models import AuditEvent
from marketplace.foundation.db import db, write_transaction
from marketplace.ledger.entries import AccountName
from marketplace.ledger.models import JournalEntry
from marketplace.ledger.queries import find_entry, get_balance_fen, get_draft_of
from marketplace.payouts.answers.operations import ReportVerdict, import_status_report
from marketplace.payouts.answers.report import read_status_report
from marketplace.payouts.answers.rules import Effect
from marketplace.payouts.checks import attempts_are_booked, payables_are_what_is_unpaid
from marketplace.payouts.models import Payout, PayoutAttempt, PayoutBankAnswer
from marketplace.payouts.operations import open_payout_file
from marketplace.payouts.rails.demo_bank import answer_batch_file
from marketplace.payouts.states import PayoutState
from marketplace.reconciliation.operations.matching import match_statement_lines
from marketplace.reconciliation.operations.statements import import_bank_statement
from tests.factories.settlement import make_officers, make_sent_batch
from tests.factories.status_reports import make_status, make_status_report
from tests.kept import kept

pytestmark = pytest.mark.usefixtures("app", "now")


@pytest.fixture
@kept
def sent(app, now):
    with write_transaction():
        return make_sent_batch(make_officers())


def _references(batch) -> list[str]:
    return list(
        db.session.scalars(
            select(PayoutAttempt.end_to_end_id)
            .where(PayoutAttempt.batch_id == batch.id)
            .order_by(PayoutAttempt.id)
        )
    )


def _take_in(content: bytes, paths=("",)) -> ReportVerdict:
    with write_transaction():
        return import_status_report(content, actor_id=None, paths=paths)


def _codes(verdict: ReportVerdict) -> list[str]:
    return [problem.code for problem in verdict.problems]


def _clearing() -> int:
    return get_balance_fen(AccountName("clearing:rail", "bank_file"))


def _entries() -> int:
    return db.session.scalar(select(func.count()).select_from(JournalEntry))


def test_partial_acceptance_restores_what_was_refused_once(sent):
    first, second = _references(sent)
    report = make_status_report(
        sent.code,
        [
            make_status(first, "ACSP", reason="", amount="1200.00"),
            make_status(second, amount="800.50"),
        ],
        message="PART",
        totals="<OrgnlNbOfTxs>2</OrgnlNbOfTxs><OrgnlCtrlSum>2000.50</OrgnlCtrlSum>",
    )
    verdict = _take_in(report)
    assert verdict.problems == ()
    assert [(item.reference, item.effect) for item in verdict.payouts] == [
        (first, Effect.ACCEPTED),
        (second, Effect.RESTORED),
    ]
    refused = verdict.with_effect(Effect.RESTORED)[0]
    assert (refused.reason_code, refused.reason_text) == ("AC04", "账户已销户")
    lines = get_draft_of(find_entry("payout.returned", second).id).lines
    assert [(line.account.kind, line.side.value, line.fen) for line in lines] == [
        ("clearing:rail", "debit", 80_050),
        ("payable:institution", "credit", 80_050),
    ]
    assert _clearing() == 120_000
    entries = _entries()
    again = _take_in(report)
    assert [item.effect for item in again.payouts] == [Effect.ACCEPTED, Effect.KNOWN]
    other = _take_in(make_status_report(sent.code, [make_status(second)], key="BANK-2"))
    assert [item.effect for item in other.payouts] == [Effect.KNOWN]
    assert _entries() == entries
    assert db.session.scalar(select(func.count()).select_from(PayoutBankAnswer)) == 3
    assert [*attempts_are_booked(), *payables_are_what_is_unpaid()] == []
    events = select(AuditEvent.details).where(AuditEvent.event == "payout_batch.answered")
    assert db.session.scalars(events).first()["restored"] == 1


@pytest.mark.parametrize("level", ["message", "block"])
def test_a_refused_file_restores_every_payout(sent, level):
    verdict = _take_in(make_status_report(sent.code, **{level: "RJCT"}))
    assert [item.effect for item in verdict.payouts] == [Effect.RESTORED] * 2
    assert _clearing() == 0
    assert set(db.session.scalars(select(Payout.state))) == {PayoutState.RETURNED}


def test_an_accepted_or_waiting_file_moves_no_money(sent):
    entries = _entries()
    for status, effect in (("ACCP", Effect.ACCEPTED), ("PDNG", Effect.PENDING)):
        verdict = _take_in(make_status_report(sent.code, message=status))
        assert [item.effect for item in verdict.payouts] == [effect] * 2
    assert _entries() == entries
    assert set(db.session.scalars(select(Payout.state))) == {PayoutState.SENT}


def test_unknown_references_are_told_and_the_rest_is_taken(sent):
    second = _references(sent)[1]
    verdict = _take_in(make_status_report(sent.code, [make_status("L-9"), make_status(second)]))
    assert [(p.code, p.row) for p in verdict.problems] == [("answer_reference_unknown", 1)]
    assert [item.reference for item in verdict.payouts] == [second]
    strange = _take_in(make_status_report(sent.code, [make_status(second, "WHAT")]))
    assert _codes(strange) == ["answer_status_unknown"]
    assert _codes(_take_in(make_status_report("PB-NOBODY", message="RJCT"))) == [
        "answer_file_unknown"
    ]


def test_a_forged_report_is_not_believed_at_all(sent):
    first, second = _references(sent)
    good = make_status(first)
    forged = {
        "answer_amount_differs": make_status_report(
            sent.code, [good, make_status(second, amount="800.51")]
        ),
        "answer_sum_differs": make_status_report(
            sent.code, [good], totals="<OrgnlCtrlSum>9.00</OrgnlCtrlSum>"
        ),
        "answer_other_batch": make_status_report("PB-OTHER", [good]),
        "answer_contradicts": make_status_report(
            sent.code, [good, make_status(first, "ACSP", reason="")]
        ),
        "status_report_amount": make_status_report(
            sent.code, [good, make_status(second, amount="-1")]
        ),
    }
    entries = _entries()
    for code, content in forged.items():
        verdict = _take_in(content)
        assert code in _codes(verdict)
        assert verdict.payouts == ()
    usd = make_status(second, amount="800.50", currency="USD")
    assert _codes(_take_in(make_status_report(sent.code, [good, usd]))) == ["answer_amount_differs"]
    contradiction = make_status(first, "ACSP", reason="")
    assert _take_in(make_status_report(sent.code, [contradiction], message="RJCT")).payouts == ()
    assert (_entries(), _clearing()) == (entries, 200_050)


def test_a_confirmed_payout_is_never_restored_by_a_message(sent):
    statement = answer_batch_file(open_payout_file(sent).content)
    with write_transaction():
        import_bank_statement(statement, file_name="s", bank_account="M", actor_id=None)
        match_statement_lines(actor_id=None)
    entries = _entries()
    verdict = _take_in(make_status_report(sent.code, message="RJCT"))
    assert _codes(verdict) == ["answer_after_confirmation"] * 2
    assert verdict.payouts == ()
    assert _entries() == entries


def test_an_acceptance_after_the_refusal_is_too_late(sent):
    first = _references(sent)[0]
    _take_in(make_status_report(sent.code, [make_status(first)]))
    late = _take_in(make_status_report(sent.code, [make_status(first, "ACSC", reason="")]))
    assert _codes(late) == ["answer_after_return"]


def test_payouts_of_another_place_are_unknown(sent):
    verdict = _take_in(make_status_report(sent.code, message="RJCT"), paths=("/elsewhere/",))
    assert _codes(verdict) == ["answer_file_unknown"]


XXE = '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b" ", "status_report_empty"),
        (b"<a", "status_report_damaged"),
        (b"hello", "status_report_damaged"),
        (b"<a/>", "status_report_unknown"),
        (make_status_report("B", namespace="urn:x"), "status_report_unknown"),
        (make_status_report("B", prologue=XXE), "status_report_with_dtd"),
        (make_status_report("B", key=""), "status_report_without_id"),
        (make_status_report("B")[:-30], "status_report_damaged"),
    ],
)
def test_each_fault_of_a_report_is_named(content, code):
    assert code in [problem.code for problem in read_status_report(content).problems]


@pytest.mark.real_data
def test_a_real_report_is_read(shared_data):
    content = (shared_data / "bank/pain/oca_ch_pain002p-rejected.xml").read_bytes()
    report = read_status_report(content)
    assert report.format == "pain.002.001.03"
    assert [(p.references, p.status, p.reason_code) for p in report.payments] == [
        (("Ltest",), "RJCT", "AC01")
    ]
    assert _codes(_take_in(content)) == ["answer_reference_unknown"]
