"""A line tied to the wrong payout is untied by two officers; all that hangs on it follows."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, text

from marketplace.audit.models import AuditEvent
from marketplace.foundation.db import db, rehearsal, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.ledger.entries import AccountName
from marketplace.ledger.models import JournalEntry
from marketplace.ledger.operations import reverse_entry
from marketplace.ledger.queries import get_balance_fen
from marketplace.payouts import checks as payout_checks
from marketplace.payouts.models import Payout, PayoutAttempt
from marketplace.payouts.states import PayoutState
from marketplace.reconciliation import checks
from marketplace.reconciliation.models import (
    BankStatement,
    ReconciliationBreak,
    ReconciliationMatch,
    ReconciliationShare,
    StatementLine,
)
from marketplace.reconciliation.operations import confirming, finding
from marketplace.reconciliation.operations.matching import match_singly, match_statement_lines
from marketplace.reconciliation.operations.proposals import Choice, propose_entry
from marketplace.reconciliation.operations.setting_aside import (
    approve_setting_aside,
    propose_setting_aside,
)
from marketplace.reconciliation.operations.statements import import_bank_statement
from marketplace.reconciliation.operations.suggestions import confirm_suggestions, list_suggestions
from marketplace.reconciliation.operations.undoing import (
    approve_undoing,
    propose_undoing,
    return_undoing,
    withdraw_undoing,
)
from marketplace.reconciliation.queries.finding import list_asking_line_ids
from marketplace.reconciliation.queries.overview import get_reconciliation
from marketplace.reconciliation.states import (
    BreakState,
    ProposalKind,
    StatementLineState,
    UndoingState,
)
from marketplace.reporting.trail import trail_of_entry
from tests.factories.bank import make_camt053, make_entry
from tests.factories.corruption import damage, guards_off
from tests.factories.settlement import make_officers, make_sent_batch
from tests.kept import kept
from tests.stopping import is_stopped

pytestmark = pytest.mark.usefixtures("app", "now")
PAYEE = "长青职业培训学校"
PAID = AccountName("bank:paid", "bank_file")


@pytest.fixture
@kept
def officers(app, now):
    with write_transaction():
        made = make_officers()
        make_sent_batch(made, (120_000, 120_000))
        return made


def _file(entries: list[str], moved: str) -> bytes:
    content = make_camt053(entries, opening="0.00", closing=f"-{moved}", key="S-1")
    return content.replace(
        f">-{moved}</Amt><CdtDbtInd>CRDT".encode(), f">{moved}</Amt><CdtDbtInd>DBIT".encode()
    )


def _take_in(content: bytes) -> int:
    with write_transaction():
        verdict = import_bank_statement(content, file_name="f", bank_account="MAIN", actor_id=None)
        assert verdict.problems == ()
        match_statement_lines(actor_id=None)
    [taken] = verdict.statements
    return db.session.scalars(
        select(BankStatement.id).where(BankStatement.code == taken.code)
    ).one()


def _references() -> list[str]:
    return list(db.session.scalars(select(PayoutAttempt.end_to_end_id).order_by(PayoutAttempt.id)))


def _lines(*states: StatementLineState) -> list[int]:
    wanted = select(StatementLine.id).where(StatementLine.state.in_(states))
    return list(db.session.scalars(wanted.order_by(StatementLine.id)))


def _do(act, *arguments, **values):
    with write_transaction():
        return act(*arguments, **values)


def _refused(act, *arguments, **values) -> tuple[str, ...]:
    with pytest.raises(Refused) as refused:
        _do(act, *arguments, **values)
    return refused.value.codes


def _undo(line_id: int, officers, reason: str = "金额相同，付款不同") -> None:
    _do(propose_undoing, line_id, reason=reason, actor_id=officers.maker_id)
    _do(approve_undoing, line_id, actor_id=officers.checker_id)


def _payouts() -> list[PayoutState]:
    return list(db.session.scalars(select(Payout.state).order_by(Payout.id)))


def _violations() -> list[object]:
    found = (*checks.CHECKS, *payout_checks.CHECKS)
    return [violation for check in found for violation in check()]


def test_a_statement_taken_in_wrongly_is_undone_set_aside_and_taken_in_again(officers):
    """Import, match, refuse to set aside, undo by two, set aside, file again, match: to 0 fen."""
    maker, checker = officers.maker_id, officers.checker_id
    first, second = _references()
    content = _file([make_entry("1200.00", reference=one, bank_reference=one)
                     for one in (first, second)], "2400.00")  # fmt: skip
    statement_id = _take_in(content)
    assert get_reconciliation().unexplained_fen == 0
    assert _refused(propose_setting_aside, statement_id, reason="账户拿错", actor_id=maker) == (
        "statement_lines_matched",
    )
    line_id, other_id = _lines(StatementLineState.MATCHED)
    assert _refused(propose_undoing, line_id, reason=" ", actor_id=maker) == ("reason_required",)
    _do(propose_undoing, line_id, reason="账户拿错", actor_id=maker)
    assert _refused(propose_undoing, line_id, reason="", actor_id=checker) == (
        "undoing_waits",
        "reason_required",
    )
    assert _refused(approve_undoing, line_id, actor_id=maker) == ("same_person",)
    assert _refused(withdraw_undoing, line_id, actor_id=checker) == ("undoing_of_another",)
    _do(withdraw_undoing, line_id, actor_id=maker)
    assert _refused(approve_undoing, line_id, actor_id=checker) == ("undoing_decided",)
    _do(propose_undoing, line_id, reason="账户拿错", actor_id=maker)
    _do(return_undoing, line_id, reason="哪个账户？", actor_id=checker)
    assert get_balance_fen(PAID) == 240_000, "until it is signed it counts"
    _undo(line_id, officers)
    assert _do(approve_undoing, line_id, actor_id=checker).state is UndoingState.SIGNED, "a retry"

    assert _payouts() == [PayoutState.SENT, PayoutState.CONFIRMED]
    assert get_balance_fen(PAID) == 120_000
    match = db.session.scalars(
        select(ReconciliationMatch).where(ReconciliationMatch.undone_id.is_not(None))
    ).one()
    reversal = db.session.scalars(
        select(JournalEntry).where(JournalEntry.reverses_id == match.entry_id)
    ).one()
    assert reversal.effective_on == date(2026, 11, 20), "the month that held it shows it no more"
    assert [step.noun for step in trail_of_entry(reversal.id)] == ["settlement", "batch",
                                                                   "statement"]  # fmt: skip
    summary = get_reconciliation()
    assert (summary.matched, summary.breaks, summary.unexplained_fen) == (1, 1, 120_000)
    assert [rail.difference_fen for rail in summary.rails] == [0, 0, 0]
    for _again in range(2):  # the same reference does not tie it again
        _do(match_statement_lines, actor_id=None)
        item = db.session.scalars(select(ReconciliationBreak)).one()
        assert (item.state, item.cause, item.owner_id) == (BreakState.OPEN, "match_undone", maker)
    [suggested] = list_suggestions()
    assert (suggested.is_sure, suggested.reasons[-1].code) == (False, "match_undone")
    assert _violations() == []

    _undo(other_id, officers)
    _do(propose_setting_aside, statement_id, reason="账户拿错", actor_id=maker)
    _do(approve_setting_aside, statement_id, actor_id=checker)
    assert get_reconciliation().lines == 0
    assert _take_in(content) != statement_id
    assert _payouts() == [PayoutState.CONFIRMED] * 2
    assert (get_reconciliation().matched, get_reconciliation().unexplained_fen) == (2, 0)
    keys = db.session.scalars(
        select(JournalEntry.key).where(JournalEntry.kind == "payout.confirmed")
    )
    assert sorted(keys) == sorted([first, second, f"{first}/2", f"{second}/2"])
    assert _violations() == []
    told = select(AuditEvent.event, AuditEvent.reason).where(
        AuditEvent.event.in_(("match.undone", "payout.confirmation_undone"))
    )
    assert [tuple(row) for row in db.session.execute(told.order_by(AuditEvent.id))] == [
        ("payout.confirmation_undone", "金额相同，付款不同"),
        ("match.undone", "金额相同，付款不同"),
    ] * 2


def _details(name: str = PAYEE, words: str = "") -> str:
    return (
        f"<TxDtls><RltdPties><Cdtr><Nm>{name}</Nm></Cdtr></RltdPties>"
        f"<RmtInf><Ustrd>{words}</Ustrd></RmtInf></TxDtls>"
    )


@pytest.mark.parametrize("kind", ["together", "parts"])
def test_one_sum_for_several_and_several_for_one_are_undone_as_a_whole(officers, kind):
    batch = db.session.scalars(select(Payout.code)).first()
    first, _second = _references()
    entries = {
        "together": [make_entry("2400.00", details=_details(words=batch))],
        "parts": [make_entry("700.00", reference=first, bank_reference="1"),
                  make_entry("500.00", reference=first, bank_reference="2")],
    }[kind]  # fmt: skip
    _take_in(_file(entries, "2400.00" if kind == "together" else "1200.00"))
    [suggested] = list_suggestions()
    assert suggested.kind == kind
    _do(confirm_suggestions, [suggested.key], actor_id=officers.maker_id)
    lines = _lines(StatementLineState.MATCHED)
    _do(propose_undoing, lines[-1], reason="合并有误", actor_id=officers.maker_id)
    assert _refused(propose_undoing, lines[0], reason="也", actor_id=officers.checker_id) == (
        "undoing_waits",
        "reason_required",
    )
    _do(approve_undoing, lines[0], actor_id=officers.checker_id)
    assert _payouts() == [PayoutState.SENT] * 2
    assert get_balance_fen(PAID) == 0
    assert _lines(StatementLineState.MATCHED) == []
    undone = db.session.scalars(select(ReconciliationShare.undone_id)).all()
    assert len(undone) == 2
    assert len(set(undone)) == 1
    assert {one.state for one in db.session.scalars(select(ReconciliationBreak))} == {
        BreakState.OPEN
    }
    [again] = [each for each in list_suggestions() if each.kind == kind]
    assert not again.is_sure
    _do(confirm_suggestions, [again.key], actor_id=officers.checker_id)
    assert get_balance_fen(PAID) == (240_000 if kind == "together" else 120_000)
    assert _violations() == []


def test_every_reason_against_it_is_told_at_once(officers):
    maker = officers.maker_id
    first, second = _references()
    _take_in(_file([make_entry("1200.00", reference=first, bank_reference="A"),
                    make_entry("1.00", bank_reference="B")], "1201.00"))  # fmt: skip
    [line_id], [open_id] = _lines(StatementLineState.MATCHED), _lines(StatementLineState.BREAK)
    assert _refused(propose_undoing, open_id, reason="错了", actor_id=maker) == ("match_not_there",)
    [fee] = db.session.scalars(select(ReconciliationBreak.code))
    paid_twice = Choice(ProposalKind.DUPLICATE_PAYMENT, "付了两次", first.rpartition("-")[0])
    _do(propose_entry, fee, paid_twice, actor_id=maker)
    with guards_off():
        damage("UPDATE period SET state = 'closed' WHERE code = '2026-11'")
    with rehearsal():
        db.session.scalars(select(Payout).order_by(Payout.id)).first().state = PayoutState.RETURNED
        db.session.flush()
        with pytest.raises(Refused) as refused:
            propose_undoing(line_id, reason="", actor_id=maker)
    assert refused.value.codes == (
        "match_moved_on",
        "match_built_upon",
        "match_month_closed",
        "reason_required",
    )


def test_a_line_found_before_it_was_undone_is_not_booked_after(officers):
    """The search listed it, an officer tied it, two undid that: the list books it no more."""
    first, _second = _references()
    content = _file([make_entry("1200.00", reference=first, bank_reference="A")], "1200.00")
    with write_transaction():
        import_bank_statement(content, file_name="f", bank_account="MAIN", actor_id=None)
        finding.find_matches(actor_id=None)
    [line_id] = _lines(StatementLineState.IMPORTED)
    with rehearsal():  # the control: nothing was undone, so it is booked
        assert confirming.confirm_found(actor_id=None).matched == 1
    with rehearsal():
        listed = db.session.execute(text("SELECT statement_id, block, line_count, lines"
                                         " FROM found_piece")).mappings().one()  # fmt: skip
        confirming.confirm_found(actor_id=None)
        propose_undoing(line_id, reason="付款不同", actor_id=officers.maker_id)
        approve_undoing(line_id, actor_id=officers.checker_id)
        db.session.execute(text("INSERT INTO found_piece (statement_id, block, line_count, lines)"
                                " VALUES (:statement_id, :block, :line_count, :lines)"),
                           dict(listed))  # fmt: skip
        assert confirming.confirm_found(actor_id=None).matched == 0
        assert match_singly(list_asking_line_ids(), actor_id=None).matched == 0
        assert db.session.scalars(select(ReconciliationBreak.cause)).one() == "match_undone"


def test_the_database_keeps_matches_and_the_checks_find_what_got_past_it(officers):
    maker, checker = officers.maker_id, officers.checker_id
    first, second = _references()
    _take_in(_file([make_entry("1200.00", reference=one, bank_reference=one)
                    for one in (first, second)], "2400.00"))  # fmt: skip
    undone_id, live_id = _lines(StatementLineState.MATCHED)
    _do(propose_undoing, undone_id, reason="付款不同", actor_id=maker)
    sign = "UPDATE match_undoing SET state = 'signed', decided_by = :who"
    assert is_stopped(sign, who=maker), "one person signs for two"
    _do(approve_undoing, undone_id, actor_id=checker)
    undone, live = db.session.scalars(select(ReconciliationMatch).order_by(ReconciliationMatch.id))
    ties = {"line": live_id, "payout": live.payout_id, "entry": undone.entry_id}
    again = (
        "INSERT INTO reconciliation_match (statement_line_id, payout_id, entry_id, explanation,"
        " matched_at{more}) VALUES (:line, :payout, :entry, 'x', '2026-11-20 00:00:00'{values})"
    )
    live_entry, live_payout = live.entry_id, live.payout_id
    for attack, values in (
        ("UPDATE reconciliation_match SET undone_id = 1 WHERE id = :id", {"id": live.id}),
        ("UPDATE reconciliation_match SET undone_id = NULL WHERE id = :id", {"id": undone.id}),
        ("UPDATE reconciliation_match SET payout_id = :payout", {"payout": live_payout}),
        ("DELETE FROM reconciliation_match", {}),
        ("DELETE FROM match_undoing", {}),
        ("UPDATE match_undoing SET reason = 'x'", {}),
        (again.format(more="", values=""), {**ties, "entry": 1}),
        (again.format(more=", undone_id", values=", 1"), {**ties, "line": undone_id, "entry": 1}),
        ("UPDATE statement_line SET state = 'break' WHERE id = :id", {"id": live_id}),
        ("UPDATE payout SET state = 'sent' WHERE id = :id", {"id": live_payout}),
        ("UPDATE payout_attempt SET outcome = NULL WHERE payout_id = :id", {"id": live_payout}),
        ("UPDATE payout_attempt SET outcome_entry_id = NULL WHERE payout_id = :id",
         {"id": live_payout}),
    ):  # fmt: skip
        assert is_stopped(attack, **values), attack
    assert _violations() == []
    with write_transaction():  # the one thing the books allow: a reversal of an entry that stands
        reverse_entry(live_entry, reason="x", actor_id=None)
        found = {violation.subject for violation in _violations()}
    line = db.session.scalars(select(StatementLine.code).where(StatementLine.id == live_id)).one()
    assert {f"line {line}", f"payout {second}"} <= found
    for planted in (
        "UPDATE match_undoing SET state = 'withdrawn'",
        "UPDATE reconciliation_match SET undone_id = NULL",
        "UPDATE payout SET state = 'confirmed'",
    ):
        before = _violations()
        with guards_off():
            damage(planted)
        assert len(_violations()) > len(before), planted
