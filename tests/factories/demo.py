"""The demo world, made once on each engine and laid out for whoever asks next."""

from __future__ import annotations

import io
import sys

from marketplace.demo.world import load_demo_world
from marketplace.foundation.logs import configure_logging
from tests.kept import kept


@kept
def load_small_world() -> tuple[dict[str, int], str]:
    """How many rows of each kind it has, and what was logged while it was made."""
    stream = io.StringIO()
    configure_logging(stream)
    try:
        counts = load_demo_world(seed=1, scale="small", progress=lambda _text: None)
    finally:
        configure_logging(sys.__stderr__)
    return counts, stream.getvalue()
