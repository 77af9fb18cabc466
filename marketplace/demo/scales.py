"""How large a synthetic world is made; apart from the world, which only its makers load."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """How large a world is."""

    workers_per_run: int
    past_months: int


SCALES = {"small": Scale(workers_per_run=4, past_months=1), "city": Scale(60, past_months=6)}
