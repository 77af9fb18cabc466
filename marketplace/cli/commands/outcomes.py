"""`outcomes import`: what became of those who trained."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from marketplace.catalog.operations.import_outcomes import FORMATS, OutcomeIntake
from marketplace.cli.answers import DateParam
from marketplace.cli.import_commands import import_register_file

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
    import_register_file(
        file,
        noun="outcomes",
        intake=OutcomeIntake(file, source=source, currency=current_app.config["CURRENCY"]),
        as_of=as_of,
        counts=COUNTS,
        report=report,
        as_json=as_json,
    )
