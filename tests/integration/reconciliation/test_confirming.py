"""Suggestions confirmed by an officer: entries once, lines used up, nothing guessed silently."""

from __future__ import annotations

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import DatabaseError

from marketplace.audit.models import AuditEvent
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.ledger.entries import AccountName
from marketplace.ledger.models import JournalEntry
from marketplace.ledger.queries import get_balance_fen
from marketplace.payouts.models import Payout, PayoutAttempt
from marketplace.payouts.states import PayoutState
from marketplace.reconciliation import checks
from marketplace.reconciliation.models import (
    ReconciliationBreak,
    ReconciliationMatch,
    ReconciliationShare,
    StatementLine,
)
from marketplace.reconciliation.operations.matching import match_statement_lines
from marketplace.reconciliation.operations.statements import import_bank_statement
from marketplace.reconciliation.operations.suggestions import confirm_suggestions, list_suggestions
from marketplace.reconciliation.queries.overview import get_reconciliation
from marketplace.reconciliation.rules.suggestions import Kind
from marketplace.reconciliation.states import BreakState
from tests.factories.bank import make_camt053, make_entry
from tests.factories.settlement import make_officers, make_sent_batch
from tests.kept import kept

pytestmark = pytest.mark.usefixtures("app", "now")
PAYEE = "长青职业培训学校"


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


def _details(name: str = PAYEE, words: str = "", party: str = "Cdtr") -> str:
    return (
        f"<TxDtls><RltdPties><{party}><Nm>{name}</Nm></{party}></RltdPties>"
        f"<RmtInf><Ustrd>{words}</Ustrd></RmtInf></TxDtls>"
    )


def _import(entries: list[str], net: str, key: str = "S-1") -> None:
    content = make_camt053(entries, opening="0.00", closing=net, key=key)
    if net.startswith("-"):
        content = content.replace(
            f">{net}</Amt><CdtDbtInd>CRDT".encode(), f">{net[1:]}</Amt><CdtDbtInd>DBIT".encode()
        )
    with write_transaction():
        verdict = import_bank_statement(content, file_name="f", bank_account="MAIN", actor_id=None)
        assert verdict.problems == ()
        match_statement_lines(actor_id=None)


def _confirm(actor_id: int, *keys: str) -> int:
    with write_transaction():
        return confirm_suggestions(keys, actor_id=actor_id)


def _states() -> list[PayoutState]:
    return list(db.session.scalars(select(Payout.state).order_by(Payout.id)))


def _violations() -> list[object]:
    return [violation for check in checks.CHECKS for violation in check()]


def test_lines_without_reference_are_confirmed_in_bulk(officers, sent):
    _import(
        [make_entry("1200.00", details=_details()), make_entry("800.50", details=_details())],
        "-2000.50",
    )
    found = list_suggestions()
    assert [(each.kind, each.confidence, each.is_sure) for each in found] == [
        (Kind.PAYMENT, 95, True),
        (Kind.PAYMENT, 95, True),
    ]
    assert _confirm(officers.checker_id, *(each.key for each in found)) == 2
    assert _states() == [PayoutState.CONFIRMED] * 2
    assert get_balance_fen(AccountName("bank:paid", "bank_file")) == 200_050
    assert get_reconciliation().unexplained_fen == 0
    assert set(db.session.scalars(select(ReconciliationBreak.state))) == {BreakState.RESOLVED}
    explanations = set(db.session.scalars(select(ReconciliationMatch.explanation)))
    assert explanations == {"confirmed_payment"}
    assert _violations() == []
    with pytest.raises(Refused) as gone:
        _confirm(officers.checker_id, found[0].key)
    assert gone.value.codes == ("suggestion_gone",)
    event = select(AuditEvent).where(AuditEvent.event == "suggestion.confirmed")
    assert db.session.scalars(event).first().details["confidence"] == 95


