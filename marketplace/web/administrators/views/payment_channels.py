"""The channels money leaves through: what is set up, and what Stripe has told us."""

from __future__ import annotations

from flask import render_template

from marketplace.edge.access import access, administrator
from marketplace.edge.paging import asked_page, page_url
from marketplace.foundation.errors import N_
from marketplace.payouts.rails.payer import find_payer
from marketplace.payouts.rails.stripe import find_stripe
from marketplace.payouts.transfers.queries import count_doubted, list_events
from marketplace.web.administrators.blueprint import blueprint

EVENT_LABELS = {
    "confirmed": (N_("Payout confirmed"), "done"),
    "returned": (N_("Payout returned"), "decision"),
    "known": (N_("Known already"), "neutral"),
    "refused": (N_("Does not fit; nothing moved"), "decision"),
    "ignored": (N_("Not for us"), "neutral"),
}

REASON_LABELS = {
    "other_kind": N_("A kind of message that nothing follows from."),
    "not_ours": N_("About another Stripe account, or of the other mode (test or live)."),
    "no_such_transfer": N_("Stripe itself knows no such transfer."),
    "no_payout_of_ours": N_("The transfer carries no reference of ours."),
    "other_rail": N_("Our payout goes through another channel."),
}
"""What a fund officer has to look at stands on the page of the batch."""


@blueprint.get("/payment-channels")
@access(administrator)
def show_payment_channels() -> str:
    """Settings (never a key), what waits for somebody, and the messages of Stripe."""
    api = find_stripe()
    return render_template(
        "administrators/payment_channels.html",
        has_payer=find_payer() is not None,
        stripe=api.settings if api else None,
        doubted=count_doubted(),
        events=list_events(asked_page()),
        labels=EVENT_LABELS,
        reasons=REASON_LABELS,
        page_url=page_url,
    )
