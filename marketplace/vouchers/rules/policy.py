"""A policy as typed data. Each setting carries the clause that sets it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.foundation.money import share_fen
from marketplace.people.states import PersonStatus, WorkerCategory
from marketplace.vouchers.rules.completion import CompletionRules
from marketplace.vouchers.rules.leaving import Leaving
from marketplace.vouchers.rules.milestones import Milestones
from marketplace.vouchers.rules.settings import Setting
from marketplace.vouchers.states import (
    NEVER_ENTITLED,
    Award,
    EmployeeProof,
    VoucherKind,
    VoucherOrigin,
)


@dataclass(frozen=True, slots=True)
class AgeLimits:
    """From the lower age on, until the upper age is passed."""

    least: int
    most_male: int
    most_female: int


@dataclass(frozen=True, slots=True)
class PerHour:
    """So much an hour, up to a ceiling; both in fen."""

    fen: int
    cap_fen: int


@dataclass(frozen=True, slots=True)
class PerDay:
    """So much a day in steps of days: 150 yuan for ten days, then 100 yuan for five. In fen."""

    hours_per_day: int
    steps: tuple[tuple[int, int], ...]
    """How many days, and what each of them pays."""


@dataclass(frozen=True, slots=True)
class UnderHours:
    """What a course with fewer hours than the rate asks for still gets (Jiujiang: 100 yuan for a
    day of eight hours, at most 60 percent)."""

    fen_per_day: int
    hours_per_day: int
    most_percent: int


@dataclass(frozen=True, slots=True)
class Rate:
    """What is paid for an occupation and level (empty: any), from so many hours on."""

    occupation_code: str | None
    level: int | None
    amount_fen: int
    """The amount, or the most that a rate per hour or day can come to."""
    hours_min: int | None
    clause: str
    assumed: bool
    award: Award | None = None
    """For courses without a skill level only: what they end with."""
    per_hour: PerHour | None = None
    per_day: PerDay | None = None
    under_hours: UnderHours | None = None


@dataclass(frozen=True, slots=True)
class ShareOf:
    """At most a share of an amount: 60 percent of the monthly minimum wage (Qingdao)."""

    percent: int
    of_fen: int

    @property
    def fen(self) -> int:
        """The share, rounded half up to the fen."""
        return share_fen(self.of_fen, self.percent)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a person gets beside the training (生活费、交通费、评价补贴), paid to the person."""

    kind: str
    amount_fen: int
    """The amount, or the most it can come to."""
    per_hour: PerHour | None
    per_day: PerDay | None
    categories: tuple[WorkerCategory, ...] | None
    """Only for these; empty: for all."""
    clause: str
    assumed: bool
    per_year_max: int | None = None
    """How often a person gets one of this kind under the scheme in a calendar year."""
    per_lifetime_max: int | None = None
    most_share: ShareOf | None = None
    at_most: str | None = None
    """`what_was_paid`: what the receipt shows, up to the amount (据实、最高不超过)."""


WHAT_WAS_PAID = "what_was_paid"


@dataclass(frozen=True, slots=True)
class TrainingsPerYear:
    """Trainings with support in a calendar year, and how many more in demanded occupations."""

    most: int
    in_demand_extra: int


@dataclass(frozen=True, slots=True)
class YearGroup:
    """So many vouchers a year for who is of a category, or has a status (students once a year,
    others twice)."""

    group: WorkerCategory | PersonStatus
    most: int


@dataclass(frozen=True, slots=True)
class EnterpriseQuotaRule:
    """What an office may give one employer, and who counts as its employee (Guangxi 2022)."""

    per_employer_year: int
    """Places of this scheme for one employer in a calendar year, at most."""
    name_within_days: int | None
    """Days to name employees, the day of the second signature included."""
    proofs: tuple[EmployeeProof, ...]
    """What shows that somebody is an employee; all of them are asked."""


@dataclass(frozen=True, slots=True)
class Uplift:
    """How much more is paid for an occupation in demand, from a level on (5 is the lowest)."""

    percent: int
    from_level: int | None


