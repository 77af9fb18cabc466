"""ISO 20022 camt.053, versions by namespace, read as a stream with bounds.

The credit or debit indicator gives the sign as the account saw it, also for a reversal: RvslInd
only says that the entry undoes an earlier one (ISO 20022 definition of ReversalIndicator). An
entry with details becomes one line per detail when their amounts add up to it, else one line.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from marketplace.foundation.money import AMOUNT_FEN_MAX
from marketplace.foundation.text import tidy
from marketplace.reconciliation.formats.statements import (
    FileProblem,
    ParsedFile,
    ParsedLine,
    ParsedStatement,
)

NAMESPACE = re.compile(r"^\{urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.(\d\d)\}")
ENTRIES_MAX = 200_000
DEPTH_MAX = 40
_AMOUNT = re.compile(r"^\+?([0-9]{1,18}(\.[0-9]{0,17})?|\.[0-9]{1,17})$")
_OPENING = ("OPBD", "PRCD", "ITBD")
_CLOSING = ("CLBD", "ITBD")


@dataclass(slots=True)
class _Balance:
    code: str
    fen: int | None
    currency: str
    on: date | None


@dataclass(slots=True)
class _Draft:
    statement: ParsedStatement
    balances: list[_Balance] = field(default_factory=list)
    currencies: dict[int, str] = field(default_factory=dict)
    """Entry number to its currency."""


class _Unreadable(Exception):
    """The file breaks a bound; carries the problem's code."""


def parse_camt053(content: bytes) -> ParsedFile:
    """Read all statements of a file. What cannot be read is a problem, never an exception."""
    drafts: list[_Draft] = []
    version = ""
    try:
        depth = 0
        for happening, element in iterparse(
            io.BytesIO(content), events=("start", "end"), forbid_dtd=True
        ):
            depth += 1 if happening == "start" else -1
            if depth > DEPTH_MAX:
                raise _Unreadable("xml_too_deep")
            if not version:
                version = _version_of(element)
            _take(happening, element, drafts)
    except DefusedXmlException:
        return ParsedFile("camt.053", problems=(FileProblem("xml_with_dtd"),))
    except _Unreadable as problem:
        return ParsedFile("camt.053", problems=(FileProblem(str(problem)),))
    except (ParseError, ValueError, LookupError):
        return ParsedFile("camt.053", problems=(FileProblem("not_xml"),))
    statements = tuple(_finished(draft) for draft in drafts)
    problems = () if statements else (FileProblem("no_statement"),)
    return ParsedFile(f"camt.053.001.{version}", statements, problems)


def _version_of(root: Element) -> str:
    found = NAMESPACE.match(root.tag)
    if found is None:
        raise _Unreadable("unknown_format")
    return found[1]


def _take(happening: str, element: Element, drafts: list[_Draft]) -> None:
    tag = element.tag.rpartition("}")[2]
    if happening == "start":
        if tag == "Stmt":
            drafts.append(_Draft(ParsedStatement(key="")))
        return
    if not drafts:
        return
    draft = drafts[-1]
    if tag == "Bal":
        draft.balances.append(_balance(element, draft))
    elif tag == "Ntry":
        _take_entry(element, draft)
        element.clear()
    elif tag == "Stmt":
        draft.statement.key = _text(element, "Id") or f"#{len(drafts)}"
        draft.statement.currency = _text(element, "Acct/Ccy") or ""
        draft.statement.from_on = _day(element, "FrToDt/FrDtTm")
        draft.statement.to_on = _day(element, "FrToDt/ToDtTm")
        element.clear()


def _take_entry(entry: Element, draft: _Draft) -> None:
    statement = draft.statement
    statement.entry_count += 1
    row = statement.entry_count
    if row > ENTRIES_MAX:
        raise _Unreadable("too_many_entries")
    status = _text(entry, "Sts") or _text(entry, "Sts/Cd") or "BOOK"
    if status != "BOOK":
        statement.pending_count += 1
        return
    movement = _movement(entry, row, statement.problems)
    if movement is None:
        return
    amount_fen, booked_on = movement
    draft.currencies[row] = _currency(entry)
    if amount_fen > 0:
        statement.incoming_fen += amount_fen
    else:
        statement.outgoing_fen -= amount_fen
    if amount_fen:
        statement.lines += _lines(entry, row=row, amount_fen=amount_fen, booked_on=booked_on)


def _movement(entry: Element, row: int, problems: list[FileProblem]) -> tuple[int, date] | None:
    """Signed amount and day of an entry; None after noting what is wrong with it."""
    fen, code = _fen(_text(entry, "Amt"))
    sign = {"CRDT": 1, "DBIT": -1}.get(_text(entry, "CdtDbtInd") or "")
    booked_on = _date_of(entry, "BookgDt") or _date_of(entry, "ValDt")
    if fen is None:
        problems.append(FileProblem(code, row=row, field="Amt"))
    if sign is None:
        problems.append(FileProblem("no_direction", row=row, field="CdtDbtInd"))
    if booked_on is None:
        problems.append(FileProblem("no_booking_date", row=row, field="BookgDt"))
    if fen is None or sign is None or booked_on is None:
        return None
    return fen * sign, booked_on


def _lines(entry: Element, *, row: int, amount_fen: int, booked_on: date) -> list[ParsedLine]:
    details = entry.findall("./{*}NtryDtls/{*}TxDtls")
    shares = _shares(details, _currency(entry), 1 if amount_fen > 0 else -1)
    if len(details) > 1 and sum(shares) == amount_fen and all(shares):
        return [
            _line(entry, detail, row, share, booked_on)
            for detail, share in zip(details, shares, strict=True)
        ]
    # One detail tells about the whole entry; several that do not add up tell nothing certain.
    return [_line(entry, details[0] if len(details) == 1 else None, row, amount_fen, booked_on)]


