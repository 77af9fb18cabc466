"""What the import commands of catalog and institutions have in common: options and course."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click
from flask_babel import force_locale

from marketplace.cli.answers import (
    DateParam,
    json_list,
    print_json_with_lists,
    progress_printer,
    refusal_lines,
    refusals_end_the_command,
)
from marketplace.cli.import_answers import (
    english_sentence,
    flat_counts,
    print_run,
    problem_documents,
    write_report,
)
from marketplace.cli.importing import preview, take_in
from marketplace.edge.answers import refusal_json
from marketplace.edge.language import DEFAULT_LOCALE
from marketplace.edge.tables import write_table, write_template
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.files import file_sha256
from marketplace.imports.corrections import write_corrections
from marketplace.imports.intakes import ComparingIntake, Intake
from marketplace.imports.models import ImportRun
from marketplace.imports.queries import count_standing_problems, each_problem_by_row
from marketplace.imports.reading import Format

Command = TypeVar("Command", bound=Callable[..., Any])
FORMATS = ("csv", "xlsx")
LANGUAGES = {"zh": DEFAULT_LOCALE, "en": "en"}


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a file is taken in."""

    as_of: date
    dry_run: bool
    all_or_nothing: bool
    report: Path | None
    error_file: Path | None
    as_json: bool


def import_options(command: Command) -> Command:
    """`--as-of`, `--dry-run`, `--all-or-nothing`, `--report`, `--error-file`, `--json`."""
    path = click.Path(dir_okay=False, path_type=Path)
    for option in (
        click.option("--json", "as_json", is_flag=True, help="One JSON document."),
        click.option(
            "--error-file",
            type=path,
            help="Write the rows with problems as they stand, to be corrected (.csv, .xlsx).",
        ),
        click.option("--report", type=path, help="Write the problems (.csv, else JSON)."),
        click.option(
            "--all-or-nothing", is_flag=True, help="Take nothing in if any row has a problem."
        ),
        click.option("--dry-run", is_flag=True, help="Say what would change; change nothing."),
        click.option("--as-of", required=True, type=DateParam(), help="Date of the edition."),
    ):
        command = option(command)
    return command


def import_one_file(
    file: Path,
    *,
    noun: str,
    wishes: Wishes,
    make_intake: Callable[[], ComparingIntake],
    form: Format,
    document_of: Callable[[ImportRun], Mapping[str, Any]],
) -> None:
    """Preview, or take in, and answer; ends the command with its exit code."""
    facts: dict[str, Any] = {
        "as_of": wishes.as_of,
        "file_name": file.name,
        "file_sha256": file_sha256(file),
        "on_progress": progress_printer(noun),
    }
    with refusals_end_the_command(as_json=wishes.as_json):
        if wishes.dry_run or wishes.all_or_nothing:
            run = preview(make_intake(), **facts)
        if not wishes.dry_run:
            if wishes.all_or_nothing and (count := count_standing_problems(run.id)):
                _write_files(run, file, form, wishes)
                _refuse_whole(run, count, dict(document_of(run)), wishes)
            run = take_in(make_intake(), **facts)
    if sys.stderr.isatty():
        click.echo("", err=True)
    _write_files(run, file, form, wishes)
    sys.exit(print_run(run, dict(document_of(run)), as_json=wishes.as_json))


def import_register_file(
    file: Path,
    *,
    noun: str,
    intake: Intake,
    as_of: date,
    counts: tuple[str, ...],
    report: Path | None,
    as_json: bool,
) -> None:
    """Take in a file of a kind without preview, and answer; ends the command with its code."""
    with refusals_end_the_command(as_json=as_json):
        run = take_in(
            intake,
            as_of=as_of,
            file_name=file.name,
            file_sha256=file_sha256(file),
            on_progress=progress_printer(noun),
        )
    if report:
        write_report(run.id, report)
    sys.exit(print_run(run, flat_counts(run, counts), as_json=as_json))


def write_file_as(path: Path, *, kind: str, rows: Any | None, language: str) -> None:
    """A template (no rows) or an export; the ending decides between CSV and XLSX."""
    try:
        with force_locale(LANGUAGES[language]):
            if rows is None:
                write_template(path, kind=kind)
            else:
                write_table(path, kind=kind, rows=rows)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}") from error


def write_template_command(
    file: Path | None, file_format: str, *, kind: str, language: str
) -> None:
    """A template as a file, or on standard output for a pipe."""
    if file is not None:
        path = file if file.suffix else file.with_suffix(f".{file_format}")
        write_file_as(path, kind=kind, rows=None, language=language)
        return
    with tempfile.TemporaryDirectory(prefix="marketplace-template-") as folder:
        path = Path(folder) / f"template.{file_format}"
        write_file_as(path, kind=kind, rows=None, language=language)
        sys.stdout.buffer.write(path.read_bytes())


def _refuse_whole(run: ImportRun, count: int, document: dict[str, Any], wishes: Wishes) -> None:
    """Nothing was taken in: the reason, the counts there would have been, every problem."""
    refused = Refused(Refusal("import_has_problems", {"count": count}))
    if wishes.as_json:
        reasons = [refusal_json(refusal) for refusal in refused.refusals]
        answer = {"refused": reasons, "dry_run": True, **document}
        print_json_with_lists(answer, {"problems": problem_documents(run.id)})
    else:
        for line in refusal_lines(refused):
            click.echo(line, err=True)
        for piece in json_list(problem_documents(run.id)):
            click.echo(piece, err=True)
    sys.exit(1)


def _write_files(run: ImportRun, file: Path, form: Format, wishes: Wishes) -> None:
    if wishes.report:
        write_report(run.id, wishes.report)
    if wishes.error_file:
        write_corrections(
            wishes.error_file,
            source=file,
            form=form,
            problems=each_problem_by_row(run.id),
            sentence_of=english_sentence,
        )
