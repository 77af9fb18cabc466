"""What a course costs the one who looks: composed here, from catalog and vouchers."""

from __future__ import annotations

from collections.abc import Sequence

from flask_login import current_user

from marketplace.foundation.money import Money
from marketplace.vouchers.queries.prices import get_course_price_for_worker


def list_own_shares(course_ids: Sequence[int]) -> dict[int, Money]:
    """Course id -> what a signed-in worker pays, where a voucher of theirs pays a part."""
    if not (current_user.is_authenticated and current_user.worker_id and course_ids):
        return {}
    prices = get_course_price_for_worker(current_user.worker_id, course_ids)
    return {
        course_id: price.own_share
        for course_id, price in prices.items()
        if price.voucher_pays.fen > 0 and not price.refusals
    }
