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
    "campaign": N_("Campaign: drawing and sending"),
    "check_declarations": N_("Categories: declarations checked against registers"),
    "check_evidence": N_("Evidence of classes checked"),
    "compute_ratings": N_("Ratings of institutions computed"),
    "end_pledge_offers": N_("Held seats that nobody took given on"),
    "import_file": N_("File imported or previewed"),
    "issue_certificates": N_("Certificates issued"),
    "issue_vouchers": N_("Vouchers issued to many"),
    "offer_seats": N_("Free seats offered to those who wait"),
    "seal_books": N_("Books sealed"),
    "stripe_transfers": N_("Transfers handed to Stripe and looked up"),
    "tend_database": N_("Database tended"),
    "voucher_reminder": N_("Holders reminded of their vouchers"),
}
"""What a job does; a kind that is not here is shown by its code."""
