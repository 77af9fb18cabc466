"""`/api/v1/webhooks/stripe`: Stripe tells us that something changed; we look for ourselves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import structlog
from apiflask import APIBlueprint
from flask import request
from sqlalchemy.exc import IntegrityError

from marketplace.copayments.queries import find_payment_by_intent, find_payment_code
from marketplace.edge.access import access, anyone
from marketplace.edge.answers import problem
from marketplace.edge.extensions import csrf, limiter
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound
from marketplace.payouts.collections.operations import (
    PaymentSeen,
    ask_about_payment,
    ask_about_refund,
    find_refund_order,
    order_for,
    take_payment_event,
)
from marketplace.payouts.rails.stripe import StripeApi, StripeSilent, find_stripe
from marketplace.payouts.rails.stripe_messages import EventRefused, SeenEvent, read_event
from marketplace.payouts.rails.stripe_payments import get_intent
from marketplace.payouts.states import EventOutcome
from marketplace.payouts.transfers.operations import take_event
from marketplace.payouts.transfers.queries import find_event

blueprint = APIBlueprint("api_webhooks", __name__, url_prefix="/api/v1/webhooks", tag="webhooks")
csrf.exempt(blueprint)
log = structlog.get_logger()
MESSAGE_BYTES_MAX = 512 * 1024


@blueprint.post("/stripe")
@blueprint.doc(
    summary="A signed message of Stripe's",
    description=(
        "The body is an event as Stripe sends it, signed in `Stripe-Signature`. What it says about "
        "money is never believed: the transfer or payment it names is read from Stripe. The same "
        "event again is acknowledged and does nothing."
    ),
    operation_id="receive_stripe_event",
    responses=[200, 400, 404, 413, 503],
)
@limiter.limit("300 per minute")
@access(anyone)
def receive_stripe_event() -> Any:
    """Take in one message: forged or stale ones are refused, known ones acknowledged."""
    api = find_stripe()
    if api is None or not api.settings.webhook_secret:
        raise NotFound("page")
    if (request.content_length or 0) > MESSAGE_BYTES_MAX:
        return problem(413, "Request Entity Too Large")
    signature = request.headers.get("Stripe-Signature", "")
    try:
        event = read_event(api, request.get_data(), signature, now=clock.now())
    except EventRefused as refused:
        log.warning("stripe_event_refused", reason=refused.code)
        return problem(400, "The message is not accepted", code=refused.code)
    if event.is_about_a_payment:
        return _take_payment(api, event)
    try:
        seen = api.get_transfer(event.object_id or "") if event.is_about_a_transfer else None
    except StripeSilent as silent:  # Stripe sends the message again later
        log.warning("stripe_event_put_off", message=event.event_id, reason=silent.code)
        return problem(503, "The transfer could not be read from Stripe", code=silent.code)
    try:
        with write_transaction():
            outcome = take_event(event, seen)
    except IntegrityError:
        if find_event(event.event_id) is None:
            raise
        outcome = None  # another worker took in the same message at the same moment
    return _acknowledged(event, outcome)


def _take_payment(api: StripeApi, event: SeenEvent) -> Any:
    """A co-payment's intent or refund has changed: read both from Stripe, then note them."""
    payment = find_payment_by_intent(event.intent_id or "")
    code = payment.code if payment else None
    seen = None
    try:
        if code is None and (found := get_intent(api, event.intent_id or "")):
            code = find_payment_code(found.reference)  # made by a try that did not live to note it
        if code is not None:
            report = ask_about_payment(api, replace(order_for(code), intent_id=event.intent_id))
            order = find_refund_order(code)
            refund = ask_about_refund(api, order) if order else None
            seen = PaymentSeen(code, report, refund)
    except StripeSilent as silent:
        log.warning("stripe_event_put_off", message=event.event_id, reason=silent.code)
        return problem(503, "The payment could not be read from Stripe", code=silent.code)
    if seen is not None and seen.report.failure and not seen.report.is_refused:
        return problem(503, "The payment could not be read from Stripe", code=seen.report.failure)
    try:
        with write_transaction():
            outcome = take_payment_event(event, seen)
    except IntegrityError:
        if find_event(event.event_id) is None:
            raise
        outcome = None
    return _acknowledged(event, outcome)


def _acknowledged(event: SeenEvent, outcome: EventOutcome | None) -> dict[str, str]:
    word = outcome.value if outcome else "known"
    log.info("stripe_event", message=event.event_id, kind=event.kind, outcome=word)
    return {"event": event.event_id, "outcome": word}
