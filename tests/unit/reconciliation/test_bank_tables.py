"""Tables of Chinese banks: every layout, and what real exports do to it."""

from __future__ import annotations

import io

import pytest
from openpyxl import Workbook

from marketplace.reconciliation.formats.amounts import fen_of_cell
from marketplace.reconciliation.formats.bank_layouts import load_layouts, load_words
from marketplace.reconciliation.formats.bank_rows import day_of_cell
from marketplace.reconciliation.formats.detection import parse_statement_file
from marketplace.reconciliation.formats.statements import ParsedStatement
from tests.factories.bank_tables import csv_of, table_of

HEADER = ("交易日期", "收入", "支出", "余额", "对方户名", "摘要")
FIRST = ("2026-11-18", "", "100.00", "900.00", "甲学校", "补贴")
SECOND = ("2026-11-18", "", "50.00", "850.00", "乙学校", "补贴")
THIRD = ("2026-11-19", "20.00", "", "870.00", "财政局", "拨款")


def _parse(text: str, encoding: str = "utf-8") -> ParsedStatement:
    parsed = parse_statement_file(text.encode(encoding))
    assert len(parsed.statements) == 1, parsed
    return parsed.statements[0]


def _table(*rows: tuple[str, ...]) -> ParsedStatement:
    return _parse(csv_of((HEADER, *rows)))


def _codes(statement: ParsedStatement) -> list[str]:
    return [problem.code for problem in statement.problems]


@pytest.mark.parametrize(
    ("name", "opening", "amounts"),
    [
        ("icbc", 1000000, [-120000, -80050, 80050]),
        ("boc", 1000000, [-120000, -80050, 50000]),
        ("ccb", 1000000, [-120000, -80050]),
        ("abc", 1000000, [-120000, -80050]),
        ("cmb", 1000000, [-120000, -80050]),
        ("bocom", 1000000, [-120000, -80050, 80050]),
        ("spdb", 1000000, [-120000, -80050]),
        ("other", 1000000, [-120000, -80050]),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_each_bank_is_known_and_its_statement_proved(name, opening, amounts, encoding):
    parsed = parse_statement_file(table_of(name).encode(encoding))
    assert parsed.format == f"{name}.csv"
    (statement,) = parsed.statements
    assert statement.problems == []
    assert (statement.opening_fen, statement.is_balanced) == (opening, True)
    assert [line.amount_fen for line in statement.lines] == amounts
    assert statement.lines[0].counterparty in ("甲学校", None)


def test_a_correction_in_red_is_a_reversal():
    (parsed,) = parse_statement_file(table_of("bocom").encode()).statements
    assert [line.return_code for line in parsed.lines] == [None, None, "RVSL"]


def test_payee_and_reference_stand_in_the_columns_of_each_bank():
    boc = parse_statement_file(table_of("boc").encode()).statements[0]
    assert [line.counterparty for line in boc.lines] == ["甲学校", "乙学校", "财政局"]
    assert [line.bank_reference for line in boc.lines] == ["T1", "T2", "T3"]
    ccb = parse_statement_file(table_of("ccb").encode()).statements[0]
    assert ccb.lines[0].end_to_end_id == "PO-23456789AB-1"


@pytest.mark.parametrize(
    "rows",
    [
        (FIRST, SECOND, THIRD),
        (THIRD, SECOND, FIRST),
        (THIRD, FIRST, SECOND),  # days backwards, lines of a day forwards
        (SECOND, THIRD, FIRST),
    ],
)
def test_any_order_is_proved_by_its_balances(rows):
    statement = _table(*rows)
    assert statement.is_proved, statement.problems
    assert (statement.opening_fen, statement.closing_fen) == (100000, 87000)


@pytest.mark.parametrize(
    ("rows", "difference"),
    [
        ((FIRST, THIRD), 5000),  # a row is missing
        ((FIRST, SECOND, SECOND, THIRD), -5000),  # a row is doubled
        ((FIRST, (*SECOND[:2], "60.00", *SECOND[3:]), THIRD), -1000),  # an amount is changed
        ((FIRST, (*SECOND[:3], "851.00", *SECOND[4:]), THIRD), 0),  # a balance is changed
    ],
)
def test_a_row_missing_doubled_or_changed_breaks_the_balances(rows, difference):
    statement = _table(*rows)
    assert "running_balance_differs" in _codes(statement)
    assert statement.is_balanced is False
    assert statement.difference_fen == difference


def test_a_balance_left_empty_in_the_midst_is_bridged_at_the_end_it_is_not():
    hole = (*SECOND[:3], "", *SECOND[4:])
    assert _table(FIRST, hole, THIRD).is_proved
    assert "balances_missing" in _codes(_table(FIRST, hole))


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (("2026-11-18", "1,23", "", "", "", ""), "amount_not_valid"),
        (("2026-11-18", "1.005", "", "", "", ""), "amount_finer_than_fen"),
        (("2026-11-18", "1e5", "", "", "", ""), "amount_not_valid"),
        (("2026-11-18", "#REF!", "", "", "", ""), "amount_not_valid"),
        (("2026-11-18", "99999999999999", "", "", "", ""), "amount_too_large"),
        (("2026-11-18", "", "", "900.00", "", ""), "amount_not_valid"),
        (("2026-11-18", "5.00", "7.00", "", "", ""), "both_directions"),
        (("2026-13-18", "5.00", "", "", "", ""), "no_booking_date"),
        (("18/11/2026", "5.00", "", "", "", ""), "no_booking_date"),
        (("", "5.00", "", "", "某人", ""), "no_booking_date"),
        (("2026-11-18", "5.00", "", "9x5.00", "", ""), "balance_not_readable"),
    ],
)
def test_each_fault_is_named_with_its_row(row, code):
    statement = _table(FIRST, row, SECOND)
    assert code in _codes(statement)
    assert {problem.row for problem in statement.problems if problem.code == code} == {3}
    assert not statement.is_usable


