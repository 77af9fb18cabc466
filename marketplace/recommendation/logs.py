"""Who chose what: logs of `user,item` rows, read without guessing and without loss in silence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import sparse

from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.files import open_table
from marketplace.recommendation import errors as _errors  # noqa: F401  (registers the refusals)

USER_COLUMNS = ("user", "user_id", "userid", "uid", "learner", "worker", "student")
ITEM_COLUMNS = ("item", "item_id", "itemid", "iid", "course", "course_id", "courseid")


@dataclass(frozen=True, slots=True)
class ReadLog:
    """The pairs of one file in its order, without repeats, and what was left out."""

    pairs: tuple[tuple[str, str], ...]
    rows: int
    repeated: int
    incomplete: tuple[int, ...]
    """Numbers of the rows that lack a user or an item."""


@dataclass(frozen=True, slots=True)
class Interactions:
    """Pairs as a matrix of users × items with 1 where somebody chose something."""

    users: dict[str, int]
    items: dict[str, int]
    chosen: sparse.csr_matrix


def read_log(path: Path) -> ReadLog:
    """Read a CSV file with a user and an item column (the first two when no name is known)."""
    seen: dict[tuple[str, str], None] = {}
    incomplete: list[int] = []
    rows = repeated = 0
    for number, user, item in _rows(path):
        rows += 1
        if not user or not item:
            incomplete.append(number)
        elif (user, item) in seen:
            repeated += 1
        else:
            seen[(user, item)] = None
    if not seen:
        raise Refused(Refusal("log_empty", {"name": path.name}, field="file"))
    return ReadLog(tuple(seen), rows, repeated, tuple(incomplete))


def interactions_of(
    pairs: tuple[tuple[str, str], ...], *, items: dict[str, int] | None = None
) -> Interactions:
    """Number users and items in order of appearance; `items` keeps the numbers of another log."""
    users: dict[str, int] = {}
    numbered = dict(items or {})
    rows = [users.setdefault(user, len(users)) for user, _item in pairs]
    columns = [numbered.setdefault(item, len(numbered)) for _user, item in pairs]
    ones = np.ones(len(pairs), dtype=np.float32)
    chosen = sparse.csr_matrix((ones, (rows, columns)), shape=(len(users), len(numbered)))
    return Interactions(users, numbered, chosen)


def _rows(path: Path) -> Iterator[tuple[int, str, str]]:
    with ExitStack() as stack:
        table = stack.enter_context(open_table(path))
        columns = [column for column in table.columns if column]
        if len(columns) < 2:
            raise Refused(Refusal("log_columns", {"name": path.name}, field="file"))
        user = next((name for name in USER_COLUMNS if name in columns), columns[0])
        rest = [name for name in columns if name != user]
        item = next((name for name in ITEM_COLUMNS if name in rest), rest[0])
        for row in table.rows:
            yield row.number, row.cells.get(user, "").strip(), row.cells.get(item, "").strip()
