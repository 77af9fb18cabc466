"""Statements of Chinese banks as tables: preamble, header, movements, totals; one per account and
currency.

Every row is used or named. Opening and closing come from the running balances, or from what the
bank states above and below the table; where it states more (totals, counts), that is compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException

from marketplace.foundation.errors import Refused
from marketplace.foundation.text import mask_bank_account
from marketplace.reconciliation.formats.bank_layouts import (
    Header,
    currency_code,
    find_header,
    load_words,
    plain,
)
from marketplace.reconciliation.formats.bank_rows import (
    Cells,
    bank_account_of,
    figures_of,
    is_blank,
    is_one_of,
    row_text,
)
from marketplace.reconciliation.formats.bank_statements import Draft, Entry, finished
from marketplace.reconciliation.formats.statements import FileProblem, ParsedFile
from marketplace.reconciliation.formats.tables import Table, read_tables

_WORDS = re.compile("[\u4e00-\u9fff]{2}")


@dataclass(slots=True)
class _File:
    """A table while it is read."""

    header: Header
    kind: str
    bank_account: str | None = None
    drafts: dict[tuple[str, str], Draft] = field(default_factory=dict)

    def draft(self, cells: Cells | None = None) -> Draft:
        """The statement a row belongs to: its account and currency, else those of the file."""
        default = self.header.layout.currency
        currency = currency_code(cells.text("currency"), default) if cells else default
        account = (cells.text("own_account") if cells else "") or self.bank_account or ""
        key = (account, currency)
        if key not in self.drafts:
            name = mask_bank_account(account) if account else ""
            self.drafts[key] = Draft(self.header.layout.code, currency, name)
        return self.drafts[key]


def parse_bank_table(content: bytes) -> ParsedFile | None:
    """Read a bank's table; None when the file is no table with a header that a bank writes."""
    try:
        for table in read_tables(content):
            header = find_header(table.rows)
            if header is not None:
                return _parsed(table, header)
            if table.kind != "csv":
                return ParsedFile(table.kind, problems=(FileProblem("unknown_layout"),))
    except Refused as refused:
        found = [FileProblem(each.code, params=dict(each.params)) for each in refused.refusals]
        return ParsedFile("spreadsheet", problems=tuple(found))
    except DefusedXmlException:
        return ParsedFile("xml", problems=(FileProblem("xml_with_dtd"),))
    except (ParseError, ValueError, LookupError):
        return ParsedFile("xml", problems=(FileProblem("not_xml"),))
    return None


def _parsed(table: Table, header: Header) -> ParsedFile:
    name = f"{header.layout.code}.{table.kind}"
    if table.broken_at is not None or table.is_cut:  # lines are missing, whatever the rest proves
        code = "too_many_entries" if table.is_cut else "row_swallows_others"
        return ParsedFile(name, problems=(FileProblem(code, row=table.broken_at),))
    file = _File(header, table.kind)
    above = [row_text(row) for row in table.rows[: header.first_row - 1]]
    file.bank_account = next((found for text in above if (found := bank_account_of(text))), None)
    below = _take_rows(file, table)
    if not file.drafts:
        file.draft()
    _take_texts(file, [*above, *below])
    statements = tuple(finished(draft) for draft in file.drafts.values())
    for code, value in table.notes:
        statements[0].note(f"statement_{code}", words={"value": value})
    return ParsedFile(name, statements)


def _take_rows(file: _File, table: Table) -> list[str]:
    """Use every row below the header; answers the texts of what is no movement and no total."""
    header = file.header
    texts = []
    for number, row in enumerate(table.rows[header.first_row :], start=header.first_row + 1):
        if not is_blank(row) and not _repeats(header, row):
            text = _take_row(file, Cells(header, row), number)
            texts += [text] if text else []
    return texts


def _repeats(header: Header, row: list[str]) -> bool:
    """The header again, or a row of it, at the top of a printed page."""
    return {plain(cell) for cell in row} <= {*header.names, ""}


def _take_row(file: _File, cells: Cells, number: int) -> str | None:
    """Use a row below the header. Answers the text of one that is no movement and no total."""
    day, label = cells.day, cells.label
    if day is None and _take_heading(file, cells, label):
        return None
    has_money = any(_is_money(cells, name) for name in ("amount", "incoming", "outgoing"))
    if day is None:
        if has_money and not _is_sentence(cells):
            file.draft(cells).wrong("no_booking_date", number, "day")
            return None
        return row_text(cells.row)
    draft = file.draft(cells)
    if not has_money and _is_carried(draft, cells):
        return None
    draft.entry_count += 1
    if is_one_of("not_booked", plain(cells.text("status"))):
        draft.pending_count += 1
        return None
    entry = _entry(draft, cells, number)
    if entry is not None:
        draft.entries.append(entry)
    return None


