"""Cheats through the real operations: held with their explanation; the honest twin is paid."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from marketplace.audit.queries import list_events_of
from marketplace.catalog.queries.course_runs import list_lessons
from marketplace.enrollment.operations.sign_in import open_sign_in, sign_in_by_typed_code
from marketplace.enrollment.sign_in_codes import typed_code_for, window_of
from marketplace.evidence.operations.check import check_course_run
from marketplace.evidence.operations.decide import (
    answer_hold,
    clear_hold,
    take_hold,
    uphold_hold,
)
from marketplace.evidence.queries import list_holds_of_run
from marketplace.evidence.states import FindingKind, HoldState
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.paging import PageRequest
from marketplace.notices.queries import list_notices
from marketplace.people.queries.workers import get_worker
from marketplace.redemption.checks import held_money_stayed
from marketplace.redemption.operations.redeem import redeem_voucher
from marketplace.redemption.queries.redemptions import find_redemption
from tests.factories.catalog import make_open_course_run
from tests.factories.enrollment import make_completion, run_through
from tests.factories.evidence import make_hold
from tests.factories.people import make_officer
from tests.factories.redemption import make_case, make_ready_case
from tests.factories.vouchers import make_scheme
from tests.kept import kept


def sign_in_by_phone(case, device, seconds):
    lesson = list_lessons(case.run.id)[0]
    at = lesson.starts_at + timedelta(seconds=seconds)
    with clock.frozen(at):
        code = open_sign_in(lesson.id, actor_id=case.staff.id).code
        return sign_in_by_typed_code(
            typed_code_for(code, window_of(at)),
            worker_id=case.worker.id,
            actor_id=get_worker(case.worker.id).user_id,
            device_key=device,
        )


@pytest.fixture
@kept
def classmates(app, now):
    """Two who came with one phone, and one who came with their own; all finished."""
    with write_transaction():
        scheme = make_scheme()
        first = make_case(scheme=scheme, course_run=make_open_course_run(days=1))
        others = [
            make_case(scheme=scheme, course_run=first.run, staff=first.staff) for _n in range(2)
        ]
        cases = [first, *others]
        for case, device, seconds in zip(cases, ("one", "one", "own"), (12, 47, 95), strict=True):
            assert sign_in_by_phone(case, device, seconds)
        run_through(first.run.id)
        for case in cases:
            make_completion(case.enrollment, case.staff.id)
    return cases


@pytest.fixture
@kept
def officer(app):
    with write_transaction():
        return make_officer()


def check(case):
    with write_transaction():
        return check_course_run(case.run.id, actor_id=case.staff.id)


def redeem(case):
    with write_transaction():
        return redeem_voucher(
            case.voucher.id, institution_id=case.institution.id, actor_id=case.staff.id
        )


def test_two_with_one_phone_are_held_and_the_honest_one_is_paid(classmates):
    cheats, honest = classmates[:2], classmates[2]
    placed = check(honest)
    assert {hold.enrollment_id for hold in placed} == {one.enrollment.id for one in cheats}
    assert {hold.kind for hold in placed} == {FindingKind.SHARED_DEVICE}
    assert redeem(honest).amount_fen == 80_000
    for cheat in cheats:
        with pytest.raises(Refused) as refused:
            redeem(cheat)
        [reason] = refused.value.refusals
        assert (reason.code, reason.rule) == ("held_shared_device", "EV-5")
        assert reason.params["people"] == 2
        assert find_redemption(cheat.voucher.id) is None
    [notice] = list_notices(honest.staff.id, PageRequest()).items[:1]
    assert (notice.kind, notice.params["count"]) == ("evidence.hold_placed", 2)


def test_looking_again_places_nothing_twice_also_not_after_clearing(classmates, officer):
    first, second = check(classmates[0])
    assert check(classmates[0]) == []
    with write_transaction():
        clear_hold(first.code, reason="母女共用一部手机，已核实", actor_id=officer.id)
    assert check(classmates[0]) == []
    cheat = next(one for one in classmates if one.enrollment.id == first.enrollment_id)
    assert redeem(cheat).amount_fen == 80_000
    assert list(held_money_stayed()) == []
    other = next(one for one in classmates if one.enrollment.id == second.enrollment_id)
    with pytest.raises(Refused):
        redeem(other)


def test_without_the_rules_the_same_cheat_would_be_paid(classmates):
    """The control: what is not looked at is not held."""
    assert redeem(classmates[0]).amount_fen == 80_000


class TestDeciding:
    @pytest.fixture
    def case(self, app, now):
        with write_transaction():
            return make_ready_case()

    @pytest.fixture
    def hold(self, case):
        with write_transaction():
            return make_hold(case.run, case.enrollment)

    def test_taken_answered_upheld_and_the_trail_has_all(self, case, hold, officer):
        with write_transaction():
            take_hold(hold.code, actor_id=officer.id)
            answer_hold(
                hold.code,
                institution_id=case.institution.id,
                answer="名单有误",
                actor_id=case.staff.id,
            )
            uphold_hold(hold.code, reason="座位只有二十个", actor_id=officer.id)
        with pytest.raises(Refused) as refused:
            redeem(case)
        assert refused.value.codes == ("hold_upheld",)
        events = list_events_of("evidence_hold", hold.code, PageRequest()).items
        assert [event.event for event in reversed(events)] == [
            "evidence.taken",
            "evidence.answered",
            "evidence.upheld",
        ]
        with write_transaction():
            clear_hold(hold.code, reason="补交的座位表已核实", actor_id=officer.id)
        assert redeem(case)

    def test_a_decision_has_a_reason_and_is_not_made_by_the_institution(self, case, hold, officer):
        for actor_id, reason, code in (
            (officer.id, "  ", "hold_needs_reason"),
            (case.staff.id, "x", "own_matter"),
        ):
            with pytest.raises(Refused) as refused, write_transaction():
                clear_hold(hold.code, reason=reason, actor_id=actor_id)
            assert refused.value.codes == (code,)
        assert list_holds_of_run(case.run.id)[0].state is HoldState.OPEN

    def test_another_institution_cannot_answer(self, hold, officer):
        with pytest.raises(NotFound), write_transaction():
            answer_hold(hold.code, institution_id=4711, answer="x", actor_id=officer.id)

    def test_a_hold_on_the_class_holds_everybody(self, case):
        with write_transaction():
            make_hold(case.run)
        with pytest.raises(Refused) as refused:
            redeem(case)
        assert refused.value.codes == ("held_too_many",)

    def test_the_database_refuses_the_redemption_whoever_writes(self, case, monkeypatch):
        """The rules are blind here; the trigger is not."""
        with write_transaction():
            make_hold(case.run, case.enrollment)
        monkeypatch.setattr(
            "marketplace.redemption.operations.redeem.refusals_for_redemption", lambda _facts: ()
        )
        with pytest.raises(IntegrityError):
            redeem(case)
        assert find_redemption(case.voucher.id) is None

    def test_a_redemption_against_a_standing_hold_is_a_violation(self, case):
        redeem(case)
        assert list(held_money_stayed()) == []
        with clock.frozen(clock.now() - timedelta(days=1)), write_transaction():
            hold = make_hold(case.run, case.enrollment)
        [violation] = held_money_stayed()
        assert hold.code in violation.detail

    def test_no_decision_without_a_person_and_a_reason_for_raw_sql_either(self, hold):
        for change in ("state = 'cleared'", "state = 'cleared', decided_by = 1"):
            with pytest.raises(IntegrityError), write_transaction() as session:
                session.execute(text(f"UPDATE evidence_hold SET {change}"))  # noqa: S608
        assert db.session.scalar(text("SELECT state FROM evidence_hold")) == "open"


def test_the_command_looks_at_recent_classes(classmates, app):
    answer = app.test_cli_runner().invoke(args=["evidence", "check", "--json"])
    assert answer.exit_code == 0, answer.output
    assert '"new_holds": 2' in answer.output
    assert '"shared_device": 2' in answer.output
    again = app.test_cli_runner().invoke(args=["evidence", "check"])
    assert again.output.strip() == "1 classes looked at, 0 new holds"
