"""Vouchers that pay nothing (打卡券): one class lived through, and what the database refuses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from marketplace.audit.models import AuditEvent
from marketplace.catalog.queries.course_runs import list_lessons
from marketplace.claims.operations.assemble import assemble_claim
from marketplace.cli.runner import RunningJob
from marketplace.cli.work.end_vouchers import KIND, work
from marketplace.copayments.queries import find_copayment
from marketplace.enrollment.queries import get_enrollment
from marketplace.enrollment.states import AssessmentResult, ExitReason
from marketplace.evidence.operations.decide import clear_hold
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.jobs.operations import enqueue_job, lease_job
from marketplace.records.operations.certificates import record_results
from marketplace.records.queries.record import list_whole_record
from marketplace.redemption.checks import CHECKS as REDEMPTION_CHECKS
from marketplace.redemption.models import Redemption
from marketplace.redemption.operations.redeem import (
    redeem_course_run,
    redeem_voucher,
    use_up_voucher,
)
from marketplace.redemption.operations.release import release_reservation
from marketplace.redemption.operations.reserve import enroll_with_voucher
from marketplace.redemption.operations.swap import swap_enrollment
from marketplace.redemption.queries.redemptions import list_institutions_with_unsettled
from marketplace.redemption.queries.reservations import (
    get_reservation,
    list_runs_with_sign_ins,
)
from marketplace.redemption.states import ReservationState
from marketplace.reporting.funnel import FunnelScope, get_funnel
from marketplace.reporting.invariants import check_books
from marketplace.vouchers.checks import CHECKS as VOUCHER_CHECKS
from marketplace.vouchers.operations.issue import claim_voucher
from marketplace.vouchers.operations.lifecycle import revoke_voucher
from marketplace.vouchers.operations.quotes import make_quote
from marketplace.vouchers.queries.eligibility import get_eligibility
from marketplace.vouchers.queries.prices import get_price_for_worker, list_offers_for_worker
from marketplace.vouchers.queries.schemes import find_scheme_in_force
from marketplace.vouchers.queries.vouchers import get_voucher
from marketplace.vouchers.states import VoucherOrigin, VoucherState
from tests.factories.catalog import make_listed_course, make_occupation, make_open_course_run
from tests.factories.corruption import damage, guards_off
from tests.factories.enrollment import attend, make_staff, run_through
from tests.factories.evidence import make_hold
from tests.factories.people import make_officer, make_worker
from tests.factories.redemption import make_case
from tests.factories.vouchers import make_pack, make_scheme, rule, sign_in_pack

FEE = 120_000
ONCE = {
    "per_year_max": rule(1),
    "per_lifetime_max": rule(1),
    "trainings_per_year": rule({"max": 1}),
    "one_live_voucher": rule(True),
    "same_occupation_level_once": rule(True),
}


@dataclass
class Learner:
    """Somebody whose training only stands in the record."""

    worker_id: int
    voucher_id: int
    reservation_id: int
    enrollment_id: int


def enroll(run, scheme) -> Learner:
    worker = make_worker()
    reservation = enroll_with_voucher(
        worker.id, course_run_id=run.id, scheme_id=scheme.id, own_share_fen=FEE, actor_id=None
    )
    return Learner(worker.id, reservation.voucher_id, reservation.id, reservation.enrollment_id)


def states(learner: Learner) -> tuple[VoucherState, ReservationState]:
    return get_voucher(learner.voucher_id).state, get_reservation(learner.reservation_id).state


def end_vouchers():
    """What the runner does once a day."""
    with write_transaction():
        enqueue_job(KIND, payload={}, requested_by=None)
        lease = lease_job()
    return work(RunningJob(lease))


USED = (VoucherState.REDEEMED, ReservationState.REDEEMED)
TIED = (VoucherState.RESERVED, ReservationState.HELD)


def test_a_class_of_people_nobody_pays_for(app, now, count_entries):
    with write_transaction():
        support, records = make_scheme(make_pack(limits=ONCE)), make_scheme(sign_in_pack())
        course = make_listed_course(occupation=make_occupation(), fee_fen=FEE)
        run = make_open_course_run(course)
        later = make_open_course_run(course, starts_on=clock.today() + timedelta(days=40))
        free = make_open_course_run(make_listed_course(fee_fen=0))
        staff = make_staff(run.institution_id)
    before = count_entries()
    with write_transaction():
        done, away, doubted, left, moved = (enroll(run, records) for _ in range(5))
        again = claim_voucher(done.worker_id, scheme_id=records.id, actor_id=None)
    assert again.id == done.voucher_id, "one of them at a time"
    assert states(done) == TIED
    assert get_voucher(done.voucher_id).value_fen == get_reservation(done.reservation_id).amount_fen
    copayment = find_copayment(done.enrollment_id)
    assert (copayment.fund_fen, copayment.worker_fen) == (0, FEE)
    assert count_entries() == before, "no fund promised anything"

    # No limit of a scheme that pays counts it, for one person and for everybody alike.
    offer = find_scheme_in_force(support.id, on=clock.today())
    found = get_eligibility(offer, way=VoucherOrigin.CLAIMED, on=clock.today())
    rows = db.session.execute(found.statement, {"after": 0, "upto": moved.worker_id}).all()
    assert {row.worker_id: row.refused for row in rows}[done.worker_id] == 0
    with write_transaction():
        paying = claim_voucher(done.worker_id, scheme_id=support.id, actor_id=None)
        swap_enrollment(moved.enrollment_id, course_run_id=free.id, own_share_fen=0, actor_id=None)
    assert get_reservation(moved.reservation_id).release_entry_id is None
    assert get_voucher(moved.voucher_id).state is VoucherState.RESERVED

    with write_transaction():
        for one, lessons in ((done, None), (away, 1), (doubted, None), (left, None)):
            attend(get_enrollment(one.enrollment_id), staff.id, lessons=lessons)
        run_through(run.id)
        holds = [make_hold(run, get_enrollment(one.enrollment_id)).code for one in (doubted, left)]
    passed = {one.enrollment_id: AssessmentResult.PASSED for one in (done, away, doubted, left)}
    asked = {"institution_id": run.institution_id, "actor_id": staff.id}
    with clock.frozen(list_lessons(run.id)[-1].ends_at):
        with write_transaction():
            assert record_results(run.id, assessments=passed, actor_id=staff.id) == {}
        assert (states(done), states(away), states(doubted)) == (USED, TIED, TIED)
        told = db.session.scalars(
            select(AuditEvent.subject_code).filter_by(event="voucher.used_up")
        )
        assert told.all() == [get_voucher(done.voucher_id).code]
        (line,) = list_whole_record(done.worker_id)
        assert (line.records_only, line.redemption) == (True, None)
        assert line.certificate is not None
        with write_transaction():
            outcome = redeem_course_run(run.id, **asked)
        assert (outcome.redeemed, outcome.earlier, outcome.used_up) == ((), (), 0)
        assert outcome.refused[away.enrollment_id][0].code == "attendance_too_low"
        waiting = (away, doubted, left)
        assert outcome.refused.keys() == {one.enrollment_id for one in waiting}
        for used in (done, away):
            with pytest.raises(Refused) as refused, write_transaction():
                redeem_voucher(used.voucher_id, **asked)
        assert refused.value.codes == ("attendance_too_low",)
        with write_transaction():
            clear_hold(holds[0], reason="核实无误", actor_id=make_officer().id)
        assert list_runs_with_sign_ins() == [run.id]
        with pytest.raises(Refused, match="voucher_pays_nothing"), write_transaction():
            redeem_voucher(doubted.voucher_id, **asked)
        assert states(doubted) == TIED
        with write_transaction():
            assert redeem_course_run(run.id, **asked).used_up == 1
            use_up_voucher(done.voucher_id, **asked)
        assert (states(doubted), states(left)) == (USED, TIED)
        with write_transaction():
            clear_hold(holds[1], reason="核实无误", actor_id=make_officer().id)
        assert end_vouchers()["recorded"] == 1, "the runner closes it on the next day"
        assert (states(left), states(away)) == (USED, TIED)
        with write_transaction():
            reason = ExitReason.NOT_REDEEMABLE
            release_reservation(away.reservation_id, reason=reason, actor_id=staff.id)
            assert get_voucher(away.voucher_id).state is VoucherState.ACTIVE
            revoke_voucher(away.voucher_id, reason="已结束", actor_id=None)

        # Nobody is owed anything: no redemption, no claim, no settlement, no entry of a fund.
        assert db.session.scalar(select(Redemption.id)) is None
        assert list_institutions_with_unsettled(from_on=now.date(), to_on=clock.today()) == []
        with pytest.raises(Refused, match="claim_without_lines"), write_transaction():
            assemble_claim(run.id, actor_id=staff.id)
        assert count_entries() == before
        assert list(check_books().violations) == []

        # Trained once unpaid in this year and occupation, and still supported once.
        with write_transaction():
            quote = make_quote(
                done.worker_id, voucher_id=paying.id, course_run_id=later.id, actor_id=None
            )
        assert quote.value_fen == 80_000
        offers = list_offers_for_worker(done.worker_id, later.id)
        assert [(one.records_only, one.voucher_pays.fen) for one in offers if not one.refusals] == [
            (False, 80_000),
            (True, 0),
        ]
        assert get_price_for_worker(away.worker_id, [later.id])[later.id].voucher_pays.fen == 80_000
        whole, apart = get_funnel(FunnelScope()), get_funnel(FunnelScope(records_only=True))
        assert (whole.issued, whole.steps[-1].count) == (1, 0)
        assert (apart.issued, apart.steps[-1].count) == (5, 3)
        assert get_funnel(FunnelScope(scheme_id=records.id)).issued == 5


OF_IT = "voucher_id IN (SELECT id FROM voucher WHERE kind = 'sign_in')"
REDEEM = (
    "INSERT INTO redemption (code, voucher_id, reservation_id, enrollment_id, institution_id,"
    " allotment_id, amount_fen, entry_id, redeemed_on, redeemed_at)"
    " SELECT 'RD-X', r.voucher_id, r.id, r.enrollment_id, r.institution_id, v.allotment_id, 1,"
    " (SELECT max(id) FROM journal_entry), v.issued_on, r.reserved_at"
    " FROM reservation r JOIN voucher v ON v.id = r.voucher_id WHERE v.kind = 'sign_in'"
)
ENTRY = "(SELECT max(id) FROM journal_entry)"
MONEY_ON_IT = (
    (
        "UPDATE voucher SET value_fen = 100 WHERE kind = 'sign_in'",
        "UPDATE voucher SET value_fen = 0 WHERE kind = 'sign_in'",
    ),
    (
        "UPDATE voucher SET value_fen = NULL WHERE kind = 'sign_in'",
        "UPDATE voucher SET value_fen = 0 WHERE kind = 'sign_in'",
    ),
    (
        f"UPDATE reservation SET amount_fen = 1 WHERE {OF_IT}",
        f"UPDATE reservation SET amount_fen = 0 WHERE {OF_IT}",
    ),
    (
        f"UPDATE reservation SET entry_id = {ENTRY} WHERE {OF_IT}",
        f"UPDATE reservation SET entry_id = NULL WHERE {OF_IT}",
    ),
    (REDEEM, "DELETE FROM redemption"),
    (f"UPDATE reservation SET amount_fen = 0, entry_id = NULL WHERE NOT {OF_IT}", None),
)
"""What is planted, and what takes it back."""


def found() -> set[str]:
    checks = (*VOUCHER_CHECKS, *REDEMPTION_CHECKS)
    return {violation.invariant for check in checks for violation in check()}


def test_money_on_a_sign_in_voucher_is_refused_by_the_database_and_found_when_planted(app, now):
    with write_transaction():
        make_case(scheme=make_scheme(make_pack()))
        make_case(scheme=make_scheme(sign_in_pack()))
    for statement, _back in MONEY_ON_IT:
        with pytest.raises(DBAPIError), write_transaction():
            db.session.execute(text(statement))
    assert found() == set(), "nothing was written"
    for statement, back in MONEY_ON_IT:
        with guards_off():
            damage(statement)
        assert found() & {"7 voucher value", "8 sign-in only"}, statement
        if back:
            with guards_off():
                damage(back)
            assert found() == set(), back
