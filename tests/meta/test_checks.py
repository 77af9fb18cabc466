"""`ledger check` asks every room that has checks."""

from __future__ import annotations

from importlib import import_module

from marketplace.reporting.invariants import ALL_CHECKS
from tests.meta.sources import PACKAGE


def test_every_room_with_checks_is_asked():
    for path in sorted(PACKAGE.glob("*/checks.py")):
        module = import_module(f"marketplace.{path.parent.name}.checks")
        assert module.CHECKS in ALL_CHECKS, f"{path.parent.name} is not in reporting/invariants.py"


def test_every_check_says_what_must_hold():
    for room in ALL_CHECKS:
        for check in room:
            assert check.__doc__, check.__name__
