"""What is known of the classes of a day, for inspectors; and who may be given a hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from marketplace.enrollment.dispute_queries import open_disputes_of
from marketplace.enrollment.models import Enrollment
from marketplace.evidence.models import EvidenceHold
from marketplace.evidence.queries import HoldView, hold_views
from marketplace.evidence.risk_rules import Risk, RiskFacts, risk_of
from marketplace.evidence.states import HoldState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.inspections.models import InspectionVisit
from marketplace.inspections.queries import LessonView, list_lessons_in
from marketplace.inspections.states import VisitState
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import in_subtrees
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.people.models import User
from marketplace.people.queries.users import list_holders_of_role
from marketplace.people.states import Role
from marketplace.standing.models import InstitutionRating
from marketplace.standing.states import Grade

YEAR = timedelta(days=365)
LESSONS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class LessonAtRisk:
    """A lesson of today, and how much speaks for going there."""

    view: LessonView
    risk: Risk


def list_lessons_by_risk(
    paths: Sequence[str], *, from_at: datetime, to_at: datetime
) -> list[LessonAtRisk]:
    """Lessons of a day in these subtrees, what is known to be doubtful first."""
    views = list_lessons_in(paths, from_at=from_at, to_at=to_at)
    facts = _facts_of(views)
    rated = [LessonAtRisk(view, risk_of(facts[view.run.id])) for view in views]
    rated.sort(key=lambda one: (-one.risk.points, one.view.lesson.starts_at, one.view.lesson.id))
    return rated[:LESSONS_SHOWN]


def _facts_of(views: Sequence[LessonView]) -> dict[int, RiskFacts]:
    institution_ids = {view.run.institution_id for view in views}
    open_by_run, open_by_institution, upheld = _count_holds(institution_ids)
    grades, visited = _grades(institution_ids), _visited(institution_ids)
    disputes = _count_disputes({view.run.id for view in views})
    return {
        view.run.id: RiskFacts(
            held_here=open_by_run[view.run.id],
            held_elsewhere=open_by_institution[view.run.institution_id] - open_by_run[view.run.id],
            upheld=upheld[view.run.institution_id],
            disputes=disputes.get(view.run.id, 0),
            grade=grades.get(view.run.institution_id),
            is_visited=view.run.institution_id in visited,
        )
        for view in views
    }


def _count_holds(
    institution_ids: Collection[int],
) -> tuple[Counter[int], Counter[int], Counter[int]]:
    by_run: Counter[int] = Counter()
    by_institution: Counter[int] = Counter()
    upheld: Counter[int] = Counter()
    since = clock.now() - YEAR
    rows = db.session.execute(
        select(
            EvidenceHold.institution_id,
            EvidenceHold.course_run_id,
            EvidenceHold.state,
            func.count(),
        )
        .where(
            EvidenceHold.institution_id.in_(institution_ids),
            (EvidenceHold.state == HoldState.OPEN)
            | ((EvidenceHold.state == HoldState.UPHELD) & (EvidenceHold.decided_at >= since)),
        )
        .group_by(EvidenceHold.institution_id, EvidenceHold.course_run_id, EvidenceHold.state)
        .order_by(EvidenceHold.course_run_id)
        .limit(100_000)
    )
    for institution_id, run_id, state, count in rows:
        if state is HoldState.UPHELD:
            upheld[institution_id] += count
        else:
            by_run[run_id] += count
            by_institution[institution_id] += count
    return by_run, by_institution, upheld


def _count_disputes(run_ids: Collection[int]) -> dict[int, int]:
    rows = db.session.execute(
        select(Enrollment.course_run_id, func.sum(open_disputes_of(Enrollment.id)))
        .where(Enrollment.course_run_id.in_(run_ids), open_disputes_of(Enrollment.id) > 0)
        .group_by(Enrollment.course_run_id)
        .order_by(Enrollment.course_run_id)
        .limit(2_000)
    )
    return {run_id: int(count) for run_id, count in rows}


def _grades(institution_ids: Collection[int]) -> dict[int, Grade]:
    rows = db.session.execute(
        select(InstitutionRating.institution_id, InstitutionRating.grade)
        .where(InstitutionRating.institution_id.in_(institution_ids))
        .order_by(InstitutionRating.institution_id)
        .limit(2_000)
    )
    return {institution_id: grade for institution_id, grade in rows}


def _visited(institution_ids: Collection[int]) -> set[int]:
    return set(
        db.session.scalars(
            select(InspectionVisit.institution_id)
            .where(
                InspectionVisit.institution_id.in_(institution_ids),
                InspectionVisit.state == VisitState.SUBMITTED,
                InspectionVisit.submitted_at >= clock.now() - YEAR,
            )
            .distinct()
            .order_by(InspectionVisit.institution_id)
            .limit(2_000)
        )
    )


def list_inspectors_for(hold: EvidenceHold) -> Sequence[User]:
    """Who inspects where the institution of a hold is."""
    path = db.session.scalar(
        select(func.coalesce(Jurisdiction.path, ""))
        .select_from(Institution)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .where(Institution.id == hold.institution_id)
    )
    return list_holders_of_role(Role.INSPECTOR, path=path or "")


def list_holds_given_to(user_id: int, paths: Sequence[str]) -> list[HoldView]:
    """Open holds a person looks at, within their places; those that wait longest come first."""
    rows = db.session.execute(
        hold_views()
        .where(
            EvidenceHold.owner_id == user_id,
            EvidenceHold.state == HoldState.OPEN,
            in_subtrees(paths),
        )
        .order_by(EvidenceHold.opened_at, EvidenceHold.id)
        .limit(100)
    )
    return [HoldView(*row) for row in rows]


def find_hold_given_to(code: str, user_id: int, paths: Sequence[str]) -> HoldView | None:
    """One hold a person looks at, or has decided."""
    wanted = hold_views().where(
        EvidenceHold.code == code, EvidenceHold.owner_id == user_id, in_subtrees(paths)
    )
    row = db.session.execute(wanted).one_or_none()
    return HoldView(*row) if row else None
