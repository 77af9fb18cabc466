"""The demo world, made once on each engine and laid out for whoever asks next."""

from __future__ import annotations

import io
import sys

from marketplace.demo.world import load_demo_world
from marketplace.foundation.logs import configure_logging
from marketplace.payouts.rails.payer import DEMO_PAYER, find_payer, use_payer
from tests.kept import kept


@kept
def load_small_world() -> tuple[dict[str, int], str]:
    """How many rows of each kind it has, and what was logged while it was made."""
    stream, payer = io.StringIO(), find_payer()
    configure_logging(stream)
    use_payer(DEMO_PAYER)  # as in demo mode: its statements go on where the journeys begin
    try:
        counts = load_demo_world(seed=1, scale="small", progress=lambda _text: None)
    finally:
        use_payer(payer)
        configure_logging(sys.__stderr__)
    return counts, stream.getvalue()
