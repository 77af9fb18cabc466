"""`shortage import`: an edition of a list of occupations in demand."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click
from flask.cli import AppGroup

from marketplace.cli.answers import DateParam
from marketplace.cli.import_commands import import_register_file
from marketplace.directories.operations.import_shortage import ShortageIntake
from marketplace.directories.sources.shortage import SHORTAGE_FORMATS
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.jurisdictions.queries import find_jurisdiction_by_code

group = AppGroup("shortage", help="Occupations in demand.")
COUNTS = ("rows", "added", "changed", "unchanged", "retired")


@group.command("import")
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option("--source", required=True, type=click.Choice(sorted(SHORTAGE_FORMATS)))
@click.option("--as-of", required=True, type=DateParam(), help="First day of the edition.")
@click.option("--jurisdiction", help="Code of the place whose list it is; none: everywhere.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Write problems.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def import_shortage(
    file: Path,
    source: str,
    as_of: date,
    jurisdiction: str | None,
    report: Path | None,
    as_json: bool,
) -> None:
    """Take in one whole edition and put it in force; the same edition again changes nothing."""
    place = _place(jurisdiction)
    import_register_file(
        file,
        noun="entries",
        intake=ShortageIntake(file, source=source, jurisdiction=place),
        as_of=as_of,
        counts=COUNTS,
        report=report,
        as_json=as_json,
    )


def _place(code: str | None) -> Jurisdiction | None:
    if code is None:
        return None
    place = find_jurisdiction_by_code(code)
    if place is None:
        raise click.BadParameter(f"no place has the code {code}", param_hint="--jurisdiction")
    return place
