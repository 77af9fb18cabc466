"""The outbox: one file of JSON lines per batch, which the deployment's gateway picks up.

A line is `{"code", "phone", "text"}` in UTF-8. Files are readable by their owner only, since they
hold telephone numbers, and appear whole or not at all; the gateway deletes what it has sent.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from marketplace.campaigns.channels.protocol import TextMessage


class OutboxChannel:
    """Writes files into one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def hand_over(self, batch: str, messages: Sequence[TextMessage]) -> None:
        """Write the batch under its own name, so that a repeat replaces it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lines = [
            json.dumps(
                {"code": message.code, "phone": message.to, "text": message.text},
                ensure_ascii=False,
            )
            for message in messages
        ]
        path = self.folder / f"messages-{batch}.jsonl"
        unfinished = path.with_suffix(".part")
        unfinished.unlink(missing_ok=True)
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
