"""`payouts export`: the bank file of a signed batch, always the same bytes."""

from __future__ import annotations

import os
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from marketplace.cli.answers import print_json, refusals_end_the_command
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.money import Money
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


def write_privately(path: Path, content: bytes) -> None:
    """The file names payees and their bank accounts: readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
