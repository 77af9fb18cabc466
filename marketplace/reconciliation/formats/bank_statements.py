"""From the rows of a bank's table to a proved statement: signs, order, balances, totals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from marketplace.reconciliation.formats.running import Movement, Telling, tell
from marketplace.reconciliation.formats.statements import (
    PROBLEMS_KEPT,
    FileProblem,
    ParsedLine,
    ParsedStatement,
    decimal,
)

Sign = Callable[["Entry"], int | None]


@dataclass(frozen=True, slots=True)
class Entry:
    """One booked row, before its sign is sure."""

    row: int
    day: date
    amount: int | None
    incoming: int
    outgoing: int
    mark: int | None
    has_sign: bool
    """The amount is written with a plus or minus."""
    balance: int | None
    payer: str
    payee: str
    counterparty: str
    remittance: str
    bank_reference: str
    end_to_end: str


@dataclass(slots=True)
class Draft:
    """One statement while its rows are read."""

    layout: str
    currency: str
    bank_account: str
    entries: list[Entry] = field(default_factory=list)
    entry_count: int = 0
    pending_count: int = 0
    stated: dict[str, int] = field(default_factory=dict)
    unread_balances: list[int] = field(default_factory=list)
    problems: list[FileProblem] = field(default_factory=list)
    totals: list[tuple[int, int, int | None, int | None]] = field(default_factory=list)
    """Totals as stated: the entries from which to which, what came, what went."""
    stated_counts: list[tuple[int | None, int | None]] = field(default_factory=list)
    part_from: int = 0

    def wrong(self, code: str, row: int, column: str) -> None:
        """Say what is wrong with a row."""
        if len(self.problems) < PROBLEMS_KEPT:
            self.problems.append(FileProblem(code, row=row, field=column))

    def state(self, kind: str, fen: int) -> None:
        """A balance the bank states: the first opening, the last closing."""
        if kind == "closing" or kind not in self.stated:
            self.stated[kind] = fen

    def total(self, incoming: int | None, outgoing: int | None, *, is_part: bool) -> None:
        """A total the bank states, of a page or of everything (judged when all is read)."""
        start = self.part_from if is_part else 0
        end = len(self.entries) if is_part else -1
        self.totals.append((start, end, incoming, outgoing))
        if is_part:
            self.part_from = len(self.entries)

    def counts(self, incoming: int | None, outgoing: int | None) -> None:
        """How many lines came and went, as the bank counts."""
        if incoming is not None or outgoing is not None:
            self.stated_counts.append((incoming, outgoing))


def finished(draft: Draft) -> ParsedStatement:
    """Decide signs and order, prove the balances, compare what the bank states."""
    statement = ParsedStatement(key="", currency=draft.currency)
    statement.entry_count, statement.pending_count = draft.entry_count, draft.pending_count
    statement.bank_account_number = draft.bank_account or None
    statement.problems = list(draft.problems)
    telling = _told(draft, statement)
    by_row = {entry.row: entry for entry in draft.entries}
    for item in telling.movements:
        statement.count(item.amount_fen)
        if item.amount_fen:
            statement.lines.append(_line(by_row[item.row], item))
    days = [item.day for item in telling.movements]
    statement.from_on, statement.to_on = min(days, default=None), max(days, default=None)
    name = f"{draft.layout} {draft.bank_account} {statement.from_on or ''}..{statement.to_on or ''}"
    statement.key = f"{' '.join(name.split())} {draft.currency}"
    _take_balances(draft, telling, statement)
    amounts = {item.row: item.amount_fen for item in telling.movements}
    _compare(draft, amounts, statement)
    statement.finish()
    return statement


def _told(draft: Draft, statement: ParsedStatement) -> Telling:
    candidates = []
    for sign in _signs(draft.entries):
        amounts = [(entry, sign(entry)) for entry in draft.entries]
        candidates.append(
            [
                Movement(entry.row, entry.day, amount, entry.balance)
                for entry, amount in amounts
                if amount is not None
            ]
        )
    for entry in draft.entries:
        if _arithmetic(entry) is None:
            statement.problem("no_direction", row=entry.row, field="direction")
    telling = tell(candidates)
    if not telling.is_ordered:
        statement.note("lines_not_in_order")
    return telling


def _signs(entries: list[Entry]) -> list[Sign]:
    """How the amounts may be signed.

    Usually a negative figure in a column of debits is a correction in red. A bank that writes
    every debit with a minus means the opposite; which one it is, the balances tell.
    """
    went = [entry for entry in entries if entry.outgoing or (entry.mark == -1 and entry.amount)]
    figures = [entry.outgoing or entry.amount or 0 for entry in went]
    if figures and all(fen < 0 for fen in figures):
        return [_printed, _arithmetic]
    return [_arithmetic]


def _arithmetic(entry: Entry) -> int | None:
    if entry.amount is None:
        return entry.incoming - entry.outgoing
    if entry.amount == 0:
        return 0
    if entry.mark is not None:
        return entry.mark * entry.amount
    return entry.amount if entry.has_sign or entry.amount < 0 else _unmarked(entry)


def _unmarked(entry: Entry) -> int | None:
    """A bare figure is money that came, in a table that writes a minus before what went.

    Whether that is so, the balances prove; without them the direction is unknown.
    """
    return entry.amount if entry.balance is not None else None


def _printed(entry: Entry) -> int | None:
    if entry.amount is None:
        return abs(entry.incoming) - abs(entry.outgoing)
    return abs(entry.amount) * entry.mark if entry.mark else _arithmetic(entry)


def _line(entry: Entry, item: Movement) -> ParsedLine:
    side = entry.mark or (1 if entry.incoming else -1 if entry.outgoing else 0)
    is_reversal = side * item.amount_fen < 0  # a figure in red, against its own column
    other = (entry.payer if item.amount_fen > 0 else entry.payee) or entry.counterparty
    return ParsedLine(
        row=entry.row,
        booked_on=item.day,
        amount_fen=item.amount_fen,
        end_to_end_id=entry.end_to_end[:100] or None,
        bank_reference=entry.bank_reference[:100] or None,
        counterparty=other[:200] if other not in ("", "-", "--") else None,
        remittance=entry.remittance[:500] or None,
        return_code="RVSL" if is_reversal else None,
        balance_fen=entry.balance,
    )


def _take_balances(draft: Draft, telling: Telling, statement: ParsedStatement) -> None:
    """Opening and closing: those of the rows, which must be those the bank states."""
    told = {"opening": telling.opening_fen, "closing": telling.closing_fen}
    for kind, fen in draft.stated.items():
        if told[kind] is None:
            told[kind] = fen
        elif told[kind] != fen:
            words = {"stated": decimal(fen), "found": decimal(told[kind] or 0)}
            statement.problem(f"{kind}_balance_differs", field="balance", words=words)
    statement.opening_fen, statement.closing_fen = told["opening"], told["closing"]
    read = [entry for entry in draft.entries if entry.balance is not None]
    for row in draft.unread_balances if read else draft.unread_balances[:1]:
        code = "balance_not_readable" if read else "balances_not_readable"
        statement.problem(code, row=row, field="balance")
    for gap in telling.gaps:
        words = {"expected": decimal(gap.expected_fen), "found": decimal(gap.found_fen)}
        statement.problem("running_balance_differs", row=gap.row, field="balance", words=words)
    if None in told.values() and not draft.unread_balances:
        statement.problem("balances_missing" if draft.entries else "no_lines", field="balance")


def _compare(draft: Draft, amounts: dict[int, int], statement: ParsedStatement) -> None:
    """Totals and counts as the bank states them. A correction in red may lower its own column."""
    for start, end, incoming, outgoing in draft.totals:
        entries = draft.entries[start : end if end >= 0 else None]
        moved = [amounts.get(entry.row, 0) for entry in entries]
        came = (sum(fen for fen in moved if fen > 0), sum(entry.incoming for entry in entries))
        went = (-sum(fen for fen in moved if fen < 0), sum(entry.outgoing for entry in entries))
        for stated, found, column in ((incoming, came, "incoming"), (outgoing, went, "outgoing")):
            if stated is not None and abs(stated) not in (abs(found[0]), abs(found[1])):
                words = {"stated": decimal(stated), "found": decimal(found[0])}
                statement.problem("totals_differ", field=column, words=words)
    for incoming, outgoing in draft.stated_counts:
        came_count = sum(fen > 0 for fen in amounts.values())
        went_count = sum(fen < 0 for fen in amounts.values())
        for stated, counted, column in (
            (incoming, came_count, "incoming"),
            (outgoing, went_count, "outgoing"),
        ):
            if stated is not None and stated != counted:
                words = {"stated": str(stated), "found": str(counted)}
                statement.problem("count_differs", field=column, words=words)
