"""Campaigns: who is meant, who is drawn, who may be approached again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from marketplace.campaigns.channels.outbox import OutboxChannel
from marketplace.campaigns.channels.protocol import TextMessage
from marketplace.campaigns.rules import (
    DraftFacts,
    LaunchFacts,
    PopulationRule,
    arm_of,
    may_be_reminded,
    months_before,
    population_from,
    refusals_for_draft,
    refusals_for_launch,
    refusals_for_move,
    years_before,
)
from marketplace.campaigns.states import CAMPAIGN_TRANSITIONS, Arm, CampaignState
from marketplace.people.states import WorkerCategory
from marketplace.vouchers.rules.claims import age_on

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
DRAFT = DraftFacts(
    title="冬季行动",
    population=PopulationRule(),
    holdout_percent=10,
    place_name="洮北区",
    place_path="/220000/220800/220802/",
    scheme_path="/220000/220800/",
    scheme_is_targeted=True,
    occupation_is_known=True,
)
LAUNCH = LaunchFacts(
    state=CampaignState.PROPOSED,
    proposed_by=1,
    launched_by=2,
    people=10,
    scheme_in_force=True,
    today=NOW.date(),
)


def codes(refusals) -> list[str]:
    return [refusal.code for refusal in refusals]


def test_the_draw_is_the_same_whenever_it_is_made_and_differs_between_campaigns():
    people = [f"WK-{number}" for number in range(4_000)]
    drawn = [arm_of("CG-A", code, holdout_percent=20) for code in people]
    assert drawn == [arm_of("CG-A", code, holdout_percent=20) for code in people]
    other = [arm_of("CG-B", code, holdout_percent=20) for code in people]
    both = sum(a is b is Arm.HELD_OUT for a, b in zip(drawn, other, strict=True))
    assert 0.17 < drawn.count(Arm.HELD_OUT) / len(people) < 0.23
    assert 0.025 < both / len(people) < 0.055, "independent draws meet in a twenty-fifth"


def test_a_share_of_nothing_holds_nobody_out_and_a_larger_share_keeps_whom_a_smaller_had():
    people = [f"WK-{number}" for number in range(500)]
    assert all(arm_of("CG", code, holdout_percent=0) is Arm.TREATED for code in people)
    small = {code for code in people if arm_of("CG", code, holdout_percent=5) is Arm.HELD_OUT}
    large = {code for code in people if arm_of("CG", code, holdout_percent=30) is Arm.HELD_OUT}
    assert small and small < large


@pytest.mark.parametrize("day", [date(2026, 11, 20), date(2028, 2, 29), date(2027, 3, 1)])
@pytest.mark.parametrize("years", [16, 18, 50])
def test_ages_in_a_query_are_the_ages_of_the_claim_rules(day, years):
    last = years_before(day, years)
    assert age_on(last, day) == years
    assert age_on(last + timedelta(days=1), day) == years - 1


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (date(2026, 11, 20), 12, date(2025, 11, 20)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2028, 3, 31), 1, date(2028, 2, 29)),
        (date(2026, 12, 31), 1, date(2026, 11, 30)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
    ],
)
def test_months_end_on_a_day_that_exists(day, months, before):
    assert months_before(day, months) == before


@pytest.mark.parametrize(
    ("days_ago", "may"),
    [
        ([], True),
        ([6.9], False),
        ([7], True),
        ([8, 9, 10], False),
        ([8, 9, 31], True),
    ],
    ids=["nothing yet", "within a week", "after a week", "three in a month", "one is old"],
)
def test_nobody_is_approached_too_often(days_ago, may):
    sent = [NOW - timedelta(days=days) for days in days_ago]
    assert may_be_reminded(sent, now=NOW) is may


def test_a_population_is_kept_and_read_back():
    rule = PopulationRule((WorkerCategory.VETERAN,), 18, 50, "4-10", 12)
    assert population_from(rule.stored()) == rule
    assert population_from(PopulationRule().stored()) == PopulationRule()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"title": ""}, "campaign_title_missing"),
        ({"title": "长" * 81}, "campaign_title_missing"),
        ({"scheme_is_targeted": False}, "campaign_scheme_not_targeted"),
        ({"place_path": "/220000/220100/"}, "campaign_place_outside_scheme"),
        ({"holdout_percent": 51}, "campaign_holdout"),
        ({"holdout_percent": -1}, "campaign_holdout"),
        ({"population": PopulationRule(age_min=50, age_max=18)}, "campaign_ages"),
        ({"population": PopulationRule(age_min=3)}, "campaign_ages"),
        ({"population": PopulationRule(idle_months=0)}, "campaign_idle_months"),
        (
            {"population": PopulationRule(occupation_code="0"), "occupation_is_known": False},
            "campaign_occupation_unknown",
        ),
    ],
)
def test_what_is_wrong_with_a_draft_is_named_by_its_field(change, code):
    assert refusals_for_draft(DRAFT) == ()
    (refusal,) = refusals_for_draft(replace(DRAFT, **change))
    assert (refusal.code, bool(refusal.field)) == (code, True)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"launched_by": 1}, "same_person"),
        ({"launched_by": None}, "same_person"),
        ({"people": 0}, "campaign_empty"),
        ({"scheme_in_force": False}, "scheme_not_in_force"),
        ({"state": CampaignState.DRAFT}, "campaign_state_forbids"),
    ],
)
def test_a_launch_needs_two_people_a_scheme_and_somebody_to_invite(change, code):
    assert refusals_for_launch(LAUNCH) == ()
    assert codes(refusals_for_launch(replace(LAUNCH, **change))) == [code]


@pytest.mark.parametrize("state", CampaignState)
@pytest.mark.parametrize("wanted", CampaignState)
def test_only_the_moves_of_the_table_are_allowed(state, wanted):
    assert (refusals_for_move(state, wanted) == ()) is (wanted in CAMPAIGN_TRANSITIONS[state])


def test_the_outbox_writes_whole_private_files_and_a_repeat_replaces(tmp_path):
    outbox = OutboxChannel(tmp_path / "outbox")
    for text in ("一", "二"):
        outbox.hand_over("CG-1-7", [TextMessage("CG-1-7", "13800138000", text)])
    (file,) = (tmp_path / "outbox").iterdir()
    assert file.name == "messages-CG-1-7.jsonl"
    assert file.stat().st_mode & 0o077 == 0
    assert file.read_text("utf-8") == ('{"code": "CG-1-7", "phone": "13800138000", "text": "二"}\n')
