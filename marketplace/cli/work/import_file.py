"""Takes in an uploaded file, piece by piece; a killed runner's import goes on where it stood."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any, cast

from marketplace.catalog.operations.import_requests import (
    JOB_KIND,
    ImportOrder,
    build_intake,
    order_of,
    write_files,
)
from marketplace.catalog.operations.own_courses import PIECE_ROWS as OWN_PIECE_ROWS
from marketplace.cli.importing import (
    PIECE_ROWS,
    continue_preview,
    continue_run,
    refuse_if_problems,
)
from marketplace.cli.runner import RunningJob
from marketplace.foundation.db import db, write_transaction
from marketplace.imports.intakes import ComparingIntake
from marketplace.imports.models import ImportRun
from marketplace.imports.operations import start_import_run
from marketplace.imports.queries import get_import_file
from marketplace.imports.states import RunPurpose
from marketplace.jobs.queries import get_job

KIND = JOB_KIND


def work(job: RunningJob) -> dict[str, Any]:
    """Write the kept files to a private folder, preview or take them in, forget the folder."""
    order = order_of(job.payload)
    with tempfile.TemporaryDirectory(prefix="marketplace-import-") as name:
        folder = Path(name)
        names, fingerprints = _write_files(job.payload["file_ids"], folder)
        with write_transaction():
            job.hold()
            run = start_import_run(
                order.kind,
                source=order.source,
                as_of=order.as_of,
                file_name=", ".join(names),
                file_sha256=fingerprints[0],
                actor_id=get_job(job.lease.job_id).requested_by,
                job_id=job.lease.job_id,
                purpose=order.purpose,
                institution_id=order.institution_id,
            )
            run_id, run_code = run.id, run.code
        done = _take_in(job, order, folder, run_id, run_code)
        return {"import_run": done.code, "counts": done.counts}


def _take_in(
    job: RunningJob, order: ImportOrder, folder: Path, run_id: int, run_code: str
) -> ImportRun:
    rows = PIECE_ROWS if order.institution_id is None else OWN_PIECE_ROWS
    if order.all_or_nothing and order.purpose == RunPurpose.APPLY:
        checked = cast(ComparingIntake, build_intake(order, folder))
        refuse_if_problems(run_id, intake=checked, on_progress=lambda _done: job.checkpoint())
    intake = build_intake(order, folder)
    ways: dict[str, Any] = {
        "hold": lambda position: job.hold(
            done=position, total=getattr(intake, "row_count", None), message=run_code
        ),
        "on_progress": lambda _position: _pause(job),
        "piece_rows": int(os.environ.get("IMPORT_PIECE_ROWS", rows)),
    }
    if order.purpose == RunPurpose.PREVIEW:
        return continue_preview(run_id, intake=cast(ComparingIntake, intake), **ways)
    return continue_run(run_id, intake=intake, **ways)


def _write_files(file_ids: list[int], folder: Path) -> tuple[list[str], list[str]]:
    kept = [get_import_file(file_id) for file_id in file_ids]
    paths = write_files([(file.name, file.content) for file in kept], folder)
    names, fingerprints = [path.name for path in paths], [file.sha256 for file in kept]
    db.session.rollback()
    return names, fingerprints


def _pause(job: RunningJob) -> None:
    """Between two pieces: stop if asked to; leave other writers a turn when told so."""
    job.checkpoint()
    if wait := float(os.environ.get("IMPORT_PIECE_PAUSE", 0)):
        time.sleep(wait)