@dataclass(frozen=True, slots=True)
class Scarcity:
    """What share of the rate is paid by how scarce an occupation is (Tianjin: 100, 90, 80)."""

    grades: tuple[tuple[int, tuple[str, ...]], ...]
    """Percent, and the occupations, or groups of them, by code."""
    others_percent: int
    full_from_level: int | None
    """From this level on (2: technician) the full rate is paid, however scarce."""

    def percent_for(self, occupation_code: str | None, level: int | None) -> int:
        """The share of one course; the longest code that covers its occupation decides."""
        if self.full_from_level and level and level <= self.full_from_level:
            return 100
        code = occupation_code or ""
        fitting = [
            (len(listed), percent)
            for percent, occupations in self.grades
            for listed in occupations
            if code == listed or code.startswith(f"{listed}-")
        ]
        return max(fitting)[1] if fitting else self.others_percent


Categories = tuple[WorkerCategory, ...]


HOLDER_ALONE = "福建省职业技能电子培训券管理暂行办法：仅限本人使用"


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
    regions: Setting[tuple[str, ...]] | None = None
    """Places that count as if they were the scheme's own (portability), by code."""
    excluded: Setting[tuple[PersonStatus, ...]] | None = None
    declare_and_commit: Setting[int] | None = None
    """A category counts on the person's word; days within which it is checked (告知承诺)."""
    per_lifetime_max: Setting[int] | None = None
    trainings_per_year: Setting[TrainingsPerYear] | None = None
    other_subsidy_excludes: Setting[bool] | None = None
    category_caps: Setting[Mapping[WorkerCategory, int]] | None = None
    """Fen a calendar year for vouchers given for a category; others have no bound."""
    in_demand_uplift: Setting[Uplift] | None = None
    scarcity: Setting[Scarcity] | None = None
    blended_percent: Setting[int] | None = None
    independent_assessment: Setting[bool] | None = None
    """Another party than the trainer assesses (第三方评价、考培分离)."""
    allowances: tuple[Allowance, ...] = ()
    per_year_groups: Setting[tuple[YearGroup, ...]] | None = None
    """Another number of vouchers a year for some; the first group that fits counts."""
    leaving: Leaving = Leaving()
    completion: CompletionRules = CompletionRules()
    milestones: Setting[Milestones] | None = None
    """What is due when; nothing said: all of it when the training is finished."""
    enterprise_quota: Setting[EnterpriseQuotaRule] | None = None

    @property
    def shuts_out(self) -> Setting[tuple[PersonStatus, ...]]:
        """Whom a status excludes: whom the scheme names, and always the dead and the imprisoned."""
        if self.excluded is None:
            return Setting(NEVER_ENTITLED, HOLDER_ALONE, assumed=False)
        named = self.excluded
        return Setting((*named.value, *NEVER_ENTITLED), named.clause, named.assumed)

    @property
    def asks_for_demand(self) -> bool:
        """Whether it matters if an occupation is in demand."""
        extra = self.trainings_per_year and self.trainings_per_year.value.in_demand_extra
        return bool(self.in_demand_uplift or extra)

    @property
    def value_when_given_fen(self) -> int | None:
        """What a voucher is worth on the day it is given: its face value; nothing for sign-in
        only; open for an entitlement."""
        return self.face_value_fen if self.kind.pays else 0

    @property
    def cost_fen_max(self) -> int:
        """The most one voucher can cost: what caps of categories count."""
        if self.kind is not VoucherKind.ENTITLEMENT:
            return self.face_value_fen or 0
        highest = max(rate.amount_fen for rate in self.rates)
        uplift = self.in_demand_uplift.value.percent if self.in_demand_uplift else 0
        return share_fen(highest, 100 + uplift)

    def cite(self, setting: Setting[Any] | Rate | Allowance) -> str:
        """Clause and version, as a reason and a line of a quote name them."""
        return f"{setting.clause} · {self.scheme} v{self.version}"
