"""`payouts export` writes the bank file of a signed batch, `status-import` takes the answer."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from marketplace.cli.answers import EXIT_REFUSED, print_json, refusals_end_the_command
from marketplace.edge.formats import sentence
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import REFUSAL_TEXTS, Refusal, Refused
from marketplace.foundation.money import Money
from marketplace.payouts.answers.operations import (
    AnsweredPayout,
    ReportVerdict,
    import_status_report,
)
from marketplace.payouts.answers.report import ReportProblem
from marketplace.payouts.answers.rules import Effect
from marketplace.payouts.operations import open_payout_file, send_payout_batch
from marketplace.payouts.queries import find_batch_by_code
from marketplace.payouts.states import RailName

group = AppGroup("payouts", help="Payout batches and their bank files.")


@group.command("export")
@click.argument("batch_code", metavar="BATCH")
@click.option("--rail", type=click.Choice([RailName.BANK_FILE.value]), default="bank_file")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Where to write.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def export(batch_code: str, rail: str, output: Path | None, as_json: bool) -> None:
    """Write the pain.001.001.09 file of BATCH; a signed batch not sent yet is sent first."""
    with refusals_end_the_command(as_json=as_json):
        with write_transaction():
            batch = find_batch_by_code(batch_code)
            if batch is None:
                raise Refused(Refusal("no_such_batch", {"batch": batch_code}))
            if batch.rail != rail:
                words = {"batch": batch_code, "rail": batch.rail.value}
                raise Refused(Refusal("other_rail", words))
            batch = send_payout_batch(batch.id, actor_id=None)
            file = open_payout_file(batch)
            document = {
                "batch": batch.code,
                "path": "",
                "count": batch.payout_count,
                "control_sum": Money(batch.control_sum_fen, batch.currency).decimal_text(),
                "currency": batch.currency,
                "sha256": batch.file_sha256,
            }
        path = output or current_app.extensions["settings"].outbox_dir / file.name
        write_privately(path, file.content)
    document["path"] = str(path)
    if as_json:
        print_json(document)
    else:
        click.echo(f"{path}: {document['count']} payouts, {document['control_sum']}")


@group.command("status-import")
@click.argument(
    "path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def status_import(path: Path, as_json: bool) -> None:
    """Take in the bank's status report (pain.002). What it refuses is owed again, exactly once."""
    with refusals_end_the_command(as_json=as_json), write_transaction():
        verdict = import_status_report(path.read_bytes(), actor_id=None)
    document = status_document(verdict)
    if as_json:
        print_json(document)
    else:
        for word in ("accepted", "pending", "rejected"):
            click.echo(f"{word}: {len(document[word])}")
        for item in document["rejected"]:
            click.echo(f"  {item['payout']} {item['amount']} {item['reason'] or '–'}")
        for problem in document["problems"]:
            click.echo(problem["message"], err=True)
    sys.exit(EXIT_REFUSED if document["problems"] else 0)


def status_document(verdict: ReportVerdict) -> dict[str, Any]:
    """The answer others script against: amounts as decimal strings."""
    return {
        "format": verdict.format,
        "message_id": verdict.message_id,
        "batch": verdict.batch_code,
        "accepted": [_answered(item) for item in verdict.with_effect(Effect.ACCEPTED)],
        "pending": [_answered(item) for item in verdict.with_effect(Effect.PENDING)],
        "rejected": [
            _answered(item) for item in verdict.with_effect(Effect.RESTORED, Effect.KNOWN)
        ],
        "problems": [_problem(problem) for problem in verdict.problems],
    }


def _answered(item: AnsweredPayout) -> dict[str, Any]:
    return {
        "payout": item.payout_code,
        "reference": item.reference,
        "batch": item.batch_code,
        "amount": Money(item.amount_fen, item.currency).decimal_text(),
        "currency": item.currency,
        "status": item.status,
        "reason": item.reason_code,
        "text": item.reason_text,
        "restored_now": item.effect == Effect.RESTORED,
        "entry_id": item.entry_id,
    }


def _problem(problem: ReportProblem) -> dict[str, Any]:
    return {
        "row": problem.row,
        "key": problem.params.get("reference"),
        "field": problem.field,
        "code": problem.code,
        "message": sentence(REFUSAL_TEXTS[problem.code], dict(problem.params)),
    }


def write_privately(path: Path, content: bytes) -> None:
    """The file names payees and their bank accounts: readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
