"""What a completion rate below the scheme's attendance earns: steps, rates, and every edge."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from marketplace.claims.rules.lines import LineFacts, refusals_for_claim_line
from marketplace.enrollment.states import AssessmentResult, ExitReason
from marketplace.foundation.money import Money
from marketplace.redemption.entries import entry_for_pooled_redemption, entry_for_redemption
from marketplace.redemption.part_rules import (
    Part,
    earned_of,
    part_earned,
    part_terms,
    reason_for_part,
)
from marketplace.redemption.rules import (
    CompletionEvidence,
    part_of,
    redemption_terms,
    refusals_for_evidence,
)
from marketplace.vouchers.rules.pack import read_pack
from marketplace.vouchers.rules.policy import Policy
from marketplace.vouchers.rules.policy_reading import policy_from_pack
from tests.factories.vouchers import make_pack, pack_text, rule

DAY = date(2026, 11, 20)
BY_RATE = {"by_rate_from": 50, "leavers": ["found_work"]}
STEPS = {"steps": [{"from_rate": 50, "pays_percent": 40}, {"from_rate": 70, "pays_percent": 75}]}


def policy(partial=None) -> Policy:
    completion = {"partial": rule(partial, "第十条")} if partial else None
    pack = make_pack(scheme="PART-1", completion=completion)
    return policy_from_pack(read_pack(pack_text(pack)), version=3)


def terms(partial=None):
    return redemption_terms(policy(partial), expires_on=DAY, run_ends_on=DAY)


def done(rate: int, assessment=AssessmentResult.PASSED) -> CompletionEvidence:
    return CompletionEvidence(DAY, rate, assessment)


@pytest.mark.parametrize(
    ("partial", "rate", "percent"),
    [
        (STEPS, 49, None),
        (STEPS, 50, 40),
        (STEPS, 51, 40),
        (STEPS, 69, 40),
        (STEPS, 70, 75),
        (STEPS, 71, 75),
        (STEPS, 79, 75),
        ({"by_rate_from": 50}, 49, None),
        ({"by_rate_from": 50}, 50, 50),
        ({"by_rate_from": 50}, 51, 51),
        ({"by_rate_from": 50}, 79, 79),
    ],
)
def test_the_rate_decides_what_is_paid(partial, rate, percent):
    part = part_of(done(rate), terms(partial))
    assert (part.percent if part else None) == percent
    found = refusals_for_evidence(done(rate), terms(partial), open_disputes=0)
    if percent is None:
        [reason] = found
        assert (reason.code, reason.rule) == ("attendance_below_part", "第十条 · PART-1 v3")
        assert reason.params == {"rate": rate, "minimum": 80, "floor": 50}
    else:
        assert found == ()
        assert part.rule == "第十条 · PART-1 v3"


@pytest.mark.parametrize("rate", [80, 81, 100])
def test_from_the_threshold_on_all_of_it_is_paid(rate):
    assert part_of(done(rate), terms(STEPS)) is None
    assert refusals_for_evidence(done(rate), terms(STEPS), open_disputes=0) == ()


LEAVERS = STEPS | {"leavers": ["found_work"]}


@pytest.mark.parametrize(
    ("partial", "reason", "rate", "percent"),
    [
        (LEAVERS, ExitReason.FOUND_WORK, 49, None),
        (LEAVERS, ExitReason.FOUND_WORK, 50, 40),
        (LEAVERS, ExitReason.FOUND_WORK, 80, 75),  # never all of it: the class was not finished
        (LEAVERS, ExitReason.FAMILY, 60, None),
        (STEPS, ExitReason.FOUND_WORK, 60, None),
        (BY_RATE, ExitReason.FOUND_WORK, 85, 85),
        (BY_RATE, ExitReason.FOUND_WORK, 100, 99),
    ],
)
def test_who_left_for_a_reason_of_the_scheme_earns_a_part_without_an_assessment(
    partial, reason, rate, percent
):
    asked = replace(terms(partial), assessment_rule="第八条", independent_rule="第九条")
    left = CompletionEvidence(DAY, rate, AssessmentResult.NOT_ASSESSED, reason)
    part = part_of(left, asked)
    assert (part.percent if part else None) == percent
    codes = [one.code for one in refusals_for_evidence(left, asked, open_disputes=0)]
    if percent:
        assert codes == []
        assert part.own_percent == 100, "what they owe themselves was settled when they left"
    else:
        assert codes == ["attendance_below_part"]


def test_without_the_rule_it_is_all_or_nothing():
    [reason] = refusals_for_evidence(done(79), terms(), open_disputes=0)
    assert reason.code == "attendance_too_low"
    assert part_of(done(79), terms()) is None
    assert part_of(None, terms(STEPS)) is None


@pytest.mark.parametrize(
    ("fen", "percent", "earned"),
    [(101, 50, 51), (99, 50, 50), (100, 50, 50), (1, 40, 1), (2, 24, 1), (333, 33, 110)],
)
def test_a_part_is_rounded_half_up_once_and_never_to_nothing(fen, percent, earned):
    part = Part(percent, percent, percent, "rule")
    assert earned_of(Money(fen, "CNY"), part) == Money(earned, "CNY")


def test_the_own_share_follows_the_part_or_stays_whole():
    by_part = part_earned(60, minimum=80, terms=part_terms(policy(STEPS)))
    whole = part_earned(60, minimum=80, terms=part_terms(policy(STEPS | {"own_share": "whole"})))
    assert (by_part.own_percent, whole.own_percent) == (40, 100)


def test_the_reason_says_rate_percentage_and_amount_with_its_rule():
    part = part_of(done(60), terms(STEPS))
    reason = reason_for_part(part, reserved=Money(80_000, "CNY"))
    assert reason.rule == "第十条 · PART-1 v3"
    assert reason.params == {
        "rate": 60,
        "percent": 40,
        "reserved": Money(80_000, "CNY"),
        "amount": Money(32_000, "CNY"),
    }


def test_what_was_not_earned_is_free_again_in_the_same_entry():
    money = Money(32_001, "CNY")
    entry = entry_for_redemption(
        "TV-1",
        attempt=1,
        allotment_code="AL",
        institution_code="IN",
        amount=money,
        committed=Money(80_001, "CNY"),
        on=DAY,
    )
    assert sorted((line.account.kind, line.side, line.fen) for line in entry.lines) == [
        ("allotment:available", "credit", 48_000),
        ("allotment:committed", "debit", 80_001),
        ("payable:institution", "credit", 32_001),
    ]
    pooled = entry_for_pooled_redemption(
        "TV-1",
        attempt=1,
        shares=[("A", 50_001), ("B", 30_000)],
        institution_code="IN",
        amount=money,
        on=DAY,
    )
    free = {
        line.account.key: line.fen
        for line in pooled.lines
        if line.account.kind == "allotment:available"
    }
    assert sum(free.values()) == 48_000
    assert free == {"A": 30_000, "B": 18_000}


def test_a_line_of_a_claim_is_the_part_its_rate_earns_now():
    line = LineFacts(
        amount=Money(32_000, "CNY"),
        quoted=Money(80_000, "CNY"),
        is_reversed=False,
        is_settled=False,
        completion=done(60),
        open_disputes=0,
        terms=terms(STEPS),
    )
    assert refusals_for_claim_line(line) == ()
    recounted = refusals_for_claim_line(replace(line, completion=done(70)))
    assert [(one.code, one.rule) for one in recounted] == [
        ("line_part_differs", "第十条 · PART-1 v3")
    ]
    assert recounted[0].params["due"] == Money(60_000, "CNY")
    full_now = refusals_for_claim_line(replace(line, completion=done(80)))
    assert [one.code for one in full_now] == ["line_amount_differs"]