def _is_money(cells: Cells, name: str) -> bool:
    """A figure, or what was meant to be one: digits without words."""
    fen, code = cells.fen(name)
    text = cells.text(name)
    return bool(fen) or (bool(code) and any(c.isdigit() for c in text) and not _WORDS.search(text))


def _is_sentence(cells: Cells) -> bool:
    """A remark below the table: one cell with words, or the bank's own mark of a remark."""
    is_remark = cells.label.startswith("#") or is_one_of("totals", cells.label)
    return is_remark or sum(bool(cell.strip()) for cell in cells.row) <= 1


def _take_heading(file: _File, cells: Cells, label: str) -> bool:
    """A row without a day that opens, closes or sums up."""
    words = row_text(cells.row)
    for kind in ("opening", "closing"):
        if is_one_of(kind, words) and (fen := cells.fen("balance")[0]) is not None:
            file.draft(cells).state(kind, fen)
            return True
    if is_one_of("ignored", label):
        return True
    is_part = is_one_of("subtotals", label)
    if not (is_part or is_one_of("totals", label)) or any(letter.isdigit() for letter in label):
        return False
    incoming, outgoing = cells.fen("incoming")[0], cells.fen("outgoing")[0]
    if incoming is None and outgoing is None:
        return False
    draft = _draft_of_total(file, label)
    if draft is not None:
        draft.total(incoming, outgoing, is_part=is_part)
    return True


def _draft_of_total(file: _File, label: str) -> Draft | None:
    """The statement that a total names by its currency, or the only one there is."""
    for word, currency in load_words().currencies.items():
        if not word.isascii() and label.startswith(word):
            found = [draft for (_a, code), draft in file.drafts.items() if code == currency]
            return found[0] if len(found) == 1 else None
    return next(iter(file.drafts.values())) if len(file.drafts) == 1 else None


def _is_carried(draft: Draft, cells: Cells) -> bool:
    """A row with a day that only tells what the account held at the beginning or end."""
    words = plain(cells.remittance) + cells.label
    for kind in ("opening", "closing"):
        if is_one_of(kind, words) and (fen := cells.fen("balance")[0]) is not None:
            draft.state(kind, fen)
            return True
    return is_one_of("ignored", words)


def _entry(draft: Draft, cells: Cells, number: int) -> Entry | None:
    day = cells.day
    assert day is not None, "a row without a day is no entry"
    problems = []
    found = {}
    for field_name in ("amount", "incoming", "outgoing", "balance"):
        fen, code = cells.fen(field_name)
        found[field_name] = fen
        if code:
            problems.append((code, field_name))
    if found["incoming"] and found["outgoing"]:
        problems.append(("both_directions", "incoming"))
    if not problems and all(found[name] is None for name in ("amount", "incoming", "outgoing")):
        problems.append(("amount_not_valid", "amount"))
    for code, field_name in problems:
        if field_name == "balance":
            draft.unread_balances.append(number)
        else:
            draft.wrong(code, number, field_name)
    if any(field_name != "balance" for _code, field_name in problems):
        return None
    mark = load_words().directions.get(plain(cells.text("direction")))
    return Entry(
        row=number,
        day=day,
        amount=found["amount"],
        incoming=found["incoming"] or 0,
        outgoing=found["outgoing"] or 0,
        mark=mark,
        has_sign=plain(cells.text("amount"))[:1] in ("+", "-"),
        balance=found["balance"],
        payer=cells.text("payer"),
        payee=cells.text("payee"),
        counterparty=cells.text("counterparty"),
        remittance=cells.remittance,
        bank_reference=cells.text("bank_reference"),
        end_to_end=cells.text("end_to_end"),
    )


def _take_texts(file: _File, texts: list[str]) -> None:
    """What the words above and below the table state, for a file of one statement."""
    if len(file.drafts) != 1:
        return
    draft = next(iter(file.drafts.values()))
    for text in texts:
        for kind, fen in _stated(text):
            draft.state(kind, fen)
        incoming, incoming_count = figures_of("incoming", text)
        outgoing, outgoing_count = figures_of("outgoing", text)
        if incoming is not None or outgoing is not None:
            draft.total(incoming, outgoing, is_part=False)
        draft.counts(incoming_count, outgoing_count)


def _stated(text: str) -> Iterator[tuple[str, int]]:
    for kind in ("opening", "closing"):
        fen, _count = figures_of(kind, text)
        if fen is not None:
            yield kind, fen
