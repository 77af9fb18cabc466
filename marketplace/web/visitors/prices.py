"""What a course costs the one who looks: composed here, from catalog and vouchers."""

from __future__ import annotations

from collections.abc import Sequence

from flask_login import current_user

from marketplace.catalog.queries.search import CourseCard
from marketplace.foundation.money import Money


def list_own_shares(cards: Sequence[CourseCard]) -> dict[int, Money]:
    """Course id -> what a signed-in worker pays with the best voucher, for the next course run."""
    runs = {card.next_run_id: card.course_id for card in cards if card.next_run_id is not None}
    if not (current_user.is_authenticated and current_user.worker_id and runs):
        return {}
    return {}
