"""The channel of a deployment without a gateway: nothing leaves."""

from __future__ import annotations

from collections.abc import Sequence

from marketplace.campaigns.channels.protocol import TextMessage


class NullChannel:
    """Takes messages and sends none."""

    def hand_over(self, batch: str, messages: Sequence[TextMessage]) -> None:
        """Nothing to do."""
