"""`/api/v1/webhooks/stripe`: Stripe tells us that something changed; we look for ourselves."""

from __future__ import annotations

from typing import Any

import structlog
from apiflask import APIBlueprint
from flask import request
from sqlalchemy.exc import IntegrityError

from marketplace.edge.access import access, anyone
from marketplace.edge.answers import problem
from marketplace.edge.extensions import csrf, limiter
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound
from marketplace.payouts.rails.stripe import StripeSilent, find_stripe
from marketplace.payouts.rails.stripe_messages import EventRefused, SeenEvent, read_event
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
        "money is never believed: the transfer it names is read from Stripe. The same event again "
        "is acknowledged and does nothing."
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


def _acknowledged(event: SeenEvent, outcome: EventOutcome | None) -> dict[str, str]:
    word = outcome.value if outcome else "known"
    log.info("stripe_event", message=event.event_id, kind=event.kind, outcome=word)
    return {"event": event.event_id, "outcome": word}
