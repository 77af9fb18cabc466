"""Drives a computation of ratings piece by piece, for the command and for the runner."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from marketplace.foundation.db import write_transaction
from marketplace.ratings.operations.compute import (
    begin_computation,
    compute_ratings_of,
    finish_computation,
)
from marketplace.ratings.rules import in_pieces

PIECE_INSTITUTIONS = 200


def compute_all(
    as_of: date,
    *,
    actor_id: int | None = None,
    hold: Callable[[int, int], None] = lambda _done, _total: None,
) -> dict[str, Any]:
    """Rate every institution as of a day. `hold` runs inside each transaction and may veto it."""
    computation = begin_computation(as_of)
    ids = list(computation.inputs)
    added = unchanged = with_stars = 0
    for piece in in_pieces(ids, PIECE_INSTITUTIONS):
        with write_transaction():
            saved = compute_ratings_of(computation, piece)
            added += len(saved.added)
            with_stars += sum(1 for rating in saved.added if rating.stars_hundredths is not None)
            unchanged += saved.unchanged
            hold(added + unchanged, len(ids))
    with write_transaction():
        finish_computation(computation, added=added, unchanged=unchanged, actor_id=actor_id)
    return {
        "as_of": as_of.isoformat(),
        "policy_version": computation.policy.version,
        "institutions": len(ids),
        "added": added,
        "added_with_stars": with_stars,
        "unchanged": unchanged,
    }