def test_masked_balances_prove_nothing_and_a_wrong_total_is_told():
    masked = [(*row[:3], "x,yyy.zz", *row[4:]) for row in (FIRST, SECOND)]
    total = ("人民币合计", "0.00", "149.00", "", "", "")
    statement = _table(*masked, total)
    assert _codes(statement) == ["balances_not_readable", "totals_differ"]
    assert (statement.is_balanced, statement.difference_fen) == (False, None)


def test_a_bare_amount_without_direction_or_balance_is_never_guessed():
    statement = _parse(csv_of((("交易日期", "交易金额", "摘要"), ("2026-11-18", "5.00", "x"))))
    assert "no_direction" in _codes(statement)


def test_a_bank_that_writes_every_debit_with_a_minus_is_understood_by_its_balances():
    statement = _table((*FIRST[:2], "-100.00", *FIRST[3:]), (*SECOND[:2], "-50.00", *SECOND[3:]))
    assert [line.amount_fen for line in statement.lines] == [-10000, -5000]
    assert statement.is_proved


def test_an_unclosed_quotation_mark_is_told_not_swallowed():
    rows = csv_of((HEADER, FIRST)) + '2026-11-18,"' + csv_of([SECOND] * 6).replace('"', "")
    parsed = parse_statement_file(rows.encode())
    assert [problem.code for problem in parsed.problems] == ["row_swallows_others"]


def test_currencies_and_accounts_of_one_file_are_statements_of_their_own():
    header = ("交易日期", "收入", "支出", "余额", "币种", "本方账号")
    parsed = parse_statement_file(
        csv_of(
            (
                header,
                ("2026-11-18", "5.00", "", "5.00", "人民币", "900001234"),
                ("2026-11-18", "7.00", "", "9.00", "美元", "900001234"),
                ("2026-11-18", "1.00", "", "1.00", "人民币", "900005678"),
            )
        ).encode()
    )
    assert [(s.currency, s.bank_account_number) for s in parsed.statements] == [
        ("CNY", "**** 1234"),
        ("USD", "**** 1234"),
        ("CNY", "**** 5678"),
    ]
    assert all(statement.is_proved for statement in parsed.statements)


