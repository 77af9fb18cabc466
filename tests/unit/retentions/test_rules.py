"""How amounts divide by milestone and what becomes of a withheld share, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.foundation.errors import Refused
from marketplace.foundation.money import Money
from marketplace.retentions.entries import (
    entry_for_retention,
    entry_for_retention_release,
    entry_for_retention_return,
)
from marketplace.retentions.rules import (
    RetentionFacts,
    add_months,
    deadline_of,
    decide_retention,
    split_by_milestone,
)
from marketplace.retentions.states import Outcome
from marketplace.settlement.rules.receivables import AdvanceShare, proposed_advance_fen
from marketplace.vouchers.milestone_labels import milestone_sentences
from marketplace.vouchers.pack_words import list_changes
from marketplace.vouchers.rules.differences import list_differences
from marketplace.vouchers.rules.milestones import HeldShare, Milestones, read_milestones
from marketplace.vouchers.rules.pack import read_pack
from marketplace.vouchers.states import Milestone
from tests.factories.vouchers import make_pack, pack_text, rule

STEPS = {
    "start_percent": 30,
    "finish_percent": 40,
    "certificate_percent": 20,
    "certificate_within_days": 90,
    "employment_percent": 10,
    "employment_within_days": 365,
}
FACTS = RetentionFacts(date(2026, 5, 20), date(2026, 11, 20), None, is_warned=False)


def held(milestone: Milestone, percent: int) -> HeldShare:
    return HeldShare(milestone, percent, 0, 90)


def milestones(start: int, finish: int, certificate: int) -> Milestones:
    rest = 100 - start - finish - certificate
    shares = ((Milestone.CERTIFICATE, certificate), (Milestone.EMPLOYMENT, rest))
    return Milestones(start, finish, tuple(held(*share) for share in shares if share[1]))


@given(st.integers(1, 10**13), st.integers(0, 50), st.integers(0, 99), st.integers(0, 99))
def test_the_parts_are_all_of_the_amount_and_each_within_a_fen_of_its_share(
    amount, start, finish, certificate
):
    finish = 1 + finish % (100 - start)
    steps = milestones(start, finish, certificate % (101 - start - finish))
    parts = split_by_milestone(amount, steps)
    assert sum(parts.values()) == amount
    percents = {Milestone.START: steps.start_percent, Milestone.FINISH: steps.finish_percent}
    percents |= {share.milestone: share.percent for share in steps.held}
    for milestone, fen in parts.items():
        assert fen >= 0
        assert abs(100 * fen - amount * percents[milestone]) <= 100


def test_a_boundary_rounds_half_up_once():
    parts = split_by_milestone(5, milestones(0, 50, 50))
    assert parts[Milestone.FINISH] == 3
    assert parts[Milestone.CERTIFICATE] == 2


@pytest.mark.parametrize(
    ("changed", "today", "outcome"),
    [
        ({}, date(2026, 10, 20), Outcome.WAITS),
        ({}, date(2026, 10, 21), Outcome.WARNED),
        ({"is_warned": True}, date(2026, 11, 20), Outcome.WAITS),
        ({}, date(2026, 11, 21), Outcome.RETURNED),
        ({"proven_on": date(2026, 5, 20)}, date(2026, 5, 20), Outcome.RELEASED),
        ({"proven_on": date(2026, 5, 19)}, date(2026, 5, 20), Outcome.WAITS),
        ({"proven_on": date(2026, 11, 20)}, date(2027, 1, 1), Outcome.RELEASED),
        ({"proven_on": date(2026, 11, 21)}, date(2027, 1, 1), Outcome.RETURNED),
    ],
)
def test_evidence_in_time_releases_and_days_that_are_over_return(changed, today, outcome):
    assert decide_retention(replace(FACTS, **changed), today=today) is outcome


def test_months_end_on_a_day_there_is():
    assert add_months(date(2026, 8, 31), 6) == date(2027, 2, 28)
    share = HeldShare(Milestone.EMPLOYMENT, 10, 6, 200)
    days = deadline_of(share, completed_on=date(2026, 7, 1))
    assert (days.counts_from, days.due_by - date(2026, 7, 1)) == (
        date(2027, 1, 1),
        timedelta(days=200),
    )


def test_what_is_proposed_in_advance_stays_within_policy_and_grade():
    shares = [AdvanceShare(10_001, 30), AdvanceShare(5_000, 0)]
    assert proposed_advance_fen(shares, most_fen=9_999) == 3_000
    assert proposed_advance_fen(shares, most_fen=2_000) == 2_000


def test_the_entries_move_what_is_withheld_and_nothing_else():
    day, amount = date(2026, 12, 1), Money(300, "CNY")
    drafts = [
        entry_for_retention("ST-1", institution_code="I", amount=amount, on=day),
        entry_for_retention_release("RT-1", institution_code="I", amount=amount, on=day),
        entry_for_retention_return(
            "RT-1", institution_code="I", shares=[("A", 100), ("B", 200)], currency="CNY", on=day
        ),
    ]
    assert [
        [(line.account.code, line.side.value, line.fen) for line in draft.lines] for draft in drafts
    ] == [
        [("payable:institution:I", "debit", 300), ("retention:institution:I", "credit", 300)],
        [("retention:institution:I", "debit", 300), ("payable:institution:I", "credit", 300)],
        [
            ("retention:institution:I", "debit", 300),
            ("allotment:available:A", "credit", 100),
            ("allotment:available:B", "credit", 200),
        ],
    ]


def pack(**steps):
    return make_pack(
        scheme="S", payment={"attendance_min_percent": rule(80), "milestones": rule(steps)}
    )


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"finish_percent": 41}, "pack_milestones_sum", ""),
        ({"certificate_within_days": None}, "pack_rule_needed", ".certificate_percent"),
        (
            {"employment_percent": None, "finish_percent": 50},
            "pack_rule_needed",
            ".employment_within_days",
        ),
        ({"employment_within_days": 186}, "pack_milestone_too_soon", ".employment_within_days"),
        ({"start_percent": 51}, "pack_not_integer", ".start_percent"),
        ({"finish_percent": None}, "pack_key_missing", ".finish_percent"),
    ],
)
def test_steps_that_do_not_go_together_are_refused_with_their_place(changed, code, field):
    steps = {key: value for key, value in (STEPS | changed).items() if value is not None}
    with pytest.raises(Refused) as no:
        read_pack(pack_text(pack(**steps)))
    found = [(one.code, one.field) for one in no.value.refusals]
    assert (code, f"payment.milestones.value{field}") in found


def test_a_pack_that_pays_in_steps_is_read_told_and_compared():
    read = read_pack(pack_text(pack(**STEPS)))
    setting = read_milestones(read)
    assert setting is not None
    assert setting.value.held == (
        HeldShare(Milestone.CERTIFICATE, 20, 0, 90),
        HeldShare(Milestone.EMPLOYMENT, 10, 6, 365),
    )
    assert [params["percent"] for _text, params in milestone_sentences(setting)] == [30, 40, 20, 10]
    later = read_pack(pack_text(pack(**STEPS | {"certificate_within_days": 120})))
    [change] = list_changes(list_differences(read, later), currency="CNY")
    assert [text for text, _params in change.where] == [
        "Paid in steps",
        "certificate within days of the end",
    ]
    assert (change.before, change.after) == ("90", "120")
    assert read_milestones(make_pack()) is None
