"""Which bytes are sealed: an entry and a block as one line of JSON each. Pure.

The form never changes without a new `form` number: an outsider recomputes it years later.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256

FORM = 1
GENESIS = "0" * 64
"""What the first block names as the head before it."""


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """Everything that an entry says; postings are (account code, debit fen, credit fen)."""

    entry_id: int
    kind: str
    key: str
    currency: str
    effective_on: date
    posted_at: datetime
    actor_id: int | None
    memo: str | None
    reverses_id: int | None
    postings: Sequence[tuple[str, int, int]]


def entry_document(entry: SealedEntry) -> bytes:
    """The bytes of an entry: a JSON list, postings ordered by account, UTC to the microsecond."""
    return _line(
        [
            FORM,
            entry.entry_id,
            entry.kind,
            entry.key,
            entry.currency,
            entry.effective_on.isoformat(),
            entry.posted_at.astimezone(UTC).isoformat(timespec="microseconds"),
            entry.actor_id,
            entry.memo,
            entry.reverses_id,
            sorted([*posting] for posting in entry.postings),
        ]
    )


def block_document(*, height: int, previous: str, root: str, entries: int, sealed_at: str) -> bytes:
    """The bytes of a block's header; hashes are hexadecimal."""
    return _line([FORM, height, previous, root, entries, sealed_at])


def head_of(document: bytes) -> str:
    """A block's head: the hash of its header, which the next block names."""
    return sha256(document).hexdigest()


def sealed_at_text(instant: datetime) -> str:
    """An instant as a header writes it."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def _line(value: list[object]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
