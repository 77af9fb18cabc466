"""Redeeming: the heart of the product."""

from __future__ import annotations

import pytest

from marketplace.audit.queries import list_events_of
from marketplace.enrollment.operations.disputes import dispute_attendance
from marketplace.enrollment.queries import list_attendance_of
from marketplace.enrollment.states import AssessmentResult
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.paging import PageRequest
from marketplace.institutions.operations.registration import suspend_institution
from marketplace.ledger.entries import AccountName
from marketplace.ledger.queries import get_balance_fen
from marketplace.notices.queries import list_notices
from marketplace.redemption.operations.redeem import redeem_course_run, redeem_voucher
from marketplace.redemption.operations.reverse import reverse_redemption
from marketplace.redemption.queries.redemptions import (
    get_redemption,
    list_institutions_with_unsettled,
    list_redemptions_of_enrollments,
    list_redemptions_of_worker,
    list_unsettled_redemptions,
    lock_redemption,
)
from marketplace.redemption.queries.reservations import get_reservation
from marketplace.redemption.states import ReservationState
from marketplace.settlement.models import SettlementLine
from marketplace.vouchers.queries.vouchers import get_voucher
from marketplace.vouchers.states import VoucherState
from tests.factories.catalog import make_open_course_run
from tests.factories.enrollment import attend, make_completion, make_staff, run_through
from tests.factories.institutions import make_accredited_institution
from tests.factories.redemption import make_case, make_ready_case
from tests.factories.rows import make_row
from tests.factories.vouchers import (
    face_value_pack,
    make_pack,
    make_scheme,
    make_voucher,
    rule,
)
from tests.kept import kept


def redeem(case, institution=None):
    with write_transaction():
        return redeem_voucher(
            case.voucher.id,
            institution_id=(institution or case.institution).id,
            actor_id=case.staff.id,
        )


def refused(case, institution=None):
    with pytest.raises(Refused) as no:
        redeem(case, institution)
    return no.value.codes


def payable(case):
    return get_balance_fen(AccountName("payable:institution", case.institution.code))


@pytest.fixture
@kept
def case(app, now):
    with write_transaction():
        return make_ready_case()


class TestRedeemed:
    def test_committed_money_is_owed_to_the_institution(self, case, postings):
        redemption = redeem(case)
        assert postings(redemption.entry_id, case) == {
            ("committed", "debit"): 80_000,
            ("payable", "credit"): 80_000,
        }
        assert payable(case) == 80_000
        assert get_voucher(case.voucher.id).state is VoucherState.REDEEMED
        assert get_reservation(case.reservation.id).state is ReservationState.REDEEMED
        assert redemption.redeemed_on == clock.today()

    def test_the_audit_trail_says_who_and_how_much(self, case):
        redemption = redeem(case)
        event = list_events_of("voucher", case.voucher.code, PageRequest()).items[0]
        assert event.event == "voucher.redeemed"
        assert event.actor_id == case.staff.id
        assert event.details["amount_fen"] == 80_000
        assert event.details["redemption"] == redemption.code

    def test_a_face_value_gives_back_in_the_same_entry_what_the_course_did_not_cost(
        self, app, now, postings
    ):
        with write_transaction():
            case = make_ready_case(scheme=make_scheme(face_value_pack(200_000)))
        redemption = redeem(case)
        assert redemption.amount_fen == 120_000
        assert postings(redemption.entry_id, case) == {
            ("committed", "debit"): 200_000,
            ("payable", "credit"): 120_000,
            ("available", "credit"): 80_000,
        }

    def test_an_honest_retry_gets_the_same_redemption(self, case, count_entries):
        first = redeem(case)
        before = count_entries()
        assert redeem(case).id == first.id
        assert count_entries() == before
        assert payable(case) == 80_000

    def test_the_learner_and_the_roster_see_it(self, case):
        redemption = redeem(case)
        page = list_redemptions_of_worker(case.worker.id, PageRequest())
        assert [item.id for item in page.items] == [redemption.id]
        assert list_redemptions_of_enrollments([case.enrollment.id]) == {
            case.enrollment.id: redemption
        }


