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
    return json_of(
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
    return json_of([FORM, height, previous, root, entries, sealed_at])


def head_of(document: bytes) -> str:
    """A block's head: the hash of its header, which the next block names."""
    return sha256(document).hexdigest()


def sealed_at_text(instant: datetime) -> str:
    """An instant as a header writes it."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def document_of_stored(
    entry_id: int,
    kind: str,
    key: str,
    currency: str,
    effective_on: str,
    posted_at: str,
    actor_id: int | None,
    memo: str | None,
    reverses_id: int | None,
    postings: str,
) -> bytes:
    """The same bytes from what a database wrote out: days and instants as text, postings as JSON.

    For reading very many entries (`stored`): no dates, no objects. What it is
    given is what is stored; anything not as it was sealed gives other bytes.
    """
    return json_of(
        [
            FORM,
            entry_id,
            kind,
            key,
            currency,
            effective_on,
            posted_at,
            actor_id,
            memo,
            reverses_id,
            sorted(json.loads(postings)),
        ]
    )


def _planted(value: object) -> object:
    """SQLite keeps bytes where a text belongs; nothing that was sealed has an object in it."""
    return {"not text": repr(value)}


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_planted)


def json_of(value: object) -> bytes:
    """A value as documents write it."""
    return _ENCODER.encode(value).encode()
