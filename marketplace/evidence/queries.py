"""Reading what a check needs to know, and holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select

from marketplace.assessments.queries import (
    count_results_of_body,
    find_live_assessment,
    list_results_of,
    name_of_body,
)
from marketplace.assessments.states import ResultKind
from marketplace.catalog.models import CourseRun, CourseVersion, Lesson
from marketplace.catalog.states import CourseMode, CourseRunState
from marketplace.enrollment.models import Attendance, Enrollment, OnlineStatement
from marketplace.enrollment.online_queries import list_statements_of_run
from marketplace.enrollment.queries import RUN_SIZE_MAX
from marketplace.enrollment.states import AttendanceState
from marketplace.evidence.models import EvidenceCheck, EvidenceHold
from marketplace.evidence.rules.facts import (
    AssessmentFacts,
    LessonFacts,
    OnlineFacts,
    PresenceFacts,
    RunFacts,
)
from marketplace.evidence.rules.findings import refusal_for_hold
from marketplace.evidence.states import HoldState
from marketplace.evidence.week_queries import count_learners_by_week
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal
from marketplace.foundation.paging import Page, PageRequest
from marketplace.inspections.queries import list_sights_of_run
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import in_subtrees
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.teaching.models import Trainer, TrainingRoom, TrainingSite
from marketplace.teaching.queries import person_of

ELSEWHERE_MAX = 50_000
_LESSON = (Lesson, CourseRun.code, TrainingRoom, Trainer, TrainingSite)
_PRESENT = Attendance.state == AttendanceState.PRESENT


def get_run_facts(course_run: CourseRun) -> RunFacts:
    """Everything the rules ask about a class, in a number of statements that does not grow."""
    own = _list_presences(course_run.id)
    hours, mode = db.session.execute(
        select(CourseVersion.hours, CourseVersion.mode).where(
            CourseVersion.id == course_run.course_version_id
        )
    ).one()
    last_ends_at = db.session.scalar(
        select(func.max(Lesson.ends_at)).where(Lesson.course_run_id == course_run.id)
    )
    return RunFacts(
        course_run_id=course_run.id,
        capacity=course_run.capacity,
        ends_on=course_run.ends_on,
        zone=clock.zone(),
        presences=tuple(own),
        elsewhere=tuple(_list_elsewhere(course_run.id, own)),
        other_lessons=tuple(_list_other_lessons(course_run.id, own)),
        visits=list_sights_of_run(course_run.id),
        approved_hours=hours if mode is CourseMode.ONSITE else None,
        assessment=_find_assessment(course_run.id),
        online=_list_online(course_run.id),
        weeks=count_learners_by_week(course_run),
        is_over=last_ends_at is not None and last_ends_at <= clock.now(),
    )


def _list_online(course_run_id: int) -> tuple[OnlineFacts, ...]:
    return tuple(
        OnlineFacts(row.enrollment_id, row.verb, row.activity, row.seconds, row.ended_at)
        for row in list_statements_of_run(course_run_id)
    )


def _find_assessment(course_run_id: int) -> AssessmentFacts | None:
    live = find_live_assessment(course_run_id)
    if live is None or live.assessed_on is None:
        return None
    passed, assessed = count_results_of_body(
        live.assessor_id, since=clock.today() - timedelta(days=365)
    )
    counted = [row for row in list_results_of(live.id).values() if row.result != ResultKind.VOID]
    return AssessmentFacts(
        code=live.code,
        body=name_of_body(live.assessor_id),
        scores=tuple(row.score for row in counted if row.score is not None),
        body_passed=passed,
        body_assessed=assessed,
    )


def _with_places(wanted: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return (
        wanted.join(CourseRun, CourseRun.id == Lesson.course_run_id)
        .outerjoin(TrainingRoom, TrainingRoom.id == Lesson.room_id)
        .outerjoin(Trainer, Trainer.id == Lesson.trainer_id)
        .outerjoin(TrainingSite, TrainingSite.id == CourseRun.site_id)
        .where(CourseRun.state != CourseRunState.CANCELED)
    )


def _presences() -> Select[*tuple[Any, ...]]:
    return _with_places(
        select(*_LESSON, Attendance, Enrollment.worker_id)
        .select_from(Attendance)
        .join(Enrollment, Enrollment.id == Attendance.enrollment_id)
        .join(Lesson, Lesson.id == Attendance.lesson_id)
        .where(_PRESENT)
    )


def _list_presences(course_run_id: int) -> list[PresenceFacts]:
    rows = db.session.execute(
        _presences()
        .where(Lesson.course_run_id == course_run_id)
        .order_by(Lesson.starts_at, Attendance.id)
        .limit(RUN_SIZE_MAX * 200)
    )
    return [_presence(*row) for row in rows]


def _list_elsewhere(course_run_id: int, own: Sequence[PresenceFacts]) -> list[PresenceFacts]:
    """What the same people, and the same phones, did in other classes around those days."""
    if not own:
        return []
    first = min(one.lesson.starts_at for one in own) - timedelta(days=1)
    last = max(one.lesson.ends_at for one in own) + timedelta(days=1)
    people = select(Enrollment.worker_id).where(Enrollment.course_run_id == course_run_id)
    devices = sorted({one.device_key for one in own if one.device_key})
    same_person = Enrollment.worker_id.in_(people) & Lesson.starts_at.between(first, last)
    rows = db.session.execute(
        _presences()
        .where(
            Lesson.course_run_id != course_run_id,
            or_(same_person, Attendance.device_key.in_(devices)) if devices else same_person,
        )
        .order_by(Lesson.starts_at, Attendance.id)
        .limit(ELSEWHERE_MAX)
    )
    return [_presence(*row) for row in rows]


def _list_other_lessons(course_run_id: int, own: Sequence[PresenceFacts]) -> list[LessonFacts]:
    """Lessons of other classes, attended by somebody, in the same rooms or by the same people."""
    rooms = {one.lesson.room for one in own if one.lesson.room}
    trainers = {one.lesson.trainer for one in own if one.lesson.trainer}
    if not (rooms or trainers):
        return []
    room_ids = [int(room) for room in rooms if room.isdecimal()]
    marks = [mark for mark in trainers if not mark.startswith("trainer:")]
    trainer_ids = [int(mark[8:]) for mark in trainers if mark.startswith("trainer:")]
    rows = db.session.execute(
        _with_places(select(*_LESSON).select_from(Lesson))
        .where(
            Lesson.course_run_id != course_run_id,
            Lesson.starts_at < max(one.lesson.ends_at for one in own),
            Lesson.ends_at > min(one.lesson.starts_at for one in own),
            or_(
                Lesson.room_id.in_(room_ids),
                Lesson.trainer_id.in_(trainer_ids),
                Trainer.id_number_index.in_(marks),
            ),
            select(Attendance.id).where(Attendance.lesson_id == Lesson.id, _PRESENT).exists(),
        )
        .order_by(Lesson.starts_at, Lesson.id)
        .limit(ELSEWHERE_MAX)
    )
    return [_lesson(*row) for row in rows]


def _lesson(
    lesson: Lesson,
    run_code: str,
    room: TrainingRoom | None,
    trainer: Trainer | None,
    site: TrainingSite | None,
) -> LessonFacts:
    place = None
    if site is not None and site.latitude is not None and site.longitude is not None:
        place = (site.latitude, site.longitude)
    return LessonFacts(
        lesson_id=lesson.id,
        course_run_id=lesson.course_run_id,
        run_code=run_code,
        number=lesson.number,
        starts_at=lesson.starts_at,
        ends_at=lesson.ends_at,
        room=str(room.id) if room else None,
        room_name=room.name if room else "",
        room_seats=room.capacity if room else None,
        trainer=person_of(trainer) if trainer else None,
        trainer_name=trainer.name if trainer else "",
        site=site.id if site else None,
        place=place,
    )


def _presence(*row: Any) -> PresenceFacts:
    attendance, worker_id = row[5:]
    return PresenceFacts(
        enrollment_id=attendance.enrollment_id,
        worker_id=worker_id,
        lesson=_lesson(*row[:5]),
        method=attendance.method,
        recorded_at=attendance.recorded_at,
        device_key=attendance.device_key,
        synced_at=attendance.synced_at,
    )


def list_runs_to_check(*, since: date, until: date) -> list[int]:
    """Classes whose last day lies between, with somebody present or online, oldest first."""
    attended = (
        select(Attendance.id)
        .join(Lesson, Lesson.id == Attendance.lesson_id)
        .where(Lesson.course_run_id == CourseRun.id, _PRESENT)
        .exists()
    )
    online = (
        select(OnlineStatement.id)
        .join(Enrollment, Enrollment.id == OnlineStatement.enrollment_id)
        .where(Enrollment.course_run_id == CourseRun.id)
        .exists()
    )
    return list(
        db.session.scalars(
            select(CourseRun.id)
            .where(
                CourseRun.ends_on.between(since, until),
                CourseRun.state != CourseRunState.CANCELED,
                or_(attended, online),
            )
            .order_by(CourseRun.ends_on, CourseRun.id)
            .limit(100_000)
        )
    )


def find_check(course_run_id: int) -> EvidenceCheck | None:
    """When a class was looked at last."""
    return db.session.scalar(
        select(EvidenceCheck).where(EvidenceCheck.course_run_id == course_run_id)
    )


def list_holds_of_run(course_run_id: int) -> Sequence[EvidenceHold]:
    """All holds on a class and its learners, decided ones too, in the order of being placed."""
    return db.session.scalars(
        select(EvidenceHold)
        .where(EvidenceHold.course_run_id == course_run_id)
        .order_by(EvidenceHold.id)
        .limit(RUN_SIZE_MAX * 10)
    ).all()


def list_holds_of_visit(course_run_id: int, visit_code: str) -> list[EvidenceHold]:
    """What came of a visit: the holds on a class that name it."""
    holds = list_holds_of_run(course_run_id)
    return [hold for hold in holds if hold.params.get("visit") == visit_code]


def list_hold_refusals(course_run_ids: Collection[int]) -> dict[int, dict[int, list[Refusal]]]:
    """What stops redemptions, by class and enrollment; under 0 what stops the whole class."""
    if not course_run_ids:
        return {}
    rows = db.session.scalars(
        select(EvidenceHold)
        .where(
            EvidenceHold.course_run_id.in_(course_run_ids),
            EvidenceHold.state != HoldState.CLEARED,
        )
        .order_by(EvidenceHold.id)
        .limit(RUN_SIZE_MAX * 10)
    )
    found: dict[int, dict[int, list[Refusal]]] = defaultdict(lambda: defaultdict(list))
    for hold in rows:
        found[hold.course_run_id][hold.enrollment_id or 0].append(refusal_of(hold))
    return found


def refusal_of(hold: EvidenceHold) -> Refusal:
    """A hold as a reason against redeeming, in words anybody may read."""
    return refusal_for_hold(
        hold.kind, hold.state, code=hold.code, params=hold.params, reason=hold.decision_reason
    )


@dataclass(frozen=True, slots=True)
class HoldView:
    """A hold with its class, and the learner it is about unless it is the whole class."""

    hold: EvidenceHold
    run_code: str
    title: str
    institution_name: str
    enrollment: Enrollment | None


def hold_views() -> Select[*tuple[Any, ...]]:
    """The columns of a `HoldView`, to be narrowed by whoever asks."""
    return (
        select(EvidenceHold, CourseRun.code, CourseVersion.title, Institution.name, Enrollment)
        .join(CourseRun, CourseRun.id == EvidenceHold.course_run_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .join(Institution, Institution.id == EvidenceHold.institution_id)
        .outerjoin(Enrollment, Enrollment.id == EvidenceHold.enrollment_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
    )


def list_holds(
    paths: Sequence[str], page: PageRequest, *, state: HoldState = HoldState.OPEN
) -> Page[HoldView]:
    """Holds at institutions of these subtrees; those that wait longest come first."""
    wanted = hold_views().where(EvidenceHold.state == state, in_subtrees(paths))
    counted = wanted.with_only_columns(EvidenceHold.id).subquery()
    total = db.session.scalar(select(func.count()).select_from(counted)) or 0
    rows = db.session.execute(
        wanted.order_by(EvidenceHold.opened_at, EvidenceHold.id)
        .offset(page.offset)
        .limit(page.limit)
    )
    return Page([HoldView(*row) for row in rows], total, page.number, page.limit)


def count_open_holds(paths: Sequence[str]) -> int:
    """Holds that wait for an officer of these subtrees."""
    wanted = hold_views().where(EvidenceHold.state == HoldState.OPEN, in_subtrees(paths))
    counted = wanted.with_only_columns(EvidenceHold.id).subquery()
    return db.session.scalar(select(func.count()).select_from(counted)) or 0


def find_hold(code: str, paths: Sequence[str]) -> HoldView | None:
    """One hold for an officer of these subtrees."""
    wanted = hold_views().where(EvidenceHold.code == code, in_subtrees(paths))
    row = db.session.execute(wanted).one_or_none()
    return HoldView(*row) if row else None


def find_hold_of_institution(code: str, institution_id: int) -> HoldView | None:
    """One hold for the institution it is about."""
    wanted = hold_views().where(
        EvidenceHold.code == code, EvidenceHold.institution_id == institution_id
    )
    row = db.session.execute(wanted).one_or_none()
    return HoldView(*row) if row else None


def list_open_holds_of_institution(institution_id: int) -> list[HoldView]:
    """What an institution has not answered yet, oldest first."""
    rows = db.session.execute(
        hold_views()
        .where(
            EvidenceHold.institution_id == institution_id,
            EvidenceHold.state == HoldState.OPEN,
            EvidenceHold.answered_at.is_(None),
        )
        .order_by(EvidenceHold.opened_at, EvidenceHold.id)
        .limit(50)
    )
    return [HoldView(*row) for row in rows]


def lock_hold(code: str) -> EvidenceHold:
    """One hold, ours until the end of the unit of work."""
    hold = db.session.scalar(
        select(EvidenceHold)
        .where(EvidenceHold.code == code)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if hold is None:
        raise NotFound("evidence_hold")
    return hold


def lock_enrollments_of_run(course_run_id: int) -> None:
    """Hold the enrollments of a class, so that no redemption slips in between look and hold."""
    db.session.execute(
        select(Enrollment.id)
        .where(Enrollment.course_run_id == course_run_id)
        .order_by(Enrollment.id)
        .with_for_update()
    )
