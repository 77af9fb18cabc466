"""Nobody goes round the books: who commits, who posts, who opens sealed fields."""

from __future__ import annotations

import ast
import re

from tests.meta.sources import (
    calls_of,
    functions_of,
    name_called,
    product_files,
    room_of,
    short,
    tree_of,
)

COMMIT = re.compile(r"\bcommit\(")
JOURNAL_TABLES = re.compile(
    r"(insert\s+into|update|delete\s+from)\s+\"?(journal_entry|posting)", re.I
)
PURE = ("rules", "entries", "states")

SEALED_READERS = {
    "id_number": ("people", "imports"),
    "phone": ("people", "imports", "notices"),
    "totp_secret": ("people",),
}
"""Rooms that may open a sealed attribute. Everywhere else a mask is shown."""


def test_one_place_commits():
    places = [short(path) for path in product_files() if COMMIT.search(path.read_text("utf-8"))]
    # The driver's connection is there, which says how it is done and is told when by SQLAlchemy.
    assert places == ["marketplace/foundation/db.py", "marketplace/foundation/preparing.py"]


def test_only_the_ledger_writes_the_journal():
    inserts = [
        f"{short(path)}:{call.lineno}"
        for path in product_files()
        if room_of(path) != "ledger"
        for call in calls_of(tree_of(path))
        if name_called(call) in ("JournalEntry", "Posting", "Account")
        or (
            name_called(call) in ("insert", "update", "delete")
            and call.args
            and ast.unparse(call.args[0]) in ("JournalEntry", "Posting", "Account")
        )
    ]
    by_hand = [
        short(path)
        for path in product_files()
        if room_of(path) != "ledger" and JOURNAL_TABLES.search(path.read_text("utf-8"))
    ]
    assert not inserts + by_hand


def _opens_sealed(node: ast.Attribute, path) -> bool:
    rooms = SEALED_READERS.get(node.attr)
    if rooms is None or room_of(path) in rooms or room_of(path) == "demo":  # invents people
        return False
    owner = ast.unparse(node.value).lower()
    return not ("form" in owner or owner in ("self", "settings", "row", "record"))


def test_sealed_fields_are_opened_in_their_rooms_only():
    opened = [
        f"{short(path)}:{node.lineno} {ast.unparse(node)}"
        for path in product_files()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and _opens_sealed(node, path)
    ]
    assert not opened, f"show a mask instead: {opened}"


def test_bank_account_numbers_are_opened_by_the_bank_file_only():
    opened = [
        f"{short(path)}:{node.lineno} {ast.unparse(node)}"
        for path in product_files()
        if room_of(path) not in ("institutions", "payouts")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute)
        and node.attr in ("number", "holder")
        and re.search(r"payout_account|payee", ast.unparse(node.value))
        and "form" not in ast.unparse(node.value)
    ]
    assert not opened, f"show a mask instead: {opened}"


def test_templates_never_name_a_sealed_field():
    from tests.meta.sources import ROOT

    wanted = re.compile(r"\{\{[^}]*\.(id_number|totp_secret)\b(?!_)(?!\s*[,)])")
    named = [
        short(path)
        for path in (ROOT / "templates").rglob("*.html")
        if any("form." not in found.group(0) for found in wanted.finditer(path.read_text("utf-8")))
    ]
    assert not named


def test_nothing_catches_everything():
    """`except Exception` hides the bug; name what is foreseen."""
    blind = [
        f"{short(path)}:{node.lineno}"
        for path in product_files()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
        and not _raises_again(node)
        and short(path) not in MAY_CATCH_EVERYTHING
    ]
    assert not blind, f"catches everything and goes on: {blind}"


MAY_CATCH_EVERYTHING = {"marketplace/cli/runner.py"}
"""The job runner records any failure of a job as that job's failure."""


def _raises_again(node: ast.ExceptHandler) -> bool:
    return any(isinstance(inner, ast.Raise) for inner in ast.walk(node))


def test_pure_drawers_ask_no_clock():
    asked = [
        f"{short(path)}:{call.lineno}"
        for path in product_files()
        if path.stem in PURE
        for call in calls_of(tree_of(path))
        if name_called(call) in ("now", "today", "utcnow")
    ]
    assert not asked


def test_money_is_never_a_float():
    floats = [
        f"{short(path)}::{node.name}"
        for path in product_files()
        if room_of(path) in ("ledger", "funds", "vouchers", "redemption", "settlement", "payouts")
        for node in functions_of(path)
        if any(isinstance(inner, ast.Name) and inner.id == "float" for inner in ast.walk(node))
    ]
    assert not floats
