"""What a policy pack may hold, key by key (docs/policy-packs.md)."""

from __future__ import annotations

from marketplace.foundation.money import AMOUNT_FEN_MAX
from marketplace.people.states import WorkerCategory
from marketplace.vouchers.rules.completion import LEAVER_REASONS
from marketplace.vouchers.rules.leaving import BORNE_REASONS
from marketplace.vouchers.rules.pack_checks import (
    boolean,
    day,
    integer,
    list_of,
    mapping,
    one_of,
    rule,
    text,
)
from marketplace.vouchers.states import (
    CHOSEN_STATUSES,
    Award,
    ClassBelow,
    ClassCounts,
    CostBearer,
    EmployeeProof,
    OwnShareOfPart,
    SwapPrice,
    VoucherKind,
    VoucherOrigin,
)

QUOTA_PLACES_MAX = 1_000_000
"""Vouchers one quota may hold."""
_SOURCE_TITLE = mapping({"zh": text(300), "en": text(300)})
_TITLE = mapping({"zh": text(60), "en": text(120)})
_CATEGORIES = list_of(one_of(*WorkerCategory), unique=True)
_PLACE_CODE = text(12, form=r"[0-9]{6,12}")
_OCCUPATION_CODE = text(40)
_FEN = integer(1, AMOUNT_FEN_MAX)
_PERCENT = integer(1, 100)
_LEVEL = integer(1, 5)
_HOURS = integer(1, 10_000)
_CLAUSE = {"clause": text(300)}
_ASSUMED = {"assumed": boolean(), "note": text(1_000)}
_NOT_ASSUMED = {"assumed": False}

