"""Who leaves for a reason of the scheme earns the institution the part that was attended."""

from __future__ import annotations

import pytest

from marketplace.catalog.queries.course_runs import list_lessons
from marketplace.claims.operations.assemble import assemble_claim
from marketplace.claims.queries.lines import list_claim_lines
from marketplace.enrollment.operations.disputes import dispute_attendance
from marketplace.enrollment.queries import get_enrollment, list_attendance_of
from marketplace.enrollment.states import EnrollmentState, ExitReason
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import Refused
from marketplace.redemption.operations.call_off import call_off_course_run
from marketplace.redemption.operations.redeem import redeem_course_run
from marketplace.redemption.operations.release import leave_course_run
from marketplace.redemption.queries.reservations import get_reservation
from marketplace.redemption.queries.rosters import list_runs_to_redeem
from marketplace.redemption.queries.withdrawals import find_withdrawal
from marketplace.redemption.states import ReservationState, VoucherOutcome
from marketplace.reporting.invariants import check_books
from marketplace.vouchers.queries.vouchers import get_voucher
from marketplace.vouchers.states import VoucherState
from tests.factories.catalog import make_open_course_run
from tests.factories.enrollment import attend, make_staff, run_through
from tests.factories.redemption import make_case
from tests.factories.vouchers import make_pack, make_scheme, rule

PARTIAL = {"by_rate_from": 50, "leavers": ["found_work", "illness"]}
FOUND_WORK, ILLNESS = ExitReason.FOUND_WORK, ExitReason.ILLNESS


@pytest.fixture
def leavers(app, now):
    """Three of a class of five lessons, after three, two and three lessons; it goes on."""
    with write_transaction():
        scheme = make_scheme(make_pack(completion={"partial": rule(PARTIAL, "第十条")}))
        run = make_open_course_run()
        staff = make_staff(run.institution_id)
        found = [make_case(scheme=scheme, course_run=run, staff=staff) for _one in range(3)]
        for lessons, case in zip((3, 2, 3), found, strict=True):
            attend(case.enrollment, staff.id, lessons=lessons)
    return found


def leave(case, reason, told=None):
    with (
        clock.frozen(list_lessons(case.run.id)[2].ends_at),
        write_transaction(),
    ):
        leave_course_run(case.enrollment.id, reason=reason, actor_id=None, told=told)


def violations(case):
    """Of the books as they stand when the class is over."""
    with clock.frozen(list_lessons(case.run.id)[-1].ends_at):
        return check_books().violations


def redeem_class(case):
    with write_transaction():
        return redeem_course_run(
            case.run.id, institution_id=case.institution.id, actor_id=case.staff.id
        )


def state_of(case):
    return get_reservation(case.reservation.id).state, get_voucher(case.voucher.id).state


TIED = (ReservationState.HELD, VoucherState.RESERVED)
FREE = (ReservationState.RELEASED, VoucherState.ACTIVE)


def test_the_voucher_stays_tied_until_the_part_is_redeemed(leavers):
    left, early, ill = leavers
    with pytest.raises(Refused) as unread:
        leave(left, FOUND_WORK, VoucherOutcome.FREE)
    assert unread.value.codes == ("leaving_pays_part",)
    leave(left, FOUND_WORK, VoucherOutcome.PART)
    leave(left, FOUND_WORK, VoucherOutcome.PART)  # again changes nothing
    assert get_enrollment(left.enrollment.id).state is EnrollmentState.WITHDRAWN
    withdrawal = find_withdrawal(left.enrollment.id)
    assert withdrawal.outcome is VoucherOutcome.PART
    assert withdrawal.rule.startswith("第十条")
    assert withdrawal.acknowledged_at is not None
    assert state_of(left) == TIED
    leave(early, FOUND_WORK)  # two of five lessons are below the floor
    assert state_of(early) == FREE
    leave(ill, ILLNESS)
    assert [one.count for one in list_runs_to_redeem(left.institution.id)] == [2]

    entry = list_attendance_of([ill.enrollment.id])[0]
    with write_transaction():
        dispute_attendance(entry.id, worker_id=ill.worker.id, reason="那天没来", actor_id=None)
    answer = redeem_class(left)
    [paid] = answer.redeemed
    assert (paid.voucher_id, paid.amount_fen) == (left.voucher.id, 48_000)
    assert (paid.part_percent, paid.part_rate_percent) == (60, 60)
    assert [one.code for one in answer.refused[ill.enrollment.id]] == ["disputes_open"]
    assert get_voucher(left.voucher.id).state is VoucherState.REDEEMED
    assert violations(leavers[0]) == ()

    with write_transaction():
        run_through(left.run.id)
        claim = assemble_claim(left.run.id, actor_id=left.staff.id)
    [line] = list_claim_lines(claim.id)
    assert (line.findings, line.line.amount_fen) == ((), 48_000)


def test_a_class_that_is_called_off_pays_no_part(leavers):
    left = leavers[0]
    leave(left, FOUND_WORK)
    assert state_of(left) == TIED
    with write_transaction():
        call_off_course_run(left.run.id, reason="教室停用", actor_id=None)
    assert [state_of(case) for case in leavers] == [FREE] * 3
    assert violations(leavers[0]) == ()
