"""The names of accounts for very many postings: each is read once, not joined to every posting."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from sqlalchemy import select

from marketplace.foundation.bulk import is_among
from marketplace.foundation.db import db
from marketplace.ledger.models import Account
from marketplace.ledger.sealing.documents import json_of

NAMES_MAX = 100_000
"""So many names are kept at most; when there are more they are read again."""
AT_ONCE = 5_000
_ODD = re.compile(r'[\x00-"\\]')
"""What is escaped, or sorts before the quote at the end of a code."""


class AccountNames:
    """How a posting begins for each account, `["code",`, by the number of the account.

    Read when first met, and kept for one verification or one sealing, not longer.
    """

    def __init__(self) -> None:
        self._begun: dict[int | bytes, bytes] = {}
        self.are_plain = True
        """Whether postings that begin so sort as their accounts do; and there is only one way to
        write their codes."""

    def beginnings(self, numbers: Sequence[int] | Sequence[bytes]) -> list[bytes]:
        """The beginnings of postings on these accounts, in the same order; SQLite, which keeps
        anything for a number, tells numbers as it writes them."""
        try:
            return list(map(self._begun.__getitem__, numbers))
        except KeyError:
            self._read(set(numbers))
        return [self._begun[number] for number in numbers]

    def _read(self, numbers: set[int | bytes]) -> None:
        if len(self._begun) >= NAMES_MAX:
            self._begun.clear()
        numbers = numbers.difference(self._begun)
        # What has no account, or no number, begins as no sealed posting does.
        self._begun.update(dict.fromkeys(numbers, b"[null,"))
        wanted = {
            int(number): number for number in numbers if isinstance(number, int) or number.isdigit()
        }
        in_order = sorted(wanted)
        for first in range(0, len(in_order), AT_ONCE):
            found = select(Account.id, Account.code).where(
                is_among(Account.id, in_order[first : first + AT_ONCE])
            )
            for account_id, code in db.session.execute(found.order_by(Account.id)):
                self._begun[wanted[account_id]] = b"[%b," % json_of(code)
                self.are_plain &= isinstance(code, str) and not _ODD.search(code)


def account_of(line: bytes) -> str:
    """The code in a posting: the key to sort by where lines do not sort as their accounts do."""
    return str(json.loads(line)[0])