class TestRefused:
    def test_a_replay_by_another_institution_is_refused(self, case, count_entries):
        redeem(case)
        with write_transaction():
            other = make_accredited_institution()
        before = count_entries()
        assert refused(case, other) == ("redeemed_elsewhere",)
        assert count_entries() == before

    def test_another_institution_cannot_redeem(self, case, count_entries):
        with write_transaction():
            other = make_accredited_institution()
        before = count_entries()
        assert refused(case, other) == ("other_institution",)
        assert count_entries() == before

    def test_a_voucher_tied_to_nothing(self, app, now):
        with write_transaction():
            case = make_case()
            free = make_voucher(case.worker.id, scheme=make_scheme())
        with pytest.raises(Refused) as no, write_transaction():
            redeem_voucher(free.id, institution_id=case.institution.id, actor_id=None)
        assert no.value.codes == ("voucher_not_reserved",)

    def test_before_the_result_is_recorded(self, app, now, count_entries):
        with write_transaction():
            case = make_case()
        before = count_entries()
        assert refused(case) == ("completion_missing",)
        assert count_entries() == before
        assert get_voucher(case.voucher.id).state is VoucherState.RESERVED

    def test_below_the_schemes_attendance(self, app, now):
        with write_transaction():
            case = make_ready_case(lessons=3)
        assert refused(case) == ("attendance_too_low",)
        assert payable(case) == 0

    def test_an_open_dispute_stops_it(self, case):
        with write_transaction():
            attendance = list_attendance_of([case.enrollment.id])[0]
            dispute_attendance(
                attendance.id, worker_id=case.worker.id, reason="没有这一课", actor_id=None
            )
        assert refused(case) == ("disputes_open",)

    def test_all_reasons_at_once(self, app, now):
        with write_transaction():
            case = make_ready_case(lessons=2)
            attendance = list_attendance_of([case.enrollment.id])[0]
            dispute_attendance(
                attendance.id, worker_id=case.worker.id, reason="没有这一课", actor_id=None
            )
            suspend_institution(case.institution.id, reason="调查", actor_id=None)
        assert refused(case) == (
            "institution_not_in_standing",
            "attendance_too_low",
            "disputes_open",
        )

    def test_an_unknown_redemption_is_not_found(self, app, now):
        for find in (get_redemption, lock_redemption):
            with pytest.raises(NotFound):
                find(4711)


class TestWholeClass:
    def test_it_redeems_who_can_be_and_names_every_reason_for_the_others(self, app, now):
        with write_transaction():
            scheme, run = make_scheme(), make_open_course_run()
            staff = make_staff(run.institution_id)
            done, away, silent = (
                make_case(scheme=scheme, course_run=run, staff=staff) for _learner in range(3)
            )
            attend(done.enrollment, staff.id)
            attend(away.enrollment, staff.id, lessons=1)
            attend(silent.enrollment, staff.id)
            run_through(run.id)
            make_completion(done.enrollment, staff.id)
            make_completion(away.enrollment, staff.id)
        with write_transaction():
            answer = redeem_course_run(run.id, institution_id=run.institution_id, actor_id=staff.id)
        assert [item.voucher_id for item in answer.redeemed] == [done.voucher.id]
        reasons = {
            key: tuple(refusal.code for refusal in refusals)
            for key, refusals in answer.refused.items()
        }
        assert reasons == {
            away.enrollment.id: ("attendance_too_low",),
            silent.enrollment.id: ("completion_missing",),
        }
        assert payable(done) == 80_000

    def test_again_it_finds_nothing_new(self, case):
        for redeemed in (1, 0):
            with write_transaction():
                answer = redeem_course_run(
                    case.run.id, institution_id=case.institution.id, actor_id=None
                )
            assert len(answer.redeemed) == redeemed
        assert payable(case) == 80_000


