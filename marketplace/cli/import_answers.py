"""What import commands answer: counts, problems, differences; as JSON or as plain lines."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import click

from marketplace.cli.answers import json_list, print_json_with_lists
from marketplace.foundation.files import csv_text
from marketplace.foundation.money import fen_from_text
from marketplace.imports.models import ImportProblem, ImportRun
from marketplace.imports.queries import (
    count_import_problems,
    each_import_difference,
    each_import_problem,
)
from marketplace.imports.states import ProblemSeverity, RunPurpose

SHOWN_PROBLEMS = 20
PROBLEM_COLUMNS = ("row", "key", "field", "code", "severity", "before", "after", "message")


def problem_documents(run_id: int) -> Iterator[dict[str, Any]]:
    """Every problem as machines read it, in batches; what is only noted is not a problem."""
    return (
        problem_document(problem)
        for problem in each_import_problem(run_id)
        if problem.severity != ProblemSeverity.NOTED
    )


def problem_document(problem: ImportProblem) -> dict[str, Any]:
    """Row, key of the source, field, code, sentence, and what was done about it."""
    return {
        "row": problem.row_number,
        "key": problem.key,
        "field": problem.field,
        "code": problem.code,
        "message": problem.message,
        "severity": problem.severity.value,
        "before": problem.value_before,
        "after": problem.value_after,
    }


def write_report(run_id: int, path: Path) -> None:
    """The problems as a file: CSV by its ending, JSON otherwise."""
    documents = problem_documents(run_id)
    with path.open("w", encoding="utf-8", newline="") as file:
        if path.suffix.lower() == ".csv":
            rows = ([row[name] for name in PROBLEM_COLUMNS] for row in documents)
            file.writelines(csv_text(PROBLEM_COLUMNS, rows))
        else:
            file.writelines(json_list(documents))


def print_run(run: ImportRun, document: dict[str, Any], *, as_json: bool) -> int:
    """The answer of an import command; returns its exit code: 1 when there are problems."""
    problem_count = count_import_problems(run.id)
    lists: dict[str, Iterator[dict[str, Any]]] = {"problems": problem_documents(run.id)}
    if run.kind == "catalog":
        lists = {"price_changes": price_changes(run.id), **lists}
    if run.purpose == RunPurpose.PREVIEW:
        document = {**document, "dry_run": True}
        lists = {"differences": difference_documents(run.id), **lists}
    if as_json:
        print_json_with_lists(document, lists)
        return 1 if problem_count else 0
    for name, value in document.items():
        click.echo(f"{name}: {value}")
    click.echo(f"problems: {problem_count}")
    for problem in islice(lists["problems"], SHOWN_PROBLEMS):
        place = f"row {problem['row']}, {problem['key'] or '-'}"
        click.echo(f"  {place}: {problem['code']}: {problem['message']}", err=True)
    return 1 if problem_count else 0


def flat_counts(run: ImportRun, names: tuple[str, ...]) -> dict[str, int]:
    """The named counts of a run, zero where nothing was counted."""
    return {name: int(run.counts.get(name, 0)) for name in names}


def catalog_document(run: ImportRun) -> dict[str, Any]:
    """What `catalog import` answers before its lists."""
    names = ("added", "changed", "unchanged", "withdrawn", "quarantined")
    courses = flat_counts(run, tuple(f"courses.{name}" for name in names))
    institutions = flat_counts(run, tuple(f"institutions.{name}" for name in names))
    institutions["institutions.withdrawn"] = int(run.counts.get("institutions.retired", 0))
    return {
        "source": run.source,
        "rows": int(run.counts.get("rows", 0)),
        "courses": {name.partition(".")[2]: count for name, count in courses.items()},
        "institutions": {name.partition(".")[2]: count for name, count in institutions.items()},
    }


def price_changes(run_id: int) -> Iterator[dict[str, Any]]:
    """Every fee that a run changed, in fen."""
    return (
        {
            "row": change.row_number,
            "key": change.key,
            "fee_fen_before": fen_from_text(change.value_before or "0"),
            "fee_fen_after": fen_from_text(change.value_after or "0"),
        }
        for change in each_import_problem(run_id, code="price_changed")
    )


def difference_documents(run_id: int) -> Iterator[dict[str, Any]]:
    """What a dry run would change, row by row, field by field."""
    return (
        {
            "row": difference.row_number,
            "key": difference.key,
            "label": difference.label,
            "verdict": difference.verdict,
            "changes": [
                {"field": name, "before": before, "after": after}
                for name, before, after in difference.changes
            ],
        }
        for difference in each_import_difference(run_id)
    )


def english_sentence(problem: ImportProblem) -> str:
    """A problem as commands tell it."""
    return problem.message
