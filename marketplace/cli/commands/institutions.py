"""`institutions import`: the list of institutions of a source."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click
from flask.cli import AppGroup

from marketplace.catalog.operations.import_institutions import CatalogInstitutionIntake
from marketplace.cli.answers import DateParam, progress_printer, refusals_end_the_command
from marketplace.cli.importing import (
    flat_counts,
    print_run,
    take_in,
    write_report,
)
from marketplace.foundation.files import file_sha256
from marketplace.institutions.operations.imports import FORMATS

group = AppGroup("institutions", help="Training institutions.")
COUNTS = ("rows", "added", "changed", "unchanged", "retired", "quarantined")


@group.command("import")
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option("--source", required=True, type=click.Choice(sorted(FORMATS)))
@click.option("--as-of", required=True, type=DateParam(), help="Date of the edition.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Write problems.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def import_(file: Path, source: str, as_of: date, report: Path | None, as_json: bool) -> None:
    """Take in a file of institutions. Those it does not name stay as they are."""
    with refusals_end_the_command(as_json=as_json):
        run = take_in(
            CatalogInstitutionIntake(file, source=source),
            as_of=as_of,
            file_name=file.name,
            file_sha256=file_sha256(file),
            on_progress=progress_printer("institutions"),
        )
    if report:
        write_report(run.id, report)
    sys.exit(print_run(run, flat_counts(run, COUNTS), as_json=as_json))