class TestReversed:
    def reverse(self, redemption, reason="重复核销"):
        with write_transaction():
            return reverse_redemption(redemption.id, reason=reason, actor_id=None)

    def test_a_reversal_is_a_second_entry_and_the_voucher_is_tied_again(self, case, postings):
        redemption = self.reverse(redeem(case))
        assert postings(redemption.reversal_entry_id, case) == {
            ("committed", "credit"): 80_000,
            ("payable", "debit"): 80_000,
        }
        assert payable(case) == 0
        assert get_voucher(case.voucher.id).state is VoucherState.RESERVED
        assert get_reservation(case.reservation.id).state is ReservationState.HELD

    def test_reversing_twice_is_once(self, case, count_entries):
        redemption = self.reverse(redeem(case))
        before = count_entries()
        assert self.reverse(redemption).reversal_entry_id == redemption.reversal_entry_id
        assert count_entries() == before

    def test_then_it_may_be_redeemed_rightly(self, case):
        first = self.reverse(redeem(case))
        second = redeem(case)
        assert second.id != first.id
        assert second.entry_id != first.entry_id
        assert payable(case) == 80_000

    def test_a_reversal_says_why(self, case):
        redemption = redeem(case)
        with pytest.raises(Refused) as no:
            self.reverse(redemption, " ")
        assert no.value.codes == ("say_why",)

    def test_whoever_redeemed_does_not_reverse(self, case):
        redemption = redeem(case)
        with pytest.raises(Refused) as no, write_transaction():
            reverse_redemption(redemption.id, reason="重复核销", actor_id=case.staff.id)
        assert no.value.codes == ("own_redemption",)

    def test_the_learner_and_the_managers_are_told(self, case):
        self.reverse(redeem(case))
        for user_id, kind in (
            (case.staff.id, "redemption.reversed"),
            (case.worker.user_id, "redemption.reversed_for_learner"),
        ):
            [notice] = list_notices(user_id, PageRequest()).items
            assert notice.kind == kind
            assert notice.params["reason"] == "重复核销"

    def test_what_is_settled_is_corrected_there(self, case):
        redemption = redeem(case)
        with write_transaction():
            line = make_row(SettlementLine, redemption_id=redemption.id)
        with pytest.raises(Refused) as no:
            self.reverse(redemption)
        assert no.value.codes == ("redemption_settled",)
        with write_transaction():
            db.session.get(SettlementLine, line.id).released_at = clock.now()
        assert self.reverse(redemption).reversal_entry_id


class TestUnsettled:
    def test_what_no_settlement_holds_is_listed(self, case):
        redemption = redeem(case)
        period = {"from_on": clock.today(), "to_on": clock.today()}
        listed = list_unsettled_redemptions(case.institution.id, **period)
        assert [item.id for item in listed] == [redemption.id]
        assert list_institutions_with_unsettled(**period) == [case.institution.id]
        with write_transaction():
            make_row(SettlementLine, redemption_id=redemption.id)
        assert list(list_unsettled_redemptions(case.institution.id, **period)) == []
        assert list_institutions_with_unsettled(**period) == []


def make_case_assessed(assessment, *, required):
    payment = {"attendance_min_percent": rule(80), "assessment_required": rule(required, "Art. 8")}
    with write_transaction():
        scheme = make_scheme(make_pack(payment=payment))
        return make_ready_case(scheme=scheme, assessment=assessment)


NOT_PASSED = pytest.mark.parametrize(
    ("assessment", "code"),
    [
        (AssessmentResult.NOT_ASSESSED, "assessment_missing"),
        (AssessmentResult.FAILED, "assessment_failed"),
    ],
)


class TestAssessment:
    @NOT_PASSED
    def test_a_pack_that_asks_for_a_pass_refuses_with_its_clause(
        self, app, now, assessment, code, count_entries
    ):
        case = make_case_assessed(assessment, required=True)
        before = count_entries()
        with pytest.raises(Refused) as no:
            redeem(case)
        assert no.value.codes == (code,)
        assert no.value.refusals[0].rule.startswith("Art. 8 · ")
        assert count_entries() == before

    def test_a_pack_that_asks_for_a_pass_pays_after_one(self, app, now):
        case = make_case_assessed(AssessmentResult.PASSED, required=True)
        assert redeem(case).amount_fen == 80_000

    @NOT_PASSED
    def test_a_pack_may_say_that_attendance_is_enough(self, app, now, assessment, code):
        case = make_case_assessed(assessment, required=False)
        assert redeem(case).amount_fen == 80_000

    def test_a_pack_that_says_nothing_asks_for_nothing(self, app, now):
        with write_transaction():
            case = make_ready_case(assessment=AssessmentResult.NOT_ASSESSED)
        assert redeem(case).amount_fen == 80_000
