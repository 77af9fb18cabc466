"""What pages of imports have in common: problems, previews, corrections."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Response, current_app, request
from flask_babel import gettext as _

from marketplace.catalog.operations.import_previews import (
    refusals_for_applying,
    withdrawal_of,
)
from marketplace.catalog.operations.import_requests import (
    ImportOrder,
    find_format,
    order_of_run,
    write_files,
)
from marketplace.catalog.rules import (
    COURSE_STATE_WORDS,
    FEE_PART_WORDS,
    MODE_WORDS,
    is_large_withdrawal,
)
from marketplace.catalog.states import CourseMode, CourseState
from marketplace.edge.answers import refusal_sentence
from marketplace.edge.formats import sentence
from marketplace.edge.paging import asked_page
from marketplace.edge.tables import MEDIA_TYPES, table_download
from marketplace.foundation.errors import NotFound, Refusal
from marketplace.foundation.paging import PageRequest
from marketplace.imports import labels
from marketplace.imports.corrections import write_corrections
from marketplace.imports.models import ImportProblem, ImportRun
from marketplace.imports.problems import PROBLEM_TEXTS
from marketplace.imports.queries import (
    count_standing_problems,
    each_problem_by_row,
    get_import_file,
    list_import_differences,
    list_import_problems,
    list_problem_counts,
)
from marketplace.imports.states import ImportRunState, ProblemSeverity, RunPurpose, Verdict
from marketplace.jobs.models import Job
from marketplace.jobs.queries import get_job
from marketplace.jobs.states import JobState

WORKING = (JobState.QUEUED, JobState.RUNNING)


def problem_sentence(problem: ImportProblem) -> str:
    """One problem in the reader's language."""
    text = PROBLEM_TEXTS.get(problem.code)
    if text is None:
        return problem.message
    values = {
        "field": problem.field or "",
        "before": problem.value_before or "",
        "after": problem.value_after or "",
    }
    return str(_(text)) % values


def run_context(run: ImportRun, typed_error: Sequence[Refusal] = ()) -> dict[str, Any]:
    """Everything a page about one run shows: counts, differences, problems, what can be done."""
    asked = request.args.get("verdict", "")
    verdict = Verdict(asked) if asked in list(Verdict) else None
    severity = asked_severity()
    code = request.args.get("code", "")
    is_preview = run.purpose == RunPurpose.PREVIEW
    pages = {
        # Two lists stand on one page; only the one that was asked for is leafed through.
        "differences": list_import_differences(
            run.id, asked_page() if request.args.get("list") != "problems" else first_page(),
            verdict=verdict,
        ),
        "problems": list_import_problems(
            run.id, asked_page() if request.args.get("list") == "problems" else first_page(),
            severity=severity, code=code or None,
        ),
    }  # fmt: skip
    found = {
        **pages,
        "run": run,
        "labels": labels,
        "counts": [
            (sentence(label), run.counts[name])
            for name, label in labels.COUNT_LABELS.items()
            if name in run.counts
        ],
        "problem_counts": list_problem_counts(run.id),
        "problem_sentence": problem_sentence,
        "shown_value": shown_value,
        "severity": severity,
        "problem_code": code,
        "verdict": verdict,
        "verdicts": [(v, run.counts.get(f"kept.{v.value}", 0)) for v in Verdict],
        "is_preview": is_preview,
        "standing": count_standing_problems(run.id),
        "has_corrections": has_corrections(run),
        **(decision_context(run) if is_preview else {}),
        **job_context(run),
        "problem_leafing": request.args.get("list") == "problems",
        "problems_url": problems_url,
        "typed_error": typed_error,
    }
    # The macros of these pages take the whole of it under one name.
    return {**found, "seen": found}


def problems_url(number: int) -> str:
    """The present address with another page of the problems."""
    return f"{request.path}?{urlencode({**request.args, 'list': 'problems', 'page': number})}"


def first_page() -> PageRequest:
    """Of the list that is not leafed through."""
    return PageRequest(1)


