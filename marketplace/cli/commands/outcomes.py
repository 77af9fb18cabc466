"""`outcomes import`: what became of those who trained."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from marketplace.catalog.operations.import_outcomes import FORMATS, OutcomeIntake
from marketplace.cli.answers import DateParam, progress_printer, refusals_end_the_command
from marketplace.cli.importing import flat_counts, print_run, take_in, write_report
from marketplace.foundation.files import file_sha256

group = AppGroup("outcomes", help="Outcomes of training: completion, work, wages.")
COUNTS = ("rows", "added", "changed", "unchanged", "suppressed")


@group.command("import")
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option("--source", required=True, type=click.Choice(sorted(FORMATS)))
@click.option("--as-of", required=True, type=DateParam(), help="Date of the edition.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Write problems.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def import_(file: Path, source: str, as_of: date, report: Path | None, as_json: bool) -> None:
    """Take in a file of outcomes. What the source suppresses is kept as not given, never as 0."""
    with refusals_end_the_command(as_json=as_json):
        run = take_in(
            OutcomeIntake(file, source=source, currency=current_app.config["CURRENCY"]),
            as_of=as_of,
            file_name=file.name,
            file_sha256=file_sha256(file),
            on_progress=progress_printer("outcomes"),
        )
    if report:
        write_report(run.id, report)
    sys.exit(print_run(run, flat_counts(run, COUNTS), as_json=as_json))
