"""Reading camt.052, 053 and 054: what they prove, what is refused, what is never done."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

import pytest

from marketplace.reconciliation.formats.camt_entries import text_of
from marketplace.reconciliation.formats.detection import parse_statement_file
from tests.factories.bank import make_balance, make_camt053, make_entry


def _one(content: bytes):
    parsed = parse_statement_file(content)
    assert len(parsed.statements) == 1, parsed.problems
    return parsed.statements[0]


def _codes(content: bytes) -> list[str]:
    parsed = parse_statement_file(content)
    return [p.code for p in (*parsed.problems, *(q for s in parsed.statements for q in s.problems))]


def test_opening_plus_entries_gives_closing():
    entries = [make_entry("200.50", reference="A"), make_entry("0.5", "CRDT")]
    statement = _one(make_camt053(entries, closing="800.00"))
    assert statement.is_proved
    assert [line.amount_fen for line in statement.lines] == [-20050, 50]
    assert statement.lines[0].end_to_end_id == "A"
    assert (statement.incoming_fen, statement.outgoing_fen) == (50, 20050)


def test_a_statement_that_does_not_add_up_says_by_how_much():
    statement = _one(make_camt053([make_entry("200.50")], closing="799.51"))
    assert not statement.is_proved
    assert statement.difference_fen == -1
    assert statement.problems[0].code == "does_not_add_up"
    assert statement.problems[0].params == {"difference": "-0.01"}


@pytest.mark.parametrize("version", ["02", "04", "08"])
def test_versions_are_known_by_namespace(version):
    namespace = f"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"
    parsed = parse_statement_file(make_camt053([], namespace=namespace))
    assert parsed.format == f"camt.053.001.{version}"
    assert parsed.statements[0].is_proved


@pytest.mark.parametrize(
    "namespace", ["", "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09", "urn:x"]
)
def test_other_documents_are_an_unknown_format(namespace):
    content = make_camt053([], namespace=namespace)
    assert _codes(content) == ["unknown_format"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "statement_file_empty"),
        (b" \n", "statement_file_empty"),
        (b":20:940\n:25:1", "no_opening_balance"),
        (b"PK\x03\x04zip", "spreadsheet_broken"),
        (b"%PDF-1.7", "pdf_statement"),
        ("姓名,金额\n".encode("gb18030"), "unknown_format"),
        ("日期,金额\n".encode("gb18030"), "no_lines"),
        (b"<Document", "not_xml"),
        (b"<a>\xff\xfe</a>", "unknown_format"),
        (b'<?xml version="1.0" encoding="x-nowhere"?><a/>', "not_xml"),
        (make_camt053([])[:-40], "not_xml"),
        (b"<" + b"a><" * 200, "unknown_format"),
        (make_camt053([], balances="<x>" * 60 + "</x>" * 60), "xml_too_deep"),
        (make_camt053([], balances=""), "no_opening_balance"),
        (make_camt053([], balances=make_balance("OPBD", "1.00")), "no_closing_balance"),
        (make_camt053([make_entry("x")]), "amount_not_valid"),
        (make_camt053([make_entry("-1.00")]), "amount_not_valid"),
        (make_camt053([make_entry("1e3")]), "amount_not_valid"),
        (make_camt053([make_entry("１.00")]), "amount_not_valid"),
        (make_camt053([make_entry("8.85123")]), "amount_finer_than_fen"),
        (make_camt053([make_entry("99999999999999999.00")]), "amount_too_large"),
        (make_camt053([make_entry("1.00", "XXXX")]), "no_direction"),
        (make_camt053([make_entry("1.00", day="yesterday")]), "no_booking_date"),
        (make_camt053([make_entry("1.00", currency="USD")]), "entry_currency_differs"),
    ],
)
def test_each_fault_is_named_and_nothing_is_raised(content, code):
    assert code in _codes(content)


XXE = '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;">]>'
)
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE d SYSTEM "http://127.0.0.1:9/x.dtd">'


@pytest.mark.parametrize("prologue", [XXE, LAUGHS, OUTSIDE])
def test_document_types_are_refused_before_anything_is_expanded(prologue):
    content = make_camt053([make_entry("&x;")], prologue=prologue)
    assert _codes(content) == ["xml_with_dtd"]


def test_more_decimals_are_fine_when_they_are_zeros():
    assert _one(make_camt053([make_entry("8.85000")], closing="991.15")).is_proved


def test_the_indicator_gives_the_sign_also_for_a_reversal():
    more = "<RvslInd>true</RvslInd>"
    statement = _one(make_camt053([make_entry("5.00", "CRDT", more=more)], closing="1005.00"))
    assert statement.is_proved
    assert statement.lines[0].amount_fen == 500
    assert statement.lines[0].return_code == "RVSL"


def test_what_is_not_booked_is_counted_and_no_money():
    statement = _one(make_camt053([make_entry("5.00", status="PDNG")]))
    assert statement.is_proved
    assert (statement.entry_count, statement.pending_count, statement.lines) == (1, 1, [])


def _detail(amount: str, reference: str) -> str:
    return (
        f"<TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs>"
        f'<Amt Ccy="CNY">{amount}</Amt></TxDtls>'
    )


def test_details_that_add_up_become_lines():
    details = _detail("3.50", "A") + _detail("2.50", "B")
    lines = _one(make_camt053([make_entry("6.00", details=details)], closing="994.00")).lines
    assert [(line.end_to_end_id, line.amount_fen) for line in lines] == [("A", -350), ("B", -250)]


@pytest.mark.parametrize("second", ["2.49", "x", "0.00"])
def test_details_that_do_not_add_up_stay_one_line_without_reference(second):
    details = _detail("3.50", "A") + _detail(second, "B")
    statement = _one(make_camt053([make_entry("6.00", details=details)], closing="994.00"))
    assert statement.is_proved
    assert [(line.end_to_end_id, line.amount_fen) for line in statement.lines] == [(None, -600)]


def test_several_days_in_one_statement_open_with_the_first_and_close_with_the_last():
    balances = "".join(
        make_balance(code, amount).replace("2026-11-20", day)
        for code, amount, day in (
            ("OPBD", "10.00", "2026-11-20"),
            ("CLBD", "5.00", "2026-11-20"),
            ("OPBD", "5.00", "2026-11-21"),
            ("CLBD", "2.00", "2026-11-21"),
        )
    )
    entries = [make_entry("5.00"), make_entry("3.00")]
    assert _one(make_camt053(entries, balances=balances)).is_proved


def test_an_overdrawn_balance_counts_negative():
    balances = make_balance("PRCD", "1.00") + make_balance("CLBD", "4.00", side="DBIT")
    assert _one(make_camt053([make_entry("5.00")], balances=balances)).is_proved


@pytest.mark.parametrize("encoding", ["gb18030", "GBK", "utf-16"])
def test_chinese_encodings_are_read(encoding):
    prologue = f'<?xml version="1.0" encoding="{encoding}"?>'
    details = "<TxDtls><RmtInf><Ustrd>培训补贴</Ustrd></RmtInf></TxDtls>"
    text = make_camt053(
        [make_entry("1.00", details=details)], closing="999.00", prologue=prologue
    ).decode()
    assert _one(text.encode(encoding)).lines[0].remittance == "培训补贴"


def test_the_last_of_two_interim_balances_of_a_day_is_the_closing_one():
    balances = "".join(
        make_balance("ITBD", amount).replace("23:59:59", time)
        for amount, time in (("7.00", "16:00:00"), ("10.00", "08:00:00"), ("9.00", "12:00:00"))
    )
    report = make_camt053([make_entry("3.00")], balances=balances, message="052")
    assert _one(report).is_proved


def test_a_report_without_balances_and_a_notification_say_so_and_are_neither_right_nor_wrong():
    for message in ("052", "054"):
        parsed = parse_statement_file(
            make_camt053([make_entry("5.00")], balances="", message=message)
        )
        assert parsed.format == f"camt.{message}.001.02"
        statement = parsed.statements[0]
        assert (statement.is_balanced, statement.difference_fen) == (None, None)
        assert [note.code for note in statement.notes] == ["notification_without_balances"]
        assert (statement.problems, statement.outgoing_fen) == ([], 500)
        assert statement.is_usable
        assert not statement.is_proved


def test_a_notification_with_a_fault_is_not_usable():
    statement = _one(make_camt053([make_entry("x")], balances="", message="054"))
    assert statement.is_balanced is False
    assert not statement.is_usable


def _summary(credit: str, debit: str, count: int) -> str:
    return (
        f"<TxsSummry><TtlNtries><NbOfNtries>{count}</NbOfNtries></TtlNtries>"
        f"<TtlCdtNtries><Sum>{credit}</Sum></TtlCdtNtries>"
        f"<TtlDbtNtries><Sum>{debit}</Sum></TtlDbtNtries></TxsSummry>"
    )


def test_totals_that_the_bank_states_are_compared():
    entries = [make_entry("5.00"), make_entry("2.00", "CRDT")]
    right = _one(make_camt053(entries, closing="997.00", summary=_summary("2", "5.00", 2)))
    assert right.is_proved
    wrong = _one(make_camt053(entries, closing="997.00", summary=_summary("2", "6.00", 3)))
    assert [problem.code for problem in wrong.problems] == ["totals_differ", "count_differs"]
    assert wrong.is_balanced
    assert not wrong.is_proved


def test_waiting_entries_may_be_in_the_stated_totals_or_not():
    entries = [make_entry("5.00"), make_entry("1.00", status="PDNG")]
    for debit, count in (("5.00", 1), ("6.00", 2)):
        summary = _summary("0", debit, count)
        assert _one(make_camt053(entries, closing="995.00", summary=summary)).is_proved


def test_details_that_do_not_add_up_are_noted():
    details = _detail("3.50", "A") + _detail("2.49", "B")
    batch = "<Btch><NbOfTxs>3</NbOfTxs></Btch>"
    statement = _one(make_camt053([make_entry("6.00", details=batch + details)], closing="994.00"))
    assert [note.code for note in statement.notes] == ["details_count_differs", "details_differ"]


@pytest.mark.real_data
def test_files_of_real_banks_get_the_right_verdict(shared_data):
    verdicts = {}
    for path in sorted((shared_data / "bank" / "camt").iterdir()):
        parsed = parse_statement_file(path.read_bytes())
        verdicts[path.name] = [statement.is_balanced for statement in parsed.statements]
    assert verdicts == {
        "genkgo_camt053.v2.minimal.xml": [False],
        "genkgo_camt053.v2.multi.statement.xml": [True, True],
        "genkgo_camt053.v2.wrong.xml": [],
        "genkgo_camt053.v8.xml": [False],
        "genkgo_camt054.v8.xml": [None],
        "viafintech_052_valid_example.xml": [True],
        "viafintech_053_valid_example.xml": [True],
    }


def test_a_text_is_found_as_by_path_expressions():
    """Same first match; a branch without the rest is left again."""
    document = fromstring(
        "<a><b/><b><c> </c><c>2</c></b><b><d>4</d><c>3</c></b><zb><c>9</c></zb></a>"
    )
    for path in ("b", "b/c", "b/d", "zb/c", "c", "b/e"):
        found = (document.findtext(f"./{path}") or "").strip() or None
        assert text_of(document, path) == found, path
    assert text_of(document, "b/d") == "4"
