"""A past decision under another policy: each rule that follows from it, and what it comes to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from marketplace.catalog.states import CourseRunState
from marketplace.drafting.rules.again import PastClass, PastVoucher, decide_again
from marketplace.drafting.rules.charts import month_chart
from marketplace.drafting.rules.drafts import VersionDates, standings_on
from marketplace.drafting.rules.replays import Pace, dry_days, refusals_for_period
from marketplace.drafting.rules.totals import Figures, Row, figures_from, rows_by_month
from marketplace.drafting.states import Outcome, VersionStanding
from marketplace.enrollment.states import AssessmentResult
from marketplace.people.states import Sex, WorkerCategory
from marketplace.redemption.rules import CompletionEvidence
from marketplace.vouchers.pack_words import list_changes, path_words, value_words
from marketplace.vouchers.rules.claims import ClaimFacts
from marketplace.vouchers.rules.differences import list_differences
from marketplace.vouchers.rules.pack import pack_as_text, read_pack
from marketplace.vouchers.rules.policy import Policy
from marketplace.vouchers.rules.policy_reading import policy_from_pack
from marketplace.vouchers.rules.subjects import CourseFacts, QuoteFacts, VoucherFacts
from marketplace.vouchers.states import VoucherOrigin, VoucherState
from tests.factories.vouchers import CLAUSE, make_pack, pack_text, rule

DAY = date(2026, 3, 2)
BAICHENG = "/220000/220800/"


def policy(**changes: Any) -> Policy:
    return policy_from_pack(read_pack(pack_text(make_pack(scheme="S", **changes))), version=2)


def past(under: Policy, *, completion: CompletionEvidence | None = None) -> PastVoucher:
    """A voucher claimed on 2 March, used for a level 5 class two months later."""
    claim = ClaimFacts(
        on=DAY,
        policy=under,
        way=VoucherOrigin.CLAIMED,
        born_on=date(1990, 5, 17),
        sex=Sex.MALE,
        categories=frozenset({WorkerCategory.VETERAN, WorkerCategory.DISABLED}),
        residence_path=f"{BAICHENG}220802/",
        workplace_path=None,
        scheme_path=BAICHENG,
        scheme_place="白城市",
        vouchers_this_year=1,
        live_elsewhere=None,
        allotment_found=True,
        available_fen=1,
    )
    quote = QuoteFacts(
        on=date(2026, 5, 4),
        policy=under,
        voucher=VoucherFacts(VoucherState.ACTIVE, None, DAY, date(2026, 5, 30)),
        course=CourseFacts(
            listed=True,
            institution_accredited=True,
            occupation_code="4-10",
            level=5,
            hours=60,
            fee_fen=120_000,
            currency="CNY",
            run_state=CourseRunState.OPEN,
            starts_on=date(2026, 5, 10),
            opens_on=None,
            closes_on=None,
            in_demand=True,
        ),
        categories=claim.categories,
        trainings=(),
        available_fen=1,
        scheme_path=BAICHENG,
    )
    return PastVoucher(claim, PastClass(quote, 80_000, completion, date(2026, 5, 20)))


BEFORE = policy()
RATE = {"amount_fen": 80_000, "level": 5, "clause": CLAUSE}


@pytest.mark.parametrize(
    ("changes", "outcome", "new_fen", "reasons"),
    [
        ({}, Outcome.SAME, 80_000, []),
        ({"rates": [RATE | {"amount_fen": 90_000}]}, Outcome.GAINS, 90_000, ["line:rate"]),
        ({"rates": [RATE | {"level": 4}]}, Outcome.REFUSED, 0, ["no_rate"]),
        ({"rates": [RATE | {"hours_min": 61}]}, Outcome.REFUSED, 0, ["hours_too_few"]),
        ({"validity_days": rule(63)}, Outcome.REFUSED, 0, ["voucher_expired"]),
        ({"validity_days": rule(64)}, Outcome.SAME, 80_000, []),
        ({"limits": {"per_year_max": rule(1)}}, Outcome.REFUSED, 0, ["year_limit_reached"]),
        (
            {"eligibility": {"place": rule(["workplace"])}},
            Outcome.REFUSED,
            0,
            ["place_outside_workplace"],
        ),
        (
            {"eligibility": {"place": rule(["residence"]), "regions": rule(["220600"])}},
            Outcome.SAME,
            80_000,
            [],
        ),
        (
            {
                "payment": {
                    "attendance_min_percent": rule(80),
                    "in_demand_uplift": rule({"percent": 10}),
                }
            },
            Outcome.GAINS,
            88_000,
            ["line:in_demand"],
        ),
        (
            {"payment": {"attendance_min_percent": rule(91)}},
            Outcome.REFUSED,
            0,
            ["attendance_too_low"],
        ),
        (
            {"payment": {"attendance_min_percent": rule(80), "assessment_required": rule(True)}},
            Outcome.REFUSED,
            0,
            ["assessment_missing"],
        ),
    ],
)
def test_what_follows_from_the_policy_is_put_in_its_place(changes, outcome, new_fen, reasons):
    done = CompletionEvidence(date(2026, 5, 20), 90, AssessmentResult.NOT_ASSESSED)
    again = decide_again(past(BEFORE, completion=done), policy(**changes), given={})
    assert (again.outcome, again.new_fen) == (outcome, new_fen)
    assert [reason.code for reason in again.reasons] == reasons


def test_what_said_no_then_as_well_did_not_keep_the_money_away():
    excluded = policy(eligibility={"categories": rule(["rural_migrant"])})
    again = decide_again(past(excluded), excluded, given={})
    assert again.outcome is Outcome.SAME


def test_a_cap_counts_what_the_policy_would_have_given():
    capped = policy(
        eligibility={"categories": rule(["veteran", "disabled"])},
        limits={"category_caps": rule([{"category": "veteran", "fen_per_year": 160_000}])},
    )
    first = decide_again(past(BEFORE), capped, given={WorkerCategory.VETERAN: 1})
    assert first.category is WorkerCategory.VETERAN
    third = decide_again(past(BEFORE), capped, given={WorkerCategory.VETERAN: 2})
    assert third.category is WorkerCategory.DISABLED
    alone = past(BEFORE)
    veteran = replace(alone.claim, categories=frozenset({WorkerCategory.VETERAN}))
    full = decide_again(replace(alone, claim=veteran), capped, given={WorkerCategory.VETERAN: 2})
    assert [reason.code for reason in full.reasons] == ["category_cap_reached"]
    assert not full.is_given


def test_figures_add_up_and_survive_being_stored():
    dearer = policy(rates=[RATE | {"amount_fen": 60_000}])
    figures = Figures()
    for month in (1, 3):
        figures.count_voucher(
            decide_again(past(BEFORE), dearer, given={}),
            on=date(2026, month, 4),
            place_id=7,
            allotment_id=9,
            is_used=True,
            year=2026,
        )
    figures.count_person(frozenset({"no_allotment"}), frozenset({"above_upper_age"}))
    figures.count_person(frozenset({"below_lower_age"}), frozenset())
    figures.count_person(None, frozenset({"balance_too_low"}))
    assert (figures.old_fen, figures.new_fen, figures.lost_fen) == (160_000, 120_000, 40_000)
    assert figures.reasons == {"line:rate": [2, -40_000]}
    assert [row.key for row in rows_by_month(figures)] == ["2026-01", "2026-03"]
    assert figures.people == {"lost": 1, "gained": 2}
    assert figures.people_lost == {"above_upper_age": 1}
    again = figures_from({name: getattr(figures, name) for name in Figures.__slots__})
    again.count_person(None, frozenset())
    assert figures.people["gained"] == 2


def test_bars_stand_on_one_scale_and_nothing_has_none():
    chart = month_chart([Row("2026-01", 1, 100, 50), Row("2026-02", 1, 0, 100)])
    assert chart is not None
    old, new = chart.bars[0].old, chart.bars[0].new
    assert old.height == pytest.approx(2 * new.height, abs=0.2)
    assert old.y + old.height == pytest.approx(chart.ground, abs=0.2)
    assert month_chart([Row("2026-01", 0, 0, 0)]) is None


def test_money_lasts_shorter_at_a_higher_price():
    today = date(2026, 11, 20)
    pace = Pace(available_fen=9_000, used_lately_fen=9_000, difference_fen=9_000, days=90)
    assert dry_days(pace, today=today) == (date(2027, 2, 18), date(2027, 1, 4))
    codes = [r.code for r in refusals_for_period(date(2010, 1, 1), date(2027, 1, 1), today=today)]
    assert codes == ["replay_ahead", "replay_too_long"]


def test_the_newest_version_that_has_begun_is_in_force():
    versions = [
        VersionDates(1, date(2020, 1, 1), None),
        VersionDates(2, date(2026, 1, 1), date(2026, 6, 30)),
        VersionDates(3, date(2027, 1, 1), None),
    ]
    standing = VersionStanding
    assert standings_on(versions, date(2026, 3, 1)) == {
        1: standing.SUPERSEDED,
        2: standing.IN_FORCE,
        3: standing.AHEAD,
    }
    assert standings_on(versions, date(2026, 7, 1))[2] is standing.OVER


def test_differences_are_told_in_words_and_rates_by_award_do_not_hide_each_other():
    awards = [
        {"amount_fen": 10_000, "award": "completion", "clause": CLAUSE},
        {"amount_fen": 20_000, "award": "special_ability", "clause": CLAUSE},
    ]
    before = read_pack(pack_text(make_pack(scheme="S", rates=awards)))
    changed = [awards[0] | {"amount_fen": 15_000}, awards[1]]
    after = read_pack(pack_as_text(before | {"rates": changed, "valid_until": "2027-01-01"}))
    changes = list_changes(list_differences(before, after), currency="CNY")
    assert [change.path for change in changes] == ["rates[*/completion].amount_fen", "valid_until"]
    assert [text for text, _params in changes[0].where] == [
        "Rates",
        "Certificate of passed training",
        "amount",
    ]
    assert (changes[0].before.fen, changes[0].after.fen) == (10_000, 15_000)
    assert (changes[1].before, changes[1].after) == ("nothing", date(2027, 1, 1))
    assert value_words("eligibility.categories.value", ["veteran"], currency="CNY") == ("veteran",)
    assert path_words("rates[2].clause")[1] == ("row %(number)s", {"number": 3})
    assert path_words("surprise") == (("surprise", {}),)
