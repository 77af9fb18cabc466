"""Loads the tables of every room, so that metadata is whole wherever the database is used."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

ROOMS_DIR = Path(__file__).resolve().parents[1]


def load_all_tables() -> None:
    """Import the `models` drawer of each room, in alphabetical order."""
    for room in sorted(path.name for path in ROOMS_DIR.iterdir() if path.is_dir()):
        if (ROOMS_DIR / room / "models.py").exists() or (ROOMS_DIR / room / "models").is_dir():
            import_module(f"marketplace.{room}.models")
