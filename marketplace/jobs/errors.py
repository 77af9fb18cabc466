"""Refusals of the jobs room."""

from marketplace.foundation.errors import N_, register_refusals

register_refusals(
    {
        "job_not_cancelable": N_("This job has already ended, so it cannot be canceled."),
        "job_not_retryable": N_("Only a failed or canceled job can be tried again."),
    }
)
