"""Drives an import piece by piece: one transaction each, going on where an earlier hand stopped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import islice

from marketplace.foundation import clock
from marketplace.foundation.db import rehearsal, write_transaction
from marketplace.foundation.errors import Refusal, Refused
from marketplace.imports.intakes import ComparingIntake, Intake, RunFacts
from marketplace.imports.models import ImportRun
from marketplace.imports.operations import (
    POSITION,
    count_standing,
    fail_import_run,
    finish_import_run,
    finish_preview,
    restart_preview,
    save_import_piece,
    save_preview_piece,
    start_import_run,
)
from marketplace.imports.queries import (
    get_import_run,
)
from marketplace.imports.states import ImportRunState, RunPurpose

PIECE_ROWS = 1_000


def take_in(
    intake: Intake,
    *,
    as_of: date | None,
    file_name: str,
    file_sha256: str,
    on_progress: Callable[[int], None],
) -> ImportRun:
    """Take a file in at once, for a command."""
    run_id = _start(intake, RunPurpose.APPLY, as_of, file_name, file_sha256)
    return continue_run(run_id, intake=intake, hold=_no_hold, on_progress=on_progress)


def preview(
    intake: ComparingIntake,
    *,
    as_of: date | None,
    file_name: str,
    file_sha256: str,
    on_progress: Callable[[int], None],
) -> ImportRun:
    """Say what taking a file in would do, for a command; of the file itself nothing is saved."""
    run_id = _start(intake, RunPurpose.PREVIEW, as_of, file_name, file_sha256)
    return continue_preview(run_id, intake=intake, hold=_no_hold, on_progress=on_progress)


def _start(
    intake: Intake, purpose: RunPurpose, as_of: date | None, file_name: str, file_sha256: str
) -> int:
    with write_transaction():
        return start_import_run(
            intake.kind,
            source=intake.source,
            as_of=as_of,
            file_name=file_name,
            file_sha256=file_sha256,
            actor_id=None,
            purpose=purpose,
        ).id


def _no_hold(_done: int) -> None:
    """A command holds no lease."""


def continue_run(
    run_id: int,
    *,
    intake: Intake,
    hold: Callable[[int], None],
    on_progress: Callable[[int], None],
    piece_rows: int = PIECE_ROWS,
) -> ImportRun:
    """Save the rows that are not saved yet. `hold` runs inside each transaction and may veto it."""
    run = get_import_run(run_id)
    if run.state == ImportRunState.DONE:
        return run
    position = int(run.counts.get(POSITION, 0))
    try:
        rows = islice(intake.read(), position, None)
        while piece := list(islice(rows, piece_rows)):
            with write_transaction():
                save_import_piece(run_id, intake=intake, parsed=piece, position=position)
                position += len(piece)
                hold(position)
            on_progress(position)
        with write_transaction():
            hold(position)
            finish_import_run(run_id, intake=intake)
    except Refused as refused:
        with write_transaction():
            fail_import_run(run_id, reason=", ".join(refused.codes))
        raise
    return get_import_run(run_id)


def continue_preview(
    run_id: int,
    *,
    intake: ComparingIntake,
    hold: Callable[[int], None],
    on_progress: Callable[[int], None],
    piece_rows: int = PIECE_ROWS,
) -> ImportRun:
    """Compare a file with what is known, from its first row on."""
    run = get_import_run(run_id)
    if run.state == ImportRunState.DONE:
        return run
    position = 0
    try:
        with write_transaction():
            restart_preview(run_id)
            hold(position)
        rows = iter(intake.read())
        while piece := list(islice(rows, piece_rows)):
            with write_transaction():
                save_preview_piece(run_id, intake=intake, parsed=piece, position=position)
                position += len(piece)
                hold(position)
            on_progress(position)
        with write_transaction():
            hold(position)
            finish_preview(run_id, intake=intake)
    except Refused as refused:
        with write_transaction():
            fail_import_run(run_id, reason=", ".join(refused.codes))
        raise
    return get_import_run(run_id)


def refuse_if_problems(
    run_id: int, *, intake: ComparingIntake, on_progress: Callable[[int], None]
) -> None:
    """Before anything is saved of a file that is to be taken in whole or not at all.

    Refuses when any row has a problem that a person has to look at. Keeps nothing.
    """
    run = get_import_run(run_id)
    if run.state != ImportRunState.RUNNING or run.counts.get(POSITION, 0):
        return
    facts = RunFacts(run.id, run.as_of or clock.today(), run.started_by)
    rows = iter(intake.read())
    count = done = 0
    while piece := list(islice(rows, PIECE_ROWS)):
        with rehearsal():
            count += count_standing(piece, intake.compare(piece, facts))
        done += len(piece)
        on_progress(done)
    if count:
        refused = Refused(Refusal("import_has_problems", {"count": count}))
        with write_transaction():
            fail_import_run(run_id, reason=", ".join(refused.codes))
        raise refused
