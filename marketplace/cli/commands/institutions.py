"""`institutions …`: the register as files, standing announced, limits of reviews."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from marketplace.accreditation.operations.policy import import_calendar, set_review_limit
from marketplace.catalog.operations.import_institutions import CatalogInstitutionIntake
from marketplace.catalog.queries.exports import each_institution_row
from marketplace.catalog.sources.templates import INSTITUTIONS
from marketplace.cli.answers import DateParam, print_json, refusals_end_the_command
from marketplace.cli.import_answers import flat_counts
from marketplace.cli.import_commands import FORMATS as TABLE_FORMATS
from marketplace.cli.import_commands import (
    LANGUAGES,
    Wishes,
    import_one_file,
    import_options,
    write_file_as,
    write_template_command,
)
from marketplace.cli.packs import read_text
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.institutions.operations.imports import FORMATS
from marketplace.institutions.operations.state_changes import (
    apply_announced_state,
    list_institutions_to_apply,
)

group = AppGroup("institutions", help="Training institutions.")
COUNTS = ("rows", "added", "changed", "unchanged", "retired", "quarantined")


@group.command("import")
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option("--source", required=True, type=click.Choice(sorted(FORMATS)))
@import_options
def import_(file: Path, source: str, **wishes: Any) -> None:
    """Take in a file of institutions, CSV or XLSX. Those it does not name stay as they are."""
    import_one_file(
        file,
        noun="institutions",
        wishes=Wishes(**wishes),
        make_intake=lambda: CatalogInstitutionIntake(file, source=source),
        form=FORMATS[source],
        document_of=lambda run: flat_counts(run, COUNTS),
    )


@group.command("template")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@click.option("--format", "file_format", type=click.Choice(TABLE_FORMATS), default="csv")
@click.option("--language", type=click.Choice(sorted(LANGUAGES)), default="zh", show_default=True)
def write_institutions_template(file: Path | None, file_format: str, language: str) -> None:
    """Write the template of our own file of institutions, to a file or to standard output."""
    write_template_command(file, file_format, kind=INSTITUTIONS, language=language)


@group.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--language", type=click.Choice(sorted(LANGUAGES)), default="en", show_default=True)
def export_institutions(file: Path, language: str) -> None:
    """Write the register in our own format (.csv, .xlsx); imported again it changes nothing."""
    write_file_as(file, kind=INSTITUTIONS, rows=each_institution_row(), language=language)


@group.command("apply-standing")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def apply_standing(as_json: bool) -> None:
    """Let suspensions and returns that were announced take effect; run it every night."""
    count = 0
    while due := list_institutions_to_apply(on=clock.today()):
        for institution_id in due:
            with write_transaction():
                apply_announced_state(institution_id, actor_id=None)
            count += 1
    if as_json:
        print_json({"applied": count})
    else:
        click.echo(f"{count} announced decisions took effect")


@group.command("review-limit")
@click.option("--working-days", required=True, type=int, help="How many the office has.")
@click.option("--from", "valid_from", required=True, type=DateParam(), help="From which day on.")
@click.option("--clause", required=True, help="Where it is laid down.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def review_limit(working_days: int, valid_from: date, clause: str, as_json: bool) -> None:
    """Say within how many working days applications for accreditation are decided."""
    with refusals_end_the_command(as_json=as_json), write_transaction():
        set_review_limit(
            valid_from=valid_from, working_days=working_days, clause=clause, actor_id=None
        )
    if as_json:
        print_json({"working_days": working_days, "from": valid_from.isoformat()})
    else:
        click.echo(f"{working_days} working days from {valid_from} on")


@group.command("calendar")
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def calendar(file: Path, as_json: bool) -> None:
    """Take in holidays and worked weekends: `2026-10-01,holiday,name` a line."""
    with refusals_end_the_command(as_json=as_json), write_transaction():
        count = import_calendar(read_text(file).splitlines(), actor_id=None)
    if as_json:
        print_json({"days": count})
    else:
        click.echo(f"{count} days noted")
