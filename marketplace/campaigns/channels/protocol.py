"""What a channel of text messages must do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class TextMessage:
    """A message ready to leave: to whom, in their language."""

    code: str
    """Ours; a gateway that gets the same twice sends it once."""
    to: str
    """A telephone number."""
    text: str


class TextChannel(Protocol):
    """A gateway for text messages (SMS or e-mail)."""

    def hand_over(self, batch: str, messages: Sequence[TextMessage]) -> None:
        """Give a batch away. The same batch again replaces what was given, and adds nothing."""
