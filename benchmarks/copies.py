"""The rows of one learner once more for many others, written by the database: row to rows.

One statement a table, `INSERT ... SELECT`, under every trigger, key and constraint of it; nothing
passes through this process. Nobody else may be writing rows of the tables copied, as their numbers
are taken in a row; on PostgreSQL others may book entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    String,
    cast,
    column,
    func,
    insert,
    literal,
    select,
    text,
)

from marketplace.foundation.bulk import reserve_ids
from marketplace.foundation.db import Base, db, dialect_name, table_of
from marketplace.ledger.models import JournalEntry

UNIQUE_TEXTS = ("id_number_index", "certificate_number")
LARGEST_COPY = 10_000_000
"""Of one learner, in one call."""
_starts = count(1_000_000_000, LARGEST_COPY)
"""Ten figures follow the two letters of a code."""

_NUMBERS = {
    "postgresql": "SELECT generate_series(0, CAST(:copies AS bigint) - 1) AS number",
    "sqlite": """WITH RECURSIVE counted(number) AS (
                   SELECT 0 UNION ALL SELECT number + 1 FROM counted WHERE number < :copies - 1)
                 SELECT number FROM counted""",
}
_ENTRY_ID = {
    # PostgreSQL takes a posting only for the number its connection drew last.
    "postgresql": """CASE WHEN place = 1 THEN nextval('journal_entry_number')
                          ELSE currval('journal_entry_number') END""",
    "sqlite": "(SELECT max(id) FROM journal_entry) + 1 + number",
}
_POSTINGS = """
    INSERT INTO posting (entry_id, account_id, debit_fen, credit_fen)
    SELECT {entry_id}, account_id, debit_fen, credit_fen
      FROM (SELECT number, account_id, debit_fen, credit_fen,
                   row_number() OVER (PARTITION BY number ORDER BY account_id) AS place
              FROM posting CROSS JOIN ({numbers}) AS numbers
             WHERE entry_id = :original) AS line
     ORDER BY number, place
RETURNING entry_id
"""


class Copies:
    """So many copies of each row given; codes and numbers of their own."""

    def __init__(self, number: int) -> None:
        assert number <= LARGEST_COPY
        self.number, self.codes_from = number, next(_starts)
        self.numbers = text(_NUMBERS[dialect_name()]).bindparams(copies=number)

    def of(self, model: type[Base], original_id: int, **changes: Any) -> range:
        """The numbers of the new rows. A change is a value, or the numbers of rows copied before:
        each new row then has its own."""
        ids = reserve_ids(model, self.number)
        assert ids[-1] - ids[0] == self.number - 1, "somebody else is writing"
        self._write(model, [original_id], {"id": _row_of(ids[0])} | _each(changes))
        return range(ids[0], ids[0] + self.number)

    def of_all(self, model: type[Base], original_ids: Sequence[int], **changes: Any) -> None:
        """Of several rows, whose numbers nobody asks for."""
        self._write(model, original_ids, _each(changes))

    def of_entry(self, original_id: int, *, code_prefix: str) -> Sequence[int]:
        """An entry with its postings; its key is the code that a row copied by `of` has."""
        engine = dialect_name()
        statement = _POSTINGS.format(entry_id=_ENTRY_ID[engine], numbers=_NUMBERS[engine])
        asked = {"original": original_id, "copies": self.number}
        ids = _in_a_row(dict.fromkeys(db.session.scalars(text(statement), asked)))
        assert len(ids) == self.number, "somebody else is writing"
        key = literal(code_prefix) + _digits(self.codes_from)
        self._write(JournalEntry, [original_id], _each({"id": ids}) | {"key": key, "memo": key})
        return ids

    def _write(
        self, model: type[Base], original_ids: Sequence[int], changes: dict[str, Any]
    ) -> None:
        table = table_of(model)
        if "code" in table.c:
            changes["code"] = func.substr(table.c.code, 1, 3) + _digits(self.codes_from)
        for unique in UNIQUE_TEXTS:
            if unique in table.c:
                changes[unique] = literal(f"copy-{table.name}-") + _digits(self.codes_from)
        names = [one.name for one in table.c if one.name != "id" or "id" in changes]
        rows = (
            select(*(changes.get(name, table.c[name]) for name in names))
            .select_from(table.join(self._numbered(), literal(True)))
            .where(table.c.id.in_(original_ids))
            .order_by(table.c.id, _NUMBER)
        )
        db.session.execute(insert(table).from_select(names, rows, include_defaults=False))

    def _numbered(self) -> FromClause:
        return self.numbers.columns(column("number", BigInteger)).subquery("numbers")


_NUMBER: ColumnElement[int] = column("number", BigInteger)


def _in_a_row(ids: Iterable[int]) -> Sequence[int]:
    """As a range, if nobody drew numbers in between."""
    found = sorted(ids)
    is_range = found[-1] - found[0] == len(found) - 1
    return range(found[0], found[-1] + 1) if is_range else found


def _each(changes: dict[str, Any]) -> dict[str, Any]:
    return {name: _numbered(value) for name, value in changes.items()}


def _numbered(value: Any) -> Any:
    """What each new row gets of a change."""
    if isinstance(value, range):
        return _row_of(value.start)
    if isinstance(value, list):
        return text("(CAST(:numbers_drawn AS bigint[]))[number + 1]").bindparams(
            numbers_drawn=value
        )
    return value


def _row_of(first: int) -> ColumnElement[int]:
    return cast(literal(first), BigInteger) + _NUMBER


def _digits(first: int) -> ColumnElement[str]:
    return cast(_row_of(first), String)
