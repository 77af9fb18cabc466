"""Loads a drawer of every room: its tables, so that metadata is whole wherever the database is
used; its events, so that the audit trail has words for all of them."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

ROOMS_DIR = Path(__file__).resolve().parents[1]


def load_all_tables() -> None:
    """Import the `models` drawer of each room, in alphabetical order."""
    _load_drawers("models")


def load_all_events() -> None:
    """Import the `events` drawer of each room, in alphabetical order."""
    _load_drawers("events")


def _load_drawers(drawer: str) -> None:
    for room in sorted(path.name for path in ROOMS_DIR.iterdir() if path.is_dir()):
        if (ROOMS_DIR / room / f"{drawer}.py").exists() or (ROOMS_DIR / room / drawer).is_dir():
            import_module(f"marketplace.{room}.{drawer}")
