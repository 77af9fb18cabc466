"""Tables as Chinese banks export them, made up; every name, number and amount is invented."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "corpus" / "statements"


def table_of(bank: str) -> str:
    """The made-up export of a bank: `icbc`, `boc`, …, `other`."""
    return (FOLDER / f"{bank}.csv").read_text(encoding="utf-8")


def csv_of(rows: Sequence[Sequence[str]], *, mark: str = ",") -> str:
    """Rows as a text, each cell in quotation marks."""
    return "".join(mark.join(f'"{cell}"' for cell in row) + "\r\n" for row in rows)
