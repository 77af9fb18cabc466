"""`evidence check`: do the records of classes hold together?"""

from __future__ import annotations

from datetime import date, timedelta

import click
from flask.cli import AppGroup

from marketplace.catalog.queries.course_runs import find_course_run_by_code
from marketplace.cli.answers import DateParam, print_json
from marketplace.cli.evidence import check_classes
from marketplace.evidence.queries import list_runs_to_check
from marketplace.foundation import clock

group = AppGroup("evidence", help="What is recorded of classes, and what cannot be true of it.")

DAYS_BACK = 90


@group.command("check")
@click.option("--run", "code", help="One class by its code.")
@click.option(
    "--since",
    type=DateParam(),
    help=f"Classes whose last day is not before this; {DAYS_BACK} days back if absent.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def check(code: str | None, since: date | None, as_json: bool) -> None:
    """Put a hold on every redemption whose class has records that cannot be true.

    The same finding never gets a second hold, so doing it again is harmless.
    """
    if code is not None:
        run = find_course_run_by_code(code)
        if run is None:
            raise click.UsageError(f"no class has the code {code!r}")
        ids = [run.id]
    else:
        first = since or clock.today() - timedelta(days=DAYS_BACK)
        ids = list_runs_to_check(since=first, until=clock.today() + timedelta(days=366))
    document = check_classes(ids)
    if as_json:
        print_json(document)
        return
    for hold in document["holds"]:
        click.echo(f"{hold['hold']}: {hold['kind']} ({hold['clause']})")
    click.echo(f"{document['classes']} classes looked at, {document['new_holds']} new holds")
