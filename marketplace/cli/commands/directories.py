"""`directories …`: registers taken in, directories written out as they stood on a day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click
from flask.cli import AppGroup

from marketplace.cli.answers import DateParam
from marketplace.cli.import_commands import import_register_file
from marketplace.directories.operations.import_registers import AssessorIntake, QualificationIntake
from marketplace.directories.queries.all_directories import get_directory
from marketplace.directories.queries.exports import csv_export, json_export
from marketplace.directories.queries.listings import ALL, LISTED, DirectoryQuery
from marketplace.directories.sources.registers import ASSESSOR_FORMATS, QUALIFICATION_FORMATS
from marketplace.directories.states import DirectoryName
from marketplace.foundation import clock

group = AppGroup("directories", help="The public directories.")
COUNTS = ("rows", "added", "changed", "unchanged", "retired")
REGISTERS = ("assessors", "qualifications")
SOURCES = sorted({*ASSESSOR_FORMATS, *QUALIFICATION_FORMATS})


@group.command("import")
@click.argument("register", type=click.Choice(REGISTERS))
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option("--source", required=True, type=click.Choice(SOURCES))
@click.option("--as-of", required=True, type=DateParam(), help="Date of the edition.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Write problems.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def import_register(
    register: str, file: Path, source: str, as_of: date, report: Path | None, as_json: bool
) -> None:
    """Take in a file of assessors or qualifications. Those it does not name stay as they are."""
    known = ASSESSOR_FORMATS if register == "assessors" else QUALIFICATION_FORMATS
    if source not in known:
        raise click.BadParameter(f"{register} come from {', '.join(known)}", param_hint="--source")
    intake = (AssessorIntake if register == "assessors" else QualificationIntake)(
        file, source=source
    )
    import_register_file(
        file,
        noun=register,
        intake=intake,
        as_of=as_of,
        counts=COUNTS,
        report=report,
        as_json=as_json,
    )


@group.command("export")
@click.argument("name", type=click.Choice([name.value for name in DirectoryName]))
@click.option("--on", type=DateParam(), help="As it stood on this day; today if not given.")
@click.option("--format", "form", type=click.Choice(["csv", "json"]), default="csv")
@click.option("--all", "everything", is_flag=True, help="Also what did not count on that day.")
def export_directory(name: str, on: date | None, form: str, everything: bool) -> None:
    """Write a directory to stdout, as it stood on a day."""
    found, directory = get_directory(name)
    day = min(on or clock.today(), clock.today())
    query = DirectoryQuery(day, state=ALL if everything else LISTED)
    write = csv_export if form == "csv" else json_export
    for piece in write(found, directory, query):
        click.echo(piece, nl=False)
