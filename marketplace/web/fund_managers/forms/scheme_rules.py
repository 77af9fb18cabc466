"""Which rules the form of a scheme asks, and where each stands in the pack."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from flask_babel import lazy_gettext

from marketplace.enrollment.labels import EXIT_REASON_LABELS
from marketplace.people.states import WorkerCategory
from marketplace.vouchers.completion_words import BELOW_LABELS, COUNTS_LABELS, OWN_SHARE_LABELS
from marketplace.vouchers.errors import CATEGORY_LABELS, STATUS_LABELS
from marketplace.vouchers.labels import (
    LEVEL_LABELS,
)
from marketplace.vouchers.pack_words import (
    BEARER_LABELS,
    FIELD_LABELS,
    PLACE_LABELS,
    PROOF_LABELS,
    SWAP_PRICE_LABELS,
)
from marketplace.vouchers.rules.completion import LEAVER_REASONS
from marketplace.vouchers.rules.leaving import BORNE_REASONS
from marketplace.vouchers.states import CHOSEN_STATUSES

ROWS_MAX = 100
"""Rows of one table in the form; a longer table is written as text."""
EMPTY_ROWS = {"rates": 3, "grades": 2, "allowances": 1, "sources": 2}
"""Empty rows at the end of each table; saved, there are as many again."""
TEXT_MAX = 2_000
_translated = lazy_gettext
"""Of texts that stand elsewhere: what is written here goes to `lazy_gettext` itself."""
_LEVELS = [(str(level), label) for level, label in sorted(LEVEL_LABELS.items(), reverse=True)]


class PartKind(Enum):
    """How a part of a rule is typed."""

    NUMBER = "number"
    CODES = "codes"
    CHECKS = "checks"
    LEVEL = "level"
    SWITCH = "switch"
    CHOICE = "choice"
    """One of the choices, or none."""
    STEPS = "steps"
    """Steps of a rate and what it pays, as `50: 40, 70: 75`."""


@dataclass(frozen=True, slots=True)
class Part:
    """One value of a rule: its field, its key in the pack (empty: the whole value), how typed."""

    field: str
    key: str | None
    kind: PartKind
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """A rule of the pack as the form shows it."""

    name: str
    path: str
    parts: tuple[Part, ...]

    @property
    def label(self) -> str:
        return FIELD_LABELS[self.path]


@dataclass(frozen=True, slots=True)
class ListSpec(RuleSpec):
    """A rule whose value is rows like `{group, max}`: one field for each name there is."""

    key: str
    value: str


def _number(name: str, path: str) -> RuleSpec:
    return RuleSpec(name, path, (Part(name, None, PartKind.NUMBER),))


def _numbers(name: str, path: str, *keys: str) -> RuleSpec:
    parts = tuple(Part(f"{name}_{key}", key, PartKind.NUMBER) for key in keys)
    return RuleSpec(name, path, parts)


def _checks(name: str, path: str, labels: dict[Any, str]) -> RuleSpec:
    choices = tuple((str(value), label) for value, label in labels.items())
    return RuleSpec(name, path, (Part(name, None, PartKind.CHECKS, choices),))


def _switch(name: str, *, section: str = "limits") -> RuleSpec:
    return RuleSpec(name, f"{section}.{name}", (Part(name, None, PartKind.SWITCH),))


_CATEGORIES = {name.value: CATEGORY_LABELS[name] for name in WorkerCategory}
_STATUSES = {name.value: STATUS_LABELS[name] for name in CHOSEN_STATUSES}
WHO = (
    _checks("categories", "eligibility.categories", _CATEGORIES),
    _numbers("declare", "eligibility.declare_and_commit", "check_within_days"),
    _numbers("age", "eligibility.age", "min", "max_male", "max_female"),
    _checks("place", "eligibility.place", PLACE_LABELS),
    RuleSpec("regions", "eligibility.regions", (Part("regions", None, PartKind.CODES),)),
    _checks("excluded", "eligibility.excluded", _STATUSES),
)
HOW_OFTEN = (
    _number("validity_days", "validity_days"),
    _number("per_year_max", "limits.per_year_max"),
    _number("per_lifetime_max", "limits.per_lifetime_max"),
    _numbers("trainings", "limits.trainings_per_year", "max", "in_demand_extra"),
    _switch("one_live_voucher"),
    _switch("same_occupation_level_once"),
    _switch("higher_bars_lower"),
    _switch("other_subsidy_excludes"),
    RuleSpec(
        "quota",
        "limits.enterprise_quota",
        (
            Part("quota_per_employer_year", "per_employer_year", PartKind.NUMBER),
            Part("quota_name_within_days", "name_within_days", PartKind.NUMBER),
            Part("quota_proofs", "proofs", PartKind.CHECKS, tuple(PROOF_LABELS.items())),
        ),
    ),
)
WHEN_PAID = (
    _number("attendance_min_percent", "payment.attendance_min_percent"),
    _switch("assessment_required", section="payment"),
    _switch("independent_assessment", section="payment"),
    _number("co_pay_percent", "payment.co_pay_percent"),
    _checks("free_groups", "payment.free_groups", _CATEGORIES),
    _numbers(
        "milestones",
        "payment.milestones",
        "start_percent",
        "finish_percent",
        "certificate_percent",
        "certificate_within_days",
        "employment_percent",
        "employment_after_months",
        "employment_within_days",
    ),
)
SHARES = (
    RuleSpec(
        "uplift",
        "payment.in_demand_uplift",
        (
            Part("uplift_percent", "percent", PartKind.NUMBER),
            Part("uplift_from_level", "from_level", PartKind.LEVEL),
        ),
    ),
    _number("blended_percent", "payment.blended_percent"),
)
SCARCITY = RuleSpec(
    "scarcity",
    "payment.scarcity",
    (
        Part("scarcity_others_percent", "others_percent", PartKind.NUMBER),
        Part("scarcity_full_from_level", "full_from_level", PartKind.LEVEL),
    ),
)
CAPS = RuleSpec(
    "caps",
    "limits.category_caps",
    tuple(Part(f"cap_{name}", name, PartKind.NUMBER) for name in _CATEGORIES),
)
LEAVING = (
    _numbers("window", "leaving.window", "until_days_before_start", "days_after_enrolling"),
    RuleSpec(
        "swap_price",
        "leaving.swap_price",
        (Part("swap_price", None, PartKind.CHOICE, tuple(SWAP_PRICE_LABELS.items())),),
    ),
    _number("swaps_max", "leaving.swaps_max"),
)
COMPLETION = (
    RuleSpec(
        "partial",
        "completion.partial",
        (
            Part("partial_by_rate_from", "by_rate_from", PartKind.NUMBER),
            Part("partial_steps", "steps", PartKind.STEPS),
            Part("partial_own", "own_share", PartKind.CHOICE, tuple(OWN_SHARE_LABELS.items())),
            Part(
                "partial_leavers",
                "leavers",
                PartKind.CHECKS,
                tuple((reason.value, EXIT_REASON_LABELS[reason]) for reason in LEAVER_REASONS),
            ),
        ),
    ),
    RuleSpec(
        "class_least",
        "completion.class_least",
        (
            Part("class_percent", "percent", PartKind.NUMBER),
            Part("class_counts", "counts", PartKind.CHOICE, tuple(COUNTS_LABELS.items())),
            Part("class_below", "below", PartKind.CHOICE, tuple(BELOW_LABELS.items())),
        ),
    ),
)
YEAR_GROUPS = ListSpec(
    "year_groups",
    "limits.per_year_groups",
    tuple(Part(f"year_{group}", group, PartKind.NUMBER) for group in (*_CATEGORIES, *_STATUSES)),
    key="group",
    value="max",
)
BORNE_BY = ListSpec(
    "borne_by",
    "leaving.borne_by",
    tuple(
        Part(f"borne_{reason}", reason, PartKind.CHOICE, tuple(BEARER_LABELS.items()))
        for reason in BORNE_REASONS
    ),
    key="reason",
    value="by",
)
LIST_RULES = (YEAR_GROUPS, BORNE_BY)
"""Rules that are rows of a name and a value, as one field per name."""
PLAIN_RULES = (*WHO, *HOW_OFTEN, *WHEN_PAID, *SHARES, *COMPLETION, *LEAVING)
ALL_RULES = (*PLAIN_RULES, SCARCITY, CAPS, *LIST_RULES)
