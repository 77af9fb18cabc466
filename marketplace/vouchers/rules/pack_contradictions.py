"""What of a pack is well formed piece by piece, but does not go together."""

from __future__ import annotations

from datetime import date
from typing import Any

from marketplace.foundation.errors import Refusal
from marketplace.vouchers.rules.pack_checks import Problems
from marketplace.vouchers.states import VoucherKind, VoucherOrigin

_WAYS_TO_PAY = ("amount_fen", "per_hour", "per_day")


def list_contradictions(pack: dict[str, Any]) -> Problems:
    """What is well formed piece by piece, but does not go together."""
    problems: Problems = []
    until = pack.get("valid_until")
    if until and date.fromisoformat(until) < date.fromisoformat(pack["valid_from"]):
        problems.append(Refusal("pack_dates_reversed", field="valid_until"))
    age = pack["eligibility"].get("age")
    if age and age["value"]["min"] > min(age["value"]["max_male"], age["value"]["max_female"]):
        path = "eligibility.age.value"
        problems.append(Refusal("pack_ages_reversed", {"path": path}, field=path))
    return [
        *problems,
        *_value_problems(pack),
        *_repeated_rates(pack),
        *_amount_problems(pack),
        *_condition_problems(pack),
        *_scarcity_problems(pack),
        *_leaving_problems(pack),
        *_repeated(pack["limits"].get("per_year_groups"), "limits.per_year_groups", "group"),
        *_quota_problems(pack),
    ]


def _value_problems(pack: dict[str, Any]) -> Problems:
    has_value, has_rates = "face_value_fen" in pack, "rates" in pack
    if pack["kind"] == VoucherKind.FACE_VALUE:
        wrong = [
            (not has_value, Refusal("pack_value_missing", field="face_value_fen")),
            (has_rates, Refusal("pack_rates_not_allowed", field="rates")),
        ]
    else:
        wrong = [
            (has_value, Refusal("pack_value_not_allowed", field="face_value_fen")),
            (not has_rates, Refusal("pack_rates_missing", field="rates")),
        ]
    return [refusal for is_wrong, refusal in wrong if is_wrong]


def _repeated_rates(pack: dict[str, Any]) -> Problems:
    seen: set[tuple[object, ...]] = set()
    problems: Problems = []
    for number, row in enumerate(pack.get("rates", [])):
        key = (row.get("occupation"), row.get("level"), row.get("award"))
        if key in seen:
            path = f"rates[{number}]"
            problems.append(Refusal("pack_rate_twice", {"path": path}, field=path))
        seen.add(key)
    return problems


def _amount_problems(pack: dict[str, Any]) -> Problems:
    """A rate and an allowance say exactly one way of paying; a share needs what it is of."""
    problems: Problems = []
    for name in ("rates", "allowances"):
        for number, row in enumerate(pack.get(name, [])):
            path = f"{name}[{number}]"
            if sum(way in row for way in _WAYS_TO_PAY) != 1:
                params = {"path": path, "ways": ", ".join(_WAYS_TO_PAY)}
                problems.append(Refusal("pack_one_way_to_pay", params, field=path))
            if "level" in row and "award" in row:
                problems.append(Refusal("pack_level_and_award", {"path": path}, field=path))
            if "under_hours" in row and not {"hours_min", "amount_fen"} <= row.keys():
                path += ".under_hours"
                problems.append(Refusal("pack_share_of_nothing", {"path": path}, field=path))
    return problems


def _condition_problems(pack: dict[str, Any]) -> Problems:
    """Conditions that are about categories or places need the rule they are about."""
    who, limits = pack["eligibility"], pack["limits"]
    problems: Problems = []
    if "regions" in who and "place" not in who:
        params = {"path": "eligibility.regions", "needed": "eligibility.place"}
        problems.append(Refusal("pack_rule_needed", params, field="eligibility.regions"))
    known = who["categories"]["value"] if "categories" in who else []
    for path, present in (
        ("eligibility.declare_and_commit", "declare_and_commit" in who),
        ("limits.category_caps", "category_caps" in limits),
    ):
        if present and not known:
            params = {"path": path, "needed": "eligibility.categories"}
            problems.append(Refusal("pack_rule_needed", params, field=path))
    rows = limits["category_caps"]["value"] if "category_caps" in limits else []
    seen: set[str] = set()
    for number, row in enumerate(rows):
        path, category = f"limits.category_caps.value[{number}].category", row["category"]
        if known and category not in known:
            params = {"path": path, "allowed": ", ".join(known)}
            problems.append(Refusal("pack_unknown_value", params, field=path))
        if category in seen:
            params = {"path": path, "value": category}
            problems.append(Refusal("pack_listed_twice", params, field=path))
        seen.add(category)
    return problems


def _leaving_problems(pack: dict[str, Any]) -> Problems:
    """Who bears the cost after a window needs the window; each reason is said once."""
    part = pack.get("leaving", {})
    problems = _repeated(part.get("borne_by"), "leaving.borne_by", "reason")
    if "borne_by" in part and "window" not in part:
        params = {"path": "leaving.borne_by", "needed": "leaving.window"}
        problems.append(Refusal("pack_rule_needed", params, field="leaving.borne_by"))
    return problems


def _quota_problems(pack: dict[str, Any]) -> Problems:
    """The rule of enterprise quotas is of use only where quotas are a way out."""
    path = "limits.enterprise_quota"
    if "enterprise_quota" not in pack["limits"] or VoucherOrigin.QUOTA in pack["ways_out"]:
        return []
    params = {"path": path, "needed": f"ways_out: {VoucherOrigin.QUOTA.value}"}
    return [Refusal("pack_rule_needed", params, field=path)]


def _repeated(setting: dict[str, Any] | None, path: str, key: str) -> Problems:
    """Rows that name the same thing again."""
    seen: set[str] = set()
    problems: Problems = []
    for number, row in enumerate(setting["value"] if setting else []):
        if row[key] in seen:
            where = f"{path}.value[{number}].{key}"
            params = {"path": where, "value": row[key]}
            problems.append(Refusal("pack_listed_twice", params, field=where))
        seen.add(row[key])
    return problems


def _scarcity_problems(pack: dict[str, Any]) -> Problems:
    """An occupation has one grade of scarcity; amounts are raised or lowered of rates only."""
    problems: Problems = []
    pay, rates_known = pack["payment"], "rates" in pack
    for name in ("in_demand_uplift", "scarcity", "blended_percent"):
        if name in pay and not rates_known:
            path = f"payment.{name}"
            problems.append(
                Refusal("pack_rule_needed", {"path": path, "needed": "rates"}, field=path)
            )
    seen: set[str] = set()
    for number, grade in enumerate(pay["scarcity"]["value"]["grades"] if "scarcity" in pay else []):
        path = f"payment.scarcity.value.grades[{number}].occupations"
        for code in grade["occupations"]:
            if code in seen:
                problems.append(
                    Refusal("pack_listed_twice", {"path": path, "value": code}, field=path)
                )
            seen.add(code)
    return problems
