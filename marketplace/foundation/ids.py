"""Public codes: short, unguessable, easy to read aloud; and signed tokens."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from random import Random

_seeded: ContextVar[Random | None] = ContextVar("seeded", default=None)

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No 0/O, 1/I/L, U: a code survives being read out over the telephone."""

_EVEN = 256 - 256 % len(ALPHABET)
_LETTER_OF_BYTE = bytes(ord(ALPHABET[byte % len(ALPHABET)]) for byte in range(256))
_UNEVEN_BYTES = bytes(range(_EVEN, 256))


def new_code(prefix: str, length: int = 10) -> str:
    """A random public code, e.g. `CR-7M3K9PQ2XV` (length 10 gives 49 bits, 17 gives 83)."""
    if random := _seeded.get():
        return f"{prefix}-" + "".join(random.choice(ALPHABET) for _ in range(length))
    letters = b""
    while len(letters) < length:
        # Bytes that would favor some letters are left out; a bulk import makes 100,000 codes.
        letters += secrets.token_bytes(2 * length).translate(_LETTER_OF_BYTE, _UNEVEN_BYTES)
    return f"{prefix}-{letters[:length].decode()}"


@contextmanager
def seeded(random: Random) -> Iterator[None]:
    """Codes from a seed, for synthetic worlds only: the same seed gives the same codes."""
    token = _seeded.set(random)
    try:
        yield
    finally:
        _seeded.reset(token)
