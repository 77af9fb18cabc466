"""The published rules, one case per row of the collected sources; the source is in the id."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.catalog.states import CourseRunState
from marketplace.people.states import Sex, WorkerCategory
from marketplace.vouchers.rules.claims import (
    CLAIM_RULES,
    ClaimFacts,
    LiveVoucher,
    age_on,
    birthday,
    refusals_for_claim,
)
from marketplace.vouchers.rules.pack import read_pack
from marketplace.vouchers.rules.policy_reading import policy_from_pack
from marketplace.vouchers.rules.quote_facts import facts_from_json, facts_to_json
from marketplace.vouchers.rules.quotes import (
    QUOTE_RULES,
    CourseFacts,
    QuoteFacts,
    VoucherFacts,
    amount_of,
    quote_lines,
    refusals_for_quote,
)
from marketplace.vouchers.states import VoucherOrigin, VoucherState

ROOT = Path(__file__).resolve().parents[3]
PACK = read_pack((ROOT / "docs/packs/baicheng_2020.yaml").read_text(encoding="utf-8"))
POLICY = policy_from_pack(PACK, version=1)
TODAY = date(2026, 11, 20)

CLAIM = ClaimFacts(
    on=TODAY,
    policy=POLICY,
    way=VoucherOrigin.CLAIMED,
    born_on=date(1990, 5, 17),
    sex=Sex.FEMALE,
    categories=frozenset({WorkerCategory.RURAL_MIGRANT}),
    residence_path="/220000/220800/220802/",
    workplace_path=None,
    scheme_path="/220000/220800/",
    scheme_place="白城市",
    vouchers_this_year=0,
    live_elsewhere=None,
    allotment_found=True,
    available_fen=10_000_000,
)
COURSE = CourseFacts(
    listed=True,
    institution_accredited=True,
    occupation_code="6-31-01-03",
    level=5,
    hours=60,
    fee_fen=200_000,
    currency="CNY",
    run_state=CourseRunState.OPEN,
    starts_on=date(2026, 12, 1),
    opens_on=date(2026, 11, 1),
    closes_on=date(2026, 12, 1),
)
QUOTE = QuoteFacts(
    on=TODAY,
    policy=POLICY,
    voucher=VoucherFacts(VoucherState.ACTIVE, None, TODAY, date(2027, 2, 17)),
    course=COURSE,
    categories=frozenset({WorkerCategory.RURAL_MIGRANT}),
    trainings=(),
    available_fen=10_000_000,
)


def case(source: str, *values: object):
    return pytest.param(*values, id=source)


@pytest.mark.parametrize(
    ("level", "hours", "pays_fen", "code"),
    [
        case("Jilin 2020-59: level 5, 800 yuan from 60 h", 5, 60, 80_000, None),
        case("Jilin 2020-59: level 5, 59 h", 5, 59, None, "hours_too_few"),
        case("Jilin 2020-59: level 4, 1500 yuan from 110 h", 4, 110, 150_000, None),
        case("Jilin 2020-59: level 4, 109 h", 4, 109, None, "hours_too_few"),
        case("Jilin 2020-59: level 3, 2000 yuan from 150 h", 3, 150, 200_000, None),
        case("Jilin 2020-59: level 3, 149 h", 3, 149, None, "hours_too_few"),
        case("Jilin 2020-59: no rate above level 3", 2, 500, None, "no_rate"),
        case("Jilin 2020-59: hours not stated", 5, None, None, "hours_unknown"),
    ],
)
def test_amounts_and_hours_per_level(level, hours, pays_fen, code):
    facts = replace(QUOTE, course=replace(COURSE, level=level, hours=hours))
    refusals = refusals_for_quote(facts)
    assert [refusal.code for refusal in refusals] == ([code] if code else [])
    if not code:
        assert amount_of(quote_lines(facts), "voucher_pays") == pays_fen


@pytest.mark.parametrize(
    ("born_on", "sex", "code"),
    [
        case("Guangdong: 16 today", date(2010, 11, 20), Sex.MALE, None),
        case("Guangdong: 16 tomorrow", date(2010, 11, 21), Sex.MALE, "below_lower_age"),
        case("Guangdong: man of 60", date(1965, 11, 21), Sex.MALE, None),
        case("Guangdong: man of 61", date(1965, 11, 20), Sex.MALE, "above_upper_age"),
        case("Guangdong: woman of 55", date(1970, 11, 21), Sex.FEMALE, None),
        case("Guangdong: woman of 56", date(1970, 11, 20), Sex.FEMALE, "above_upper_age"),
    ],
)
def test_ages(born_on, sex, code):
    refusals = refusals_for_claim(replace(CLAIM, born_on=born_on, sex=sex))
    assert [refusal.code for refusal in refusals] == ([code] if code else [])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        case("Shenzhen 2024: third of the year", {"vouchers_this_year": 2}, None),
        case("Shenzhen 2024: fourth of the year", {"vouchers_this_year": 3}, "year_limit_reached"),
        case(
            "Fujian 2021: one live voucher per person",
            {"live_elsewhere": LiveVoucher({"zh": "券", "en": "V"}, date(2027, 1, 1))},
            "other_voucher_live",
        ),
        case(
            "Jilin: works there, lives elsewhere",
            {"residence_path": "/130000/", "workplace_path": "/220000/220800/"},
            None,
        ),
        case("Jilin: neither lives nor works there", {"residence_path": None}, "place_outside"),
        case(
            "Jilin: lives in the province only",
            {"residence_path": "/220000/"},
            "place_outside",
        ),
        case("Jilin: no category", {"categories": frozenset()}, "category_not_verified"),
        case("Budget: less than the lowest rate", {"available_fen": 79_999}, "balance_too_low"),
        case("Budget: just the lowest rate", {"available_fen": 80_000}, None),
        case("Budget: nothing allotted", {"allotment_found": False}, "no_allotment"),
    ],
)
def test_claims(changes, code):
    refusals = refusals_for_claim(replace(CLAIM, **changes))
    assert [refusal.code for refusal in refusals] == ([code] if code else [])


@pytest.mark.parametrize(
    ("trainings", "code"),
    [
        case("State Council 2019-24: same once", ((COURSE.occupation_code, 5),), "trained_before"),
        case("Shenzhen: higher bars lower", ((COURSE.occupation_code, 4),), "higher_level_before"),
        case("State Council 2019-24: another occupation", (("9-99", 5), ("9-99", 1)), None),
    ],
)
def test_earlier_trainings(trainings, code):
    refusals = refusals_for_quote(replace(QUOTE, trainings=trainings))
    assert [refusal.code for refusal in refusals] == ([code] if code else [])


@pytest.mark.parametrize(
    ("category", "own_share_fen"),
    [
        case("Baicheng plan: free group", WorkerCategory.VETERAN, 0),
        case("Assumption: 20 % for others", WorkerCategory.ENTERPRISE_EMPLOYEE, 10_000),
    ],
)
def test_own_shares(category, own_share_fen):
    facts = replace(QUOTE, course=replace(COURSE, fee_fen=50_000), categories=frozenset({category}))
    assert amount_of(quote_lines(facts), "own_share") == own_share_fen


@pytest.mark.parametrize(
    ("on", "code"),
    [
        case("Fujian 2021: last day", date(2027, 2, 17), None),
        case("Fujian 2021: day after", date(2027, 2, 18), "voucher_expired"),
        case("before its first day", date(2026, 11, 19), "voucher_not_begun"),
    ],
)
def test_validity(on, code):
    course = replace(COURSE, opens_on=date(2026, 1, 1), closes_on=date(2027, 12, 31))
    refusals = refusals_for_quote(replace(QUOTE, on=on, course=course))
    assert [refusal.code for refusal in refusals] == ([code] if code else [])


def test_every_number_that_was_not_found_for_jilin_says_so():
    assert POLICY.attendance_min_percent.assumed
    assert POLICY.assessment_required.value
    assert POLICY.assessment_required.assumed
    assert POLICY.age.assumed
    assert POLICY.validity_days.assumed
    assert not any(rate.assumed for rate in POLICY.rates)


def test_a_birthday_on_29_february_counts_from_1_march():
    assert birthday(date(2008, 2, 29), 17) == date(2025, 3, 1)
    assert age_on(date(2008, 2, 29), date(2025, 2, 28)) == 16
    assert age_on(date(2008, 2, 29), date(2025, 3, 1)) == 17


claims = st.builds(
    lambda **changes: replace(CLAIM, **changes),
    way=st.sampled_from(VoucherOrigin),
    born_on=st.dates(date(1930, 1, 1), date(2020, 1, 1)),
    sex=st.sampled_from(Sex),
    categories=st.frozensets(st.sampled_from(WorkerCategory)),
    residence_path=st.sampled_from([None, "/220000/220800/", "/130000/"]),
    vouchers_this_year=st.integers(0, 6),
    allotment_found=st.booleans(),
    available_fen=st.integers(0, 200_000),
)
courses = st.builds(
    lambda **changes: replace(COURSE, **changes),
    listed=st.booleans(),
    level=st.one_of(st.none(), st.integers(1, 5)),
    hours=st.one_of(st.none(), st.integers(1, 300)),
    fee_fen=st.integers(0, 1_000_000),
    run_state=st.one_of(st.none(), st.sampled_from(CourseRunState)),
)
quotes = st.builds(
    lambda **changes: replace(QUOTE, **changes),
    on=st.dates(date(2026, 11, 1), date(2027, 3, 1)),
    course=courses,
    categories=st.frozensets(st.sampled_from(WorkerCategory)),
    trainings=st.lists(
        st.tuples(st.just(COURSE.occupation_code), st.integers(1, 5)), max_size=3
    ).map(tuple),
    available_fen=st.integers(0, 300_000),
)


@given(claims)
def test_claims_are_decided_alike_every_time_and_tell_all_reasons(facts):
    refusals = refusals_for_claim(facts)
    assert refusals == refusals_for_claim(facts)
    alone = [refusal for rule in CLAIM_RULES if (refusal := rule(facts))]
    assert list(refusals) == alone


@given(quotes)
def test_quotes_are_decided_alike_every_time_and_tell_all_reasons(facts):
    refusals = refusals_for_quote(facts)
    assert refusals == refusals_for_quote(facts)
    assert list(refusals) == [refusal for rule in QUOTE_RULES if (refusal := rule(facts))]


@given(quotes)
def test_amounts_always_add_up(facts):
    lines = quote_lines(facts)
    fee, pays, own = (amount_of(lines, code) for code in ("fee", "voucher_pays", "own_share"))
    assert fee == pays + own
    assert 0 <= pays <= fee
    if not refusals_for_quote(facts):
        assert pays > 0


@given(quotes)
def test_stored_facts_come_back_as_they_were(facts):
    assert facts_from_json(facts_to_json(facts), policy=POLICY) == facts
