"""A statement taken in wrongly is set aside by two officers: kept, not counted."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from marketplace.audit.models import AuditEvent
from marketplace.closing.queries import get_period_facts
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.paging import PageRequest
from marketplace.funds.operations import open_bank_account
from marketplace.ledger.models import Period
from marketplace.reconciliation.checks import CHECKS
from marketplace.reconciliation.models import (
    BankStatement,
    BreakProposal,
    ReconciliationBreak,
    StatementLine,
    StatementSetAside,
)
from marketplace.reconciliation.operations.matching import match_statement_lines
from marketplace.reconciliation.operations.proposals import (
    Choice,
    propose_entry,
    propose_reversal,
)
from marketplace.reconciliation.operations.setting_aside import (
    approve_setting_aside,
    propose_setting_aside,
    return_setting_aside,
    withdraw_setting_aside,
)
from marketplace.reconciliation.operations.settling import approve_proposals
from marketplace.reconciliation.operations.statements import ImportVerdict, import_bank_statement
from marketplace.reconciliation.queries.overview import get_reconciliation
from marketplace.reconciliation.queries.setting_aside import get_use
from marketplace.reconciliation.queries.statements import (
    WAITING,
    list_lines_of_statement,
    list_statements,
)
from marketplace.reconciliation.states import (
    BreakState,
    ProposalKind,
    ProposalState,
    SetAsideState,
    StatementLineState,
)
from tests.factories.bank_tables import csv_of
from tests.factories.corruption import damage, guards_off
from tests.factories.settlement import make_officers
from tests.stopping import is_stopped

pytestmark = pytest.mark.usefixtures("app", "now")
HEADER = ("交易日期", "收入", "支出", "余额", "对方户名", "摘要")
DAY_1 = (("2026-11-18", "", "100.00", "900.00", "甲", "x"),)
DAY_2 = (("2026-11-19", "", "50.00", "850.00", "乙", "x"),)
DAY_3 = (("2026-11-20", "20.00", "", "870.00", "丙", "x"),)


@pytest.fixture
def officers(app, now):
    with write_transaction():
        return make_officers()


def _file(*days) -> bytes:
    return csv_of((HEADER, *(row for day in days for row in day))).encode()


def _import(content: bytes, account: str = "MAIN") -> ImportVerdict:
    with write_transaction():
        verdict = import_bank_statement(content, file_name="f", bank_account=account, actor_id=None)
        if verdict.statements[0].code:
            open_bank_account(account, jurisdiction_id=None, actor_id=None)
        match_statement_lines(actor_id=None)
    return verdict


def _id(verdict: ImportVerdict) -> int:
    code = verdict.statements[0].code
    return db.session.scalars(select(BankStatement.id).where(BankStatement.code == code)).one()


def _do(act, *arguments, **values):
    with write_transaction():
        return act(*arguments, **values)


def _refused(act, *arguments, **values) -> tuple[str, ...]:
    with pytest.raises(Refused) as refused:
        _do(act, *arguments, **values)
    return refused.value.codes


def _states(statement_id: int) -> list[StatementLineState]:
    wanted = select(StatementLine.state).where(StatementLine.statement_id == statement_id)
    return list(db.session.scalars(wanted.order_by(StatementLine.number)))


def _violations() -> list[object]:
    return [violation for check in CHECKS for violation in check()]


def _november() -> Period:
    wanted = Period(
        code="2026-11", first_on=date(2026, 11, 1), last_on=date(2026, 11, 30), state="open"
    )
    found = db.session.scalar(select(Period).where(Period.code == wanted.code))
    if found is None:
        with write_transaction():
            db.session.add(wanted)
        found = wanted
    return found


def test_a_wrong_statement_is_proposed_signed_kept_and_taken_in_again(officers):
    maker, checker = officers.maker_id, officers.checker_id
    _import(_file(DAY_1))
    wrong = _import(_file(DAY_2), account="TYPO")
    statement_id = _id(wrong)
    item = db.session.scalars(
        select(ReconciliationBreak)
        .join(StatementLine, StatementLine.id == ReconciliationBreak.statement_line_id)
        .where(StatementLine.statement_id == statement_id)
    ).one()
    choice = Choice(ProposalKind.BANK_FEE, "手续费")
    _do(propose_entry, item.code, choice, actor_id=maker)
    assert get_period_facts(_november()).open_differences == 2

    assert _refused(propose_setting_aside, statement_id, reason=" ", actor_id=maker) == (
        "reason_required",
    )
    _do(propose_setting_aside, statement_id, reason="账户名写错", actor_id=maker)
    assert _refused(propose_setting_aside, statement_id, reason="也", actor_id=checker) == (
        "setting_aside_waits",
        "reason_required",
    )
    assert _refused(approve_setting_aside, statement_id, actor_id=maker) == ("same_person",)
    assert _refused(withdraw_setting_aside, statement_id, actor_id=checker) == (
        "setting_aside_of_another",
    )
    _do(withdraw_setting_aside, statement_id, actor_id=maker)
    assert _refused(approve_setting_aside, statement_id, actor_id=checker) == (
        "setting_aside_decided",
    )
    _do(propose_setting_aside, statement_id, reason="账户名写错", actor_id=maker)
    assert [row.waits for row in list_statements(PageRequest(), wanted=WAITING).items] == [True]
    _do(return_setting_aside, statement_id, reason="看过账号吗", actor_id=checker)
    assert _states(statement_id) == [StatementLineState.BREAK]
    _do(propose_setting_aside, statement_id, reason="账户名写错，应为 MAIN", actor_id=maker)
    for _again in range(2):  # an honest retry changes nothing
        _do(approve_setting_aside, statement_id, actor_id=checker)

    assert _states(statement_id) == [StatementLineState.SET_ASIDE]
    assert db.session.get_one(ReconciliationBreak, item.id).state == BreakState.SET_ASIDE
    assert db.session.scalars(select(BreakProposal.state)).one() == ProposalState.WITHDRAWN
    facts = get_period_facts(_november())
    assert facts.open_differences == 1
    assert facts.bank_accounts == ("MAIN",)
    assert {one.bank_account for one in facts.statements} == {"MAIN"}
    assert (get_reconciliation().lines, get_reconciliation().open_fen) == (1, 10000)
    assert len(list_lines_of_statement(statement_id, PageRequest()).items) == 1
    assert _refused(propose_setting_aside, statement_id, reason="再来", actor_id=maker) == (
        "statement_already_aside",
    )

    for account, chain in (("MAIN", "continues"), ("TYPO", "first")):
        again = _import(_file(DAY_2, DAY_3) if account == "MAIN" else _file(DAY_2), account)
        assert (again.duplicate_of, again.statements[0].chain) == (None, chain)
    assert _violations() == []
    wanted = select(AuditEvent.event).where(AuditEvent.event.startswith("statement."))
    assert list(db.session.scalars(wanted.order_by(AuditEvent.id)))[2:9] == [
        "statement.aside_proposed",
        "statement.aside_withdrawn",
        "statement.aside_proposed",
        "statement.aside_returned",
        "statement.aside_proposed",
        "statement.set_aside",
        "statement.imported",
    ]


def test_a_line_that_another_statement_brings_stays_with_that_one(officers):
    """With all that was booked of it; both statements still add up, and neither loses a line."""
    maker, checker = officers.maker_id, officers.checker_id
    first = _id(_import(_file(DAY_1, DAY_2)))
    second = _id(_import(_file(DAY_2, DAY_3)))
    shared = db.session.scalars(
        select(ReconciliationBreak.code).where(ReconciliationBreak.amount_fen == -5000)
    ).one()
    proposal = _do(propose_entry, shared, Choice(ProposalKind.BANK_FEE, "手续费"), actor_id=maker)
    _do(approve_proposals, [proposal.code], actor_id=checker)
    use = get_use(db.session.get_one(BankStatement, first))
    assert (use.explained, use.explained_break) == (0, None)
    assert get_use(db.session.get_one(BankStatement, second)).explained == 0
    _do(propose_setting_aside, first, reason="测试文件", actor_id=maker)
    _do(approve_setting_aside, first, actor_id=checker)
    assert _states(first) == [StatementLineState.SET_ASIDE]
    assert _states(second) == [StatementLineState.BREAK, StatementLineState.EXPLAINED]
    rows = list_lines_of_statement(first, PageRequest()).items
    assert [(row.line.amount_fen, row.known_from is None) for row in rows] == [
        (-10000, True),
        (-5000, False),
    ]
    # Now the line is the second statement's alone, and so is what was booked of it.
    assert _refused(propose_setting_aside, second, reason="也是测试", actor_id=maker) == (
        "statement_lines_explained",
    )
    assert _import(_file(DAY_1, DAY_2)).statements[0].lines_new == 1
    assert _violations() == []


def test_what_is_booked_or_closed_is_undone_first_and_the_database_says_so_too(officers):
    maker, checker = officers.maker_id, officers.checker_id
    statement_id = _id(_import(_file(DAY_1)))
    _do(propose_setting_aside, statement_id, reason="文件拿错", actor_id=maker)
    [item] = db.session.scalars(select(ReconciliationBreak))
    fee = _do(propose_entry, item.code, Choice(ProposalKind.BANK_FEE, "手续费"), actor_id=maker)
    _do(approve_proposals, [fee.code], actor_id=checker)
    assert _refused(approve_setting_aside, statement_id, actor_id=maker) == (
        "same_person",
        "statement_lines_explained",
    )
    back = _do(propose_reversal, fee.code, reason="对账单要撤出", actor_id=maker)
    _do(approve_proposals, [back.code], actor_id=checker)
    period_id = _november().id
    with guards_off():
        damage("UPDATE period SET state = 'closed' WHERE id = :id", id=period_id)
    assert _refused(approve_setting_aside, statement_id, actor_id=checker) == (
        "statement_month_closed",
    )
    aside = "UPDATE bank_statement SET set_aside_at = '2026-11-20 00:00:00' WHERE id = :id"
    sign = "UPDATE statement_set_aside SET state = 'signed', decided_by = :who"
    assert is_stopped(sign, who=maker)
    assert is_stopped(aside, id=statement_id)
    with guards_off():
        damage("UPDATE period SET state = 'open' WHERE id = :id", id=period_id)
    assert is_stopped(aside, id=statement_id)
    assert is_stopped("UPDATE statement_line SET state = 'set_aside'")
    _do(approve_setting_aside, statement_id, actor_id=checker)
    line_id = db.session.scalars(select(StatementLine.id)).one()
    for attack in (
        "UPDATE bank_statement SET set_aside_at = NULL",
        "UPDATE statement_line SET state = 'break'",
        "UPDATE statement_set_aside SET reason = 'x'",
        "DELETE FROM statement_set_aside",
        "DELETE FROM statement_line",
        f"INSERT INTO statement_line_sighting (statement_id, statement_line_id)"  # noqa: S608
        f" VALUES ({statement_id}, {line_id})",
        "INSERT INTO reconciliation_match (statement_line_id, payout_id, entry_id, explanation,"  # noqa: S608
        f" matched_at) VALUES ({line_id}, 1, 1, 'x', '2026-11-20 00:00:00')",
    ):
        assert is_stopped(attack), attack
    assert db.session.scalars(select(StatementSetAside.state)).all() == [SetAsideState.SIGNED]
    for planted in (
        "UPDATE statement_line SET state = 'break'",
        "UPDATE statement_set_aside SET state = 'withdrawn'",
    ):
        before = _violations()
        with guards_off():
            damage(planted)
        assert len(_violations()) > len(before), planted
