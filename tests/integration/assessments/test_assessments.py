"""Whoever trains does not enter the results where the scheme says so; two people change one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from marketplace.assessments.operations import (
    accept_result_change,
    add_assessor_member,
    assign_assessment,
    cancel_assessment,
    propose_result_change,
    reject_result_change,
    submit_results,
)
from marketplace.assessments.queries import list_independent_results, list_results_of
from marketplace.assessments.rules import EnteredResult
from marketplace.assessments.states import AssessmentState, ResultKind
from marketplace.catalog.queries.course_runs import list_lessons
from marketplace.enrollment.queries import find_completion
from marketplace.enrollment.states import AssessmentResult
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.records.operations.certificates import record_results
from marketplace.redemption.operations.redeem import redeem_voucher
from marketplace.teaching.operations import add_trainer
from tests.factories.catalog import make_listed_course, make_occupation, make_open_course_run
from tests.factories.directories import make_assessor
from tests.factories.enrollment import attend, run_through
from tests.factories.institutions import make_accredited_institution
from tests.factories.people import make_id_number, make_officer, make_user, make_worker
from tests.factories.redemption import make_case
from tests.factories.vouchers import make_pack, make_scheme, rule

PASSED, FAILED, VOID = ResultKind.PASSED, ResultKind.FAILED, ResultKind.VOID


class World:
    """A learner of a class under a scheme that asks for another party, and that party."""

    def __init__(self) -> None:
        payment = {
            "attendance_min_percent": rule(80),
            "assessment_required": rule(True, "Art. 8"),
            "independent_assessment": rule(True, "Art. 9"),
        }
        self.occupation = occupation = make_occupation()
        institution = make_accredited_institution()
        run = make_open_course_run(
            make_listed_course(institution, occupation=occupation, hours=8), days=1
        )
        self.case = make_case(scheme=make_scheme(make_pack(payment=payment)), course_run=run)
        self.run, self.staff = self.case.run, self.case.staff
        attend(self.case.enrollment, self.staff.id)
        run_through(run.id)
        self.body = make_assessor(scope=((occupation.id, 5),))
        self.examiner, self.officer = make_user(), make_officer()
        add_assessor_member(self.body.id, user_id=self.examiner.id, actor_id=self.officer.id)
        self.over = list_lessons(run.id)[-1].ends_at + timedelta(hours=2)

    def assign(self, code: str | None = None):
        return assign_assessment(
            self.run.id, assessor_code=code or self.body.code, actor_id=self.staff.id
        )

    def submit(self, assessment, result=PASSED, score=None, actor=None):
        return submit_results(
            assessment.code,
            assessed_on=clock.local_date(self.over),
            results={self.case.enrollment.id: EnteredResult(result, score)},
            actor_id=(actor or self.examiner).id,
        )

    def record(self, result: AssessmentResult):
        wanted = {self.case.enrollment.id: result}
        refused = record_results(self.run.id, assessments=wanted, actor_id=self.staff.id)
        return [one.code for reasons in refused.values() for one in reasons]

    def redeem(self):
        return redeem_voucher(
            self.case.voucher.id,
            institution_id=self.case.institution.id,
            actor_id=self.staff.id,
        )


@pytest.fixture
def world(app, now):
    with write_transaction():
        made = World()
    with clock.frozen(made.over):
        yield made


def codes_of(act, *args, **kwargs):
    with pytest.raises(Refused) as refused, write_transaction():
        act(*args, **kwargs)
    return refused.value.codes


def test_the_institution_alone_earns_nothing_and_the_body_makes_it_so(world):
    with write_transaction():
        assessment = world.assign()
    with write_transaction():
        assert world.record(AssessmentResult.PASSED) == ["results_awaited"]
    with write_transaction():
        world.submit(assessment, PASSED, 81)
    with write_transaction():
        assert world.record(AssessmentResult.FAILED) == ["result_is_assessors"]
        assert world.record(AssessmentResult.PASSED) == []
    with write_transaction():
        assert world.redeem().amount_fen == 80_000


@pytest.mark.sqlite
def test_without_another_party_the_refusal_cites_the_clause(world):
    """The control: the same learner, assessed by the trainer only."""
    with write_transaction():
        assert world.record(AssessmentResult.PASSED) == []
    with pytest.raises(Refused) as refused, write_transaction():
        world.redeem()
    [reason] = refused.value.refusals
    assert (reason.code, reason.rule[:6]) == ("assessment_not_independent", "Art. 9")
    assert codes_of(world.assign) == ("assessment_results_recorded",)


@pytest.mark.sqlite
def test_who_may_be_asked_and_who_may_enter(world):
    with write_transaction():
        other = make_assessor(scope=((make_occupation(code="9-99-99-99").id, 5),))
        own = make_assessor(scope=((world.occupation.id, 5),), uscc=world.case.institution.uscc)
        stranger, taught = make_user(), make_user()
        number = make_id_number(77)
        make_worker(taught, id_number=number)
        trainer = add_trainer(
            world.case.institution.id, name="孙老师", id_number=number, actor_id=None
        )
        list_lessons(world.run.id)[0].trainer_id = trainer.id
        add_assessor_member(world.body.id, user_id=taught.id, actor_id=world.officer.id)
    assert codes_of(world.assign, other.code) == ("assessor_not_listed",)
    assert codes_of(world.assign, own.code) == ("assessor_is_trainer",)
    member = {"user_id": world.staff.id, "actor_id": world.officer.id}
    assert codes_of(add_assessor_member, world.body.id, **member) == ("assessor_member_elsewhere",)
    with write_transaction():
        assessment = world.assign()
    assert codes_of(world.assign) == ("assessment_there_already",)
    assert codes_of(world.submit, assessment, actor=taught) == ("assessor_taught_class",)
    with pytest.raises(NotFound), write_transaction():
        world.submit(assessment, actor=stranger)
    assert codes_of(world.submit, assessment, PASSED, 101) == ("assessment_score_wrong",)
    with write_transaction():
        cancel_assessment(assessment.code, reason="考评员不足", actor_id=world.staff.id)
        assert world.assign().state is AssessmentState.ASSIGNED


def test_a_result_is_changed_by_two_people_and_the_first_stays_readable(world):
    with write_transaction():
        assessment = world.submit(world.assign(), PASSED, 60)
        world.record(AssessmentResult.PASSED)
    learner = world.case.enrollment.id
    change = {
        "enrollment_id": learner,
        "wanted": EnteredResult(VOID, None),
        "actor_id": world.examiner.id,
    }
    with write_transaction():
        proposed = propose_result_change(assessment.code, reason="替考", **change)
    assert codes_of(propose_result_change, assessment.code, reason="替考", **change) == (
        "assessment_change_open",
    )
    decide = {"reason": "监控录像已核实"}
    assert codes_of(accept_result_change, proposed.code, actor_id=world.examiner.id, **decide) == (
        "same_person",
    )
    assert codes_of(accept_result_change, proposed.code, actor_id=world.staff.id, **decide) == (
        "own_matter",
    )
    with write_transaction():
        accept_result_change(proposed.code, actor_id=world.officer.id, **decide)
    assert list_independent_results([learner]) == {}
    assert find_completion(learner).assessment is AssessmentResult.NOT_ASSESSED
    with pytest.raises(Refused) as refused, write_transaction():
        world.redeem()
    assert refused.value.codes == ("assessment_missing", "assessment_not_independent")
    with write_transaction():
        again = propose_result_change(
            assessment.code,
            enrollment_id=learner,
            wanted=EnteredResult(PASSED, 60),
            reason="核对有误",
            actor_id=world.examiner.id,
        )
        reject_result_change(again.code, reason="录像清楚", actor_id=world.officer.id)
    assert list_results_of(assessment.id)[learner].result is VOID
    # Whoever writes: no second result alone, none changed, none taken away.
    for attack in (
        "INSERT INTO assessment_result (assessment_id, enrollment_id, result, entered_by,"
        " entered_at) SELECT assessment_id, enrollment_id, 'passed', entered_by, entered_at"
        " FROM assessment_result",
        "UPDATE assessment_result SET score = 100",
        "DELETE FROM assessment_result",
        "UPDATE assessment_change SET result = 'passed'",
    ):
        with pytest.raises(IntegrityError), write_transaction() as session:
            session.execute(text(attack))
