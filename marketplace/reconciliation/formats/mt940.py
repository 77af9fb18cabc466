"""SWIFT MT940 customer statements (and MT942 interim reports) as banks really send them.

Field 61 marks D and C from the account's side; RD and RC undo one: a reversal of a credit takes
money, a reversal of a debit brings it back (SWIFT User Handbook, Category 9, MT940 field 61
subfield 3). Every message is one statement with its own proof, a page of a longer one too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from marketplace.foundation.text import mask_bank_account, tidy
from marketplace.reconciliation.formats.amounts import fen_of_comma
from marketplace.reconciliation.formats.mt940_details import Details, read_details
from marketplace.reconciliation.formats.statements import (
    FileProblem,
    ParsedFile,
    ParsedLine,
    ParsedStatement,
    decimal,
)

ENTRIES_MAX = 200_000
_FIELD = re.compile(r"^:(\d\d[A-Z]?):(.*)$")
_END = re.compile(r"-(\}.*|[A-Z]{0,3})\s*")
_OPENS = {"21", "25", "28", "28C", "60F", "60M"}
"""After a closing balance these begin the next statement, even where field 20 is missing."""
_MARKS = {"C": 1, "D": -1, "RC": -1, "RD": 1}
_ENTRY = re.compile(
    r"(?P<valued>\d{6})(?P<entered>\d{4})?\s*(?P<mark>R?[CD]|E[CD])(?P<funds>[A-Z])?\s*"
    r"(?P<amount>[0-9][0-9.,]*)\s*(?:[A-Z][A-Z0-9]{3}(?P<references>.*))?"
)
_BALANCE = re.compile(
    r"\s*(?P<mark>[CD])\s*(?P<day>\d{6})\s*(?P<currency>[A-Z]{3})\s*(?P<amount>[0-9][0-9.,]*)"
)
_TOTAL = re.compile(r"\s*(?P<count>\d{1,7})\s*(?P<currency>[A-Z]{3})\s*(?P<amount>[0-9][0-9.,]*)")


@dataclass(slots=True)
class _Entry:
    row: int
    text: str
    details: str = ""


@dataclass(slots=True)
class _Message:
    """The fields of one statement message."""

    fields: dict[str, str] = field(default_factory=dict)
    entries: list[_Entry] = field(default_factory=list)
    stray: list[int] = field(default_factory=list)
    """Entries behind the closing balance: they belong to no sum."""

    @property
    def is_closed(self) -> bool:
        return "62F" in self.fields or "62M" in self.fields

    @property
    def is_empty(self) -> bool:
        return not (self.fields.keys() - {"20"} or self.entries)

    def take(self, tag: str, value: str, row: int) -> None:
        """Add a field; details go to the entry before them."""
        if tag == "61":
            if self.is_closed:
                self.stray.append(row)
            self.entries.append(_Entry(row, value))
        elif tag == "86" and self.entries and not self.is_closed:
            last = self.entries[-1]
            last.details = f"{last.details}\n{value}" if last.details else value
        elif tag in ("62F", "62M"):
            self.fields[tag] = value
        else:
            self.fields.setdefault(tag, value)


def looks_like_mt940(text: str) -> bool:
    """Whether the fields that make a statement message are there."""
    return bool(re.search(r"^:(60[FM]|61|25P?|28C?):", text, re.M)) and bool(
        re.search(r"^:(20|60[FM]):", text, re.M)
    )


def parse_mt940(text: str) -> ParsedFile:
    """Read all statement messages. What cannot be read is a problem, never an exception."""
    messages = list(_messages(text))
    if sum(len(message.entries) for message in messages) > ENTRIES_MAX:
        return ParsedFile("mt940", problems=(FileProblem("too_many_entries"),))
    statements = tuple(
        _statement(message, number) for number, message in enumerate(messages, start=1)
    )
    is_interim = bool(statements) and all(item.is_notification for item in statements)
    problems = () if statements else (FileProblem("no_statement"),)
    return ParsedFile("mt942" if is_interim else "mt940", statements, problems)


def _messages(text: str) -> Iterator[_Message]:
    """Split at field 20, or where a closing balance is followed by another heading."""
    message = _Message()
    for tag, value, row in _fields(text):
        if tag == "20" or (message.is_closed and tag in _OPENS):
            if not message.is_empty:
                yield message
            message = _Message()
        message.take(tag, value, row)
    if not message.is_empty:
        yield message


def _fields(text: str) -> Iterator[tuple[str, str, int]]:
    """Tags with their text, continued lines included, and the line of the file they begin on."""
    tag, value, start = "", "", 0
    for row, line in enumerate(text.split("\n"), start=1):
        line = re.sub(r"^\{1:.*\{4:", "", line) if line.startswith("{") else line
        found = _FIELD.match(line)
        if found or _END.fullmatch(line):
            if tag:
                yield tag, value, start
            tag, value, start = (found[1], found[2], row) if found else ("", "", row)
        elif tag:
            value += "\n" + line
    if tag:
        yield tag, value, start


def _statement(message: _Message, number: int) -> ParsedStatement:
    fields = message.fields
    name = " ".join(tidy(fields.get(tag, "")) for tag in ("20", "28C", "28") if tag in fields)
    statement = ParsedStatement(key=name[:100].strip() or f"#{number}")
    account = tidy(fields.get("25") or fields.get("25P") or "").rpartition("/")[2]
    statement.bank_account_number = mask_bank_account(account) if account else None
    _take_balance(statement, "opening", fields.get("60F") or fields.get("60M"))
    _take_balance(statement, "closing", fields.get("62F") or fields.get("62M"))
    for entry in message.entries:
        _take_entry(statement, entry)
    for row in message.stray:
        statement.problem("entry_after_closing", row=row, field=":61:")
    for tag, counted in (("90C", statement.incoming_fen), ("90D", statement.outgoing_fen)):
        _compare_total(statement, tag, fields.get(tag), counted)
    is_interim = not {"60F", "60M", "62F", "62M"} & fields.keys()
    if is_interim and {"34F", "13", "13D"} & fields.keys():
        statement.is_notification = True
        statement.problems = [
            problem for problem in statement.problems if not problem.code.endswith("_balance")
        ]
        statement.currency = fields.get("34F", "")[:3]
        statement.note("notification_without_balances")
    statement.finish()
    return statement


def _take_balance(statement: ParsedStatement, which: str, text: str | None) -> None:
    field_name = ":60:" if which == "opening" else ":62:"
    found = _BALANCE.match(text or "")
    if found is None:
        code = f"no_{which}_balance" if text is None else "amount_not_valid"
        statement.problem(code, field=field_name)
        return
    fen, code = fen_of_comma(found["amount"])
    if fen is None:
        statement.problem(code, field=field_name)
        return
    fen = -fen if found["mark"] == "D" else fen
    day = _day(found["day"])
    if which == "opening":
        statement.currency = found["currency"]
        statement.opening_fen, statement.from_on = fen, day
        return
    statement.currency = statement.currency or found["currency"]
    if found["currency"] != statement.currency:
        words = {"found": found["currency"], "expected": statement.currency}
        statement.problem("closing_currency_differs", field=field_name, words=words)
    statement.closing_fen, statement.to_on = fen, day


def _take_entry(statement: ParsedStatement, entry: _Entry) -> None:
    statement.entry_count += 1
    first, _newline, more = entry.text.partition("\n")
    found = _ENTRY.match(first.strip()) or _ENTRY.match(entry.text.replace("\n", "").strip())
    if found is None:
        statement.problem("entry_not_readable", row=entry.row, field=":61:")
        return
    if found["mark"] in ("EC", "ED"):  # expected, not booked
        statement.pending_count += 1
        return
    fen, code = fen_of_comma(found["amount"])
    booked_on = _booked_on(found["valued"], found["entered"])
    if fen is None:
        statement.problem(code, row=entry.row, field=":61:")
    if booked_on is None:
        statement.problem("no_booking_date", row=entry.row, field=":61:")
    if fen is None or booked_on is None:
        return
    amount_fen = fen * _MARKS[found["mark"]]
    statement.count(amount_fen)
    if amount_fen:
        details = read_details(entry.details, more)
        statement.lines.append(_line(entry.row, booked_on, amount_fen, found, details))


def _line(
    row: int, booked_on: date, amount_fen: int, found: re.Match[str], details: Details
) -> ParsedLine:
    ours, _slashes, banks = (found["references"] or "").partition("//")
    reference = tidy(ours)
    return ParsedLine(
        row=row,
        booked_on=booked_on,
        amount_fen=amount_fen,
        end_to_end_id=details.end_to_end_id
        or (None if reference.upper() in ("", "NONREF") else reference[:35]),
        bank_reference=tidy(banks)[:100] or None,
        counterparty=details.name,
        remittance=details.remittance,
        return_code=details.return_code or ("RVSL" if found["mark"].startswith("R") else None),
    )


def _compare_total(statement: ParsedStatement, tag: str, text: str | None, counted: int) -> None:
    found = _TOTAL.match(text or "")
    if found is None:
        return
    stated, _code = fen_of_comma(found["amount"])
    if stated is not None and stated != counted:
        words = {"stated": decimal(stated), "found": decimal(counted)}
        statement.problem("totals_differ", field=f":{tag}:", words=words)


def _day(text: str) -> date | None:
    """A day of two-digit year: SWIFT's window runs from 1980 to 2079."""
    year = int(text[:2])
    try:
        return date(year + (1900 if year >= 80 else 2000), int(text[2:4]), int(text[4:6]))
    except ValueError:
        return None


def _booked_on(valued: str, entered: str | None) -> date | None:
    """The entry date where it is given: month and day of the year nearest to the value date."""
    value_on = _day(valued)
    if value_on is None or not entered:
        return value_on
    candidates = []
    for year in (value_on.year - 1, value_on.year, value_on.year + 1):
        try:
            candidates.append(date(year, int(entered[:2]), int(entered[2:])))
        except ValueError:
            continue
    if not candidates:
        return value_on
    return min(candidates, key=lambda day: abs((day - value_on).days))
