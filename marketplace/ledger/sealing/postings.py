"""The postings of a stretch, column by column, and the documents they end.

How a posting is written is decided here alone; the database only tells numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from marketplace.ledger.sealing.naming import AccountNames
from marketplace.ledger.sealing.reading import account_numbers_of, count_of, numbers_of


@dataclass(frozen=True, slots=True)
class Heads:
    """Everything that the documents say before their postings, beside the numbers of entries, as
    the database wrote them."""

    entry_ids: bytes
    lines: list[bytes]


@dataclass(frozen=True, slots=True)
class Side:
    """Debits or credits: the numbers of their entries, as the database wrote them, how each
    begins, `["code",`, and its amount."""

    entry_ids: bytes
    begun: list[bytes]
    amounts: list[bytes]


@dataclass(frozen=True, slots=True)
class Postings:
    """What is nothing on one side, by the other side."""

    debits: Side
    credits: Side


@dataclass(frozen=True, slots=True)
class WrittenPostings:
    """What the database wrote of the postings of a stretch; a column without any is empty."""

    postings: int | None
    debited_entries: bytes | None
    debited_accounts: bytes | None
    debits: bytes | None
    credited_entries: bytes | None
    credited_accounts: bytes | None
    credits: bytes | None

    def told(self, names: AccountNames) -> Postings | None:
        """The postings; none unless as much is told in each column, and all of them is told."""
        debits = _side(self.debited_entries, self.debited_accounts, self.debits, names)
        credits = _side(self.credited_entries, self.credited_accounts, self.credits, names)
        if debits is None or credits is None:
            return None
        if len(debits.amounts) + len(credits.amounts) != self.postings:
            return None
        return Postings(debits, credits)


def documents(
    heads: Heads, postings: Postings, *, order: Callable[[bytes], str] | None
) -> list[bytes]:
    """Each head with its postings, as `documents.entry_document` says an entry is written; `order`
    where their lines do not sort as their accounts do."""
    debits, credits, join = postings.debits, postings.credits, b"".join
    if not order and debits.entry_ids == heads.entry_ids == credits.entry_ids:
        # Nearly always a debit and a credit for each.
        columns = zip(
            heads.lines, debits.begun, debits.amounts, credits.begun, credits.amounts, strict=True
        )
        return [
            join((head, debited, debit, b",0],", credited, b"0,", credit, b"]]]"))
            if debited < credited
            else join((head, credited, b"0,", credit, b"],", debited, debit, b",0]]]"))
            for head, debited, debit, credited, credit in columns
        ]
    numbers = numbers_of(heads.entry_ids)
    of_entry: dict[int, list[bytes]] = {number: [] for number in numbers}
    for number, line in _lines(postings):
        of_entry.setdefault(number, []).append(line)
    for own in of_entry.values():
        own.sort(key=order)
    return [
        join((head, b",".join(of_entry[number]), b"]]"))
        for number, head in zip(numbers, heads.lines, strict=True)
    ]


def _lines(postings: Postings) -> Iterator[tuple[int, bytes]]:
    """Each posting as a document writes it, beside the number of its entry."""
    for side, before, after in ((postings.debits, b"", b",0]"), (postings.credits, b"0,", b"]")):
        columns = zip(numbers_of(side.entry_ids), side.begun, side.amounts, strict=True)
        for number, begun, amount in columns:
            yield number, b"".join((begun, before, amount, after))


def _side(
    entry_ids: bytes | None, accounts: bytes | None, amounts: bytes | None, names: AccountNames
) -> Side | None:
    if not entry_ids:
        return Side(b"", [], [])
    on: Sequence[int] | Sequence[bytes] = account_numbers_of(accounts or b"")
    told = (amounts or b"").strip(b"[]").split(b",")
    if not count_of(entry_ids) == len(on) == len(told):
        return None
    return Side(entry_ids, names.beginnings(on), told)
