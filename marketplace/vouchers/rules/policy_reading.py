"""A policy pack in normal form, read as typed data. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from marketplace.people.states import PersonStatus, WorkerCategory
from marketplace.vouchers.rules.completion import completion_from_pack
from marketplace.vouchers.rules.leaving import leaving_from_pack
from marketplace.vouchers.rules.milestones import read_milestones
from marketplace.vouchers.rules.policy import (
    AgeLimits,
    Allowance,
    Categories,
    EnterpriseQuotaRule,
    PerDay,
    PerHour,
    Policy,
    Rate,
    Scarcity,
    ShareOf,
    TrainingsPerYear,
    UnderHours,
    Uplift,
    YearGroup,
)
from marketplace.vouchers.rules.settings import Setting, read_setting
from marketplace.vouchers.states import (
    Award,
    EmployeeProof,
    VoucherKind,
    VoucherOrigin,
)


def policy_from_pack(pack: Mapping[str, Any], *, version: int) -> Policy:
    """A pack in normal form (see `pack.read_pack`) as typed data."""
    who, limits, pay = pack["eligibility"], pack["limits"], pack["payment"]
    return Policy(
        scheme=pack["scheme"],
        version=version,
        title=pack["title"],
        currency=pack["currency"],
        kind=VoucherKind(pack["kind"]),
        face_value_fen=pack.get("face_value_fen"),
        ways_out=tuple(VoucherOrigin(way) for way in pack["ways_out"]),
        categories=read_setting(who.get("categories"), _categories),
        age=read_setting(who.get("age"), _ages),
        place=read_setting(who.get("place"), tuple),
        per_year_max=read_setting(limits.get("per_year_max"), int),
        one_live_voucher=read_setting(limits.get("one_live_voucher"), bool),
        same_occupation_level_once=read_setting(limits.get("same_occupation_level_once"), bool),
        higher_bars_lower=read_setting(limits.get("higher_bars_lower"), bool),
        validity_days=_needed(pack["validity_days"]),
        attendance_min_percent=_needed(pay["attendance_min_percent"]),
        assessment_required=read_setting(pay.get("assessment_required"), bool),
        independent_assessment=read_setting(pay.get("independent_assessment"), bool),
        free_groups=read_setting(pay.get("free_groups"), _categories),
        co_pay_percent=read_setting(pay.get("co_pay_percent"), int),
        rates=tuple(_rate(row) for row in pack.get("rates", [])),
        regions=read_setting(who.get("regions"), tuple),
        excluded=read_setting(who.get("excluded"), _statuses),
        declare_and_commit=read_setting(
            who.get("declare_and_commit"), lambda value: int(value["check_within_days"])
        ),
        per_lifetime_max=read_setting(limits.get("per_lifetime_max"), int),
        trainings_per_year=read_setting(limits.get("trainings_per_year"), _trainings_per_year),
        other_subsidy_excludes=read_setting(limits.get("other_subsidy_excludes"), bool),
        category_caps=read_setting(limits.get("category_caps"), _caps),
        in_demand_uplift=read_setting(pay.get("in_demand_uplift"), _uplift),
        scarcity=read_setting(pay.get("scarcity"), _scarcity),
        blended_percent=read_setting(pay.get("blended_percent"), int),
        allowances=tuple(_allowance(row) for row in pack.get("allowances", [])),
        per_year_groups=read_setting(limits.get("per_year_groups"), _year_groups),
        leaving=leaving_from_pack(pack.get("leaving", {})),
        completion=completion_from_pack(pack.get("completion", {})),
        milestones=read_milestones(pack),
        enterprise_quota=read_setting(limits.get("enterprise_quota"), _quota),
    )


def _needed(rule: Mapping[str, Any]) -> Setting[int]:
    return Setting(int(rule["value"]), rule["clause"], rule["assumed"])


def _categories(values: list[str]) -> Categories:
    return tuple(WorkerCategory(value) for value in values)


def _ages(value: Mapping[str, int]) -> AgeLimits:
    return AgeLimits(value["min"], value["max_male"], value["max_female"])


def _statuses(values: list[str]) -> tuple[PersonStatus, ...]:
    return tuple(PersonStatus(value) for value in values)


def _trainings_per_year(value: Mapping[str, int]) -> TrainingsPerYear:
    return TrainingsPerYear(value["max"], value.get("in_demand_extra", 0))


def _year_groups(rows: list[Mapping[str, Any]]) -> tuple[YearGroup, ...]:
    kinds: dict[str, WorkerCategory | PersonStatus] = {
        kind.value: kind for kind in (*WorkerCategory, *PersonStatus)
    }
    return tuple(YearGroup(kinds[row["group"]], row["max"]) for row in rows)


def _caps(rows: list[Mapping[str, Any]]) -> Mapping[WorkerCategory, int]:
    return {WorkerCategory(row["category"]): row["fen_per_year"] for row in rows}


def _quota(value: Mapping[str, Any]) -> EnterpriseQuotaRule:
    return EnterpriseQuotaRule(
        value["per_employer_year"],
        value.get("name_within_days"),
        tuple(EmployeeProof(proof) for proof in value.get("proofs", [])),
    )


def _uplift(value: Mapping[str, int]) -> Uplift:
    return Uplift(value["percent"], value.get("from_level"))


def _scarcity(value: Mapping[str, Any]) -> Scarcity:
    return Scarcity(
        tuple((grade["percent"], tuple(grade["occupations"])) for grade in value["grades"]),
        value["others_percent"],
        value.get("full_from_level"),
    )


def _rate(row: Mapping[str, Any]) -> Rate:
    under = row.get("under_hours")
    return Rate(
        occupation_code=row.get("occupation"),
        level=row.get("level"),
        amount_fen=amount_fen_max(row),
        hours_min=row.get("hours_min"),
        clause=row["clause"],
        assumed=row["assumed"],
        award=Award(row["award"]) if "award" in row else None,
        per_hour=_per_hour(row),
        per_day=_per_day(row),
        under_hours=UnderHours(**under) if under else None,
    )


def _allowance(row: Mapping[str, Any]) -> Allowance:
    categories = row.get("categories")
    return Allowance(
        kind=row["kind"],
        amount_fen=amount_fen_max(row),
        per_hour=_per_hour(row),
        per_day=_per_day(row),
        categories=_categories(categories) if categories else None,
        clause=row["clause"],
        assumed=row["assumed"],
        per_year_max=row.get("per_year_max"),
        per_lifetime_max=row.get("per_lifetime_max"),
        most_share=ShareOf(**row["most_share"]) if "most_share" in row else None,
        at_most=row.get("at_most"),
    )


def amount_fen_max(row: Mapping[str, Any]) -> int:
    """What a row of a pack can come to at most: its amount, or the ceiling of its way of paying."""
    if "per_hour" in row:
        return int(row["per_hour"]["cap_fen"])
    if "per_day" in row:
        return sum(int(step["days"]) * int(step["fen"]) for step in row["per_day"]["steps"])
    return int(row["amount_fen"])


def _per_hour(row: Mapping[str, Any]) -> PerHour | None:
    return PerHour(**row["per_hour"]) if "per_hour" in row else None


def _per_day(row: Mapping[str, Any]) -> PerDay | None:
    if "per_day" not in row:
        return None
    steps = tuple((step["days"], step["fen"]) for step in row["per_day"]["steps"])
    return PerDay(row["per_day"]["hours_per_day"], steps)


def start_of(pack: Mapping[str, Any]) -> date:
    """The first day of a pack."""
    return date.fromisoformat(pack["valid_from"])
