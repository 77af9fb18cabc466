"""`institutions import`, `apply-standing`, `review-limit`, `calendar`."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click
from flask.cli import AppGroup

from marketplace.accreditation.operations.policy import import_calendar, set_review_limit
from marketplace.catalog.operations.import_institutions import CatalogInstitutionIntake
from marketplace.cli.answers import (
    DateParam,
    print_json,
    progress_printer,
    refusals_end_the_command,
)
from marketplace.cli.commands.schemes import read_text
from marketplace.cli.importing import (
    flat_counts,
    print_run,
    take_in,
    write_report,
)
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.files import file_sha256
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
