"""The table of published subsidy rules, one case per row; the source of each row is its id.

Rows marked `copy` were read in a secondary copy only; the values are as stated there.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from marketplace.people.states import PersonStatus, Sex, WorkerCategory
from marketplace.vouchers.rules.claims import StatusSpan, category_for_voucher, refusals_for_claim
from marketplace.vouchers.rules.places import person_is_inside
from marketplace.vouchers.rules.quotes import refusals_for_quote
from marketplace.vouchers.states import NEVER_ENTITLED, VoucherOrigin
from tests.factories.vouchers import CLAUSE, face_value_pack, rule
from tests.unit.vouchers.published_rules import (
    CODE,
    claim_codes,
    pays,
    policy,
    quote,
)
from tests.unit.vouchers.test_policy_rules import CLAIM, case

GUANGDONG = policy(
    eligibility={"excluded": rule(["civil_servant", "full_time_student", "pensioner"])}
)
STATUSES = {name: (StatusSpan(name, None),) for name in PersonStatus}


@pytest.mark.parametrize("status", [case(f"Guangdong (copy): {one}", one) for one in PersonStatus])
def test_who_is_excluded(status):
    assert claim_codes(GUANGDONG, statuses=STATUSES[status]) == ["person_excluded"]
    assert pays(GUANGDONG, statuses=frozenset({status})) == ["person_excluded"]
    silent = ["person_excluded"] if status in NEVER_ENTITLED else []
    assert claim_codes(policy(), statuses=STATUSES[status]) == silent


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
