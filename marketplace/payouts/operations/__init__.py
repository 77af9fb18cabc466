"""Payout batches put together, signed and sent; what became of each payout."""

from marketplace.payouts.operations.batches import (
    RAILS,
    approve_payout_batch,
    open_payout_file,
    prepare_payout_batch,
    reject_payout_batch,
    send_payout_batch,
)
from marketplace.payouts.operations.many import confirm_payouts
from marketplace.payouts.operations.outcomes import (
    confirm_payout,
    return_payout,
    take_back_confirmation,
)

__all__ = [
    "RAILS",
    "approve_payout_batch",
    "confirm_payout",
    "confirm_payouts",
    "open_payout_file",
    "prepare_payout_batch",
    "reject_payout_batch",
    "return_payout",
    "send_payout_batch",
    "take_back_confirmation",
]
