"""`occupations …`: the loaded classifications."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path

import click
from flask.cli import AppGroup

from marketplace.catalog.operations.occupations import OccupationIntake
from marketplace.catalog.queries.occupation_search import search_occupations as find_occupations
from marketplace.catalog.sources.occupations import FORMATS
from marketplace.cli.answers import (
    DateParam,
    print_understood,
    progress_printer,
    refusals_end_the_command,
)
from marketplace.cli.import_answers import flat_counts, print_run
from marketplace.cli.importing import take_in
from marketplace.foundation import clock
from marketplace.foundation.files import file_sha256
from marketplace.foundation.paging import PAGE_SIZE_MAX

group = AppGroup("occupations", help="Classifications of occupations.")


@group.command("search")
@click.argument("query")
@click.option("--limit", type=click.IntRange(1, PAGE_SIZE_MAX), default=20, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def search_occupations(query: str, limit: int, as_json: bool) -> None:
    """Occupations by title, work types, definition, code, or an everyday word for them."""
    found = find_occupations(query, limit=limit)
    results = [{"code": item.code, "title": item.title} for item in found.items]
    print_understood(found.mended, found.also)
    if as_json:
        click.echo(json.dumps({"total": found.total, "results": results}, ensure_ascii=False))
        return
    for result in results:
        click.echo(f"{result['code']}  {result['title']}")
    click.echo(f"{found.total} found", err=True)


@group.command("import")
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option("--classification", required=True, type=click.Choice(sorted(FORMATS)))
@click.option("--as-of", type=DateParam(), help="Date of the edition; today if not given.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def import_occupations(file: Path, classification: str, as_of: date | None, as_json: bool) -> None:
    """Take in a whole classification; codes it no longer has are retired, dated."""
    with refusals_end_the_command(as_json=as_json):
        run = take_in(
            OccupationIntake(file, classification=classification),
            as_of=as_of or clock.today(),
            file_name=file.name,
            file_sha256=file_sha256(file),
            on_progress=progress_printer("occupations"),
        )
    counts = flat_counts(run, ("rows", "added", "changed", "unchanged", "retired"))
    sys.exit(print_run(run, counts, as_json=as_json))
