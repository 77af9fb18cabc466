"""What a course costs the one who looks: composed here, from catalog and vouchers."""

from __future__ import annotations

from collections.abc import Sequence

from flask_login import current_user

from marketplace.foundation.money import Money
from marketplace.vouchers.queries.prices import (
    WorkerMeans,
    get_worker_means,
    list_course_prices,
)

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


def find_own_means() -> WorkerMeans | None:
    """What a signed-in worker could pay with today; none for everybody else."""
    return get_worker_means(current_user.worker_id) if has_own_prices() else None


def list_own_shares(course_ids: Sequence[int]) -> dict[int, Money]:
    """Course id -> what a signed-in worker pays, where a voucher of theirs pays a part."""
    return shares_of(find_own_means(), course_ids) if course_ids else {}


def shares_of(means: WorkerMeans | None, course_ids: Sequence[int]) -> dict[int, Money]:
    """The same with means that are known."""
    prices = list_course_prices(means, course_ids) if means else {}
    return {
        course_id: price.own_share
        for course_id, price in prices.items()
        if price.voucher_pays.fen > 0 and not price.refusals
    }
