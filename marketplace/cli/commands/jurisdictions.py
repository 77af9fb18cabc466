"""`jurisdictions import`: the published list of places."""

from __future__ import annotations

import hashlib
import sys
from datetime import date
from pathlib import Path

import click
from flask.cli import AppGroup

from marketplace.cli.answers import DateParam, progress_printer, refusals_end_the_command
from marketplace.cli.import_answers import flat_counts, print_run
from marketplace.cli.importing import take_in
from marketplace.foundation import clock
from marketplace.foundation.files import file_sha256
from marketplace.jurisdictions.operations import JurisdictionIntake
from marketplace.jurisdictions.sources import FILES

group = AppGroup("jurisdictions", help="Provinces, prefectures, counties, townships.")
COUNTS = ("rows", "added", "changed", "unchanged", "retired")


@group.command("import")
@click.argument("folder", type=click.Path(file_okay=False, exists=True, path_type=Path))
@click.option("--as-of", type=DateParam(), help="Date of the edition; today if not given.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def import_(folder: Path, as_of: date | None, as_json: bool) -> None:
    """Take in provinces.csv, cities.csv, areas.csv and streets.csv of a folder."""
    with refusals_end_the_command(as_json=as_json):
        run = take_in(
            JurisdictionIntake(folder),
            as_of=as_of or clock.today(),
            file_name=folder.name,
            file_sha256=folder_sha256(folder),
            on_progress=progress_printer("jurisdictions"),
        )
    sys.exit(print_run(run, flat_counts(run, COUNTS), as_json=as_json))


def folder_sha256(folder: Path) -> str:
    """One fingerprint for the four files."""
    present = [folder / name for name in FILES if (folder / name).is_file()]
    return hashlib.sha256("".join(map(file_sha256, present)).encode()).hexdigest()
