"""Takes in an uploaded file, piece by piece; a killed runner's import goes on where it stood."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path, PurePath
from typing import Any

from marketplace.catalog.operations.import_requests import JOB_KIND, build_intake, order_of
from marketplace.cli.importing import PIECE_ROWS, continue_run
from marketplace.cli.runner import RunningJob
from marketplace.foundation.db import db, write_transaction
from marketplace.imports.operations import start_import_run
from marketplace.imports.queries import get_import_file
from marketplace.jobs.queries import get_job

KIND = JOB_KIND


def work(job: RunningJob) -> dict[str, Any]:
    """Write the kept files to a private folder, take them in, forget the folder."""
    order = order_of(job.payload)
    with tempfile.TemporaryDirectory(prefix="marketplace-import-") as folder:
        names, fingerprints = _write_files(job.payload["file_ids"], Path(folder))
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
            )
            run_id, run_code = run.id, run.code
        done = continue_run(
            run_id,
            intake=build_intake(order, Path(folder)),
            hold=lambda position: job.hold(done=position, message=run_code),
            on_progress=lambda _position: _pause(job),
            piece_rows=int(os.environ.get("IMPORT_PIECE_ROWS", PIECE_ROWS)),
        )
        return {"import_run": done.code, "counts": done.counts}


def _write_files(file_ids: list[int], folder: Path) -> tuple[list[str], list[str]]:
    names, fingerprints = [], []
    for file_id in file_ids:
        file = get_import_file(file_id)
        name = PurePath(file.name).name or "file.csv"
        (folder / name).write_bytes(file.content)
        names.append(name)
        fingerprints.append(file.sha256)
    db.session.rollback()
    return names, fingerprints


def _pause(job: RunningJob) -> None:
    """Between two pieces: stop if asked to; leave other writers a turn when told so."""
    job.checkpoint()
    if wait := float(os.environ.get("IMPORT_PIECE_PAUSE", 0)):
        time.sleep(wait)
