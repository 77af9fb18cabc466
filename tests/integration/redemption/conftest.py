"""What the books say, for tests of this room."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from marketplace.foundation.db import db
from marketplace.funds.queries import get_allotment
from marketplace.ledger.models import JournalEntry
from marketplace.ledger.queries import get_draft_of
from marketplace.ledger.states import Side
from tests.factories.redemption import Case

Postings = dict[tuple[str, str], int]


@pytest.fixture
def postings() -> Callable[[int, Case], Postings]:
    """The lines of an entry, with the case's accounts by short names."""

    def read(entry_id: int, case: Case) -> Postings:
        allotment = get_allotment(case.voucher.allotment_id).code
        names = {
            f"allotment:available:{allotment}": "available",
            f"allotment:committed:{allotment}": "committed",
            f"payable:institution:{case.institution.code}": "payable",
        }
        return {
            (names[line.account.code], "debit" if line.side is Side.DEBIT else "credit"): line.fen
            for line in get_draft_of(entry_id).lines
        }

    return read


@pytest.fixture
def count_entries() -> Callable[[], int]:
    """How many entries the journal holds about fund money; co-payments have their own book."""
    of_funds = JournalEntry.kind.not_like("copayment.%")
    return lambda: db.session.scalar(select(func.count(JournalEntry.id)).where(of_funds)) or 0
