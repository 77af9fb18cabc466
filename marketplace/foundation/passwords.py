"""Password hashes: argon2id (RFC 9106), at the cost OWASP names for interactive sign-in."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_absent: str | None = None


def use_password_cost(memory_kib: int) -> None:
    """Set the memory of one hash; tests take little. Old hashes still verify."""
    global _hasher, _absent
    _hasher = PasswordHasher(time_cost=2, memory_cost=memory_kib, parallelism=1)
    _absent = None


def hash_password(password: str) -> str:
    """A fresh salted hash."""
    return _hasher.hash(password)


def password_fits(password: str, stored: str | None) -> bool:
    """Whether a password belongs to a hash.

    With no hash to compare (nobody has that login) the same work is done all the same, so that
    the time of the answer does not tell whether the login exists.
    """
    try:
        return _hasher.verify(stored or _hash_of_nobody(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def hash_is_dated(stored: str) -> bool:
    """Whether a hash was made at another cost and should be renewed at the next sign-in."""
    return _hasher.check_needs_rehash(stored)


def _hash_of_nobody() -> str:
    global _absent
    if _absent is None:
        _absent = _hasher.hash(secrets.token_urlsafe(24))
    return _absent
