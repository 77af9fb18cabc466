"""Looking at the records of a class, and holding back what cannot be true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from marketplace.assessments.queries import list_refusals_of_body
from marketplace.audit.operations import record_event
from marketplace.catalog.models import CourseRun
from marketplace.catalog.queries.course_runs import get_course_run
from marketplace.enrollment.operations.complete import complete_course_run
from marketplace.enrollment.states import AssessmentResult
from marketplace.evidence.models import EvidenceCheck, EvidenceHold
from marketplace.evidence.queries import (
    find_check,
    get_run_facts,
    list_holds_of_run,
    lock_enrollments_of_run,
)
from marketplace.evidence.rules.facts import Finding
from marketplace.evidence.rules.findings import findings_of
from marketplace.evidence.states import FindingKind, HoldState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal
from marketplace.foundation.ids import new_code
from marketplace.inspections.operations import submit_visit
from marketplace.institutions.queries import list_manager_ids
from marketplace.notices.operations import send_notice


def check_course_run(
    course_run_id: int, *, actor_id: int | None, besides: Sequence[Finding] = ()
) -> list[EvidenceHold]:
    """Put a hold on whatever of a class cannot be true; answers the new ones.

    The same finding never gets a second hold, also not after it was cleared. An open hold takes
    up what else is found of its kind. What no longer shows stays for the officer to clear: the
    institution could have made it go away. The institution's managers are told. `besides` is what
    a room found that knows more than the records of the class.
    """
    lock_enrollments_of_run(course_run_id)
    course_run = get_course_run(course_run_id)
    findings = (*findings_of(get_run_facts(course_run)), *besides)
    placed = _place_holds(course_run, findings, actor_id)
    _note_check(course_run_id, len(findings))
    if placed:
        _tell_managers(course_run, len(placed))
    return placed


def submit_visit_and_check(code: str, *, actor_id: int, **stated: Any) -> list[EvidenceHold]:
    """Keep what an inspector saw and compare it with the records at once; answers new holds.

    `stated` and the refusals are those of `submit_visit`.
    """
    visit = submit_visit(code, actor_id=actor_id, **stated)
    return check_course_run(visit.course_run_id, actor_id=actor_id)


def complete_and_check(
    course_run_id: int, *, assessments: Mapping[int, AssessmentResult], actor_id: int
) -> dict[int, tuple[Refusal, ...]]:
    """Record the results of a class and look at its records in the same act.

    Where a body of the directory was asked to assess the class, only its results are recorded.
    """
    refused = list_refusals_of_body(course_run_id, assessments)
    free = {one: value for one, value in assessments.items() if one not in refused}
    others = complete_course_run(course_run_id, assessments=free, actor_id=actor_id)
    check_course_run(course_run_id, actor_id=actor_id)
    return refused | others


def _place_holds(
    course_run: CourseRun, findings: Sequence[Finding], actor_id: int | None
) -> list[EvidenceHold]:
    known = list_holds_of_run(course_run.id)
    keys = {hold.finding_key for hold in known}
    standing: dict[tuple[FindingKind, int | None], EvidenceHold] = {
        (hold.kind, hold.enrollment_id): hold for hold in known if hold.state != HoldState.CLEARED
    }
    placed = []
    for finding in findings:
        if finding.key in keys:
            continue
        keys.add(finding.key)
        stands = standing.get((finding.kind, finding.enrollment_id))
        if stands is None:
            placed.append(_hold(course_run, finding, actor_id))
        elif stands.state is HoldState.OPEN:
            stands.params, stands.evidence = dict(finding.params), list(finding.evidence)
            stands.finding_key = finding.key
    db.session.flush()
    return placed


def _hold(course_run: CourseRun, finding: Finding, actor_id: int | None) -> EvidenceHold:
    hold = EvidenceHold(
        code=new_code("HD"),
        kind=finding.kind,
        clause=finding.clause,
        finding_key=finding.key,
        course_run_id=course_run.id,
        enrollment_id=finding.enrollment_id,
        institution_id=course_run.institution_id,
        params=dict(finding.params),
        evidence=list(finding.evidence),
        state=HoldState.OPEN,
        opened_by=finding.seen_by or actor_id,
        opened_at=clock.now(),
    )
    db.session.add(hold)
    db.session.flush()
    record_event(
        "evidence.held",
        subject_kind="evidence_hold",
        subject_code=hold.code,
        actor_id=actor_id,
        details={"finding": finding.kind, "clause": finding.clause, "course_run": course_run.code},
    )
    return hold


def _note_check(course_run_id: int, findings: int) -> None:
    check = find_check(course_run_id)
    if check is None:
        check = EvidenceCheck(course_run_id=course_run_id)
        db.session.add(check)
    check.findings, check.checked_at = findings, clock.now()
    db.session.flush()


def _tell_managers(course_run: CourseRun, count: int) -> None:
    for manager_id in list_manager_ids(course_run.institution_id):
        send_notice(
            manager_id,
            kind="evidence.hold_placed",
            params={"run": course_run.code, "count": count},
            link=f"/institution/classes/{course_run.code}/results",
        )