def _shares(details: list[Element], currency: str, entry_sign: int) -> list[int]:
    """Signed amounts of the details in the entry's currency; empty when one is not stated."""
    shares = []
    for detail in details:
        sign = {"CRDT": 1, "DBIT": -1}.get(_text(detail, "CdtDbtInd") or "", entry_sign)
        holders = [detail, *detail.findall("./{*}AmtDtls/{*}TxAmt")]
        stated = [
            fen
            for holder in holders
            if _currency(holder) == currency and (fen := _fen(_text(holder, "Amt"))[0]) is not None
        ]
        if not stated:
            return []
        shares.append(stated[0] * sign)
    return shares


def _line(
    entry: Element, detail: Element | None, row: int, amount_fen: int, booked_on: date
) -> ParsedLine:
    source = entry if detail is None else detail
    reference = _text(source, "Refs/EndToEndId") or _text(source, "Refs/InstrId")
    party = "Cdtr" if amount_fen < 0 else "Dbtr"
    remittance = " ".join(found.text or "" for found in source.findall(".//{*}RmtInf/{*}Ustrd"))
    reason = _text(source, "RtrInf/Rsn/Cd") or _text(source, "RtrInf/Rsn/Prtry")
    if reason is None and source.find("./{*}RtrInf") is not None:
        reason = "NARR"
    if reason is None and (_text(entry, "RvslInd") or "").lower() in ("true", "1"):
        reason = "RVSL"
    return ParsedLine(
        row=row,
        booked_on=booked_on,
        amount_fen=amount_fen,
        end_to_end_id=None if reference in (None, "NOTPROVIDED") else reference,
        bank_reference=_text(entry, "AcctSvcrRef") or _text(entry, "NtryRef"),
        counterparty=_text(source, f"RltdPties/{party}/Pty/Nm")
        or _text(source, f"RltdPties/{party}/Nm"),
        remittance=tidy(remittance)[:500] or _text(entry, "AddtlNtryInf"),
        return_code=reason,
    )


def _finished(draft: _Draft) -> ParsedStatement:
    statement = draft.statement
    opening = _pick(draft.balances, _OPENING, last=False)
    rest = [balance for balance in draft.balances if balance is not opening]
    closing = _pick(rest, _CLOSING, last=True)
    statement.currency = statement.currency or (opening.currency if opening else "")
    _take_balance(statement, "opening", opening)
    _take_balance(statement, "closing", closing)
    for row, currency in draft.currencies.items():
        if currency != statement.currency:
            words = {"found": currency or "–", "expected": statement.currency or "–"}
            problem = FileProblem("entry_currency_differs", row=row, field="Amt", params=words)
            statement.problems.append(problem)
    if statement.difference_fen and not statement.problems:
        words = {"difference": _decimal(statement.difference_fen)}
        statement.problems.append(FileProblem("does_not_add_up", field="Bal", params=words))
    statement.problems = [
        FileProblem(problem.code, statement.key, problem.row, problem.field, problem.params)
        for problem in statement.problems
    ]
    return statement


def _take_balance(statement: ParsedStatement, which: str, balance: _Balance | None) -> None:
    if balance is None or balance.fen is None:
        statement.problems.append(FileProblem(f"no_{which}_balance", field="Bal"))
        return
    if balance.currency != statement.currency:
        words = {"found": balance.currency or "–", "expected": statement.currency or "–"}
        problem = FileProblem(f"{which}_currency_differs", field="Bal", params=words)
        statement.problems.append(problem)
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
            dated = sorted(found, key=lambda balance: balance.on or date.min)
            return dated[-1] if last else dated[0]
    return None


def _balance(element: Element, draft: _Draft) -> _Balance:
    code = _text(element, "Tp/CdOrPrtry/Cd") or _text(element, "Tp/CdOrPrtry/Prtry") or ""
    fen, problem = _fen(_text(element, "Amt"))
    if fen is None and code in (*_OPENING, *_CLOSING):
        draft.statement.problems.append(FileProblem(problem, field="Bal"))
    if fen is not None and _text(element, "CdtDbtInd") == "DBIT":
        fen = -fen
    return _Balance(code, fen, _currency(element), _date_of(element, "Dt"))


def _fen(text: str | None) -> tuple[int | None, str]:
    """Minor units of a decimal text; more decimals than that are only zeros, or refused."""
    if text is None or not _AMOUNT.match(text):
        return None, "amount_not_valid"
    exact = Decimal(text) * 100
    if exact != exact.to_integral_value():
        return None, "amount_finer_than_fen"
    if exact > AMOUNT_FEN_MAX:
        return None, "amount_too_large"
    return int(exact), ""


def _decimal(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def _currency(holder: Element) -> str:
    amount = holder.find("./{*}Amt")
    return "" if amount is None else amount.get("Ccy", "")


def _text(parent: Element, path: str) -> str | None:
    found = parent.findtext("./" + "/".join(f"{{*}}{tag}" for tag in path.split("/")))
    return tidy(found)[:200] or None if found else None


def _date_of(parent: Element, tag: str) -> date | None:
    return _day(parent, f"{tag}/Dt") or _day(parent, f"{tag}/DtTm")


def _day(parent: Element, path: str) -> date | None:
    """The date as the bank wrote it; a time keeps the bank's own zone."""
    text = _text(parent, path)
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None