def test_the_same_table_is_read_from_html_and_xml_named_xls():
    cells = [list(HEADER), *map(list, (FIRST, SECOND))]
    rows = "".join(
        "<tr>" + "".join(f"<td>{cell}&nbsp;</td>" for cell in row) + "</tr>" for row in cells
    )
    html = parse_statement_file(f"<html><table>{rows}</table></html>".encode("gb18030"))
    assert html.format == "other.html"
    assert html.statements[0].is_proved
    space = 'xmlns="urn:schemas-microsoft-com:office:spreadsheet"'
    body = "".join(
        "<Row>" + "".join(f"<Cell><Data>{cell}</Data></Cell>" for cell in row) + "</Row>"
        for row in cells
    )
    sheet = f"<Workbook {space}><Worksheet><Table>{body}</Table></Worksheet></Workbook>"
    xml = parse_statement_file(f'<?xml version="1.0"?>{sheet}'.encode())
    assert xml.format == "other.xml"
    assert xml.statements[0].is_proved
    hostile = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>{sheet}'
    assert parse_statement_file(hostile.encode()).problems[0].code == "xml_with_dtd"


def test_a_workbook_with_typed_cells_is_read_in_a_child():
    book = Workbook()
    sheet = book.active
    for row in (HEADER, FIRST, ("2026-11-18", None, 50, 850.0, "乙学校", "补贴")):
        sheet.append(row)
    book.create_sheet("说明")
    buffer = io.BytesIO()
    book.save(buffer)
    parsed = parse_statement_file(buffer.getvalue())
    assert parsed.format == "other.xlsx"
    assert parsed.statements[0].is_proved
    assert [note.code for note in parsed.statements[0].notes] == ["statement_sheet_ignored"]
    wanted = parse_statement_file(buffer.getvalue(), wanted="csv")
    assert [problem.code for problem in wanted.problems] == ["other_format"]


@pytest.mark.parametrize("content", [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600])
def test_a_damaged_old_workbook_is_refused_by_name(content):
    assert parse_statement_file(content).problems[0].code == "spreadsheet_broken"


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("１，２３４．５０", 123450),
        ("¥1,234.5", 123450),
        ("(3.00)", -300),
        ("−3", -300),
        ("3.00-", -300),
        ("\t+0.5 元", 50),
        ("CNY 1,000,000.00", 100000000),
        ("8.85000", 885),
        ("--", None),
        ("", None),
    ],
)
def test_amounts_in_cells(text, fen):
    assert fen_of_cell(text) == (fen, "")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025/12/03  14:06:51", "2025-12-03"),
        ("20230502", "2023-05-02"),
        ("20230502101112", "2023-05-02"),
        ("20230502 101112", "2023-05-02"),
        ("2023年5月2日", "2023-05-02"),
        ("２０２３－０５－０２", "2023-05-02"),
        ("2023.5.2", "2023-05-02"),
        ("05/02/2023", None),
        ("45048", None),
    ],
)
def test_days_in_cells(text, day):
    found = day_of_cell(text)
    assert (found.isoformat() if found else None) == day


def test_every_layout_file_is_whole():
    codes = [layout.code for layout in load_layouts()]
    assert codes == ["abc", "boc", "bocom", "ccb", "cmb", "icbc", "spdb", "other"]
    assert load_words().currencies["人民币"] == "CNY"


@pytest.mark.real_data
def test_files_of_real_banks_get_the_right_verdict(shared_data):
    verdicts = {}
    for path in sorted((shared_data / "bank" / "cn").iterdir()):
        parsed = parse_statement_file(path.read_bytes())
        (statement,) = parsed.statements
        verdicts[path.name] = (parsed.format, statement.is_balanced, len(statement.lines))
    assert verdicts == {
        "example-icbc-debit-v1-records.csv": ("icbc.csv", False, 11),
        "example-icbc-debit-v2-records.csv": ("icbc.csv", False, 11),
        "example-spdb-records.xls": ("spdb.xls", True, 4),
    }
