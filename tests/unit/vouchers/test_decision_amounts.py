"""The table of published amounts, one case per row; the source of each row is its id.

Rows marked `copy` were read in a secondary copy only; the values are as stated there.
"""

from __future__ import annotations

import pytest

from marketplace.catalog.states import CourseMode
from marketplace.people.states import WorkerCategory
from marketplace.vouchers.rules.quotes import amount_of, quote_lines
from marketplace.vouchers.states import Award
from tests.factories.vouchers import CLAUSE, rule
from tests.unit.vouchers.published_rules import (
    paid,
    pays,
    quote,
    rate,
)
from tests.unit.vouchers.test_policy_rules import case

JIUJIANG = paid(
    *(rate(yuan * 100, level=level) for level, yuan in ((5, 1200), (4, 1500), (3, 2000))),
    rate(400_000, level=2),
    rate(500_000, level=1),
    rate(100_000, award="special_ability"),
    rate(100_000, award="completion"),
)
XIAMEN = paid(
    *(
        rate(yuan * 100, level=level)
        for level, yuan in ((5, 700), (4, 1000), (3, 1500), (2, 2000), (1, 3000))
    ),
    payment={"in_demand_uplift": rule({"percent": 30})},
)
GUANGXI = paid(
    *(
        rate(yuan * 100, level=level)
        for level, yuan in ((4, 5000), (3, 6000), (2, 8000), (1, 10_000))
    )
)
ABILITY = {"level": None, "award": Award.SPECIAL_ABILITY}
COMPLETION = {"level": None, "award": Award.COMPLETION}


@pytest.mark.parametrize(
    ("rules", "course", "expected"),
    [
        case("Jiujiang: level 5, 1,200", JIUJIANG, {"level": 5}, 120_000),
        case("Jiujiang: level 4, 1,500", JIUJIANG, {"level": 4}, 150_000),
        case("Jiujiang: level 3, 2,000", JIUJIANG, {"level": 3}, 200_000),
        case("Jiujiang: level 2, 4,000", JIUJIANG, {"level": 2}, 400_000),
        case("Jiujiang: level 1, 5,000", JIUJIANG, {"level": 1}, 500_000),
        case("Jiujiang: special ability, 1,000", JIUJIANG, ABILITY, 100_000),
        case("Jiujiang: certificate of completion, 1,000", JIUJIANG, COMPLETION, 100_000),
        case("Guangxi 2021 (copy): apprentice level 4, 5,000", GUANGXI, {"level": 4}, 500_000),
        case("Guangxi 2021 (copy): apprentice level 3, 6,000", GUANGXI, {"level": 3}, 600_000),
        case("Guangxi 2021 (copy): apprentice level 2, 8,000", GUANGXI, {"level": 2}, 800_000),
        case("Guangxi 2021 (copy): apprentice level 1, 10,000", GUANGXI, {"level": 1}, 1_000_000),
        case("Guangxi 2021 (copy): none below level 4", GUANGXI, {"level": 5}, ["no_rate"]),
        case("Xiamen: level 5, 700", XIAMEN, {"level": 5}, 70_000),
        case(
            "Xiamen: in demand, 20 % more",
            XIAMEN,
            {"level": 5, "in_demand": True, "demand_uplift_percent": 20},
            84_000,
        ),
        case(
            "Xiamen: key occupation, 30 % more",
            XIAMEN,
            {"level": 3, "in_demand": True, "demand_uplift_percent": 30},
            195_000,
        ),
        case(
            "Xiamen: a list cannot go above the policy",
            XIAMEN,
            {"level": 5, "in_demand": True, "demand_uplift_percent": 50},
            91_000,
        ),
    ],
)
def test_amounts_per_level_and_award(rules, course, expected):
    assert pays(rules, on_course=course) == expected


UNDER = {"fen_per_day": 10_000, "hours_per_day": 8, "most_percent": 60}
JIUJIANG_HOURS = paid(rate(120_000, level=5, hours_min=120, under_hours=UNDER))
COMPLETION_ONLY = paid(rate(hours_min=40, per_hour={"fen": 1_000, "cap_fen": 70_000}))
SHANXI = paid(
    rate(
        per_day={
            "hours_per_day": 8,
            "steps": [{"days": 10, "fen": 15_000}, {"days": 5, "fen": 10_000}],
        }
    )
)
ZHONGSHAN = paid(rate(per_hour={"fen": 3_000, "cap_fen": 100_000}))


