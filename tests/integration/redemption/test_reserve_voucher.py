"""Tying a voucher to a class."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from marketplace.audit.queries import list_events_of
from marketplace.catalog.queries.course_runs import get_course_run
from marketplace.enrollment.queries import get_enrollment
from marketplace.enrollment.states import EnrollmentState, ExitReason
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.paging import PageRequest
from marketplace.redemption.operations.release import release_reservation
from marketplace.redemption.operations.reserve import enroll_with_voucher, reserve_voucher
from marketplace.redemption.queries.reservations import (
    find_reservation_of_voucher,
    get_reservation,
)
from marketplace.redemption.states import ReservationState
from marketplace.vouchers.models import Quote
from marketplace.vouchers.operations.quotes import make_quote
from marketplace.vouchers.queries.prices import get_price_for_worker
from marketplace.vouchers.queries.vouchers import get_voucher
from marketplace.vouchers.states import VoucherState
from tests.factories.catalog import make_open_course_run
from tests.factories.people import make_worker
from tests.factories.redemption import make_case
from tests.factories.vouchers import (
    face_value_pack,
    make_offered_voucher,
    make_pack,
    make_scheme,
    make_voucher,
)
from tests.kept import kept


@pytest.fixture
@kept
def offer(app, now):
    """A worker with a voucher, an open class and the price of it."""
    with write_transaction():
        worker = make_worker()
        voucher = make_voucher(worker.id)
        run = make_open_course_run()
        quote = make_quote(worker.id, voucher_id=voucher.id, course_run_id=run.id, actor_id=None)
    return worker, voucher, run, quote


def reserve(offer):
    worker, voucher, _run, quote = offer
    with write_transaction():
        return reserve_voucher(
            voucher.id, quote_id=quote.id, worker_id=worker.id, actor_id=worker.user_id
        )


def codes_of_refusal(offer):
    with pytest.raises(Refused) as refused:
        reserve(offer)
    return refused.value.codes


def test_an_entitlement_takes_seat_and_money_in_one_act(app, now, postings):
    with write_transaction():
        case = make_case()
    assert case.reservation.state is ReservationState.HELD
    assert get_voucher(case.voucher.id).state is VoucherState.RESERVED
    assert case.enrollment.state is EnrollmentState.CONFIRMED
    assert get_course_run(case.run.id).seats_taken == 1
    assert postings(case.reservation.entry_id, case) == {
        ("available", "debit"): 80_000,
        ("committed", "credit"): 80_000,
    }
    events = list_events_of("voucher", case.voucher.code, PageRequest())
    assert events.items[0].event == "voucher.reserved"


def test_a_face_value_was_committed_at_issue_and_posts_nothing(app, now, count_entries):
    with write_transaction():
        scheme = make_scheme(face_value_pack(50_000))
        worker = make_worker()
        voucher = make_voucher(worker.id, scheme=scheme)
        run = make_open_course_run()
        quote = make_quote(worker.id, voucher_id=voucher.id, course_run_id=run.id, actor_id=None)
    before = count_entries()
    reservation = reserve((worker, voucher, run, quote))
    assert (reservation.entry_id, reservation.amount_fen) == (None, 50_000)
    assert count_entries() == before


def test_an_honest_retry_gets_the_same_reservation(offer, count_entries):
    first = reserve(offer)
    before = count_entries()
    assert reserve(offer).id == first.id
    assert count_entries() == before


def test_after_a_release_the_same_day_the_voucher_is_used_again(offer):
    first = reserve(offer)
    with write_transaction():
        release_reservation(first.id, reason=ExitReason.OTHER, actor_id=None)
    second = reserve(offer)
    assert second.id != first.id
    assert find_reservation_of_voucher(offer[1].id).id == second.id


def test_another_workers_voucher_is_not_found(offer):
    _worker, voucher, _run, quote = offer
    with write_transaction():
        stranger = make_worker()
    with pytest.raises(NotFound), write_transaction():
        reserve_voucher(voucher.id, quote_id=quote.id, worker_id=stranger.id, actor_id=None)


def test_an_altered_quote_is_refused_and_posts_nothing(offer, count_entries):
    with write_transaction():
        db.session.execute(
            update(Quote).where(Quote.id == offer[3].id).values(value_fen=offer[3].value_fen + 1)
        )
    before = count_entries()
    assert codes_of_refusal(offer) == ("quote_not_genuine",)
    assert count_entries() == before
    assert get_course_run(offer[2].id).seats_taken == 0


def test_a_quote_made_for_another_voucher_is_refused(offer):
    worker, _voucher, _run, quote = offer
    with write_transaction():
        other = make_voucher(worker.id, scheme=make_scheme())
    assert codes_of_refusal((worker, other, None, quote)) == ("quote_of_other_voucher",)


def test_a_past_quote_is_refused_with_every_other_reason(offer):
    with clock.frozen(clock.now() + timedelta(days=8)):
        assert codes_of_refusal(offer) == ("quote_past", "class_window_over")


def test_a_full_class_takes_no_money(offer, count_entries):
    with write_transaction():
        worker = make_worker()
        run = make_open_course_run(capacity=1)
        voucher = make_voucher(worker.id)
        quote = make_quote(worker.id, voucher_id=voucher.id, course_run_id=run.id, actor_id=None)
        make_case(course_run=run)
    before = count_entries()
    assert codes_of_refusal((worker, voucher, run, quote)) == ("class_full",)
    assert count_entries() == before
    assert get_voucher(voucher.id).state is VoucherState.ACTIVE


def test_a_voucher_in_one_class_is_refused_to_another(offer):
    worker, voucher, _run, _quote = offer
    with write_transaction():
        other_run = make_open_course_run()
        other_quote = make_quote(
            worker.id, voucher_id=voucher.id, course_run_id=other_run.id, actor_id=None
        )
    reserve(offer)
    assert codes_of_refusal((worker, voucher, other_run, other_quote)) == (
        "voucher_in_other_class",
    )
    assert get_course_run(other_run.id).seats_taken == 0


def test_an_unknown_reservation_is_not_found(app, now):
    with pytest.raises(NotFound):
        get_reservation(4711)


class TestOneConfirmation:
    @pytest.fixture
    def wish(self, app, now):
        with write_transaction():
            return make_worker(), make_scheme(), make_open_course_run()

    def confirm(self, wish, own_share_fen=40_000):
        worker, scheme, run = wish
        with write_transaction():
            return enroll_with_voucher(
                worker.id,
                course_run_id=run.id,
                scheme_id=scheme.id,
                own_share_fen=own_share_fen,
                actor_id=worker.user_id,
            )

    def test_it_claims_the_voucher_and_takes_the_seat(self, wish):
        reservation = self.confirm(wish)
        assert reservation.amount_fen == 80_000
        assert get_voucher(reservation.voucher_id).state is VoucherState.RESERVED
        assert get_enrollment(reservation.enrollment_id).worker_id == wish[0].id

    def test_it_uses_the_voucher_the_worker_has(self, wish):
        with write_transaction():
            voucher = make_voucher(wish[0].id, scheme=wish[1])
        assert self.confirm(wish).voucher_id == voucher.id

    def test_it_accepts_the_voucher_that_was_issued_at_the_price_that_was_shown(self, wish):
        with write_transaction():
            scheme = make_scheme(make_pack(scheme="ISSUED", ways_out=["issued"]))
            voucher = make_offered_voucher(wish[0].id, scheme=scheme)
        price = get_price_for_worker(wish[0].id, [wish[2].id])[wish[2].id]
        assert (price.own_share.fen, price.voucher_id) == (40_000, voucher.id)
        assert self.confirm((wish[0], scheme, wish[2])).voucher_id == voucher.id
        assert get_voucher(voucher.id).state is VoucherState.RESERVED

    def test_twice_is_once(self, wish):
        assert self.confirm(wish).id == self.confirm(wish).id

    def test_another_price_than_the_learner_saw_is_refused_and_nothing_is_kept(
        self, wish, count_entries
    ):
        before = count_entries()
        with pytest.raises(Refused) as refused:
            self.confirm(wish, own_share_fen=0)
        assert refused.value.codes == ("price_changed",)
        assert count_entries() == before
