"""`vacancies import`: what employers look for."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click
from flask.cli import AppGroup

from marketplace.cli.answers import DateParam
from marketplace.cli.import_commands import import_register_file
from marketplace.employers.operations.import_vacancies import VacancyIntake
from marketplace.employers.sources.vacancies import VACANCY_FORMATS
from marketplace.foundation import clock

group = AppGroup("vacancies", help="Vacancies of employers.")
COUNTS = ("rows", "added", "changed", "unchanged")


@group.command("import")
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option("--source", default="generic", type=click.Choice(sorted(VACANCY_FORMATS)))
@click.option("--as-of", type=DateParam(), help="Day of the file; today if absent.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Write problems.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def import_vacancies(
    file: Path, source: str, as_of: date | None, report: Path | None, as_json: bool
) -> None:
    """Take in a file of vacancies; the same file again changes nothing."""
    import_register_file(
        file,
        noun="vacancies",
        intake=VacancyIntake(file, source=source),
        as_of=as_of or clock.today(),
        counts=COUNTS,
        report=report,
        as_json=as_json,
    )
