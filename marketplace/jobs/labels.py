"""Words for jobs as people read them; translated at the edge."""

from __future__ import annotations

from collections.abc import Mapping

from marketplace.foundation.errors import N_
from marketplace.jobs.states import JobState

JOB_STATE_LABELS: Mapping[JobState, str] = {
    JobState.QUEUED: N_("Waiting for the runner"),
    JobState.RUNNING: N_("At work"),
    JobState.DONE: N_("Finished"),
    JobState.FAILED: N_("Failed"),
    JobState.CANCELED: N_("Canceled"),
}
JOB_STATE_TONES: Mapping[JobState, str] = {
    JobState.QUEUED: "waiting",
    JobState.RUNNING: "waiting",
    JobState.DONE: "done",
    JobState.FAILED: "decision",
    JobState.CANCELED: "neutral",
}
JOB_KIND_LABELS: Mapping[str, str] = {
    "advance_claims": N_("Claims: put together, moved on when time has passed"),
    "ask_reviews": N_("Learners asked how their training was"),
    "campaign": N_("Campaign: drawing and sending"),
    "check_declarations": N_("Categories: declarations checked against registers"),
    "check_evidence": N_("Evidence of classes checked"),
    "compute_ratings": N_("Ratings of institutions computed"),
    "confirm_matches": N_("Bank lines that found their payout booked"),
    "end_pledge_offers": N_("Held seats that nobody took given on"),
    "end_quotas": N_("Enterprise quotas past their last day ended"),
    "end_vouchers": N_("Holders told before vouchers end, and vouchers ended"),
    "expire_lots": N_("Money past its last day frozen"),
    "import_file": N_("File imported or previewed"),
    "issue_certificates": N_("Certificates issued"),
    "issue_vouchers": N_("Vouchers issued to many"),
    "offer_seats": N_("Free seats offered to those who wait"),
    "replay_policy": N_("Past period decided again under a draft"),
    "revoke_batch": N_("Vouchers of a batch withdrawn"),
    "seal_books": N_("Books sealed"),
    "settle_copayments": N_("Co-payments passed on to institutions"),
    "settlement_round": N_("Many settlements prepared or signed"),
    "stripe_balance": N_("Balance read from Stripe"),
    "stripe_collections": N_("Co-payments looked up at Stripe"),
    "stripe_transfers": N_("Transfers handed to Stripe and looked up"),
    "tend_database": N_("Database tended"),
    "benefits": N_("Benefits to people decided, told and waited for"),
    "tend_retentions": N_("Withheld shares released, returned, warned of"),
    "voucher_reminder": N_("Holders reminded of their vouchers"),
}
"""What a job does; a kind that is not here is shown by its code."""
