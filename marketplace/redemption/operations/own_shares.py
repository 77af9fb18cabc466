"""What learners and employers owe of their own share where the voucher paid a part for good."""

from __future__ import annotations

from collections.abc import Sequence

from marketplace.copayments.operations.shares import end_copayment_by_part
from marketplace.redemption.queries.redemptions import list_own_parts


def divide_own_shares(redemption_ids: Sequence[int], *, actor_id: int | None) -> None:
    """These redemptions are settled and not reversed any more: where they paid a part, the same
    part of the own share is owed, unless the scheme leaves it whole.

    Only now, so that a redemption reversed and made anew never asks for what was given back.
    """
    for enrollment_id, percent in list_own_parts(redemption_ids):
        end_copayment_by_part(enrollment_id, percent=percent, actor_id=actor_id)
