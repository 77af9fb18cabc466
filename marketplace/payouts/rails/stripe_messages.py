"""Messages of Stripe's: signed, at most five minutes old, read before anything else is done.

The signature is checked by the official SDK; the age by our own clock, into the future as well
(docs.stripe.com, "Verify webhook signatures": HMAC-SHA256 over time and body, 300 s).
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from marketplace.payouts.rails.stripe import StripeApi

TOLERANCE_SECONDS = 300
TRANSFER_KINDS = frozenset({"transfer.created", "transfer.updated", "transfer.reversed"})
"""Messages that make us look a transfer up; every other kind is acknowledged and noted."""
PAYMENT_KINDS = frozenset(
    {
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
        "payment_intent.canceled",
        "charge.refunded",
        "refund.updated",
        "refund.failed",
    }
)
"""Messages that make us look a co-payment's PaymentIntent and its refunds up."""
_EVENT_ID = re.compile(r"evt_[A-Za-z0-9_]{1,100}")
_KIND = re.compile(r"[a-z0-9_.]{1,100}")


@dataclass(frozen=True, slots=True)
class SeenEvent:
    """What a message says about itself. What it says about money is never believed."""

    event_id: str
    kind: str
    created_at: datetime
    object_id: str | None
    is_of_our_own: bool
    """Of our platform and of the mode of our key: neither another account's nor a trial's."""
    payload_sha256: str
    intent_id: str | None = None
    """The PaymentIntent it names, itself or as that of a charge or refund."""

    @property
    def is_about_a_payment(self) -> bool:
        return self.kind in PAYMENT_KINDS and self.is_of_our_own and self.intent_id is not None

    @property
    def is_about_a_transfer(self) -> bool:
        return self.kind in TRANSFER_KINDS and self.is_of_our_own and self.object_id is not None


class EventRefused(Exception):
    """The message is forged, stale or unreadable: nothing of it is used."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_event(api: StripeApi, content: bytes, signature: str, *, now: datetime) -> SeenEvent:
    """The message, if Stripe signed it and it is fresh; else EventRefused says why not."""
    import stripe

    try:
        stripe.WebhookSignature.verify_header(content, signature, api.settings.webhook_secret)
    except (stripe.SignatureVerificationError, ValueError) as error:
        raise EventRefused("signature_wrong" if signature else "signature_missing") from error
    if abs(now.timestamp() - _signed_at(signature)) > TOLERANCE_SECONDS:
        raise EventRefused("signature_stale")
    try:
        return _event(json.loads(content), content, is_live=api.settings.is_live)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError) as error:
        raise EventRefused("message_unreadable") from error


def _signed_at(signature: str) -> int:
    """The first time in the header: the one the signature was checked with."""
    return next(int(part[2:]) for part in signature.split(",") if part.startswith("t="))


def _event(said: dict[str, Any], content: bytes, *, is_live: bool) -> SeenEvent:
    event_id, kind = str(said["id"]), str(said["type"])
    if not (_EVENT_ID.fullmatch(event_id) and _KIND.fullmatch(kind)):
        raise ValueError("no name of a message")
    named = said["data"]["object"].get("id")
    return SeenEvent(
        event_id,
        kind,
        datetime.fromtimestamp(int(said["created"]), UTC),
        named[:100] if isinstance(named, str) and re.fullmatch(r"\w+", named[:100]) else None,
        said.get("account") is None and said.get("livemode") is is_live,
        hashlib.sha256(content).hexdigest(),
        _intent_id(said["data"]["object"], kind),
    )


def _intent_id(about: dict[str, Any], kind: str) -> str | None:
    named = about.get("id" if kind.startswith("payment_intent.") else "payment_intent")
    return named if isinstance(named, str) and re.fullmatch(r"pi_\w{1,100}", named) else None
