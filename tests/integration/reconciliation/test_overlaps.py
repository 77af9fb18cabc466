"""A line is used once, whatever files bring it; none is lost because it looks like another."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.paging import PageRequest
from marketplace.reconciliation.checks import statements_add_up
from marketplace.reconciliation.models import (
    BankStatement,
    StatementLine,
    StatementLineSighting,
)
from marketplace.reconciliation.operations.statements import ImportVerdict, import_bank_statement
from marketplace.reconciliation.queries.statements import list_lines_of_statement, list_statements
from marketplace.reconciliation.states import StatementKind
from tests.factories.bank import make_camt053, make_entry
from tests.factories.bank_tables import csv_of

pytestmark = pytest.mark.usefixtures("app", "now")
HEADER = ("交易日期", "收入", "支出", "余额", "对方户名", "摘要")
DAY_1 = (("2026-11-18", "", "100.00", "900.00", "甲", "x"),)
DAY_2 = (("2026-11-19", "", "50.00", "850.00", "乙", "x"),)
DAY_3 = (("2026-11-20", "20.00", "", "870.00", "丙", "x"),)


def _import(content: bytes, account: str = "MAIN") -> ImportVerdict:
    with write_transaction():
        return import_bank_statement(content, file_name="f", bank_account=account, actor_id=None)


def _count(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model))


def _amounts() -> list[int]:
    return sorted(db.session.scalars(select(StatementLine.amount_fen)))


def _detail(amount: str, reference: str) -> str:
    return (
        f"<TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs>"
        f'<Amt Ccy="CNY">{amount}</Amt></TxDtls>'
    )


def test_overlapping_ranges_in_any_order_use_each_line_once_and_still_add_up():
    _import(csv_of((HEADER, *DAY_1, *DAY_2)).encode())
    overlap = _import(csv_of((HEADER, *DAY_3, *DAY_2)).encode("gb18030"))
    verdict = overlap.statements[0]
    assert (verdict.lines_new, verdict.chain) == (1, "overlaps")
    assert [note.code for note in overlap.notes] == ["lines_known"]
    assert _amounts() == [-10000, -5000, 2000]
    assert list(statements_add_up()) == []
    stored = db.session.scalars(select(BankStatement).order_by(BankStatement.id.desc())).first()
    rows = list_lines_of_statement(stored.id, PageRequest()).items
    assert [(row.line.amount_fen, row.known_from is None) for row in rows] == [
        (2000, True),
        (-5000, False),
    ]


def test_a_sighting_that_is_missing_is_found_by_the_check():
    _import(csv_of((HEADER, *DAY_1, *DAY_2)).encode())
    _import(csv_of((HEADER, *DAY_2, *DAY_3)).encode())
    with write_transaction():
        db.session.delete(db.session.scalars(select(StatementLineSighting)).one())
    assert [violation.invariant for violation in statements_add_up()] == ["15 statement"]


def test_equal_fees_of_two_statements_that_follow_each_other_are_two_lines():
    fee = make_entry("5.00")
    _import(make_camt053([fee], opening="100.00", closing="95.00"))
    second = _import(make_camt053([fee], opening="95.00", closing="90.00", key="S-2"))
    assert (second.statements[0].lines_new, second.statements[0].chain) == (1, "continues")
    both = _import(make_camt053([fee, fee], opening="100.00", closing="90.00", key="S-3"))
    assert both.statements[0].lines_new == 0
    third = _import(make_camt053([fee, fee, fee], opening="90.00", closing="75.00", key="S-4"))
    assert third.statements[0].lines_new == 3
    assert _amounts() == [-500] * 5
    assert list(statements_add_up()) == []


def test_a_statement_that_is_missing_is_noted():
    _import(csv_of((HEADER, *DAY_1)).encode())
    verdict = _import(csv_of((HEADER, *DAY_3)).encode())
    assert verdict.problems == ()
    assert [note.code for note in verdict.notes] == ["chain_gap"]
    assert verdict.statements[0].chain == "gap"
    assert [row.gap_fen for row in list_statements(PageRequest()).items] == [-5000, None]
    _import(csv_of((HEADER, *DAY_2)).encode())
    by_day = sorted(list_statements(PageRequest()).items, key=lambda row: row.statement.from_on)
    assert [row.gap_fen for row in by_day] == [None, 0, 0]


@pytest.mark.parametrize("notified_first", [True, False])
def test_a_movement_told_by_notification_and_statement_is_used_once(notified_first):
    details = _detail("3.50", "A") + _detail("2.50", "B")
    notified = make_camt053(
        [make_entry("6.00", details=details, bank_reference="R1")], balances="", message="054"
    )
    statement = make_camt053(
        [make_entry("6.00", bank_reference="R1"), make_entry("1.00", bank_reference="R2")],
        opening="100.00",
        closing="93.00",
    )
    order = [notified, statement] if notified_first else [statement, notified]
    for content in order:
        assert _import(content).problems == ()
    assert _amounts() == ([-350, -250, -100] if notified_first else [-600, -100])
    assert list(statements_add_up()) == []
    kinds = set(db.session.scalars(select(BankStatement.kind)))
    assert kinds == {StatementKind.STATEMENT, StatementKind.NOTIFICATION}


def test_the_same_notification_twice_is_a_duplicate():
    notified = make_camt053([make_entry("6.00")], balances="", message="054")
    first = _import(notified)
    again = _import(notified.replace(b"><Ntry>", b">\n<Ntry>"))
    assert again.duplicate_of == first.statements[0].code
    assert _count(BankStatement) == 1
