"""Stripe PaymentIntents and refunds for co-payments, looked up by our own reference.

The intent is made and confirmed by us for a method that the payer confirms elsewhere (Alipay:
`next_action.alipay_handle_redirect.url`), so a phone without JavaScript can pay and no card
number ever reaches us (docs.stripe.com, "Alipay payments", server-side redirect). Nothing here
knows the books.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from marketplace.payouts.rails.stripe import (
    StripeApi,
    StripeRefused,
    StripeSilent,
    as_dict,
)

METHOD = "alipay"
KEY_LIVES = timedelta(hours=23)
"""Stripe keeps a key for a day at least; after less than that nothing is created under it."""
CLOCKS_DIFFER = timedelta(minutes=5)
UNCONFIRMED = ("requires_payment_method", "requires_confirmation", "requires_action")
PAGES_MAX = 20
"""Of a hundred intents, looked through for ours; beyond, the look-up is not complete."""


@dataclass(frozen=True, slots=True)
class PaymentOrder:
    """One payment to ask for: our reference is idempotency key and metadata."""

    reference: str
    copayment_code: str
    amount_fen: int
    currency: str
    begun_at: datetime
    return_url: str
    intent_id: str | None = None


@dataclass(frozen=True, slots=True)
class SeenIntent:
    """A PaymentIntent as Stripe shows it now."""

    intent_id: str
    reference: str | None
    amount_fen: int
    received_fen: int
    currency: str
    status: str
    error: str | None
    pay_url: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class SeenRefund:
    """A refund as Stripe shows it now."""

    refund_id: str
    reference: str | None
    amount_fen: int
    currency: str
    status: str


@dataclass(frozen=True, slots=True)
class IntentReport:
    """What one try came to: the intent there is now, or why there is none."""

    intent: SeenIntent | None = None
    failure: str | None = None
    is_refused: bool = False


def ask_for_payment(api: StripeApi, order: PaymentOrder, *, now: datetime) -> IntentReport:
    """One try: look for our intent; only if there is none and the key still lives, create it.

    Never raises for what Stripe or the network does. An intent that failed or was left is
    canceled, so that nobody pays it beside its successor.
    """
    try:
        is_old = now - order.begun_at > KEY_LIVES
        if found := find_intent(api, order):
            return IntentReport(end_if_over(api, found, is_old=is_old))
        if order.intent_id:
            return IntentReport(failure="no_such_payment")
        if is_old:
            return IntentReport(failure="never_made", is_refused=True)
        if not order.return_url:
            return IntentReport(failure="no_answer")
        return IntentReport(_create_intent(api, order))
    except StripeSilent as silent:
        return IntentReport(failure=silent.code)
    except StripeRefused as refused:
        code = refused.code
    try:
        found = find_intent(api, order)
        return IntentReport(found) if found else IntentReport(failure=code, is_refused=True)
    except (StripeSilent, StripeRefused):
        return IntentReport(failure=code)


def find_intent(api: StripeApi, order: PaymentOrder) -> SeenIntent | None:
    """By its number when we know it, else among all made since the payment was begun."""
    if order.intent_id:
        return get_intent(api, order.intent_id)
    since = order.begun_at - CLOCKS_DIFFER
    until = order.begun_at + KEY_LIVES + CLOCKS_DIFFER
    after: str | None = None
    for _page in range(PAGES_MAX):
        answer = _page_of_intents(api, since, until, after)
        found = answer.get("data")
        if not isinstance(found, list):  # an empty list must be said, not guessed
            raise StripeSilent("unreadable_answer")
        for item in found:
            values = as_dict(item)
            if _reference(values, "payment") == order.reference:
                return _intent(values)
            after = str(values.get("id"))
        if not answer.get("has_more") or not found:
            return None
    raise StripeSilent("too_many_to_look_through")


def _page_of_intents(
    api: StripeApi, since: datetime, until: datetime, after: str | None
) -> dict[str, Any]:
    params: Any = {
        "created": {"gte": int(since.timestamp()), "lte": int(until.timestamp())},
        "limit": 100,
    }
    if after:
        params["starting_after"] = after
    return as_dict(api.ask(lambda: api.v1.payment_intents.list(params)))


def get_intent(api: StripeApi, intent_id: str) -> SeenIntent | None:
    """One intent as it is now."""
    try:
        return _intent(api.ask(lambda: api.v1.payment_intents.retrieve(intent_id)))
    except StripeRefused as refused:
        if refused.code == "resource_missing":
            return None
        raise StripeSilent(refused.code) from refused


def end_if_over(api: StripeApi, seen: SeenIntent, *, is_old: bool) -> SeenIntent:
    """An intent that failed, or that nobody confirmed within a day, could be paid later: end it."""
    has_failed = seen.status == "requires_payment_method" and seen.error is not None
    is_left = is_old and seen.status in UNCONFIRMED
    if not (has_failed or is_left):
        return seen
    try:
        return _intent(api.ask(lambda: api.v1.payment_intents.cancel(seen.intent_id)))
    except StripeRefused:  # something has happened meanwhile: read it anew
        return get_intent(api, seen.intent_id) or seen


def _create_intent(api: StripeApi, order: PaymentOrder) -> SeenIntent:
    params: Any = {
        "amount": order.amount_fen,
        "currency": order.currency.lower(),
        "confirm": True,
        "payment_method_types": [METHOD],
        "payment_method_data": {"type": METHOD},
        "return_url": order.return_url,
        "description": f"{order.reference} {order.copayment_code}",
        "metadata": {"payment": order.reference, "copayment": order.copayment_code},
    }
    options: Any = {"idempotency_key": order.reference}
    return _intent(api.ask(lambda: api.v1.payment_intents.create(params, options)))


def ask_for_refund(
    api: StripeApi, *, intent_id: str, reference: str, amount_fen: int
) -> SeenRefund | str:
    """One try: the refund there is now, or why there is none.

    The refunds of the intent are listed first; one that is not ours stops us, since the same
    money may not go back twice.
    """
    try:
        found = list_refunds(api, intent_id)
        for refund in found:
            if refund.reference == reference:
                return refund
        if any(refund.status not in ("failed", "canceled") for refund in found):
            return "refunded_elsewhere"
        params: Any = {
            "payment_intent": intent_id,
            "amount": amount_fen,
            "metadata": {"refund": reference},
        }
        options: Any = {"idempotency_key": reference}
        return _refund(api.ask(lambda: api.v1.refunds.create(params, options)))
    except (StripeSilent, StripeRefused) as error:
        return error.code


def list_refunds(api: StripeApi, intent_id: str) -> list[SeenRefund]:
    """Every refund of an intent; a hundred are more than a co-payment can have."""
    params: Any = {"payment_intent": intent_id, "limit": 100}
    found = as_dict(api.ask(lambda: api.v1.refunds.list(params))).get("data")
    if not isinstance(found, list):
        raise StripeSilent("unreadable_answer")
    return [_refund(item) for item in found]


def _intent(found: Any) -> SeenIntent:
    """Read strictly: what does not look like a PaymentIntent moves nothing."""
    values = as_dict(found)
    amount, received = values.get("amount"), values.get("amount_received", 0)
    texts = [values.get(name) for name in ("id", "currency", "status")]
    if not (isinstance(amount, int) and isinstance(received, int)) or not all(
        isinstance(text, str) and text for text in texts
    ):
        raise StripeSilent("unreadable_answer")
    error = as_dict(values.get("last_payment_error") or {})
    return SeenIntent(
        intent_id=str(texts[0]),
        reference=_reference(values, "payment"),
        amount_fen=amount,
        received_fen=received,
        currency=str(texts[1]).upper(),
        status=str(texts[2]),
        error=str(error.get("code") or "payment_failed") if error else None,
        pay_url=_pay_url(as_dict(values.get("next_action") or {})),
        created_at=datetime.fromtimestamp(int(values.get("created") or 0), UTC),
    )


def _pay_url(next_action: dict[str, Any]) -> str | None:
    """Where the payer goes on; only an address of Stripe's own is ever shown."""
    for kind in ("alipay_handle_redirect", "redirect_to_url"):
        url = as_dict(next_action.get(kind) or {}).get("url")
        if not isinstance(url, str):
            continue
        parts = urlsplit(url)
        if parts.scheme == "https" and (parts.hostname or "").endswith(".stripe.com"):
            return url
    return None


def _refund(found: Any) -> SeenRefund:
    values = as_dict(found)
    amount = values.get("amount")
    texts = [values.get(name) for name in ("id", "currency", "status")]
    if not isinstance(amount, int) or not all(isinstance(text, str) and text for text in texts):
        raise StripeSilent("unreadable_answer")
    return SeenRefund(
        refund_id=str(texts[0]),
        reference=_reference(values, "refund"),
        amount_fen=amount,
        currency=str(texts[1]).upper(),
        status=str(texts[2]),
    )


def _reference(values: dict[str, Any], name: str) -> str | None:
    found = as_dict(values.get("metadata") or {}).get(name)
    return found if isinstance(found, str) else None
