"""The changing codes of the classroom screen: signed, bound to one lesson and half a minute.

A code is made from the opening of the lesson and the number of the half-minute with a keyed seal
(HMAC-SHA-256), so nothing is stored and nobody outside can make one. What the square carries is
long; what people type is six figures, which is enough because only a learner of the class can use
them, at that moment, and ten misses lock typing.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from marketplace.enrollment.sign_in_rules import CODE_SECONDS
from marketplace.foundation.crypto import is_signed, sign

TYPED_FIGURES = 6
_SEAL_CHARS = 24
"""96 bits of the seal: short enough for a square that is read from the last row."""
_PURPOSE = "lesson sign-in"
_TOKEN = re.compile(rf"(SI-[0-9A-Z]{{10}})\.([0-9]{{1,11}})\.([0-9a-f]{{{_SEAL_CHARS}}})")
_RECEIPT = re.compile(r"([0-9]{1,11})\.([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class SignInCode:
    """A genuine code: of which opening, and of which half-minute."""

    opening_code: str
    window: int

    @property
    def shown_at(self) -> datetime:
        """When it came on the screen."""
        return instant_of(self.window)


def window_of(instant: datetime) -> int:
    """The half-minute of an instant, counted from 1970."""
    return int(instant.timestamp()) // CODE_SECONDS


def instant_of(window: int) -> datetime:
    """When a half-minute begins."""
    return datetime.fromtimestamp(window * CODE_SECONDS, UTC)


def token_for(opening_code: str, window: int) -> str:
    """What the square on the screen carries."""
    return f"{opening_code}.{window}.{_seal(opening_code, window)}"


def read_token(token: str) -> SignInCode | None:
    """What a token says, if we made it."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        return None
    opening_code, window, seal = found[1], int(found[2]), found[3]
    if not hmac.compare_digest(seal, _seal(opening_code, window)):
        return None
    return SignInCode(opening_code, window)


def typed_code_for(opening_code: str, window: int) -> str:
    """The six figures below the square."""
    number = int(sign(f"typed.{opening_code}.{window}", purpose=_PURPOSE)[:15], 16)
    return f"{number % 10**TYPED_FIGURES:0{TYPED_FIGURES}}"


def receipt_for(token: str, *, worker_id: int, seen_at: datetime) -> str:
    """Proof that this learner held a live code: it outlives the code while they read and tap."""
    seconds = int(seen_at.timestamp())
    return f"{seconds}.{sign(f'{token}.{worker_id}.{seconds}', purpose='sign-in receipt')}"


def read_receipt(receipt: str, *, token: str, worker_id: int) -> datetime | None:
    """When the learner held the code, if the receipt is ours, theirs and for this code."""
    found = _RECEIPT.fullmatch(receipt)
    if found is None:
        return None
    text = f"{token}.{worker_id}.{found[1]}"
    if not is_signed(text, found[2], purpose="sign-in receipt"):
        return None
    return datetime.fromtimestamp(int(found[1]), UTC)


def _seal(opening_code: str, window: int) -> str:
    return sign(f"{opening_code}.{window}", purpose=_PURPOSE)[:_SEAL_CHARS]
