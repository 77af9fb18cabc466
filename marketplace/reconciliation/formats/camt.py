"""ISO 20022 camt.052, camt.053 and camt.054, versions by namespace, read as a stream with bounds.

A statement (053) and a report (052) are proved by their balances. A notification (054) tells of
entries only: nothing in it can be proved, and it says so.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from marketplace.foundation.text import mask_bank_account
from marketplace.reconciliation.formats.amounts import fen_of_decimal
from marketplace.reconciliation.formats.camt_entries import (
    currency_of,
    date_of,
    day_at,
    name_of,
    read_lines,
    read_movement,
    text_of,
)
from marketplace.reconciliation.formats.statements import (
    FileProblem,
    ParsedFile,
    ParsedStatement,
    decimal,
)

NAMESPACE = re.compile(
    r"^\{(?:urn:iso:std:iso:20022:tech:xsd:|https?://[^}]*/)(camt\.05[234])\.001\.(\d\d)[^}]*\}"
)
"""The ISO name, or a national profile of it (as Swiss banks publish theirs)."""
ENTRIES_MAX = 200_000
DEPTH_MAX = 40
_STATEMENTS = ("Stmt", "Rpt", "Ntfctn")
_TAKEN = {*_STATEMENTS, "Bal", "Ntry"}
_OPENING = ("OPBD", "PRCD", "ITBD")
_CLOSING = ("CLBD", "ITBD")


@dataclass(slots=True)
class _Balance:
    code: str
    fen: int | None
    currency: str
    on: date | None
    at: str
    """Day and time as written: the last of two interim balances of one day is found by it."""


@dataclass(slots=True)
class _Draft:
    statement: ParsedStatement
    balances: list[_Balance] = field(default_factory=list)
    currencies: dict[int, str] = field(default_factory=dict)
    """Entry number to its currency."""
    pending_fen: dict[int, int] = field(default_factory=dict)


class _Unreadable(Exception):
    """The file breaks a bound; carries the problem's code."""


def parse_camt(content: bytes) -> ParsedFile:
    """Read all statements of a file. What cannot be read is a problem, never an exception."""
    drafts: list[_Draft] = []
    message = version = ""
    try:
        for happening, element in _happenings(content):
            if not version:
                message, version = _message_of(element)
            _take(happening, element, drafts)
    except DefusedXmlException:
        return _refused(message, version, "xml_with_dtd")
    except _Unreadable as problem:
        return _refused(message, version, str(problem))
    except (ParseError, ValueError, LookupError):
        return _refused(message, version, "not_xml")
    statements = tuple(_finished(draft, message) for draft in drafts)
    problems = () if statements else (FileProblem("no_statement"),)
    return ParsedFile(f"{message}.001.{version}", statements, problems)


def _happenings(content: bytes) -> Iterator[tuple[str, Element]]:
    """Elements as they begin, and as they end, then with their tag bare."""
    depth = 0
    for happening, element in iterparse(
        io.BytesIO(content), events=("start", "end"), forbid_dtd=True
    ):
        if happening == "start":
            depth += 1
            if depth > DEPTH_MAX:
                raise _Unreadable("xml_too_deep")
        else:
            depth -= 1
            element.tag = name_of(element.tag)
        yield happening, element


def _refused(message: str, version: str, code: str) -> ParsedFile:
    """A half-read file is not half believed: no statement of it is shown."""
    name = f"{message}.001.{version}" if version else "xml"
    return ParsedFile(name, problems=(FileProblem(code),))


def _message_of(root: Element) -> tuple[str, str]:
    found = NAMESPACE.match(root.tag)
    if found is None:
        raise _Unreadable("unknown_format")
    return found[1], found[2]


def _take(happening: str, element: Element, drafts: list[_Draft]) -> None:
    if happening == "start":
        if name_of(element.tag) in _STATEMENTS:
            drafts.append(_Draft(ParsedStatement(key="")))
        return
    if element.tag not in _TAKEN or not drafts:
        return
    draft = drafts[-1]
    if element.tag == "Bal":
        draft.balances.append(_balance(element, draft))
        return
    if element.tag == "Ntry":
        _take_entry(element, draft)
    else:
        _take_header(element, draft.statement, len(drafts))
        _compare_totals(element, draft)
    element.clear()


def _take_header(element: Element, statement: ParsedStatement, number: int) -> None:
    statement.key = text_of(element, "Id") or f"#{number}"
    statement.currency = text_of(element, "Acct/Ccy") or ""
    statement.from_on = day_at(element, "FrToDt/FrDtTm")
    statement.to_on = day_at(element, "FrToDt/ToDtTm")
    account = text_of(element, "Acct/Id/IBAN") or text_of(element, "Acct/Id/Othr/Id")
    statement.bank_account_number = mask_bank_account(account) if account else None


