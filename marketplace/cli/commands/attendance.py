"""`attendance sync`: the file of a device without network."""

from __future__ import annotations

from typing import BinaryIO

import click
from flask.cli import AppGroup

from marketplace.cli.answers import print_json, refusals_end_the_command
from marketplace.edge.answers import refusal_sentence
from marketplace.enrollment.offline_files import FILE_BYTES_MAX
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refusal
from marketplace.redemption.operations.offline import sync_offline_file

group = AppGroup("attendance", help="Who was there.")


@group.command("sync")
@click.argument("file", type=click.File("rb"))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def sync(file: BinaryIO, as_json: bool) -> None:
    """Take in the signed FILE of a device, in the name of who downloaded its lesson.

    The same file again changes nothing and gives the same report.
    """
    with refusals_end_the_command(as_json=as_json), write_transaction():
        upload = sync_offline_file(
            file.read(FILE_BYTES_MAX + 1), institution_id=None, actor_id=None
        )
        counts = {name: getattr(upload, name) for name in ("accepted", "known", "refused")}
        document = {"upload": upload.code, **counts, "rows": upload.rows}
    if as_json:
        print_json(document)
        return
    for row in document["rows"]:
        for reason in row["reasons"]:
            click.echo(f"{row['number']}: {refusal_sentence(Refusal(reason))}")
    click.echo("{accepted} taken in, {known} present already, {refused} refused".format(**counts))
