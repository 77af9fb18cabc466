"""What of a pack is well formed piece by piece, but does not go together."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

from marketplace.foundation.errors import Refusal
from marketplace.vouchers.rules.milestones import EMPLOYMENT_MONTHS
from marketplace.vouchers.rules.pack_checks import Problems
from marketplace.vouchers.states import Milestone, VoucherKind, VoucherOrigin

_WAYS_TO_PAY = ("amount_fen", "per_hour", "per_day")
DAYS_OF_MONTH_MAX = 31
_ABOUT_MONEY: dict[str, tuple[str, ...]] = {
    "limits": (),
    "payment": (
        "co_pay_percent",
        "free_groups",
        "in_demand_uplift",
        "scarcity",
        "blended_percent",
        "milestones",
    ),
    "completion": (),
    "leaving": ("window", "borne_by", "swap_price"),
}
"""Rules about money and support, by section; empty: all of the section."""


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
        *_sign_in_problems(pack),
        *_repeated_rates(pack),
        *_amount_problems(pack),
        *_condition_problems(pack),
        *_scarcity_problems(pack),
        *_leaving_problems(pack),
        *_part_problems(pack),
        *_milestone_problems(pack),
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
    elif pack["kind"] == VoucherKind.SIGN_IN:
        wrong = [(has_value, Refusal("pack_value_not_allowed", field="face_value_fen"))]
    else:
        wrong = [
            (has_value, Refusal("pack_value_not_allowed", field="face_value_fen")),
            (not has_rates, Refusal("pack_rates_missing", field="rates")),
        ]
    return [refusal for is_wrong, refusal in wrong if is_wrong]


def _sign_in_problems(pack: dict[str, Any]) -> Problems:
    """A sign-in voucher pays nothing and is no support: whatever says how much, how often somebody
    is supported, or who bears a cost has nothing to be about."""
    if pack["kind"] != VoucherKind.SIGN_IN:
        return []
    rules = [f"{section}.{name}" for section in _ABOUT_MONEY for name in pack.get(section, {})]
    paths = [path for path in ("rates", "allowances", *rules) if path in pack or path in rules]
    return [
        Refusal("pack_pays_nothing", {"path": path}, field=path)
        for path in paths
        if is_about_money(path)
    ]


def is_about_money(path: str) -> bool:
    """Whether a place of a pack says how much, how often somebody is supported or who bears a
    cost: what a sign-in voucher has not."""
    section, _dot, name = path.partition(".")
    if not name:
        return section in ("face_value_fen", "rates", "allowances")
    rules = _ABOUT_MONEY.get(section)
    return rules is not None and (not rules or name in rules)


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
            if "at_most" in row and (row["kind"] != "assessment_fee" or "amount_fen" not in row):
                params = {"path": f"{path}.at_most"}
                problems.append(Refusal("pack_paid_fee_only", params, field=path))
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


def _milestone_problems(pack: dict[str, Any]) -> Problems:
    """Shares that are all of the amount; who waits for evidence says until when, and long enough
    for the evidence to exist."""
    if "milestones" not in pack["payment"]:
        return []
    path, value = "payment.milestones.value", pack["payment"]["milestones"]["value"]
    problems: Problems = []
    total = sum(share for key, share in value.items() if key.endswith("_percent"))
    if total != 100:
        problems.append(Refusal("pack_milestones_sum", {"path": path, "sum": total}, field=path))
    for name in (Milestone.CERTIFICATE, Milestone.EMPLOYMENT):
        share, days = f"{name}_percent", f"{name}_within_days"
        for here, needed in ((share, days), (days, share)):
            if here in value and needed not in value:
                params = {"path": f"{path}.{here}", "needed": f"{path}.{needed}"}
                problems.append(Refusal("pack_rule_needed", params, field=f"{path}.{here}"))
    months = value.get("employment_after_months")
    if months and "employment_percent" not in value:
        here, needed = f"{path}.employment_after_months", f"{path}.employment_percent"
        params = {"path": here, "needed": needed}
        problems.append(Refusal("pack_rule_needed", params, field=here))
    least = (months or EMPLOYMENT_MONTHS) * DAYS_OF_MONTH_MAX + 1
    if value.get("employment_within_days", least) < least:
        here = f"{path}.employment_within_days"
        too_soon = {"path": here, "least": least}
        problems.append(Refusal("pack_milestone_too_soon", too_soon, field=here))
    return problems


def _leaving_problems(pack: dict[str, Any]) -> Problems:
    """Who bears the cost after a window needs the window; each reason is said once."""
    part = pack.get("leaving", {})
    problems = _repeated(part.get("borne_by"), "leaving.borne_by", "reason")
    if "borne_by" in part and "window" not in part:
        params = {"path": "leaving.borne_by", "needed": "leaving.window"}
        problems.append(Refusal("pack_rule_needed", params, field="leaving.borne_by"))
    return problems


def _part_problems(pack: dict[str, Any]) -> Problems:
    """A part is paid in one way, below the attendance that pays all, and rises with it."""
    if "partial" not in pack.get("completion", {}):
        return []
    path, value = "completion.partial", pack["completion"]["partial"]["value"]
    if ("by_rate_from" in value) == ("steps" in value):
        params = {"path": path, "ways": "by_rate_from, steps"}
        return [Refusal("pack_one_way_to_pay", params, field=path)]
    problems: Problems = []
    least = pack["payment"]["attendance_min_percent"]["value"]
    steps = value.get("steps", [])
    rates = {f"steps[{number}].from_rate": row["from_rate"] for number, row in enumerate(steps)}
    rates = rates or {"by_rate_from": value["by_rate_from"]}
    for key, rate in rates.items():
        where = f"{path}.value.{key}"
        if rate >= least:
            params = {"path": where, "least": least}
            problems.append(Refusal("pack_part_of_whole", params, field=where))
    for number, (before, after) in enumerate(pairwise(steps), start=1):
        rises = after["from_rate"] > before["from_rate"]
        if not rises or after["pays_percent"] <= before["pays_percent"]:
            where = f"{path}.value.steps[{number}]"
            problems.append(Refusal("pack_steps_fall", {"path": where}, field=where))
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
