"""`statements import`: take in a bank statement file and say whether it proves itself."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from marketplace.cli.answers import EXIT_REFUSED, print_json, refusals_end_the_command
from marketplace.edge.formats import sentence
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import REFUSAL_TEXTS, Refusal, Refused
from marketplace.foundation.money import Money
from marketplace.funds.operations import open_bank_account
from marketplace.jurisdictions.queries import find_jurisdiction_by_code
from marketplace.reconciliation.formats.detection import FORMATS
from marketplace.reconciliation.formats.statements import FileProblem
from marketplace.reconciliation.operations.statements import (
    ImportVerdict,
    StatementVerdict,
    import_bank_statement,
)

_BALANCED = {True: "balanced", False: "NOT balanced", None: "without balances"}

group = AppGroup("statements", help="Bank statements.")


@group.command("import")
@click.argument(
    "path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--account", "bank_account", required=True, metavar="CODE", help="Our name for it.")
@click.option(
    "--place", metavar="CODE", help="Whose office keeps a new account; none: the whole deployment."
)
@click.option(
    "--format",
    "wanted",
    type=click.Choice(FORMATS),
    default="auto",
    show_default=True,
    help="Refuse a file that is another one.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def import_(path: Path, bank_account: str, place: str | None, wanted: str, as_json: bool) -> None:
    """Take in FILE. Only statements whose balances and entries agree are stored.

    camt.052, camt.053, camt.054, MT940, and CSV, XLS or XLSX of banks with a layout. A
    notification has no balances: `balanced` is null, its lines are kept to be matched.
    """
    with refusals_end_the_command(as_json=as_json), write_transaction():
        place_id = _place_id(place)
        verdict = import_bank_statement(
            path.read_bytes(),
            file_name=path.name,
            bank_account=bank_account,
            actor_id=None,
            wanted=wanted,
        )
        if any(statement.code for statement in verdict.statements):
            open_bank_account(bank_account, jurisdiction_id=place_id, actor_id=None)
    document = import_document(verdict)
    if as_json:
        print_json(document)
    else:
        _print_lines(document)
    sys.exit(EXIT_REFUSED if document["problems"] else 0)


def _place_id(code: str | None) -> int | None:
    if code is None:
        return None
    if (place := find_jurisdiction_by_code(code)) is None:
        raise Refused(Refusal("place_unknown", {"code": code[:12]}, field="place"))
    return place.id


def import_document(verdict: ImportVerdict) -> dict[str, Any]:
    """The answer others script against: amounts as decimal strings."""
    document: dict[str, Any] = {"format": verdict.format}
    if verdict.duplicate_of:
        document["duplicate_of"] = verdict.duplicate_of
    document["statements"] = [
        _statement_document(statement, verdict.bank_account) for statement in verdict.statements
    ]
    document["problems"] = [_problem_document(problem) for problem in verdict.problems]
    document["notes"] = [_problem_document(note) for note in verdict.notes]
    return document


def _statement_document(verdict: StatementVerdict, bank_account: str) -> dict[str, Any]:
    parsed = verdict.parsed
    return {
        "account": bank_account,
        "key": parsed.key,
        "currency": parsed.currency,
        "opening": _decimal(parsed.opening_fen),
        "closing": _decimal(parsed.closing_fen),
        "entries": parsed.entry_count,
        "lines": len(parsed.lines),
        "credits": _decimal(parsed.incoming_fen),
        "debits": _decimal(parsed.outgoing_fen),
        "balanced": parsed.is_balanced,
        "difference": _decimal(parsed.difference_fen),
        "pending": parsed.pending_count,
        "code": verdict.code,
        "lines_new": verdict.lines_new,
        "duplicate_of": verdict.duplicate_of,
        "chain": verdict.chain,
        "account_number": parsed.bank_account_number,
        "from": parsed.from_on.isoformat() if parsed.from_on else None,
        "to": parsed.to_on.isoformat() if parsed.to_on else None,
    }


def _decimal(fen: int | None) -> str | None:
    return None if fen is None else Money(fen, "").decimal_text()


def _problem_document(problem: FileProblem) -> dict[str, Any]:
    return {
        "row": problem.row,
        "key": problem.key,
        "field": problem.field,
        "code": problem.code,
        "message": sentence(REFUSAL_TEXTS[problem.code], dict(problem.params)),
    }


def _print_lines(document: dict[str, Any]) -> None:
    click.echo(document["format"])
    for statement in document["statements"]:
        word = _BALANCED[statement["balanced"]]
        click.echo(f"{statement['key']}: {statement['lines']} lines, {word}")
    for problem in (*document["problems"], *document["notes"]):
        place = " ".join(str(part) for part in (problem["key"], problem["row"]) if part)
        click.echo(f"{place}: {problem['message']}" if place else problem["message"], err=True)