@pytest.mark.parametrize(
    ("rules", "hours", "expected"),
    [
        case("Jiujiang: full hours, full amount", JIUJIANG_HOURS, 120, 120_000),
        case("Jiujiang: 24 h are three days of 100", JIUJIANG_HOURS, 24, 30_000),
        case("Jiujiang: 31 h are three days of 100", JIUJIANG_HOURS, 31, 30_000),
        case("Jiujiang: at most 60 %", JIUJIANG_HOURS, 119, 72_000),
        case("Jiujiang: less than a day", JIUJIANG_HOURS, 7, ["hours_too_few"]),
        case("a province (copy): 10 yuan an hour", COMPLETION_ONLY, 40, 40_000),
        case("a province (copy): at most 700", COMPLETION_ONLY, 71, 70_000),
        case("a province (copy): from 40 h on", COMPLETION_ONLY, 39, ["hours_too_few"]),
        case("a province (copy): hours unknown", COMPLETION_ONLY, None, ["hours_unknown"]),
        case("Shanxi: 150 a day", SHANXI, 8, 15_000),
        case("Shanxi: ten days of 150", SHANXI, 80, 150_000),
        case("Shanxi: the eleventh day is 100", SHANXI, 88, 160_000),
        case("Shanxi: 15 days, 120 h", SHANXI, 120, 200_000),
        case("Shanxi: never more than 15 days", SHANXI, 400, 200_000),
        case("Shanxi: less than a day", SHANXI, 7, ["hours_too_few"]),
        case("Zhongshan: 30 yuan a lesson", ZHONGSHAN, 20, 60_000),
        case("Zhongshan: at most 1,000 a year", ZHONGSHAN, 34, 100_000),
    ],
)
def test_amounts_per_day_and_hour(rules, hours, expected):
    assert pays(rules, on_course={"hours": hours}) == expected


GUANGDONG_UPLIFT = paid(
    rate(200_000), payment={"in_demand_uplift": rule({"percent": 30, "from_level": 3})}
)
TIANJIN = paid(
    rate(100_001),
    payment={
        "scarcity": rule(
            {
                "grades": [
                    {"percent": 100, "occupations": ["6-31"]},
                    {"percent": 90, "occupations": ["6-31-01", "4-01"]},
                ],
                "others_percent": 80,
                "full_from_level": 2,
            }
        ),
        "blended_percent": rule(70),
        "in_demand_uplift": rule({"percent": 25}),
    },
)
BLENDED = {"mode": CourseMode.BLENDED}


@pytest.mark.parametrize(
    ("rules", "course", "expected"),
    [
        case("Guangdong: in demand from level 3 on", GUANGDONG_UPLIFT, {"level": 3}, 260_000),
        case("Guangdong: not at level 4", GUANGDONG_UPLIFT, {"level": 4}, 200_000),
        case("Guangdong: no level, no uplift", GUANGDONG_UPLIFT, {"level": None}, 200_000),
    ],
)
def test_uplift_from_a_level_on(rules, course, expected):
    assert pays(rules, on_course={"in_demand": True, **course}) == expected


@pytest.mark.parametrize(
    ("course", "expected"),
    [
        case("Tianjin 2022-20 art. 9: very scarce, 100 %", {"occupation_code": "6-31-02"}, 100_001),
        case("Tianjin: scarce, 90 %, rounded half up", {"occupation_code": "4-01-09"}, 90_001),
        case("Tianjin: the closest group decides", {"occupation_code": "6-31-01-03"}, 90_001),
        case("Tianjin: a code is no part of a longer one", {"occupation_code": "4-011"}, 80_001),
        case("Tianjin: generally scarce, 80 %", {"occupation_code": None}, 80_001),
        case("Tianjin: technician, 100 % always", {"occupation_code": "4-01", "level": 2}, 100_001),
        case("Tianjin: blended, 70 %", {"occupation_code": "6-31-02", **BLENDED}, 70_001),
        # 100,001 × 0.9 × 0.7 = 63,000.63, × 1.25 = 78,750.79: rounded once.
        case(
            "Tianjin: all at once",
            {"occupation_code": "4-01-09", "in_demand": True, **BLENDED},
            78_751,
        ),
        case("Tianjin: online only is not blended", {"mode": CourseMode.ONLINE}, 90_001),
    ],
)
def test_scarcity_and_blended_training(course, expected):
    facts = quote(TIANJIN, on_course=course)
    lines = quote_lines(facts)
    assert amount_of(lines, "voucher_pays") == expected
    parts = ("rate", "scarcity", "blended", "in_demand")
    assert sum(line.amount_fen for line in lines if line.code in parts) == expected
    assert all(line.rule for line in lines if line.code in parts)


def allowance(**more):
    return {"kind": "living", "clause": CLAUSE, **more}


@pytest.mark.parametrize(
    ("given", "hours", "category", "expected"),
    [
        case("Tianjin: living allowance 1,000", {"amount_fen": 100_000}, 80, "veteran", 100_000),
        case(
            "Qingdao: 5 yuan an hour",
            {"per_hour": {"fen": 500, "cap_fen": 120_000}},
            60,
            "veteran",
            30_000,
        ),
        case(
            "Fujian (copy): 300 for households lifted from poverty",
            {"amount_fen": 30_000, "categories": ["lifted_from_poverty"]},
            80,
            "lifted_from_poverty",
            30_000,
        ),
        case(
            "Fujian (copy): not for others",
            {"amount_fen": 30_000, "categories": ["lifted_from_poverty"]},
            80,
            "veteran",
            None,
        ),
    ],
)
def test_living_allowance_is_quoted_beside_the_fee(given, hours, category, expected):
    rules = paid(rate(80_000), allowances=[allowance(**given)])
    facts = quote(
        rules, on_course={"hours": hours}, categories=frozenset({WorkerCategory(category)})
    )
    lines = quote_lines(facts)
    found = {line.code: line.amount_fen for line in lines}
    assert found.get("living_allowance") == expected
    assert found["fee"] == found["voucher_pays"] + found["own_share"]
