"""Public codes: short, unguessable, easy to read aloud; and signed tokens."""

from __future__ import annotations

import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No 0/O, 1/I/L, U: a code survives being read out over the telephone."""


def new_code(prefix: str, length: int = 10) -> str:
    """A random public code, e.g. `CR-7M3K9PQ2XV` (length 10 gives 49 bits, 17 gives 83)."""
    return f"{prefix}-" + "".join(secrets.choice(ALPHABET) for _ in range(length))
