"""`flask ledger ...`: prove the books."""

from __future__ import annotations

import json
from dataclasses import asdict

import click
from flask.cli import AppGroup

from marketplace.reporting.invariants import BooksCheck, check_books

group = AppGroup("ledger", help="Prove the books.")


@group.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def check(as_json: bool) -> None:
    """Check every invariant over the live data. Exit 1 when one is violated."""
    result = check_books()
    click.echo(_document(result) if as_json else _sentences(result))
    if not result.ok:
        raise SystemExit(1)


def _document(result: BooksCheck) -> str:
    document = {
        "ok": result.ok,
        "entries": result.entries,
        "postings": result.postings,
        "violations": [asdict(violation) for violation in result.violations],
    }
    return json.dumps(document, ensure_ascii=False)


def _sentences(result: BooksCheck) -> str:
    lines = [
        f"{violation.invariant}: {violation.subject}: {violation.detail}"
        for violation in result.violations
    ]
    verdict = "The books are right" if result.ok else f"{len(result.violations)} violations"
    return "\n".join([*lines, f"{verdict}: {result.entries} entries, {result.postings} postings."])