_AGES = mapping(
    {"min": integer(14, 100), "max_male": integer(14, 100), "max_female": integer(14, 100)}
)
_PER_HOUR = mapping({"fen": _FEN, "cap_fen": _FEN})
_PER_DAY = mapping(
    {
        "hours_per_day": integer(1, 24),
        "steps": list_of(mapping({"days": integer(1, 366), "fen": _FEN})),
    }
)
_UNDER_HOURS = mapping(
    {"fen_per_day": _FEN, "hours_per_day": integer(1, 24), "most_percent": _PERCENT}
)
_RATE = mapping(
    _CLAUSE,
    {
        "amount_fen": _FEN,
        "per_hour": _PER_HOUR,
        "per_day": _PER_DAY,
        "occupation": _OCCUPATION_CODE,
        "level": _LEVEL,
        "award": one_of(*Award),
        "hours_min": _HOURS,
        "under_hours": _UNDER_HOURS,
        **_ASSUMED,
    },
    defaults=_NOT_ASSUMED,
)
_GRADE = mapping({"percent": _PERCENT, "occupations": list_of(_OCCUPATION_CODE, unique=True)})
_TIMES = integer(1, 1_000)
_ALLOWANCE = mapping(
    {"kind": one_of("living", "travel", "assessment_fee"), **_CLAUSE},
    {
        "amount_fen": _FEN,
        "per_hour": _PER_HOUR,
        "per_day": _PER_DAY,
        "categories": _CATEGORIES,
        "per_year_max": _TIMES,
        "per_lifetime_max": _TIMES,
        "most_share": mapping({"percent": _PERCENT, "of_fen": _FEN}),
        "at_most": one_of("what_was_paid"),
        **_ASSUMED,
    },
    defaults=_NOT_ASSUMED,
)
_ELIGIBILITY = {
    "categories": rule(_CATEGORIES),
    "age": rule(_AGES),
    "place": rule(list_of(one_of("residence", "workplace", "training_place"), unique=True)),
    "regions": rule(list_of(_PLACE_CODE, unique=True)),
    "excluded": rule(list_of(one_of(*CHOSEN_STATUSES), unique=True)),
    "declare_and_commit": rule(mapping({"check_within_days": integer(1, 366)})),
}
_LIMITS = {
    "per_year_max": rule(integer(1, 100)),
    "per_year_groups": rule(
        list_of(
            mapping({"group": one_of(*WorkerCategory, *CHOSEN_STATUSES), "max": integer(1, 100)})
        )
    ),
    "per_lifetime_max": rule(integer(1, 1_000)),
    "trainings_per_year": rule(
        mapping({"max": integer(1, 100)}, {"in_demand_extra": integer(1, 100)})
    ),
    "one_live_voucher": rule(boolean()),
    "same_occupation_level_once": rule(boolean()),
    "higher_bars_lower": rule(boolean()),
    "other_subsidy_excludes": rule(boolean()),
    "enterprise_quota": rule(
        mapping(
            {"per_employer_year": integer(1, QUOTA_PLACES_MAX)},
            {
                "name_within_days": integer(1, 366),
                "proofs": list_of(one_of(*EmployeeProof), unique=True),
            },
        )
    ),
    "category_caps": rule(
        list_of(mapping({"category": one_of(*WorkerCategory), "fen_per_year": _FEN}))
    ),
}
_PAYMENT = {
    "assessment_required": rule(boolean()),
    "independent_assessment": rule(boolean()),
    "free_groups": rule(_CATEGORIES),
    "co_pay_percent": rule(integer(0, 99)),
    "in_demand_uplift": rule(mapping({"percent": _PERCENT}, {"from_level": _LEVEL})),
    "scarcity": rule(
        mapping(
            {"grades": list_of(_GRADE), "others_percent": _PERCENT},
            {"full_from_level": _LEVEL},
        )
    ),
    "blended_percent": rule(_PERCENT),
    "milestones": rule(
        mapping(
            {"finish_percent": _PERCENT},
            {
                "start_percent": integer(1, 50),
                "certificate_percent": _PERCENT,
                "certificate_within_days": integer(1, 1_096),
                "employment_percent": _PERCENT,
                "employment_after_months": integer(1, 24),
                "employment_within_days": integer(1, 1_096),
            },
        )
    ),
}
_LEAVING = {
    "window": rule(
        mapping(
            {"until_days_before_start": integer(1, 90)},
            {"days_after_enrolling": integer(0, 366)},
        )
    ),
    "borne_by": rule(
        list_of(mapping({"reason": one_of(*BORNE_REASONS), "by": one_of(*CostBearer)}))
    ),
    "swap_price": rule(one_of(*SwapPrice)),
    "swaps_max": rule(integer(0, 20)),
}
_PART_STEP = mapping({"from_rate": integer(1, 99), "pays_percent": integer(1, 99)})
_COMPLETION = {
    "partial": rule(
        mapping(
            {},
            {
                "by_rate_from": integer(1, 99),
                "steps": list_of(_PART_STEP),
                "own_share": one_of(*OwnShareOfPart),
                "leavers": list_of(one_of(*LEAVER_REASONS), unique=True),
            },
        )
    ),
    "class_least": rule(
        mapping({"percent": _PERCENT, "counts": one_of(*ClassCounts), "below": one_of(*ClassBelow)})
    ),
}
RULES = {
    "eligibility": _ELIGIBILITY,
    "limits": _LIMITS,
    "payment": {"attendance_min_percent": rule(integer(0, 100)), **_PAYMENT},
    "leaving": _LEAVING,
    "completion": _COMPLETION,
}
"""Section -> the rules it may hold, by name."""
PACK = mapping(
    {
        "format": integer(1, 1),
        "scheme": text(40, form=r"[A-Z0-9][A-Z0-9-]*"),
        "title": _TITLE,
        "fund": text(40),
        "jurisdiction": _PLACE_CODE,
        "currency": text(3, form=r"[A-Z]{3}"),
        "valid_from": day(),
        "kind": one_of(*VoucherKind),
        "ways_out": list_of(one_of(*VoucherOrigin), unique=True),
        "validity_days": rule(integer(1, 1_096)),
        "eligibility": mapping({}, _ELIGIBILITY),
        "limits": mapping({}, _LIMITS),
        "payment": mapping({"attendance_min_percent": rule(integer(0, 100))}, _PAYMENT),
        "sources": list_of(
            mapping(_CLAUSE, {"title": _SOURCE_TITLE, "note": text(1_000)}),
        ),
    },
    {
        "valid_until": day(),
        "face_value_fen": _FEN,
        "rates": list_of(_RATE),
        "allowances": list_of(_ALLOWANCE),
        "leaving": mapping({}, _LEAVING),
        "completion": mapping({}, _COMPLETION),
        "notes": text(4_000),
    },
)
