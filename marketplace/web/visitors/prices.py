"""What a course costs the one who looks: composed here, from catalog and vouchers."""

from __future__ import annotations

from collections.abc import Sequence

from flask_login import current_user

from marketplace.foundation.money import Money
from marketplace.vouchers.queries.prices import get_course_price_for_worker

COURSES_AT_ONCE = 500


def has_own_prices() -> bool:
    """A signed-in worker, whose vouchers make prices of their own."""
    return bool(current_user.is_authenticated and current_user.worker_id)


def list_own_shares_fen(course_ids: Sequence[int]) -> dict[int, int]:
    """Course id -> what the signed-in worker pays, for many courses, a few hundred at a time."""
    found: dict[int, int] = {}
    for start in range(0, len(course_ids), COURSES_AT_ONCE):
        shares = list_own_shares(course_ids[start : start + COURSES_AT_ONCE])
        found.update({course_id: share.fen for course_id, share in shares.items()})
    return found


def list_own_shares(course_ids: Sequence[int]) -> dict[int, Money]:
    """Course id -> what a signed-in worker pays, where a voucher of theirs pays a part."""
    if not (course_ids and has_own_prices()):
        return {}
    prices = get_course_price_for_worker(current_user.worker_id, course_ids)
    return {
        course_id: price.own_share
        for course_id, price in prices.items()
        if price.voucher_pays.fen > 0 and not price.refusals
    }