def _take_entry(entry: Element, draft: _Draft) -> None:
    statement = draft.statement
    statement.entry_count += 1
    row = statement.entry_count
    if row > ENTRIES_MAX:
        raise _Unreadable("too_many_entries")
    status = text_of(entry, "Sts") or text_of(entry, "Sts/Cd") or "BOOK"
    if status != "BOOK":
        statement.pending_count += 1
        fen, _code = fen_of_decimal(text_of(entry, "Amt"))
        draft.pending_fen[row] = (fen or 0) * (1 if text_of(entry, "CdtDbtInd") == "CRDT" else -1)
        return
    movement = read_movement(entry, row, statement)
    if movement is None:
        return
    amount_fen, booked_on = movement
    draft.currencies[row] = currency_of(entry)
    statement.count(amount_fen)
    if amount_fen:
        statement.lines += read_lines(
            entry, statement, row=row, amount_fen=amount_fen, booked_on=booked_on
        )


def _compare_totals(element: Element, draft: _Draft) -> None:
    """The bank's own count and sums, where it states them, are those of its entries.

    Banks differ in whether entries not booked yet are counted: either is accepted.
    """
    statement = draft.statement
    pending = list(draft.pending_fen.values())
    for path, booked, waiting in (
        ("TtlCdtNtries", statement.incoming_fen, sum(fen for fen in pending if fen > 0)),
        ("TtlDbtNtries", statement.outgoing_fen, -sum(fen for fen in pending if fen < 0)),
    ):
        stated, _code = fen_of_decimal(text_of(element, f"TxsSummry/{path}/Sum"))
        if stated is not None and stated not in (booked, booked + waiting):
            words = {"stated": decimal(stated), "found": decimal(booked)}
            statement.problem("totals_differ", field=path, words=words)
    count = text_of(element, "TxsSummry/TtlNtries/NbOfNtries") or ""
    entries = statement.entry_count
    is_stated = count.isascii() and count.isdigit() and len(count) < 10
    if is_stated and int(count) not in (entries, entries - statement.pending_count):
        counts = {"stated": count, "found": entries}
        statement.problem("count_differs", field="TtlNtries", words=counts)


def _finished(draft: _Draft, message: str) -> ParsedStatement:
    statement = draft.statement
    opening = _pick(draft.balances, _OPENING, last=False)
    rest = [balance for balance in draft.balances if balance is not opening]
    closing = _pick(rest, _CLOSING, last=True)
    either = opening or closing
    statement.currency = statement.currency or (either.currency if either else "")
    if message == "camt.054" or (message == "camt.052" and not either):
        statement.is_notification = True
        first = next(iter(draft.currencies.values()), "")
        statement.currency = statement.currency or first
        statement.note("notification_without_balances")
    if not statement.is_notification or either:
        _take_balance(statement, "opening", opening)
        _take_balance(statement, "closing", closing)
    for row, currency in draft.currencies.items():
        if currency != statement.currency:
            words = {"found": currency or "–", "expected": statement.currency or "–"}
            statement.problem("entry_currency_differs", row=row, field="Amt", words=words)
    statement.finish()
    return statement


def _take_balance(statement: ParsedStatement, which: str, balance: _Balance | None) -> None:
    if balance is None or balance.fen is None:
        statement.problem(f"no_{which}_balance", field="Bal")
        return
    if balance.currency != statement.currency:
        words = {"found": balance.currency or "–", "expected": statement.currency or "–"}
        statement.problem(f"{which}_currency_differs", field="Bal", words=words)
        return
    if which == "opening":
        statement.opening_fen = balance.fen
        statement.from_on = statement.from_on or balance.on
    else:
        statement.closing_fen = balance.fen
        statement.to_on = statement.to_on or balance.on


def _pick(balances: list[_Balance], codes: tuple[str, ...], *, last: bool) -> _Balance | None:
    """The balance that counts: by kind, then the earliest opening or the latest closing."""
    for code in codes:
        found = [balance for balance in balances if balance.code == code]
        if found:
            dated = sorted(found, key=lambda balance: balance.at)
            return dated[-1] if last else dated[0]
    return None


def _balance(element: Element, draft: _Draft) -> _Balance:
    code = text_of(element, "Tp/CdOrPrtry/Cd") or text_of(element, "Tp/CdOrPrtry/Prtry") or ""
    fen, problem = fen_of_decimal(text_of(element, "Amt"))
    if fen is None and code in (*_OPENING, *_CLOSING):
        draft.statement.problem(problem, field="Bal")
    side = text_of(element, "CdtDbtInd")
    if fen is not None and side == "DBIT":
        fen = -fen
    at = text_of(element, "Dt/Dt") or text_of(element, "Dt/DtTm") or ""
    return _Balance(code, fen, currency_of(element), date_of(element, "Dt"), at)
