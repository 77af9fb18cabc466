"""The null rail: moves nothing and answers at once. For trying things out."""

from __future__ import annotations

from collections.abc import Sequence

from marketplace.foundation.errors import Refusal
from marketplace.payouts.rails.protocol import BatchOrder, RailFile, RailPayee


class NullRail:
    """Every payment succeeds the moment it is sent."""

    answers_at_once = True
    needs_delivery = False

    def refusals_for(self, payees: Sequence[RailPayee]) -> tuple[Refusal, ...]:
        return ()

    def write_file(self, batch: BatchOrder) -> RailFile | None:
        return None
