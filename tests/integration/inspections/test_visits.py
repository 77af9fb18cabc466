"""A visit from the door to the institution's file: what was not seen is not paid."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from marketplace.audit.queries import list_events_of
from marketplace.catalog.queries.course_runs import list_lessons
from marketplace.evidence.operations.check import check_course_run, submit_visit_and_check
from marketplace.evidence.operations.decide import assign_hold, clear_hold, uphold_hold
from marketplace.evidence.queries import list_holds_of_run
from marketplace.evidence.states import FindingKind
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.paging import PageRequest
from marketplace.inspections.operations import answer_visit, begin_visit, cancel_visit, plan_visit
from marketplace.inspections.queries import (
    find_class_in,
    find_visit_of_institution,
    list_answers,
    list_visits_in,
)
from marketplace.inspections.states import Observation, VisitKind, VisitState
from marketplace.notices.queries import list_notices
from marketplace.redemption.operations.redeem import redeem_voucher
from marketplace.standing.queries.records import list_standing
from tests.factories.catalog import make_listed_course, make_open_course_run
from tests.factories.enrollment import attend, make_completion, run_through
from tests.factories.inspections import make_inspector, make_open_visit
from tests.factories.institutions import make_accredited_institution
from tests.factories.people import make_jurisdiction, make_officer
from tests.factories.redemption import make_case
from tests.factories.vouchers import make_scheme

ONCE = pytest.mark.sqlite
"""What pure rules decide is the same on both engines."""


@pytest.fixture
def two(app, now):
    """Two learners of a class of one lesson, both signed in by voucher."""
    with write_transaction():
        scheme = make_scheme()
        institution = make_accredited_institution(jurisdiction_id=make_jurisdiction().id)
        run = make_open_course_run(make_listed_course(institution, hours=8), days=1)
        first = make_case(scheme=scheme, course_run=run)
        second = make_case(scheme=scheme, course_run=first.run, staff=first.staff)
        for case in (first, second):
            attend(case.enrollment, case.staff.id)
        run_through(first.run.id)
        for case in (first, second):
            make_completion(case.enrollment, case.staff.id)
    return first, second


@pytest.fixture
def inspector(app):
    with write_transaction():
        return make_inspector()


def submit(visit, inspector, *, heads, seen=(), observations=(Observation.NOT_HELD,)):
    with clock.frozen(visit.begun_at + timedelta(minutes=45)), write_transaction():
        return submit_visit_and_check(
            visit.code,
            head_count=heads,
            seen=seen,
            observations=observations,
            comment="教室里只有一人",
            actor_id=inspector.id,
        )


def redeem(case):
    with write_transaction():
        return redeem_voucher(
            case.voucher.id, institution_id=case.institution.id, actor_id=case.staff.id
        )


def codes_of(act, *args, **kwargs):
    with pytest.raises(Refused) as refused, write_transaction():
        act(*args, **kwargs)
    return refused.value.codes


def test_from_the_door_to_the_file_of_the_institution(two, inspector):
    seen, missing = two
    with write_transaction():
        visit = make_open_visit(seen.run, inspector)
        officer, other = make_officer(), make_inspector()
    [hold] = submit(visit, inspector, heads=1, seen={seen.enrollment.id})
    assert (hold.kind, hold.enrollment_id) == (FindingKind.NOT_SEEN, missing.enrollment.id)
    assert redeem(seen)
    with pytest.raises(Refused) as refused:
        redeem(missing)
    assert refused.value.codes == ("held_not_seen",)
    assert refused.value.refusals[0].rule == "EV-11"
    # A retry, and looking again every night, add nothing.
    assert submit(visit, inspector, heads=9) == []
    # The institution reads and answers; whoever saw it does not decide, also not by raw SQL.
    [told, *_rest] = list_notices(seen.staff.id, PageRequest()).items[1:]
    assert told.kind == "inspection.submitted"
    with write_transaction():
        answer_visit(
            visit.code,
            institution_id=seen.institution.id,
            answer="该学员去了医院",
            actor_id=seen.staff.id,
        )
    assert [one.answer for one in list_answers(visit.id)] == ["该学员去了医院"]
    decide = {"reason": "查无就诊记录", "actor_id": inspector.id}
    assert codes_of(uphold_hold, hold.code, **decide) == ("hold_second_person",)
    giving = {"inspector_id": inspector.id, "actor_id": officer.id}
    assert codes_of(assign_hold, hold.code, **giving) == ("hold_second_person",)
    with pytest.raises(IntegrityError), write_transaction() as session:
        session.execute(
            text("UPDATE evidence_hold SET state='upheld', decision_reason='x', decided_by=:me"),
            {"me": inspector.id},
        )
    with write_transaction():
        assign_hold(hold.code, inspector_id=other.id, actor_id=officer.id)
    with write_transaction():
        uphold_hold(hold.code, reason="查无就诊记录", actor_id=other.id)
    [fact] = list_standing(seen.institution.id, PageRequest()).items
    assert (fact.record.kind, fact.record.points) == ("evidence_upheld", -10)
    assert fact.record.clause.startswith("EV-11 · ")
    assert seen.run.code in fact.record.evidence
    # New evidence: the fact goes out of force with the hold, and the money is free.
    with write_transaction():
        clear_hold(hold.code, reason="补交住院证明", actor_id=officer.id)
    facts = list_standing(seen.institution.id, PageRequest()).items
    assert [one.withdrawn_by is not None for one in facts] == [False, True]
    assert redeem(missing)
    trail = list_events_of("inspection_visit", visit.code, PageRequest()).items
    assert [event.event.partition(".")[2] for event in reversed(trail)] == [
        "planned", "begun", "submitted", "answered",
    ]  # fmt: skip


def test_one_fact_for_a_class_and_a_clause_however_many_learners(two, inspector):
    with write_transaction():
        visit = make_open_visit(two[0].run, inspector)
        officer = make_officer()
    holds = submit(visit, inspector, heads=0)
    assert len(holds) == 2
    for hold in holds:
        with write_transaction():
            uphold_hold(hold.code, reason="教室无人", actor_id=officer.id)
    assert list_standing(two[0].institution.id, PageRequest()).total == 1
    with write_transaction():
        clear_hold(holds[0].code, reason="一人在车间", actor_id=officer.id)
    assert list_standing(two[0].institution.id, PageRequest()).total == 1


@ONCE
def test_heads_alone_hold_the_class_when_fewer_than_signed_in(two, inspector):
    with write_transaction():
        visit = make_open_visit(two[0].run, inspector)
    [hold] = submit(visit, inspector, heads=1)
    assert (hold.kind, hold.enrollment_id) == (FindingKind.HEAD_COUNT, None)
    assert hold.params["heads"] == 1


@ONCE
def test_the_honest_twin_is_paid(two, inspector):
    with write_transaction():
        visit = make_open_visit(two[0].run, inspector)
    ids = {case.enrollment.id for case in two}
    assert submit(visit, inspector, heads=2, seen=ids, observations=[Observation.IN_ORDER]) == []
    with write_transaction():
        assert check_course_run(two[0].run.id, actor_id=None) == []
    assert all(redeem(case) for case in two)


@ONCE
def test_what_contradicts_itself_is_refused_with_every_reason(two, inspector):
    with write_transaction():
        visit = make_open_visit(two[0].run, inspector)
        colleague = make_inspector()
    stated = {
        "head_count": 1,
        "seen": {two[0].enrollment.id, two[1].enrollment.id, 0},
        "observations": {Observation.IN_ORDER, Observation.SAFETY},
        "comment": "",
    }
    assert codes_of(submit_visit_and_check, visit.code, actor_id=inspector.id, **stated) == (
        "head_count_below_seen", "seen_not_of_class", "observation_contradicts",
    )  # fmt: skip
    assert codes_of(submit_visit_and_check, visit.code, actor_id=colleague.id, **stated) == (
        "visit_of_another",
    )
    assert list_holds_of_run(two[0].run.id) == []


@ONCE
def test_planning_beginning_and_calling_off(app, now, inspector):
    with write_transaction():
        run = make_open_course_run(days=2)
        staff = make_case(course_run=run).staff
    lesson = list_lessons(run.id)[0]
    day = clock.local_date(lesson.starts_at)
    plan = {"kind": VisitKind.ANNOUNCED, "inspector_id": inspector.id}
    assert codes_of(plan_visit, run.id, planned_on=day - timedelta(days=1), **plan) == (
        "visit_day_without_lesson",
    )
    own = {**plan, "inspector_id": staff.id}
    assert codes_of(plan_visit, run.id, planned_on=day, **own) == ("own_matter",)
    with write_transaction():
        announced = plan_visit(run.id, planned_on=day, **plan)
        hidden = plan_visit(
            run.id, planned_on=day, kind=VisitKind.UNANNOUNCED, inspector_id=inspector.id
        )
    assert find_visit_of_institution(announced.code, run.institution_id)
    assert find_visit_of_institution(hidden.code, run.institution_id) is None
    begin = {"lesson_id": lesson.id, "actor_id": inspector.id}
    assert codes_of(begin_visit, hidden.code, **begin) == ("visit_no_lesson_now",)
    with clock.frozen(lesson.ends_at), write_transaction():
        assert begin_visit(hidden.code, **begin).state is VisitState.OPEN
    with write_transaction():
        cancel_visit(announced.code, reason="路途中断", actor_id=inspector.id)
    kinds = [one.kind for one in list_notices(staff.id, PageRequest()).items]
    assert kinds[:2] == ["inspection.called_off", "inspection.announced"]


def test_what_was_submitted_nobody_changes_and_no_stranger_finds(two, inspector):
    with write_transaction():
        visit = make_open_visit(two[0].run, inspector)
        elsewhere = make_jurisdiction("980000", name="别省")
    submit(visit, inspector, heads=0)
    late = clock.now() + timedelta(days=90)
    answer = {"institution_id": two[0].institution.id, "answer": "x", "actor_id": two[0].staff.id}
    with clock.frozen(late):
        assert codes_of(answer_visit, visit.code, **answer) == ("visit_answer_late",)
    for attack in (
        "UPDATE inspection_visit SET head_count = 2",
        "DELETE FROM inspection_visit",
        "UPDATE inspection_sighting SET is_seen = NOT is_seen",
        "DELETE FROM inspection_sighting",
        "DELETE FROM inspection_observation",
        "INSERT INTO inspection_observation (visit_id, observation) "
        "SELECT id, 'safety' FROM inspection_visit",
    ):
        with pytest.raises(IntegrityError), write_transaction() as session:
            session.execute(text(attack))
    assert list_visits_in((elsewhere.path,), PageRequest()).total == 0
    assert find_class_in(two[0].run.code, (elsewhere.path,)) is None
    assert list_visits_in(("",), PageRequest()).total == 1
