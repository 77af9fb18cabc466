"""Holds, as the rules would place them. Use in write_transaction."""

from __future__ import annotations

from marketplace.catalog.models import CourseRun
from marketplace.enrollment.models import Enrollment
from marketplace.evidence.models import EvidenceHold
from marketplace.evidence.rules.facts import CLAUSES
from marketplace.evidence.states import FindingKind, HoldState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.ids import new_code


def make_hold(run: CourseRun, enrollment: Enrollment | None = None) -> EvidenceHold:
    """An open hold on a class, or on one learner of it."""
    kind = FindingKind.TOO_MANY
    code = new_code("HD")
    hold = EvidenceHold(
        code=code,
        kind=kind,
        clause=CLAUSES[kind],
        finding_key=code,
        course_run_id=run.id,
        enrollment_id=enrollment.id if enrollment else None,
        institution_id=run.institution_id,
        params={"people": 21, "limit": 20, "when": "2026-11-27 09:00–15:00"},
        evidence=[f"{run.code} #1 2026-11-27 09:00–15:00: 21 > 20"],
        state=HoldState.OPEN,
        opened_at=clock.now(),
    )
    db.session.add(hold)
    db.session.flush()
    return hold
