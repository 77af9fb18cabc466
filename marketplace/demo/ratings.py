"""The demo's files, outcomes and ratings: so that every page about quality has something to show.

Outcomes are generated and taken in through the real import; facts, appeal and ratings are made by
the real operations, at the clock of the day on which they would have happened.
"""

from __future__ import annotations

import csv
import tempfile
from datetime import date, timedelta
from pathlib import Path

from marketplace.catalog.operations.import_outcomes import OutcomeIntake
from marketplace.catalog.queries.courses import get_course
from marketplace.demo.cast import Cast, SchoolInPlay
from marketplace.demo.history import at
from marketplace.foundation.db import write_transaction
from marketplace.foundation.files import file_sha256
from marketplace.imports.operations import (
    finish_import_run,
    save_import_piece,
    start_import_run,
)
from marketplace.institutions.queries import get_institution
from marketplace.ratings.operations.compute import begin_computation, compute_ratings_of
from marketplace.standing.operations.appeals import appeal_record
from marketplace.standing.operations.records import record_standing
from marketplace.standing.states import StandingKind

# Per school: started, completed, in work after two quarters, after four; monthly wage in yuan.
_RESULTS = (
    (86, 81, 62, 58, 4200),
    (54, 50, 41, 38, 5100),
    (64, 55, 33, 30, 3900),
    (120, 108, 84, 86, 5600),
    (40, 36, 17, 15, 3700),
    (34, 31, 3, 2, 3500),
)
_FACTS = (
    (0, StandingKind.COMMENDATION, 70, "白人社发〔2026〕示例1号", "年度就业服务表彰。"),
    (1, StandingKind.INSPECTION_PASSED, 40, "督导记录 示例2号", "现场检查，课时与签到相符。"),
    (2, StandingKind.COMPLAINT_UPHELD, 33, "投诉处理 示例3号", "实训课时少于备案，已核实。"),
    (2, StandingKind.INSPECTION_FAULT, 20, "督导记录 示例4号", "两次课无签到设备。"),
    (0, StandingKind.LATE_FILING, 12, "备案规定 示例5号", "一个班次晚备案两天。"),
    (5, StandingKind.LATE_FILING, 9, "备案规定 示例6号", "一个班次晚备案三天。"),
)
_APPEAL = "该班次因停电顺延，已在开班前电话说明，附通话记录。"


def import_outcomes(cast: Cast, *, on: date) -> None:
    """Last year's outcomes of every school, in our own format."""
    with tempfile.TemporaryDirectory(prefix="marketplace-demo-") as folder:
        path = Path(folder) / "outcomes.csv"
        _write_outcomes(path, cast.schools, year=on.year - 1)
        intake = OutcomeIntake(path, source="generic", currency="CNY")
        with at(on), write_transaction():
            run = start_import_run(
                intake.kind, source=intake.source, as_of=on, file_name=path.name,
                file_sha256=file_sha256(path), actor_id=cast.users["admin"],
            )  # fmt: skip
            save_import_piece(run.id, intake=intake, parsed=list(intake.read()), position=0)
            finish_import_run(run.id, intake=intake)


def fill_the_files(cast: Cast, *, today: date) -> None:
    """Facts of the last weeks, ratings before and after them, one appeal that waits."""
    compute(today - timedelta(days=45))
    appealed = None
    for number, kind, days_ago, clause, evidence in _FACTS:
        day = today - timedelta(days=days_ago)
        school = cast.schools[number]
        with at(day), write_transaction():
            record = record_standing(
                school.institution_id,
                kind=kind,
                happened_on=day,
                clause=clause,
                evidence=evidence,
                actor_id=cast.users["maker"],
            )
            if number == 0 and kind is StandingKind.LATE_FILING:
                appealed = record.id
    assert appealed is not None, "the first school has something to appeal against"
    with at(today - timedelta(days=3)), write_transaction():
        appeal_record(
            cast.schools[0].institution_id,
            record_id=appealed,
            reason=_APPEAL,
            actor_id=cast.schools[0].manager_id,
        )
    compute(today - timedelta(days=1))


def compute(as_of: date) -> None:
    """All ratings of a day."""
    with at(as_of):
        computation = begin_computation(as_of)
        with write_transaction():
            compute_ratings_of(computation, list(computation.inputs))


def _write_outcomes(path: Path, schools: list[SchoolInPlay], *, year: int) -> None:
    columns = (
        "institution_key", "course_key", "period", "started", "completed", "employed_q2",
        "employed_q2_of", "employed_q4", "employed_q4_of", "wage_q2", "wage_q2_of", "wage_kind",
    )  # fmt: skip
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for school, (started, completed, second, fourth, wage) in zip(
            schools, _RESULTS, strict=True
        ):
            code = get_institution(school.institution_id).code
            course = get_course(school.course_ids[0]).code
            followed = completed - 4
            few = second < 5
            writer.writerow(
                [
                    code, course, year, started, completed, "*" if few else second, followed,
                    "*" if few else fourth, followed, "" if few else wage, "" if few else second,
                    "median",
                ]
            )  # fmt: skip
