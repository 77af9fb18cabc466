"""`attendance sync`, `attendance import-xapi`: what comes in after the fact, as a file."""

from __future__ import annotations

import json
from typing import BinaryIO

import click
from flask.cli import AppGroup

from marketplace.cli.answers import print_json, refusals_end_the_command
from marketplace.edge.answers import refusal_sentence
from marketplace.enrollment.offline_files import FILE_BYTES_MAX
from marketplace.enrollment.online_statements import read_statements
from marketplace.enrollment.operations.online import take_in_statements
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refusal
from marketplace.institutions.queries import find_institution_by_code
from marketplace.redemption.operations.offline import sync_offline_file

XAPI_BYTES_MAX = 8 * 1024 * 1024
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


@group.command("import-xapi")
@click.argument("file", type=click.File("rb"))
@click.option("--institution", "code", required=True, help="Whose learning platform it is.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def import_xapi(file: BinaryIO, code: str, as_json: bool) -> None:
    """Take in the online hours of FILE: xAPI statements as JSON, one or a list, all or none.

    The same statements again change nothing.
    """
    institution = find_institution_by_code(code)
    if institution is None:
        raise click.UsageError(f"no institution has the code {code!r}")
    try:
        document = json.loads(file.read(XAPI_BYTES_MAX + 1))
    except (ValueError, RecursionError):
        raise click.UsageError("the file is no JSON document") from None
    with refusals_end_the_command(as_json=as_json), write_transaction():
        intake = take_in_statements(
            read_statements(document), institution_id=institution.id, actor_id=None
        ).to_json()
    if as_json:
        print_json(intake)
        return
    for learner in intake["enrollments"]:
        click.echo(
            "{enrollment}: {credited_minutes} of {online_minutes} online minutes,"
            " {rate_percent} %".format(**learner)
        )
    click.echo("{stored} stored, {known} known already".format(**intake))
