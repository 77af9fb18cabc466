"""The table of published subsidy rules, one case per row; the source of each row is its id.

Rows marked `copy` were read in a secondary copy only; the values are as stated there.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from marketplace.catalog.states import CourseMode
from marketplace.people.states import PersonStatus, Sex, WorkerCategory
from marketplace.vouchers.rules.claims import StatusSpan, category_for_voucher, refusals_for_claim
from marketplace.vouchers.rules.pack import read_pack
from marketplace.vouchers.rules.places import person_is_inside
from marketplace.vouchers.rules.policy import Policy, policy_from_pack
from marketplace.vouchers.rules.quotes import amount_of, quote_lines, refusals_for_quote
from marketplace.vouchers.states import Award, VoucherOrigin
from tests.factories.vouchers import CLAUSE, face_value_pack, make_pack, pack_text, rule
from tests.unit.vouchers.test_policy_rules import CLAIM, COURSE, QUOTE, case

RICH = 10**9
CODE = COURSE.occupation_code


def policy(pack=None, **parts) -> Policy:
    """A policy with only these rules."""
    return policy_from_pack(read_pack(pack_text(pack or make_pack(**parts))), version=1)


def rate(amount_fen: int | None = None, **more):
    amount = {} if amount_fen is None else {"amount_fen": amount_fen}
    return {**amount, "clause": CLAUSE, **more}


def paid(*rates, payment=None, allowances=None) -> Policy:
    rules = {"attendance_min_percent": rule(80), **(payment or {})}
    return policy(rates=list(rates), payment=rules, allowances=allowances)


def claim_codes(rules: Policy, **facts) -> list[str]:
    return [one.code for one in refusals_for_claim(replace(CLAIM, policy=rules, **facts))]


def quote(rules: Policy, *, on_course=None, **facts):
    course = replace(COURSE, fee_fen=RICH, **(on_course or {}))
    return replace(QUOTE, policy=rules, course=course, available_fen=RICH, **facts)


def pays(rules: Policy, **asked) -> int | list[str]:
    """What the voucher pays for a dear course, or the codes of every reason against it."""
    facts = quote(rules, **asked)
    reasons = [one.code for one in refusals_for_quote(facts)]
    return reasons or amount_of(quote_lines(facts), "voucher_pays")


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


GUANGDONG = policy(
    eligibility={"excluded": rule(["civil_servant", "full_time_student", "pensioner"])}
)
STATUSES = {name: (StatusSpan(name, None),) for name in PersonStatus}


@pytest.mark.parametrize("status", [case(f"Guangdong (copy): {one}", one) for one in PersonStatus])
def test_who_is_excluded(status):
    assert claim_codes(GUANGDONG, statuses=STATUSES[status]) == ["person_excluded"]
    assert pays(GUANGDONG, statuses=frozenset({status})) == ["person_excluded"]
    assert claim_codes(policy(), statuses=STATUSES[status]) == []


def test_the_nearest_change_of_an_exclusion_that_ends_is_the_day_after():
    ends = (StatusSpan(PersonStatus.FULL_TIME_STUDENT, date(2027, 6, 30)),)
    [refusal] = refusals_for_claim(replace(CLAIM, policy=GUANGDONG, statuses=ends))
    assert refusal.remedy == "remedy_claim_from"
    assert refusal.params["from_on"] == date(2027, 7, 1)
    for_good = (*ends, StatusSpan(PersonStatus.PENSIONER, None))
    [refusal] = refusals_for_claim(replace(CLAIM, policy=GUANGDONG, statuses=for_good))
    assert refusal.remedy == "remedy_person_excluded"


HEBEI = policy(
    jurisdiction="130000",
    eligibility={
        "place": rule(["residence", "workplace", "training_place"]),
        "regions": rule(["110000", "120000", "130000"]),
    },
)
HOME = policy(eligibility={"place": rule(["residence", "workplace"])})


@pytest.mark.parametrize(
    ("rules", "person", "course_path", "expected"),
    [
        case("Hebei 2022: lives in Hebei", HEBEI, "/130000/130700/", "/440000/", 80_000),
        case("Hebei 2022: lives in Tianjin", HEBEI, "/120000/", "/440000/", 80_000),
        case("Hebei 2022: trains in Beijing", HEBEI, "/440000/", "/110000/110101/", 80_000),
        case("Hebei 2022: nothing there", HEBEI, "/440000/", "/4/", ["training_place_outside"]),
        case("Hebei 2022: place unknown", HEBEI, None, None, ["training_place_outside"]),
        case("Jilin: the training place does not matter", HOME, "/220000/", "/440000/", 80_000),
    ],
)
def test_residence_work_and_training_place(rules, person, course_path, expected):
    inside = person_is_inside(
        rules, residence_path=person, workplace_path=None, scheme_path="/130000/"
    )
    found = pays(
        rules,
        on_course={"place_path": course_path},
        person_inside=inside,
        scheme_path="/130000/",
        scheme_place="河北省",
    )
    assert found == expected
    if rules is HEBEI:
        assert claim_codes(rules, residence_path=person) == []


@pytest.mark.parametrize(
    ("limits", "facts", "expected"),
    [
        case(
            "lifetime: one below the limit", {"per_lifetime_max": rule(5)}, {"vouchers_ever": 4}, []
        ),
        case(
            "lifetime: reached",
            {"per_lifetime_max": rule(5)},
            {"vouchers_ever": 5},
            ["lifetime_limit_reached"],
        ),
        case(
            "MOF 2023-181 art. 5: three in all",
            {"per_lifetime_max": rule(3)},
            {"vouchers_ever": 3},
            ["lifetime_limit_reached"],
        ),
    ],
)
def test_times_per_lifetime(limits, facts, expected):
    assert claim_codes(policy(limits=limits), **facts) == expected


TIANJIN_TIMES = policy(
    limits={
        "per_year_max": rule(2),
        "per_year_groups": rule([{"group": "full_time_student", "max": 1}]),
    }
)
STUDENT = (StatusSpan(PersonStatus.FULL_TIME_STUDENT, None),)


@pytest.mark.parametrize(
    ("count", "statuses", "expected"),
    [
        case("Tianjin 2022-20: a student, the first", 0, STUDENT, []),
        case("Tianjin 2022-20: a student once", 1, STUDENT, ["year_limit_reached"]),
        case("Tianjin 2022-20: others, the second", 1, (), []),
        case("Tianjin 2022-20: others twice", 2, (), ["year_limit_reached"]),
    ],
)
def test_students_once_a_year_others_twice(count, statuses, expected):
    assert claim_codes(TIANJIN_TIMES, vouchers_this_year=count, statuses=statuses) == expected


def test_the_first_group_that_fits_sets_the_number():
    groups = [{"group": "veteran", "max": 3}, {"group": "full_time_student", "max": 1}]
    rules = policy(limits={"per_year_groups": rule(groups)})
    both = {"categories": frozenset({WorkerCategory.VETERAN}), "statuses": STUDENT}
    assert claim_codes(rules, vouchers_this_year=2, **both) == []
    assert claim_codes(rules, vouchers_this_year=9) == [], "nothing is said of others"
    [refusal] = refusals_for_claim(replace(CLAIM, policy=rules, vouchers_this_year=3, **both))
    assert refusal.params["limit"] == 3


MOHRSS = policy(limits={"trainings_per_year": rule({"max": 1, "in_demand_extra": 2})})


@pytest.mark.parametrize(
    ("count", "in_demand", "expected", "remedy"),
    [
        case("MOHRSS 2025 (copy): the first", 0, False, 80_000, None),
        case(
            "MOHRSS 2025 (copy): a second, not in demand",
            1,
            False,
            ["trainings_of_year_reached"],
            "remedy_choose_in_demand",
        ),
        case("MOHRSS 2025 (copy): a second in demand", 1, True, 80_000, None),
        case("MOHRSS 2025 (copy): a third in demand", 2, True, 80_000, None),
        case(
            "MOHRSS 2025 (copy): no fourth",
            3,
            True,
            ["trainings_of_year_reached"],
            "remedy_train_next_year",
        ),
    ],
)
def test_trainings_per_year(count, in_demand, expected, remedy):
    asked = {"on_course": {"in_demand": in_demand}, "trainings_that_year": count}
    assert pays(MOHRSS, **asked) == expected
    reasons = refusals_for_quote(quote(MOHRSS, **asked))
    assert [reason.remedy for reason in reasons] == ([remedy] if remedy else [])


OTHER = policy(limits={"other_subsidy_excludes": rule(True)})


@pytest.mark.parametrize(
    ("subsidies", "expected"),
    [
        case("Shenzhen 2024: same certificate", ((CODE, 5),), ["other_subsidy_paid"]),
        case("Shenzhen 2024: another level", ((CODE, 4),), 80_000),
        case("Shenzhen 2024: another occupation", (("4-01", 5),), 80_000),
    ],
)
def test_another_subsidy_for_the_same_certificate(subsidies, expected):
    assert pays(OTHER, other_subsidies=subsidies) == expected
    assert pays(policy(), other_subsidies=subsidies) == 80_000


@pytest.mark.parametrize(
    ("way", "declared", "expected"),
    [
        case("commitment: the person's word", VoucherOrigin.CLAIMED, {"veteran"}, []),
        case(
            "commitment: of a category that does not count",
            VoucherOrigin.CLAIMED,
            {"disabled"},
            ["category_not_verified"],
        ),
        case(
            "commitment: an office has no promise",
            VoucherOrigin.ISSUED,
            {"veteran"},
            ["category_not_verified"],
        ),
    ],
)
def test_declare_and_commit(way, declared, expected):
    who = {"categories": rule(["veteran"])}
    promised = policy(
        eligibility={**who, "declare_and_commit": rule({"check_within_days": 30})},
    )
    facts = {
        "way": way,
        "categories": frozenset(),
        "declared": frozenset(WorkerCategory(name) for name in declared),
    }
    assert claim_codes(promised, **facts) == expected
    assert claim_codes(policy(eligibility=who), **facts) == ["category_not_verified"]


CAPS = [{"category": "veteran", "fen_per_year": 130_000}]
THROTTLED = policy(
    face_value_pack(
        60_000,
        eligibility={"categories": rule(["veteran", "disabled"])},
        limits={"category_caps": rule(CAPS)},
    )
)


@pytest.mark.parametrize(
    ("given", "categories", "code", "category"),
    [
        case("throttle: two of 600 within 1,300", 1, {"veteran"}, None, "veteran"),
        case("throttle: no third", 2, {"veteran"}, "category_cap_reached", None),
        case("throttle: another category pays", 2, {"veteran", "disabled"}, None, "disabled"),
        case("throttle: no bound for others", 99, {"disabled"}, None, "disabled"),
    ],
)
def test_money_of_a_category(given, categories, code, category):
    facts = replace(
        CLAIM,
        policy=THROTTLED,
        categories=frozenset(WorkerCategory(name) for name in categories),
        category_vouchers={WorkerCategory.VETERAN: given},
    )
    assert [one.code for one in refusals_for_claim(facts)] == ([code] if code else [])
    assert category_for_voucher(facts) == category


@pytest.mark.parametrize(
    ("born_on", "sex", "expected"),
    [
        case("Guangdong (copy): woman on her last day", date(1970, 11, 21), Sex.FEMALE, []),
        case(
            "Guangdong (copy): woman of 56",
            date(1970, 11, 20),
            Sex.FEMALE,
            ["above_upper_age"],
        ),
        case("Guangdong (copy): man of the same age", date(1970, 11, 20), Sex.MALE, []),
    ],
)
def test_age_by_sex(born_on, sex, expected):
    rules = policy(eligibility={"age": rule({"min": 16, "max_male": 60, "max_female": 55})})
    assert claim_codes(rules, born_on=born_on, sex=sex) == expected


def test_every_reason_of_a_policy_names_clause_and_version():
    facts = replace(
        CLAIM,
        policy=GUANGDONG,
        statuses=STATUSES[PersonStatus.PENSIONER],
    )
    [refusal] = refusals_for_claim(facts)
    assert refusal.rule == f"{CLAUSE} · {GUANGDONG.scheme} v1"
