"""Reading MT940: signs, missing fields, several statements, and where the library errs."""

from __future__ import annotations

from decimal import Decimal

import mt940
import pytest

from marketplace.reconciliation.formats.detection import parse_statement_file
from marketplace.reconciliation.formats.statements import ParsedLine, ParsedStatement


def _message(
    *fields: str, opening: str = "C261118CNY1000,00", closing: str = "C261120CNY1000,00"
) -> str:
    return "\n".join(
        (":20:REF", ":25:BANK/123456789", ":28C:7/1", f":60F:{opening}", *fields)
        + (f":62F:{closing}", "-")
    )


def _statements(text: str | bytes) -> tuple[ParsedStatement, ...]:
    content = text if isinstance(text, bytes) else text.encode()
    parsed = parse_statement_file(content)
    assert parsed.problems == ()
    return parsed.statements


def _line(field61: str, details: str = ":86:x") -> ParsedLine:
    (statement,) = _statements(_message(f":61:{field61}", *details.split("\n")))
    assert len(statement.lines) == 1, statement.problems
    return statement.lines[0]


@pytest.mark.parametrize(
    ("field61", "fen", "return_code"),
    [
        ("261118D6800,NTRFNONREF", -680000, None),
        ("2611181119C23,5NTRFNONREF", 2350, None),
        ("261118DR800,NSTONONREF//55555", -80000, None),  # R is the third letter of EUR
        ("261118CN0,01NTRFNONREF//MB1", 1, None),
        ("261118RC10,00NTRFNONREF", -1000, "RVSL"),
        ("261118RD10,00NTRFNONREF", 1000, "RVSL"),
        ("261118RCY10,00NTRFNONREF", -1000, "RVSL"),
        ("261118D 12.50NTRF", -1250, None),
    ],
)
def test_marks_give_the_sign_as_the_account_saw_it(field61, fen, return_code):
    line = _line(field61)
    assert (line.amount_fen, line.return_code) == (fen, return_code)


@pytest.mark.parametrize(("mark", "wrong"), [("RC", "10.00"), ("RD", "10.00")])
def test_the_library_takes_every_reversal_for_a_credit(mark, wrong):
    """Why field 61 is read here: mt-940 gives a reversal of a credit the sign of a credit."""
    text = _message(f":61:261118{mark}10,00NTRFNONREF", ":86:x", closing="C261120CNY990,00")
    found = [item.data["amount"].amount for item in mt940.parse(text)]
    assert found == [Decimal(wrong)]
    ours = _statements(text)[0].lines[0].amount_fen
    assert (ours == 1000) == (mark == "RD")


def test_where_the_library_is_right_it_says_the_same():
    text = _message(
        ":61:2611181119D120,5NTRFNONREF//B1", ":86:x", ":61:261119C3,NTRFREF", ":86:y",
        closing="C261120CNY882,50",
    )  # fmt: skip
    (statement,) = _statements(text)
    assert statement.is_proved
    theirs = [int(item.data["amount"].amount * 100) for item in mt940.parse(text)]
    assert [line.amount_fen for line in statement.lines] == theirs


@pytest.mark.parametrize(
    ("valued", "day"),
    [
        ("2612310101", "2027-01-01"),
        ("2701011231", "2026-12-31"),
        ("2802290229", "2028-02-29"),
        ("2611180231", "2026-11-18"),
        ("991231", "1999-12-31"),
    ],
)
def test_the_entry_date_lies_next_to_the_value_date(valued, day):
    assert _line(f"{valued}D1,NTRFNONREF").booked_on.isoformat() == day


