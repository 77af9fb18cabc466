"""Who bears the cost of leaving a class, and who may change to another one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from marketplace.enrollment.states import EnrollmentState, ExitReason
from marketplace.redemption.leaving_rules import (
    LeavingFacts,
    decide_leaving,
    refusals_for_leaving,
)
from marketplace.redemption.states import ReservationState, VoucherOutcome
from marketplace.redemption.swap_rules import (
    Overlap,
    SwapFacts,
    is_price_kept,
    refusals_for_swap,
)
from marketplace.vouchers.rules.pack import read_pack
from marketplace.vouchers.rules.policy_reading import policy_from_pack
from marketplace.vouchers.states import CostBearer
from tests.factories.vouchers import make_pack, pack_text, rule

START = date(2026, 12, 20)
LEAVING = {
    # The window of France: 14 days (anchors, Mon Compte Formation), here two days before the
    # class begins at the latest.
    "window": rule({"until_days_before_start": 2, "days_after_enrolling": 14}, "窗口"),
    "borne_by": rule(
        [
            {"reason": "times_do_not_suit", "by": "worker"},
            {"reason": "no_show", "by": "worker"},
            {"reason": "illness", "by": "nobody"},
        ],
        "责任",
    ),
    "swap_price": rule("kept_for_same_course"),
    "swaps_max": rule(1),
}


def policy(leaving=None):
    pack = make_pack(leaving=LEAVING if leaving is None else leaving)
    return policy_from_pack(read_pack(pack_text(pack)), version=1)


FACTS = LeavingFacts(
    today=date(2026, 12, 19),
    enrolled_on=date(2026, 12, 10),
    starts_on=START,
    voucher_expires_on=date(2027, 1, 31),
    policy=policy(),
)
SUITS = ExitReason.TIMES_DO_NOT_SUIT


@pytest.mark.parametrize(
    ("reason", "facts", "expected"),
    [
        (SUITS, {"today": date(2026, 12, 18)}, ("nobody", "free", "窗口")),
        (SUITS, {}, ("worker", "consumed", "责任")),
        (SUITS, {"enrolled_on": date(2026, 12, 4)}, ("worker", "consumed", "责任")),
        (SUITS, {"voucher_expires_on": None}, ("worker", "none", "责任")),
        (SUITS, {"policy": None}, ("nobody", "free", None)),
        (SUITS, {"policy": policy({})}, ("nobody", "free", None)),
        (ExitReason.NO_SHOW, {"today": date(2027, 1, 5)}, ("worker", "consumed", "责任")),
        (ExitReason.ILLNESS, {}, ("nobody", "free", "责任")),
        (ExitReason.FAMILY, {}, ("nobody", "free", "责任")),
        (ExitReason.CLASS_CHANGED, {}, ("institution", "free", "窗口")),
        (ExitReason.RUN_CANCELED, {"today": date(2027, 2, 1)}, ("institution", "ended", "窗口")),
    ],
)
def test_the_reason_decides_once_the_window_is_over(reason, facts, expected):
    decision = decide_leaving(replace(FACTS, **facts), reason)
    rule_told = decision.rule.split(" ")[0] if decision.rule else None
    assert (decision.bearer.value, decision.outcome.value, rule_told) == expected


def test_the_window_is_the_earlier_of_both_days():
    early = decide_leaving(replace(FACTS, enrolled_on=date(2026, 12, 1)), SUITS)
    assert early.free_until == date(2026, 12, 15)
    assert decide_leaving(FACTS, SUITS).free_until == date(2026, 12, 18)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (VoucherOutcome.CONSUMED, ()),
        (VoucherOutcome.FREE, ("leaving_costs_voucher",)),
        (None, ()),
    ],
)
def test_nobody_loses_a_voucher_without_having_been_told(told, expected):
    decision = decide_leaving(FACTS, SUITS)
    refusals = refusals_for_leaving(decision, told=told, is_class_changed=False, reason=SUITS)
    assert tuple(one.code for one in refusals) == expected


def test_a_class_that_was_not_changed_is_no_reason():
    decision = decide_leaving(FACTS, ExitReason.CLASS_CHANGED)
    assert decision.bearer is CostBearer.INSTITUTION
    asked = {"told": VoucherOutcome.FREE, "reason": ExitReason.CLASS_CHANGED}
    [refusal] = refusals_for_leaving(decision, is_class_changed=False, **asked)
    assert refusal.code == "class_not_changed"
    assert refusals_for_leaving(decision, is_class_changed=True, **asked) == ()


SWAP = SwapFacts(
    today=date(2026, 12, 19),
    is_same_class=False,
    enrollment_state=EnrollmentState.CONFIRMED,
    reservation_state=ReservationState.HELD,
    left_starts_on=START,
    overlap=None,
    swaps_before=0,
    policy=policy(),
)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, ()),
        ({"is_same_class": True}, ("swap_same_class",)),
        ({"enrollment_state": EnrollmentState.WITHDRAWN}, ("enrollment_ended",)),
        ({"reservation_state": None}, ()),
        (
            {"reservation_state": None, "same_institution": False, "same_fee": False},
            ("swap_paid_elsewhere", "swap_fee_differs"),
        ),
        ({"reservation_state": None, "today": START}, ("swap_class_began",)),
        ({"reservation_state": ReservationState.REDEEMED}, ("already_redeemed",)),
        ({"enrollment_state": EnrollmentState.TRAINING}, ("swap_training_began",)),
        ({"today": START}, ("swap_class_began",)),
        ({"swaps_before": 1}, ("swaps_used_up",)),
        ({"swaps_before": 9, "policy": policy({})}, ()),
        (
            {"today": START, "swaps_before": 1, "overlap": Overlap(START, "电工")},
            ("swap_class_began", "swaps_used_up", "swap_overlaps"),
        ),
    ],
)
def test_every_reason_against_a_swap_is_told(facts, expected):
    assert tuple(one.code for one in refusals_for_swap(replace(SWAP, **facts))) == expected


@pytest.mark.parametrize(
    ("setting", "same", "kept"),
    [
        ("kept_for_same_course", (True, True), True),
        ("kept_for_same_course", (False, True), False),
        ("kept_for_same_course", (True, False), False),
        ("of_the_day", (True, True), False),
    ],
)
def test_the_policy_says_whether_a_price_is_kept(setting, same, kept):
    rules = policy({"swap_price": rule(setting)})
    assert is_price_kept(rules, same_course=same[0], same_fee=same[1]) is kept
    assert not is_price_kept(policy({}), same_course=True, same_fee=True)


PARTLY = policy_from_pack(
    read_pack(
        pack_text(
            make_pack(
                scheme="L-1",
                leaving=LEAVING,
                completion={
                    "partial": rule({"by_rate_from": 50, "leavers": ["times_do_not_suit"]}, "部分")
                },
            )
        )
    ),
    version=1,
)


@pytest.mark.parametrize(
    ("rate", "outcome"),
    [(49, VoucherOutcome.CONSUMED), (50, VoucherOutcome.PART), (51, VoucherOutcome.PART)],
)
def test_a_part_that_is_paid_comes_before_who_bears_the_cost(rate, outcome):
    facts = replace(FACTS, policy=PARTLY, rate_percent=rate)
    decision = decide_leaving(facts, SUITS)
    assert decision.outcome is outcome
    [unread] = refusals_for_leaving(
        decision, told=VoucherOutcome.FREE, is_class_changed=False, reason=SUITS
    )
    is_part = outcome is VoucherOutcome.PART
    assert unread.code == ("leaving_pays_part" if is_part else "leaving_costs_voucher")
    assert is_part == (decision.rule == "部分 · L-1 v1")
    assert not refusals_for_leaving(decision, told=outcome, is_class_changed=False, reason=SUITS)


def test_without_a_voucher_or_for_another_reason_nothing_is_paid():
    facts = replace(FACTS, policy=PARTLY, rate_percent=60)
    without = decide_leaving(replace(facts, voucher_expires_on=None), SUITS)
    assert without.outcome is VoucherOutcome.NONE
    assert decide_leaving(facts, ExitReason.ILLNESS).outcome is VoucherOutcome.FREE
    assert decide_leaving(facts, ExitReason.CLASS_CHANGED).outcome is VoucherOutcome.FREE
