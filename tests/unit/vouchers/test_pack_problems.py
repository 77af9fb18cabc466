"""Each problem of a pack is told with the path of its field and the reason."""

from __future__ import annotations

import pytest

from marketplace.foundation.errors import Refused
from marketplace.vouchers.rules.pack import read_pack
from tests.factories.vouchers import CLAUSE, face_value_pack, make_pack, pack_text, rule

VETERANS = {"categories": rule(["veteran"])}
PAY = {"attendance_min_percent": rule(80)}
GRADES = {"others_percent": 80}


PART = "completion.partial.value"
BY_RATE = {"by_rate_from": 79}
STEP = {"from_rate": 50, "pays_percent": 50}


def partly(value):
    return make_pack(completion={"partial": rule(value)})


def grade(percent: int):
    return {"percent": percent, "occupations": ["4-01"]}


def problems(pack) -> list[tuple[str, str | None]]:
    with pytest.raises(Refused) as refused:
        read_pack(pack_text(pack))
    return [(one.code, one.field) for one in refused.value.refusals]


def rated(**row):
    return make_pack(rates=[{"clause": CLAUSE, **row}])


@pytest.mark.parametrize(
    ("pack", "code", "field"),
    [
        (rated(level=5), "pack_one_way_to_pay", "rates[0]"),
        (partly({}), "pack_one_way_to_pay", "completion.partial"),
        (partly(BY_RATE | {"steps": [STEP]}), "pack_one_way_to_pay", "completion.partial"),
        (partly({"by_rate_from": 0}), "pack_not_integer", f"{PART}.by_rate_from"),
        (partly({"by_rate_from": 80}), "pack_part_of_whole", f"{PART}.by_rate_from"),
        (
            partly({"steps": [STEP, {"from_rate": 80, "pays_percent": 80}]}),
            "pack_part_of_whole",
            f"{PART}.steps[1].from_rate",
        ),
        (
            partly({"steps": [STEP, {"from_rate": 50, "pays_percent": 60}]}),
            "pack_steps_fall",
            f"{PART}.steps[1]",
        ),
        (
            partly({"steps": [STEP, {"from_rate": 60, "pays_percent": 50}]}),
            "pack_steps_fall",
            f"{PART}.steps[1]",
        ),
        (
            partly({"steps": [STEP | {"pays_percent": 100}]}),
            "pack_not_integer",
            f"{PART}.steps[0].pays_percent",
        ),
        (
            partly(BY_RATE | {"leavers": ["no_show"]}),
            "pack_unknown_value",
            f"{PART}.leavers[0]",
        ),
        (
            make_pack(completion={"class_least": rule({"percent": 60, "counts": "completed"})}),
            "pack_key_missing",
            "completion.class_least.value.below",
        ),
        (
            rated(amount_fen=1, per_hour={"fen": 1, "cap_fen": 2}),
            "pack_one_way_to_pay",
            "rates[0]",
        ),
        (rated(per_hour={"fen": 1}), "pack_key_missing", "rates[0].per_hour.cap_fen"),
        (
            rated(per_day={"hours_per_day": 8, "steps": []}),
            "pack_not_a_list",
            "rates[0].per_day.steps",
        ),
        (
            rated(per_day={"hours_per_day": 8, "steps": [{"days": 0, "fen": 1}]}),
            "pack_not_integer",
            "rates[0].per_day.steps[0].days",
        ),
        (
            rated(amount_fen=1, level=5, award="completion"),
            "pack_level_and_award",
            "rates[0]",
        ),
        (rated(amount_fen=1, award="medal"), "pack_unknown_value", "rates[0].award"),
        (
            rated(
                amount_fen=1,
                under_hours={"fen_per_day": 1, "hours_per_day": 8, "most_percent": 60},
            ),
            "pack_share_of_nothing",
            "rates[0].under_hours",
        ),
        (
            make_pack(allowances=[{"kind": "living", "clause": CLAUSE}]),
            "pack_one_way_to_pay",
            "allowances[0]",
        ),
        (
            make_pack(eligibility={"regions": rule(["110000"])}),
            "pack_rule_needed",
            "eligibility.regions",
        ),
        (
            make_pack(eligibility={"place": rule(["birthplace"])}),
            "pack_unknown_value",
            "eligibility.place.value[0]",
        ),
        (
            make_pack(eligibility={"excluded": rule(["pensioner", "pensioner"])}),
            "pack_listed_twice",
            "eligibility.excluded.value",
        ),
        (
            make_pack(eligibility={"declare_and_commit": rule({"check_within_days": 30})}),
            "pack_rule_needed",
            "eligibility.declare_and_commit",
        ),
        (
            make_pack(limits={"category_caps": rule([{"category": "veteran", "fen_per_year": 1}])}),
            "pack_rule_needed",
            "limits.category_caps",
        ),
        (
            make_pack(
                eligibility=VETERANS,
                limits={"category_caps": rule([{"category": "disabled", "fen_per_year": 1}])},
            ),
            "pack_unknown_value",
            "limits.category_caps.value[0].category",
        ),
        (
            make_pack(
                eligibility=VETERANS,
                limits={
                    "category_caps": rule(
                        [{"category": "veteran", "fen_per_year": n} for n in (1, 2)]
                    )
                },
            ),
            "pack_listed_twice",
            "limits.category_caps.value[1].category",
        ),
        (
            make_pack(leaving={"borne_by": rule([{"reason": "other", "by": "worker"}])}),
            "pack_rule_needed",
            "leaving.borne_by",
        ),
        (
            make_pack(
                limits={
                    "per_year_groups": rule([{"group": "veteran", "max": most} for most in (1, 2)])
                }
            ),
            "pack_listed_twice",
            "limits.per_year_groups.value[1].group",
        ),
        (
            make_pack(leaving={"borne_by": rule([{"reason": "class_changed", "by": "worker"}])}),
            "pack_unknown_value",
            "leaving.borne_by.value[0].reason",
        ),
        (
            make_pack(limits={"trainings_per_year": rule({"in_demand_extra": 2})}),
            "pack_key_missing",
            "limits.trainings_per_year.value.max",
        ),
        (
            face_value_pack(payment={**PAY, "blended_percent": rule(70)}),
            "pack_rule_needed",
            "payment.blended_percent",
        ),
        (
            make_pack(payment={**PAY, "in_demand_uplift": rule({"percent": 101})}),
            "pack_not_integer",
            "payment.in_demand_uplift.value.percent",
        ),
        (
            make_pack(
                payment={
                    **PAY,
                    "scarcity": rule({**GRADES, "grades": [grade(90), grade(80)]}),
                }
            ),
            "pack_listed_twice",
            "payment.scarcity.value.grades[1].occupations",
        ),
    ],
)
def test_each_problem_names_its_field(pack, code, field):
    assert problems(pack) == [(code, field)]


def test_all_problems_are_told_at_once():
    pack = rated(level=5)
    pack["eligibility"] = {
        "regions": rule(["110000"]),
        "declare_and_commit": rule({"check_within_days": 30}),
    }
    assert [code for code, _field in problems(pack)] == [
        "pack_one_way_to_pay",
        "pack_rule_needed",
        "pack_rule_needed",
    ]
