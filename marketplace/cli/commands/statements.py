"""`statements`: take in a bank statement file and say whether it proves itself; list what was taken
in; set aside, with a second officer, what was taken in wrongly."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from marketplace.cli.acting import act_as, by_option, json_option, reason_option
from marketplace.cli.answers import EXIT_REFUSED, print_json, refusals_end_the_command
from marketplace.edge.formats import sentence
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import REFUSAL_TEXTS, Refusal, Refused
from marketplace.foundation.money import Money
from marketplace.foundation.paging import PAGE_SIZE_MAX, PageRequest
from marketplace.funds.operations import open_bank_account
from marketplace.jurisdictions.queries import find_jurisdiction_by_code
from marketplace.reconciliation.formats.detection import FORMATS
from marketplace.reconciliation.formats.statements import FileProblem
from marketplace.reconciliation.models import BankStatement
from marketplace.reconciliation.operations import setting_aside
from marketplace.reconciliation.operations.statements import (
    ImportVerdict,
    StatementVerdict,
    import_bank_statement,
)
from marketplace.reconciliation.queries.statements import (
    SET_ASIDE,
    WAITING,
    StatementRow,
    get_statement_by_code,
    get_statement_row,
    list_statements,
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
@click.option(
    "--refuse-other-account",
    "is_strict",
    is_flag=True,
    help="Refuse, instead of noting, an account number unlike that of the statements before.",
)
@json_option
def import_(
    path: Path, bank_account: str, place: str | None, wanted: str, is_strict: bool, as_json: bool
) -> None:
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
            accepts_other_numbers=not is_strict,
        )
        if any(statement.code for statement in verdict.statements):
            open_bank_account(bank_account, jurisdiction_id=place_id, actor_id=None)
    document = import_document(verdict)
    if as_json:
        print_json(document)
    else:
        _print_lines(document)
    sys.exit(EXIT_REFUSED if document["problems"] else 0)


@group.command("list")
@click.option("--state", type=click.Choice([WAITING, SET_ASIDE]), help="Only these.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, PAGE_SIZE_MAX))
@json_option
def list_(state: str | None, limit: int, as_json: bool) -> None:
    """Statements taken in, newest first; those set aside, or proposed to be, are marked."""
    page = list_statements(PageRequest(1, limit), wanted=state or "")
    rows = [_stored(row) for row in page.items]
    if as_json:
        print_json({"total": page.total, "statements": rows})
        return
    for row in rows:
        click.echo(_line(row))
    click.echo(f"{page.total} statements", err=True)


@group.command("set-aside")
@click.argument("code", metavar="STATEMENT")
@reason_option
@by_option
@json_option
def set_aside(code: str, reason: str, by: str, as_json: bool) -> None:
    """Propose that STATEMENT was taken in wrongly (first officer)."""
    _act(
        code,
        by,
        as_json,
        lambda one, actor_id: setting_aside.propose_setting_aside(
            one.id, reason=reason, actor_id=actor_id
        ),
    )


@group.command("sign-set-aside")
@click.argument("code", metavar="STATEMENT")
@by_option
@json_option
def sign_set_aside(code: str, by: str, as_json: bool) -> None:
    """Sign it (second officer): STATEMENT counts for nothing from now on."""
    _act(
        code,
        by,
        as_json,
        lambda one, actor_id: setting_aside.approve_setting_aside(one.id, actor_id=actor_id),
    )


@group.command("return-set-aside")
@click.argument("code", metavar="STATEMENT")
@reason_option
@by_option
@json_option
def return_set_aside(code: str, reason: str, by: str, as_json: bool) -> None:
    """Send it back (second officer): STATEMENT counts as before."""
    _act(
        code,
        by,
        as_json,
        lambda one, actor_id: setting_aside.return_setting_aside(
            one.id, reason=reason, actor_id=actor_id
        ),
    )


@group.command("withdraw-set-aside")
@click.argument("code", metavar="STATEMENT")
@by_option
@json_option
def withdraw_set_aside(code: str, by: str, as_json: bool) -> None:
    """Take the proposal back (the first officer) before anybody signed."""
    _act(
        code,
        by,
        as_json,
        lambda one, actor_id: setting_aside.withdraw_setting_aside(one.id, actor_id=actor_id),
    )


def _act(code: str, by: str, as_json: bool, act: Callable[[BankStatement, int], object]) -> None:
    act_as(
        by,
        act,
        find=lambda paths: get_statement_by_code(code, paths=paths),
        tell=lambda paths: _stored(get_statement_row(code, paths=paths)),
        line=_line,
        as_json=as_json,
    )


def _stored(row: StatementRow) -> dict[str, Any]:
    one = row.statement
    return {
        "code": one.code,
        "account": one.bank_account,
        "account_number": one.bank_account_number,
        "currency": one.currency,
        "opening": _decimal(one.opening_fen),
        "closing": _decimal(one.closing_fen),
        "lines": one.line_count,
        "from": one.from_on.isoformat() if one.from_on else None,
        "to": one.to_on.isoformat() if one.to_on else None,
        "file": one.file_name,
        "state": SET_ASIDE if one.set_aside_at else WAITING if row.waits else "counts",
        "set_aside_at": one.set_aside_at.isoformat() if one.set_aside_at else None,
    }


def _line(document: dict[str, Any]) -> str:
    what = (document[name] for name in ("code", "account", "currency", "to", "lines", "state"))
    return "  ".join(str(each) for each in what)


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
