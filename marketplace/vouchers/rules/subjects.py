"""What a quote is about: the voucher, the course run and the person, as known on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from marketplace.catalog.states import CourseMode, CourseRunState
from marketplace.employers.agreement_rules import EmployerShare
from marketplace.foundation.errors import N_
from marketplace.people.states import PersonStatus, WorkerCategory
from marketplace.vouchers.rules.policy import Policy
from marketplace.vouchers.states import Award, VoucherState

STATE_LABELS: dict[VoucherState, str] = {
    VoucherState.OFFERED: N_("offered"),
    VoucherState.ACTIVE: N_("ready to use"),
    VoucherState.RESERVED: N_("reserved for a course"),
    VoucherState.REDEEMED: N_("used"),
    VoucherState.EXPIRED: N_("expired"),
    VoucherState.REVOKED: N_("revoked"),
}


@dataclass(frozen=True, slots=True)
class VoucherFacts:
    """The voucher that would pay; a worker without one is asked about as if it were claimed."""

    state: VoucherState
    value_fen: int | None
    valid_from: date
    expires_on: date


@dataclass(frozen=True, slots=True)
class CourseFacts:
    """The course run (or a course without runs) as it stands on the day of asking."""

    listed: bool
    institution_accredited: bool
    occupation_code: str | None
    level: int | None
    hours: int | None
    fee_fen: int
    currency: str
    run_state: CourseRunState | None
    starts_on: date | None
    opens_on: date | None
    closes_on: date | None
    ends_on: date | None = None
    accredited_for_run: bool = True
    """The institution may teach this occupation and level, at the site, every day of the run."""
    barred_grade: str | None = None
    """The grade in force that keeps vouchers from paying for enrolling here, if it does."""
    barred_rule: str | None = None
    stops_on: date | None = None
    """The first day of the run on which, as far as decided, it is out of standing."""
    mode: CourseMode | None = None
    award: Award | None = None
    """What a course without a skill level ends with."""
    place_path: str | None = None
    """Where it is taught."""
    in_demand: bool = False
    demand_uplift_percent: int | None = None
    """What the list of occupations in demand says itself, if it does."""
    institution_id: int | None = None


@dataclass(frozen=True, slots=True)
class QuoteFacts:
    """What is known when somebody asks what a voucher pays for a course."""

    on: date
    policy: Policy
    voucher: VoucherFacts
    course: CourseFacts
    categories: frozenset[WorkerCategory]
    """Verified, and in force on the first day of training."""
    trainings: tuple[tuple[str | None, int | None], ...]
    """Occupation and level of earlier supported trainings."""
    available_fen: int
    """What the voucher's allotment has left; asked of entitlements only."""
    declared: frozenset[WorkerCategory] = frozenset()
    """Stated by the person for that day, not decided yet."""
    statuses: frozenset[PersonStatus] = frozenset()
    """What excludes, as it is known for that day."""
    other_subsidies: tuple[tuple[str, int], ...] = ()
    """Occupation and level of certificates another subsidy was paid for."""
    trainings_that_year: int = 0
    """Supported trainings that begin in the calendar year of this one, besides it."""
    person_inside: bool = True
    """Lives or works where the scheme holds, as far as its rule of place asks."""
    scheme_path: str = ""
    scheme_place: str = ""
    residence_path: str | None = None
    """Kept for replays under a policy that asks for another place; `person_inside` decides."""
    workplace_path: str | None = None
    employer: EmployerShare | None = None
    """What an employer has agreed to pay of the own share at this institution."""


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One line of a quote: what for, how much, by which rule."""

    code: str
    amount_fen: int
    rule: str | None
    params: dict[str, Any]
