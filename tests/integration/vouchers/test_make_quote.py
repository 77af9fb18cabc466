"""Quotes: amounts, signature, replay, running the decision again, all reasons."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import event, select

from marketplace.catalog.models import Course, CourseRun, CourseVersion, Occupation
from marketplace.catalog.states import CourseRunState
from marketplace.enrollment.states import EnrollmentState
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.institutions.models import Accreditation
from marketplace.institutions.states import AccreditationState
from marketplace.people.states import CategoryFactState
from marketplace.vouchers.models import Quote
from marketplace.vouchers.operations.lifecycle import mark_redeemed, mark_reserved
from marketplace.vouchers.operations.quotes import make_quote
from marketplace.vouchers.operations.schemes import load_scheme
from marketplace.vouchers.queries.prices import get_course_price_for_worker, get_price_for_worker
from marketplace.vouchers.queries.quotes import rerun_quote, verify_quote_signature
from tests.conftest import NOW
from tests.factories.funds import yuan
from tests.factories.rows import make_row
from tests.factories.voucher_rows import make_category, make_person, make_run, make_training
from tests.factories.vouchers import (
    CLAUSE,
    face_value_pack,
    make_pack,
    make_scheme,
    make_voucher,
    pack_text,
    rule,
)
from tests.kept import kept

RATE = {"amount_fen": 80_000, "level": 5, "hours_min": 60, "clause": CLAUSE}
FREE = {"attendance_min_percent": rule(80), "co_pay_percent": rule(20)}


class World:
    """A worker with a voucher."""

    def __init__(self, pack=None, **wanted) -> None:
        with write_transaction():
            self.person = make_person()
            self.scheme = make_scheme(pack or make_pack(rates=[RATE]), **wanted)
            self.voucher = make_voucher(self.person.id, scheme=self.scheme)
            self.worker_id, self.voucher_id = self.person.id, self.voucher.id

    def run(self, **wanted) -> int:
        with write_transaction():
            return make_run(**wanted).id

    def quote(self, run_id: int) -> Quote:
        with write_transaction():
            return make_quote(
                self.worker_id, voucher_id=self.voucher_id, course_run_id=run_id, actor_id=None
            )

    def refused(self, run_id: int) -> tuple[str, ...]:
        with pytest.raises(Refused) as refused:
            self.quote(run_id)
        return refused.value.codes


@pytest.fixture
@kept
def world(app, now) -> World:
    return World()


def amounts(quote: Quote) -> tuple[int, int, int]:
    return quote.fee_fen, quote.value_fen, quote.own_share_fen


def test_the_rate_pays_and_the_rest_is_the_own_share(world):
    quote = world.quote(world.run(fee_fen=120_000))
    assert amounts(quote) == (120_000, 80_000, 40_000)
    assert [line["code"] for line in quote.lines] == ["fee", "rate", "voucher_pays", "own_share"]
    assert quote.lines[1]["rule"].startswith(CLAUSE)
    assert quote.lines[1]["version"] == 1


def test_a_cheap_course_is_paid_in_full(world):
    assert amounts(world.quote(world.run(fee_fen=50_000))) == (50_000, 50_000, 0)


def test_a_co_payment_is_the_workers_and_rounds_half_up(app, now):
    world = World(make_pack(rates=[RATE], payment=FREE))
    assert amounts(world.quote(world.run(fee_fen=50_003))) == (50_003, 40_002, 10_001)
    # 20 % of 1,200.00 leaves 960.00: the rate of 800.00 is the lower limit.
    assert amounts(world.quote(world.run(fee_fen=120_000))) == (120_000, 80_000, 40_000)


def test_a_free_group_is_spared_the_co_payment(app, now):
    world = World(make_pack(rates=[RATE], payment={**FREE, "free_groups": rule(["rural_migrant"])}))
    with write_transaction():
        make_category(world.person)
    quote = world.quote(world.run(fee_fen=50_000))
    assert amounts(quote) == (50_000, 50_000, 0)
    assert "free_group" in [line["code"] for line in quote.lines]


def test_a_declared_category_spares_nothing_before_it_is_verified(app, now):
    world = World(make_pack(rates=[RATE], payment={**FREE, "free_groups": rule(["rural_migrant"])}))
    with write_transaction():
        make_category(world.person, state=CategoryFactState.DECLARED)
    assert amounts(world.quote(world.run(fee_fen=50_000))) == (50_000, 40_000, 10_000)


def test_a_face_value_pays_up_to_its_amount(app, now):
    world = World(face_value_pack(60_000))
    assert amounts(world.quote(world.run(fee_fen=50_000))) == (50_000, 50_000, 0)
    assert amounts(world.quote(world.run(fee_fen=70_000))) == (70_000, 60_000, 10_000)


def test_a_quote_is_signed_and_a_change_shows(world):
    quote = world.quote(world.run())
    assert verify_quote_signature(quote)
    for field, value in (("value_fen", 1), ("own_share_fen", 0), ("worker_id", 99), ("code", "X")):
        kept = getattr(quote, field)
        setattr(quote, field, value)
        assert not verify_quote_signature(quote), field
        setattr(quote, field, kept)
    db.session.rollback()


def test_the_signature_survives_the_database(world):
    quote_id = world.quote(world.run()).id
    db.session.expire_all()
    assert verify_quote_signature(db.session.get_one(Quote, quote_id))


def test_the_same_question_on_the_same_day_is_the_same_quote(world):
    run_id = world.run()
    first = world.quote(run_id)
    assert world.quote(run_id).id == first.id
    with clock.frozen(NOW + timedelta(days=1)):
        assert world.quote(run_id).id != first.id


def test_a_changed_fee_is_a_new_quote(world):
    run_id = world.run()
    first = world.quote(run_id)
    with write_transaction():
        db.session.get_one(
            CourseVersion, db.session.query(CourseVersion.id).scalar()
        ).fee_fen = 99_900
    second = world.quote(run_id)
    assert (second.id != first.id, second.fee_fen) == (True, 99_900)


def test_the_decision_can_be_run_again_after_everything_changed(world):
    run_id = world.run()
    quote = world.quote(run_id)
    lines, refusals = rerun_quote(quote)
    assert (lines, refusals) == (quote.lines, ())
    with clock.frozen(NOW + timedelta(days=400)), write_transaction():
        pack = make_pack(
            scheme=world.scheme.code, valid_from="2027-12-25", rates=[{**RATE, "amount_fen": 1}]
        )
        load_scheme(pack_text(pack), actor_id=None)
    db.session.expire_all()
    assert rerun_quote(db.session.get_one(Quote, quote.id)) == (quote.lines, ())


def test_a_voucher_keeps_the_version_it_was_claimed_under(world):
    with write_transaction():
        pack = make_pack(
            scheme=world.scheme.code, valid_from="2026-11-20", rates=[{**RATE, "amount_fen": 1}]
        )
        assert load_scheme(pack_text(pack), actor_id=None).number == 2
    assert world.quote(world.run(fee_fen=120_000)).value_fen == 80_000


def test_the_word_is_kept_for_a_week_or_until_enrollment_closes(world):
    assert world.quote(world.run(starts_on=date(2027, 1, 10))).valid_until.date() == date(
        2026, 11, 27
    )
    assert world.quote(world.run(starts_on=date(2026, 11, 22))).valid_until.date() == date(
        2026, 11, 22
    )


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"hours": 59}, "hours_too_few"),
        ({"hours": None}, "hours_unknown"),
        ({"level": 4}, "no_rate"),
        ({"level": None}, "no_rate"),
        ({"fee_fen": 0}, "course_is_free"),
        ({"state": CourseRunState.FULL}, "voucher_run_full"),
        ({"state": CourseRunState.FILED}, "voucher_run_not_open"),
        ({"starts_on": date(2026, 11, 19)}, "enrollment_over"),
    ],
)
def test_a_course_run_that_cannot_be_paid_is_refused_by_name(world, wanted, code):
    assert world.refused(world.run(**wanted)) == (code,)


def test_all_reasons_come_at_once(world):
    run_id = world.run(hours=10, state=CourseRunState.CANCELED, starts_on=date(2026, 11, 18))
    assert world.refused(run_id) == (
        "voucher_run_not_open",
        "enrollment_over",
        "hours_too_few",
    )


def test_a_reserved_voucher_is_not_quoted(world):
    with write_transaction():
        mark_reserved(world.voucher_id)
    assert world.refused(world.run()) == ("voucher_not_active",)


def test_an_ended_voucher_is_not_quoted(world):
    run_id = world.run(starts_on=date(2027, 3, 1))
    with clock.frozen(NOW + timedelta(days=90)):
        assert world.refused(run_id) == ("voucher_expired",)


def test_the_allotment_must_be_able_to_pay(app, now):
    world = World(
        make_pack(rates=[{**RATE, "level": 5}, {**RATE, "level": 4, "amount_fen": 90_000}]),
        amount=yuan(850),
    )
    assert world.refused(world.run(level=4, fee_fen=100_000)) == ("balance_too_low",)
    assert world.quote(world.run(level=5)).value_fen == 80_000


def test_another_persons_voucher_is_not_found(world):
    run_id = world.run()
    with write_transaction():
        stranger = make_person().id
    with pytest.raises(NotFound), write_transaction():
        make_quote(stranger, voucher_id=world.voucher_id, course_run_id=run_id, actor_id=None)
    with pytest.raises(NotFound):
        world.quote(404)


def train_before(world: World, run_id: int, state=EnrollmentState.COMPLETED) -> None:
    """Use the voucher for a run and get the next one."""
    world.quote(run_id)
    with write_transaction():
        make_training(world.person, db.session.get_one(CourseRun, run_id), state)
        mark_reserved(world.voucher_id)
        mark_redeemed(world.voucher_id)
        world.voucher_id = make_voucher(world.worker_id, scheme=world.scheme).id


class TestEarlierTraining:
    @pytest.fixture
    def world(self, app, now) -> World:
        rates = [{**RATE, "level": level} for level in (5, 4, 3)]
        limits = {"same_occupation_level_once": rule(True), "higher_bars_lower": rule(True)}
        return World(make_pack(rates=rates, limits=limits))

    @pytest.fixture
    def trade(self, world):
        with write_transaction():
            return make_row(Occupation)

    def test_the_same_occupation_and_level_is_paid_once(self, world, trade):
        train_before(world, world.run(level=4, occupation=trade))
        assert world.refused(world.run(level=4, occupation=trade)) == ("trained_before",)

    def test_a_higher_level_bars_a_lower_one(self, world, trade):
        train_before(world, world.run(level=4, occupation=trade))
        assert world.refused(world.run(level=5, occupation=trade)) == ("higher_level_before",)
        assert world.quote(world.run(level=3, occupation=trade)).value_fen == 80_000

    def test_another_occupation_is_free(self, world, trade):
        train_before(world, world.run(level=4, occupation=trade))
        assert world.quote(world.run(level=4)).value_fen == 80_000

    def test_a_training_that_was_left_does_not_count(self, world, trade):
        train_before(world, world.run(level=4, occupation=trade), EnrollmentState.WITHDRAWN)
        assert world.quote(world.run(level=4, occupation=trade)).value_fen == 80_000


class TestPrices:
    def test_the_price_agrees_with_the_quote(self, world):
        run_id = world.run(fee_fen=120_000)
        price = get_price_for_worker(world.worker_id, [run_id])[run_id]
        quote = world.quote(run_id)
        assert (price.fee.fen, price.voucher_pays.fen, price.own_share.fen) == amounts(quote)
        assert (price.voucher_id, price.refusals) == (world.voucher_id, ())

    def test_without_a_voucher_the_one_that_could_be_claimed_counts(self, world):
        run_id = world.run(fee_fen=120_000)
        with write_transaction():
            stranger = make_person().id
        price = get_price_for_worker(stranger, [run_id])[run_id]
        assert (price.own_share, price.voucher_id) == (yuan(400), None)

    def test_reasons_stand_where_the_voucher_pays_nothing(self, world):
        run_id = world.run(hours=1)
        price = get_price_for_worker(world.worker_id, [run_id])[run_id]
        assert price.voucher_pays == yuan(0)
        assert [refusal.code for refusal in price.refusals] == ["hours_too_few"]
        assert price.own_share == price.fee

    def test_a_page_of_courses_takes_as_many_queries_as_one(self, world):
        runs = [world.run() for _ in range(20)]
        courses = [row.id for row in db.session.query(Course.id)]
        one, page = (
            count_queries(get_price_for_worker, world.worker_id, runs[:1]),
            count_queries(get_price_for_worker, world.worker_id, runs),
        )
        assert one == page <= 14
        assert count_queries(get_course_price_for_worker, world.worker_id, courses) <= 12
        assert len(get_course_price_for_worker(world.worker_id, courses)) == 20

    def test_a_quote_asks_seven_things(self, world):
        assert count_queries(world.quote, world.run()) <= 8, "and BEGIN on SQLite"

    def test_no_courses_no_queries(self, world):
        assert get_price_for_worker(world.worker_id, []) == {}


def count_queries(act, *values) -> int:
    count = 0

    def counted(*_args) -> None:
        nonlocal count
        count += 1

    event.listen(db.engine, "before_cursor_execute", counted)
    try:
        act(*values)
    finally:
        event.remove(db.engine, "before_cursor_execute", counted)
    return count


@pytest.mark.parametrize(
    "change",
    [
        {"state": AccreditationState.REVOKED},
        {"level": 3},
        {"occupation_code": "0-00-00-00"},
        {"valid_until": NOW.date()},
    ],
)
def test_an_institution_without_accreditation_for_the_run_is_refused_with_a_remedy(
    app, now, change
):
    world = World()
    run_id = world.run()
    assert world.quote(run_id)
    with write_transaction():
        accreditation = db.session.scalars(select(Accreditation)).one()
        for name, value in change.items():
            setattr(accreditation, name, value)
    with pytest.raises(Refused) as refused:
        world.quote(run_id)
    (refusal,) = refused.value.refusals
    assert refusal.code == "institution_not_accredited_for_run"
    assert refusal.remedy == "remedy_choose_another_institution"