def test_every_message_is_a_statement_with_its_own_proof():
    good = _message(":61:261118D1,NTRFNONREF", closing="C261120CNY999,00")
    bad = _message(":61:261118D1,NTRFNONREF", closing="C261120CNY998,00")
    without_20 = good.replace(":20:REF\n", "")
    swift = "{1:F01BANKCNBJAXXX0000000000}{2:O9400000}{4:\n" + good.replace("\n-", "\n-}{5:}")
    statements = _statements("\n".join(("BANKCNBJ", "940", swift, "junk", bad, without_20)))
    assert [statement.is_balanced for statement in statements] == [True, False, True]
    assert statements[1].difference_fen == 100
    assert {statement.bank_account_number for statement in statements} == {"**** 6789"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (_message(":61:rubbish"), "entry_not_readable"),
        (_message(":61:260231D1,NTRFNONREF"), "no_booking_date"),
        (_message(":61:261118D1,005NTRFNONREF"), "amount_finer_than_fen"),
        (_message(":61:261118D1.000,00NTRFNONREF"), "amount_not_valid"),
        (_message(closing="C261120USD1000,00"), "closing_currency_differs"),
        (_message().replace(":62F:", ":64:"), "no_closing_balance"),
        (_message().replace(":60F:", ":60X:"), "no_opening_balance"),
        (_message(":90D:2CNY5,00", ":61:261118D4,NTRF"), "totals_differ"),
        (_message().replace("\n-", "\n:61:261118D4,NTRFNONREF\n-"), "entry_after_closing"),
    ],
)
def test_each_fault_is_named_and_nothing_is_raised(text, code):
    statement = parse_statement_file(text.encode()).statements[0]
    assert code in [problem.code for problem in statement.problems]
    assert not statement.is_usable


def test_expected_entries_are_counted_and_no_money():
    (statement,) = _statements(_message(":61:261118ED5,NTRFNONREF"))
    assert (statement.pending_count, statement.is_proved) == (1, True)


def test_an_interim_report_has_no_balances_and_says_so():
    text = ":20:R\n:25:1\n:28C:1\n:34F:CNY0,\n:13D:2611181200+0800\n:61:261118D5,NTRFNONREF\n-"
    parsed = parse_statement_file(text.encode())
    assert parsed.format == "mt942"
    assert (parsed.statements[0].is_balanced, parsed.statements[0].currency) == (None, "CNY")


@pytest.mark.parametrize(
    ("details", "reference", "name", "words"),
    [
        (":86:166?20EREF+PO-23456789AB-1?21SVWZ+补?32甲学?33校", "PO-23456789AB-1", "甲学校", "补"),
        (":86:166?00X?20EREF+A B?\n21SVWZ+rest?32N", "A B", "N", "rest"),
        (":86:/EREF/E-1//NAME/School A/REMI/grant 11", "E-1", "School A", "grant 11"),
        (":86:pays PO-2345678\n9AB-1", "PO-23456789AB-1", None, "pays"),
        (":86:pays PO-23456789AB-1\n2 items", "PO-23456789AB-1", None, "items"),
        (":86:", None, None, None),
    ],
)  # fmt: skip
def test_field_86_in_its_three_habits(details, reference, name, words):
    line = _line("261118D1,NTRFNONREF", details)
    assert (line.end_to_end_id, line.counterparty) == (reference, name)
    assert (words is None and line.remittance is None) or words in (line.remittance or "")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "latin-1"])
def test_code_pages_do_not_touch_the_figures(encoding):
    word = "Müller" if encoding == "latin-1" else "培训补贴"
    text = _message(":61:261118D1,NTRFNONREF", f":86:{word}", closing="C261120CNY999,00")
    (statement,) = _statements(("\x01" + text.replace("\n", "\r\n")).encode(encoding))
    assert statement.is_proved
    assert statement.lines[0].remittance == word


@pytest.mark.real_data
def test_files_of_real_banks_get_the_right_verdict(shared_data):
    verdicts = {}
    for path in sorted((shared_data / "bank" / "mt940").iterdir()):
        parsed = parse_statement_file(path.read_bytes())
        verdicts[path.name] = [
            (statement.is_balanced, statement.difference_fen) for statement in parsed.statements
        ]
    assert verdicts == {
        "cmxl_mt940.sta": [(True, 0), (True, 0), (True, 0)],
        "jejik_abnamro.sta": [(False, 203800), (False, 100260)],
        "jejik_generic.sta": [(True, 0), (True, 0)],
        "jejik_ing.sta": [(False, -4906)],
        "mBank_mt940.sta": [(True, 0)],
        "self-provided_gv_codes.sta": [(False, None)],
        "self-provided_invalid_statement.sta": [],
    }