def test_a_batch_booked_as_one_sum_pays_every_payout(officers, sent):
    _import([make_entry("2000.50", details=_details("", f"代发 {sent.code}"))], "-2000.50")
    (found,) = list_suggestions()
    assert (found.kind, found.is_sure) == (Kind.TOGETHER, True)
    assert _confirm(officers.maker_id, found.key) == 1
    assert _states() == [PayoutState.CONFIRMED] * 2
    shares = db.session.scalars(select(ReconciliationShare.amount_fen)).all()
    assert sorted(shares) == [80_050, 120_000]
    assert get_reconciliation().unexplained_fen == 0
    assert _violations() == []


def test_a_payout_paid_in_two_parts_is_booked_once(officers, sent):
    by_id = select(PayoutAttempt.end_to_end_id).order_by(PayoutAttempt.id)
    reference = db.session.scalars(by_id).first()
    entries = [
        make_entry("700.00", reference=reference, bank_reference="1"),
        make_entry("500.00", reference=reference, bank_reference="2"),
    ]
    _import(entries, "-1200.00")
    (found,) = list_suggestions()
    assert (found.kind, len(found.lines)) == (Kind.PARTS, 2)
    before = db.session.scalar(select(func.count()).select_from(JournalEntry))
    assert _confirm(officers.maker_id, found.key) == 2
    assert db.session.scalar(select(func.count()).select_from(JournalEntry)) == before + 1
    assert get_reconciliation().unexplained_fen == 0
    assert _violations() == []


def test_what_is_not_sure_is_confirmed_alone_and_a_return_restores_the_payable(officers, sent):
    _import(
        [make_entry("1200.00", details=_details("")), make_entry("800.50", details=_details())],
        "-2000.50",
    )
    doubtful = [each for each in list_suggestions() if not each.is_sure]
    with pytest.raises(Refused) as refused:
        _confirm(officers.maker_id, *(each.key for each in list_suggestions()))
    assert refused.value.codes == ("suggestion_not_sure",)
    with pytest.raises(Refused):
        _confirm(officers.maker_id)
    assert _confirm(officers.maker_id, doubtful[0].key) == 1
    assert sorted(_states()) == [PayoutState.CONFIRMED, PayoutState.SENT]
    _import(
        [make_entry("1200.00", "CRDT", details=_details(PAYEE, "账号不符", "Dbtr"))],
        "1200.00",
        key="S-2",
    )
    back = next(each for each in list_suggestions() if each.kind == Kind.RETURN)
    assert _confirm(officers.maker_id, back.key) == 1
    assert PayoutState.RETURNED in _states()
    assert get_balance_fen(AccountName("bank:paid", "bank_file")) == 0
    assert _violations() == []


def test_officers_of_another_place_see_no_suggestion(officers, sent):
    _import([make_entry("1200.00", details=_details())], "-1200.00")
    assert list_suggestions(paths=("/elsewhere/",)) == []


def test_the_database_refuses_more_than_a_line_moved_and_any_change(officers, sent):
    _import([make_entry("2000.50", details=_details("", sent.code))], "-2000.50")
    _confirm(officers.maker_id, list_suggestions()[0].key)
    share = db.session.scalars(select(ReconciliationShare).order_by(ReconciliationShare.id)).first()
    line_id, payout_id = share.statement_line_id, share.payout_id
    entry_id = db.session.scalar(select(func.min(JournalEntry.id)))
    more = {
        "statement_line_id": line_id,
        "payout_id": payout_id,
        "entry_id": entry_id,
        "matched_at": clock.now(),
        "explanation": "x",
    }
    attacks = (
        insert(ReconciliationShare).values(amount_fen=1, **more),
        insert(ReconciliationMatch).values(**more),
        ReconciliationShare.__table__.update().values(amount_fen=2),
        ReconciliationShare.__table__.delete(),
    )
    for attack in attacks:
        with pytest.raises(DatabaseError), write_transaction():
            db.session.execute(attack)
    assert _violations() == []
    assert db.session.scalar(select(func.count()).select_from(StatementLine)) == 1
