"""Where the return of a lapsed lot stands, and what the books call the end of a lot."""

from enum import StrEnum


class LotReturnState(StrEnum):
    PREPARED = "prepared"
    APPROVED = "approved"
    REJECTED = "rejected"


LOT_EXPIRED = "lot.expired"
LOT_RETURNED = "lot.returned"
"""Kinds of entries: frozen where it lay, sent back up."""
