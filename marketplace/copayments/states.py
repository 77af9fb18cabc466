"""Who pays, where it is paid, and how far a payment or refund is."""

from enum import StrEnum


class Party(StrEnum):
    WORKER = "worker"
    EMPLOYER = "employer"


class PaymentChannel(StrEnum):
    COUNTER = "counter"
    """Taken in by the institution, which writes a receipt."""
    ONLINE = "online"
    """Through the platform."""


class PaymentState(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Keeps(StrEnum):
    """What the institution keeps of a co-payment when the learner leaves."""

    NOTHING = "nothing"
    LESSONS_BEGUN = "lessons_begun"
    ALL = "all"
    PART = "part"
    """As many percent as the voucher paid of its own amount."""


PART_EARNED = "part_earned"
"""Why a co-payment ended that no learner left: the voucher paid a part, and so do they."""


class HandoverState(StrEnum):
    """What was collected over the internet, on its way to the institution that earned it."""

    PREPARED = "prepared"
    APPROVED = "approved"
    """Signed by a second officer: the bank may be told to transfer it."""
    REJECTED = "rejected"
    PAID = "paid"
    """The bank has transferred it; booked."""


PAYMENT_TRANSITIONS: dict[PaymentState, frozenset[PaymentState]] = {
    PaymentState.PENDING: frozenset({PaymentState.SUCCEEDED, PaymentState.FAILED}),
    # A payment given up as failed may turn out to have been made: money found is booked.
    PaymentState.FAILED: frozenset({PaymentState.SUCCEEDED}),
    PaymentState.SUCCEEDED: frozenset(),
}
COLLECTION_JOB = "stripe_collections"
