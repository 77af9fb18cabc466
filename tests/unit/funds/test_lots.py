"""Lots: what expires first is used first, what comes back goes back, and the sum is the balance."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.foundation.money import Money
from marketplace.funds.lots.rules import (
    ExpiryFacts,
    LotFacts,
    Movement,
    ReturnFacts,
    committed_by_lot,
    draw_from,
    due_fen,
    lot_warning,
    lots_after,
    refusals_for_expiry,
    refusals_for_lot_return,
)

START = date(2026, 1, 1)


def day(number: int) -> date:
    return START + timedelta(days=number)


def arrive(on: int, entry_id: int, fen: int) -> Movement:
    return Movement(day(on), entry_id, None, fen, 0)


def use(on: int, fen: int) -> Movement:
    return Movement(day(on), None, None, 0, fen)


def back(on: int, fen: int) -> Movement:
    return Movement(day(on), None, None, fen, 0)


def freeze(on: int, lot: str, fen: int) -> Movement:
    return Movement(day(on), None, lot, 0, fen)


def left(standings) -> dict[str | None, int]:
    return {one.code: one.left_fen for one in standings}


LATER, SOONER = LotFacts("A", 1, day(300)), LotFacts("B", 2, day(100))


def test_the_lot_that_expires_first_is_used_first_from_the_day_it_is_there():
    moves = [arrive(0, 1, 100), use(5, 80), arrive(10, 2, 50), use(20, 60), arrive(20, 9, 7)]
    standings = lots_after([LATER, SOONER], moves)
    assert left(standings) == {"B": 0, "A": 10, None: 7}, "B came too late for the first 80"
    assert [one.used_fen for one in standings] == [50, 90, 0]


def test_what_comes_back_refills_the_used_lot_that_expires_last():
    moves = [arrive(0, 1, 100), arrive(0, 2, 50), use(20, 60), back(30, 15)]
    assert left(lots_after([LATER, SOONER], moves)) == {"B": 5, "A": 100, None: 0}
    assert committed_by_lot(lots_after([LATER, SOONER], moves[:3]), 25) == [15, 10, 0]


def test_an_expired_lot_is_frozen_and_what_comes_back_to_it_is_due_again():
    moves = [arrive(0, 2, 50), use(20, 30), freeze(101, "B", 20), back(110, 5)]
    standings = lots_after([SOONER], moves)
    assert (standings[0].left_fen, standings[0].frozen_fen) == (5, 20)
    assert due_fen(standings[0], today=day(111)) == 5
    assert due_fen(standings[0], today=day(100)) == 0, "its last day is not over"


def test_an_entry_dated_back_is_taken_from_the_money_that_arrives_next():
    moves = [arrive(0, 2, 50), use(5, 70), arrive(10, 1, 100)]
    assert left(lots_after([LATER, SOONER], moves)) == {"B": 0, "A": 80, None: 0}


def test_use_after_the_night_of_freezing_is_told():
    moves = [arrive(0, 2, 50), use(101, 10), use(102, 10)]
    assert lots_after([SOONER], moves)[0].late_fen == 10


def test_warnings_come_90_and_30_days_before_and_not_for_empty_lots():
    told = [lot_warning(day(n), left_fen=1, today=START) for n in (91, 90, 31, 30, 0, -1)]
    assert told == [None, 90, 90, 30, 30, 0]
    assert lot_warning(day(-1), left_fen=0, today=START) is None


def test_money_passed_on_expires_with_the_first_lot_it_is_drawn_from():
    standings = lots_after([LATER, SOONER], [arrive(0, 1, 100), arrive(0, 2, 50)])
    assert draw_from(standings, 60, on=day(1)) == day(100)
    assert draw_from(standings, 60, on=day(101)) == day(300)
    facts = ExpiryFacts(expires_on=day(200), source_expires_on=day(100), today=day(1))
    assert [one.code for one in refusals_for_expiry(facts)] == ["lot_outlives_source"]
    past = ExpiryFacts(expires_on=day(0), source_expires_on=None, today=day(1))
    assert [one.code for one in refusals_for_expiry(past)] == ["lot_expired_already"]


def test_only_frozen_money_goes_back_and_one_return_at_a_time():
    nothing = ReturnFacts(Money(0, "CNY"), is_waiting=False)
    twice = ReturnFacts(Money(5, "CNY"), is_waiting=True)
    assert [one.code for one in refusals_for_lot_return(nothing)] == ["lot_nothing_frozen"]
    assert [one.code for one in refusals_for_lot_return(twice)] == ["lot_return_waiting"]


@st.composite
def histories(draw):
    """Any order of events that an account, guarded at zero, could have seen."""
    lots, moves, balance, used = [], [], 0, 0
    for number in range(1, draw(st.integers(1, 8)) + 1):
        on = number * 10
        step = draw(st.sampled_from(["lot", "undated", "use", "back", "freeze"]))
        if step in ("lot", "undated"):
            fen = draw(st.integers(1, 100))
            moves.append(arrive(on, number, fen))
            balance += fen
            if step == "lot":
                lots.append(LotFacts(f"L{number}", number, day(draw(st.integers(on, 90)))))
        elif step == "back" and used:
            fen = draw(st.integers(1, used))
            moves.append(back(on, fen))
            balance, used = balance + fen, used - fen
        elif step == "freeze" and lots and balance:
            fen = draw(st.integers(1, balance))
            moves.append(freeze(on, draw(st.sampled_from(lots)).code, fen))
            balance -= fen
        elif balance:
            fen = draw(st.integers(1, balance))
            moves.append(use(on, fen))
            balance, used = balance - fen, used + fen
    return lots, moves, balance


@settings(max_examples=40, deadline=None)
@given(histories())
def test_lots_always_add_up_to_the_balance_and_none_falls_below_zero(history):
    lots, moves, balance = history
    standings = lots_after(lots, moves)
    assert sum(one.left_fen for one in standings) == balance
    for one in standings:
        assert min(one.left_fen, one.frozen_fen, one.used_fen) >= 0


@settings(max_examples=25, deadline=None)
@given(histories(), st.integers(1, 100))
def test_nothing_is_used_of_a_later_lot_while_an_earlier_one_has_money(history, fen):
    lots, moves, balance = history
    on = 95
    before = {one.code: one for one in lots_after(lots, moves)}
    after = lots_after(lots, [*moves, use(on, min(fen, balance))]) if balance else []
    used = [one for one in after if one.left_fen < before[one.code].left_fen]
    for one in used:
        earlier = [other for other in after if day(on) <= other.expires_on < one.expires_on]
        assert all(other.left_fen == 0 for other in earlier)
