"""A policy as typed data. Each setting carries the clause that sets it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from marketplace.people.states import WorkerCategory
from marketplace.vouchers.states import VoucherKind, VoucherOrigin

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """One rule's value, the clause it comes from, and whether it is only our assumption."""

    value: T
    clause: str
    assumed: bool


@dataclass(frozen=True, slots=True)
class AgeLimits:
    """From the lower age on, until the upper age is passed."""

    least: int
    most_male: int
    most_female: int


@dataclass(frozen=True, slots=True)
class Rate:
    """What is paid for an occupation and level (empty: any), from so many hours on."""

    occupation_code: str | None
    level: int | None
    amount_fen: int
    hours_min: int | None
    clause: str
    assumed: bool


Categories = tuple[WorkerCategory, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """A whole policy pack, read."""

    scheme: str
    version: int
    title: Mapping[str, str]
    currency: str
    kind: VoucherKind
    face_value_fen: int | None
    ways_out: tuple[VoucherOrigin, ...]
    categories: Setting[Categories] | None
    age: Setting[AgeLimits] | None
    place: Setting[tuple[str, ...]] | None
    per_year_max: Setting[int] | None
    one_live_voucher: Setting[bool] | None
    same_occupation_level_once: Setting[bool] | None
    higher_bars_lower: Setting[bool] | None
    validity_days: Setting[int]
    attendance_min_percent: Setting[int]
    assessment_required: Setting[bool] | None
    free_groups: Setting[Categories] | None
    co_pay_percent: Setting[int] | None
    rates: tuple[Rate, ...]

    def cite(self, setting: Setting[Any] | Rate) -> str:
        """Clause and version, as a reason and a line of a quote name them."""
        return f"{setting.clause} · {self.scheme} v{self.version}"


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
        categories=_setting(who.get("categories"), _categories),
        age=_setting(who.get("age"), _ages),
        place=_setting(who.get("place"), tuple),
        per_year_max=_setting(limits.get("per_year_max"), int),
        one_live_voucher=_setting(limits.get("one_live_voucher"), bool),
        same_occupation_level_once=_setting(limits.get("same_occupation_level_once"), bool),
        higher_bars_lower=_setting(limits.get("higher_bars_lower"), bool),
        validity_days=_needed(pack["validity_days"]),
        attendance_min_percent=_needed(pay["attendance_min_percent"]),
        assessment_required=_setting(pay.get("assessment_required"), bool),
        free_groups=_setting(pay.get("free_groups"), _categories),
        co_pay_percent=_setting(pay.get("co_pay_percent"), int),
        rates=tuple(_rate(row) for row in pack.get("rates", [])),
    )


def _setting(rule: Mapping[str, Any] | None, kind: Callable[[Any], T]) -> Setting[T] | None:
    if rule is None:
        return None
    return Setting(kind(rule["value"]), rule["clause"], rule["assumed"])


def _needed(rule: Mapping[str, Any]) -> Setting[int]:
    return Setting(int(rule["value"]), rule["clause"], rule["assumed"])


def _categories(values: list[str]) -> Categories:
    return tuple(WorkerCategory(value) for value in values)


def _ages(value: Mapping[str, int]) -> AgeLimits:
    return AgeLimits(value["min"], value["max_male"], value["max_female"])


def _rate(row: Mapping[str, Any]) -> Rate:
    return Rate(
        occupation_code=row.get("occupation"),
        level=row.get("level"),
        amount_fen=row["amount_fen"],
        hours_min=row.get("hours_min"),
        clause=row["clause"],
        assumed=row["assumed"],
    )


def start_of(pack: Mapping[str, Any]) -> date:
    """The first day of a pack."""
    return date.fromisoformat(pack["valid_from"])
