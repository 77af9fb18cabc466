"""What a PaymentIntent or refund seen at Stripe means for our payment. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CollectionStep(StrEnum):
    """What to do about what is seen."""

    RECEIVE = "receive"
    FAIL = "fail"
    WAIT = "wait"
    SUSPEND = "suspend"


@dataclass(frozen=True, slots=True)
class SeenMoney:
    """A PaymentIntent or refund beside our own record."""

    amount_fen: int
    currency: str
    reference: str | None
    number: str
    status: str
    our_amount_fen: int
    our_currency: str
    our_reference: str
    our_number: str | None
    received_fen: int | None = None
    """Of a payment: what has arrived."""
    has_failed: bool = False
    """The payer was turned down, and nothing more comes under this number."""


@dataclass(frozen=True, slots=True)
class CollectionVerdict:
    """The step, and every reason when it is to suspend."""

    step: CollectionStep
    problems: tuple[str, ...] = ()


def verdict_for(seen: SeenMoney) -> CollectionVerdict:
    """Money moves here only when everything equals our record; otherwise somebody has to look."""
    is_there = seen.status == "succeeded"
    if problems := _differences(seen):
        return CollectionVerdict(CollectionStep.SUSPEND, problems)
    if is_there:
        return CollectionVerdict(CollectionStep.RECEIVE)
    if seen.status in ("canceled", "failed") or seen.has_failed:
        return CollectionVerdict(CollectionStep.FAIL)
    return CollectionVerdict(CollectionStep.WAIT)


def _differences(seen: SeenMoney) -> tuple[str, ...]:
    is_short = seen.status == "succeeded" and seen.received_fen not in (None, seen.amount_fen)
    found = {
        "reference_differs": seen.reference != seen.our_reference,
        "amount_differs": seen.amount_fen != seen.our_amount_fen,
        "currency_differs": seen.currency != seen.our_currency,
        "second_payment": seen.our_number not in (None, seen.number),
        "partly_received": is_short,
    }
    return tuple(code for code, is_so in found.items() if is_so)