def decision_context(run: ImportRun) -> dict[str, Any]:
    """Whether a preview can be applied, and if not, why."""
    percent = withdraw_percent_max()
    absent, listed = withdrawal_of(run)
    order = find_order(run)
    waits = run.state == ImportRunState.DONE and run.decision is None and order is not None
    is_large = is_large_withdrawal(absent, listed, percent)
    typed = str(absent) if is_large else ""
    return {
        "waits": waits,
        "absent": absent,
        "listed": listed,
        "percent": percent,
        "must_type": is_large,
        "refusals": refusals_for_applying(
            run,
            all_or_nothing=order.all_or_nothing if order else False,
            typed=typed,
            percent_max=percent,
        )
        if waits
        else (),
        "all_or_nothing": order.all_or_nothing if order else False,
    }


def job_context(run: ImportRun) -> dict[str, Any]:
    """How far the work is, when a job does it."""
    job = get_job(run.job_id) if run.job_id else None
    return {
        "job": job,
        "is_working": job is not None and job.state in WORKING,
        "has_failed": run.state == ImportRunState.FAILED
        or (job is not None and job.state in (JobState.FAILED, JobState.CANCELED)),
        "failures": job_failures(job) if job else [],
    }


def job_failures(job: Job) -> list[str]:
    """Why it failed: refusals in the reader's language; else that something went wrong."""
    if not job.error:
        return []
    refused = (job.result or {}).get("refused", [])
    told = [refusal_sentence(Refusal(item["code"], item["params"])) for item in refused]
    return told or [_("Something went wrong on our side: %(error)s", error=job.error)]


def withdraw_percent_max() -> int:
    """The share of a listed catalog that a file withdraws without being asked twice."""
    return int(current_app.extensions["settings"].withdraw_percent_max)


def find_order(run: ImportRun) -> ImportOrder | None:
    """What was asked for; none for a run of a command, which keeps no file."""
    return order_of_run(get_job(run.job_id))[0] if run.job_id else None


def has_corrections(run: ImportRun) -> bool:
    """Whether the rows with problems can be handed out: the file is kept, and is one table."""
    order = find_order(run)
    return (
        order is not None
        and run.state == ImportRunState.DONE
        and find_format(order.kind, order.source, order.currency) is not None
        and count_standing_problems(run.id) > 0
    )


def corrections_download(run: ImportRun, file_format: str) -> Response:
    """The rows with problems as they stood in the file, and what is wrong with each."""
    if file_format not in MEDIA_TYPES or not has_corrections(run):
        raise NotFound("corrections")
    assert run.job_id is not None
    order, file_ids = order_of_run(get_job(run.job_id))
    form = find_format(order.kind, order.source, order.currency)
    assert form is not None
    file = get_import_file(file_ids[0])
    with tempfile.TemporaryDirectory(prefix="marketplace-corrections-") as folder:
        source = write_files([(file.name, file.content)], Path(folder))[0]

        def write(target: Path) -> None:
            write_corrections(
                target,
                source=source,
                form=form,
                problems=each_problem_by_row(run.id),
                sentence_of=problem_sentence,
            )

        return table_download(f"{run.code}-corrections", file_format, write)


def asked_severity() -> ProblemSeverity | None:
    """The filter of an address; what is none filters nothing."""
    asked = request.args.get("severity", "")
    return ProblemSeverity(asked) if asked in list(ProblemSeverity) else None


def shown_value(field: str, value: str) -> str:
    """A stored value in the reader's words."""
    if field == "state" and value in list(CourseState):
        return sentence(COURSE_STATE_WORDS[CourseState(value)])
    if field == "mode" and value in list(CourseMode):
        return sentence(MODE_WORDS[CourseMode(value)])
    if field == "fee_parts":
        return _shown_parts(value)
    if field == "quarantine_reason":
        return str(_("yes")) if value else str(_("no"))
    return value


def _shown_parts(value: str) -> str:
    """`tuition 1000.00, books 50.00` with the words of the course page."""
    parts = (part.rpartition(" ") for part in value.split(", ") if part)
    return str(_(", ")).join(
        f"{sentence(FEE_PART_WORDS.get(name, name))} {amount}" for name, _space, amount in parts
    )
