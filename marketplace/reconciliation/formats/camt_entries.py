"""Entries of ISO 20022 camt messages, and the lines they become.

The credit or debit indicator gives the sign as the account saw it, also for a reversal: RvslInd
only says that the entry undoes an earlier one (ISO 20022 definition of ReversalIndicator). An
entry with details becomes one line per detail when their amounts add up to it, else one line.

Elements come with their tags bare (`name_of`), so that they are asked for by the parser's own
`find`: looking for a tag in any namespace is Python's, and took half of taking a statement in.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from xml.etree.ElementTree import Element

from marketplace.foundation.text import tidy
from marketplace.reconciliation.formats.amounts import fen_of_decimal
from marketplace.reconciliation.formats.statements import ParsedLine, ParsedStatement, decimal

SIGNS = {"CRDT": 1, "DBIT": -1}


def read_movement(entry: Element, row: int, statement: ParsedStatement) -> tuple[int, date] | None:
    """Signed amount and day of an entry; None after noting what is wrong with it."""
    fen, code = fen_of_decimal(text_of(entry, "Amt"))
    sign = SIGNS.get(text_of(entry, "CdtDbtInd") or "")
    booked_on = date_of(entry, "BookgDt") or date_of(entry, "ValDt")
    if fen is None:
        statement.problem(code, row=row, field="Amt")
    if sign is None:
        statement.problem("no_direction", row=row, field="CdtDbtInd")
    if booked_on is None:
        statement.problem("no_booking_date", row=row, field="BookgDt")
    if fen is None or sign is None or booked_on is None:
        return None
    return fen * sign, booked_on


def read_lines(
    entry: Element, statement: ParsedStatement, *, row: int, amount_fen: int, booked_on: date
) -> list[ParsedLine]:
    """The lines of an entry: one per detail when the details add up to it."""
    details = [one for several in entry.findall("NtryDtls") for one in several.findall("TxDtls")]
    shares = _shares(details, currency_of(entry), 1 if amount_fen > 0 else -1)
    if len(details) > 1 and sum(shares) == amount_fen and all(shares):
        return [
            _line(entry, detail, row, share, booked_on, amount_fen)
            for detail, share in zip(details, shares, strict=True)
        ]
    stated = text_of(entry, "NtryDtls/Btch/NbOfTxs") or ""
    if details and stated.isascii() and stated.isdigit() and stated != str(len(details)):
        words: dict[str, object] = {"stated": stated, "found": len(details)}
        statement.note("details_count_differs", row=row, words=words)
    if len(details) > 1 and shares:
        words = {"details": decimal(sum(shares)), "entry": decimal(amount_fen)}
        statement.note("details_differ", row=row, words=words)
    # One detail tells about the whole entry; several that do not add up tell nothing certain.
    only = details[0] if len(details) == 1 else None
    return [_line(entry, only, row, amount_fen, booked_on, amount_fen)]


def _shares(details: list[Element], currency: str, entry_sign: int) -> list[int]:
    """Signed amounts of the details in the entry's currency; empty when one is not stated."""
    shares = []
    for detail in details:
        sign = SIGNS.get(text_of(detail, "CdtDbtInd") or "", entry_sign)
        holders = [detail, *detail.findall("AmtDtls/TxAmt")]
        stated = [
            fen
            for holder in holders
            if currency_of(holder) == currency
            and (fen := fen_of_decimal(text_of(holder, "Amt"))[0]) is not None
        ]
        if not stated:
            return []
        shares.append(stated[0] * sign)
    return shares


def _line(
    entry: Element,
    detail: Element | None,
    row: int,
    amount_fen: int,
    booked_on: date,
    entry_fen: int,
) -> ParsedLine:
    source = entry if detail is None else detail
    reference = text_of(source, "Refs/EndToEndId")
    if reference in (None, "NOTPROVIDED"):
        reference = text_of(source, "Refs/InstrId")
    party = "Cdtr" if amount_fen < 0 else "Dbtr"
    said = [one.text or "" for told in source.iter("RmtInf") for one in told.findall("Ustrd")]
    return ParsedLine(
        row=row,
        booked_on=booked_on,
        amount_fen=amount_fen,
        end_to_end_id=None if reference in (None, "NOTPROVIDED") else reference,
        bank_reference=text_of(entry, "AcctSvcrRef") or text_of(entry, "NtryRef"),
        counterparty=text_of(source, f"RltdPties/{party}/Pty/Nm")
        or text_of(source, f"RltdPties/{party}/Nm"),
        remittance=tidy(" ".join(said))[:500] or text_of(entry, "AddtlNtryInf"),
        return_code=_return_code(entry, source),
        entry_fen=entry_fen,
    )


def _return_code(entry: Element, source: Element) -> str | None:
    reason = text_of(source, "RtrInf/Rsn/Cd") or text_of(source, "RtrInf/Rsn/Prtry")
    if reason is None and _first(source, _steps("RtrInf"), 0) is not None:
        return "NARR"
    if reason is None and (text_of(entry, "RvslInd") or "").lower() in ("true", "1"):
        return "RVSL"
    return reason


def currency_of(holder: Element) -> str:
    """The currency its amount is written in."""
    amount = _first(holder, _steps("Amt"), 0)
    return "" if amount is None else amount.get("Ccy", "")


def text_of(parent: Element, path: str) -> str | None:
    """A text below an element; tidy and bounded."""
    found = _first(parent, _steps(path), 0)
    return tidy(found.text)[:200] or None if found is not None and found.text else None


@cache
def name_of(tag: str) -> str:
    """A tag without its namespace."""
    return tag.rpartition("}")[2]


@cache
def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.split("/"))


def _first(parent: Element, steps: tuple[str, ...], at: int) -> Element | None:
    """The first element on a path: asked fourteen times a line, most often of one step or of a
    path that is not there."""
    if at + 1 == len(steps):
        return parent.find(steps[at])
    for child in parent.findall(steps[at]):
        if (found := _first(child, steps, at + 1)) is not None:
            return found
    return None


def date_of(parent: Element, tag: str) -> date | None:
    """A choice of date or date and time."""
    return day_at(parent, f"{tag}/Dt") or day_at(parent, f"{tag}/DtTm")


def day_at(parent: Element, path: str) -> date | None:
    """The date as the bank wrote it; a time keeps the bank's own zone."""
    text = text_of(parent, path)
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None
