"""`institutions …`: the register of institutions as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from marketplace.catalog.operations.import_institutions import CatalogInstitutionIntake
from marketplace.catalog.queries.exports import each_institution_row
from marketplace.catalog.sources.templates import INSTITUTIONS
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
from marketplace.institutions.operations.imports import FORMATS

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
