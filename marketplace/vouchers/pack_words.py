"""A policy pack in plain words: what each place of it is called, and what stands there.

Forms, refusals and differences name the places of a pack by these words; the paths themselves are
for the YAML text and for machines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from marketplace.enrollment.labels import EXIT_REASON_LABELS
from marketplace.foundation.errors import N_, Refusal
from marketplace.foundation.money import AMOUNT_FEN_MAX, Money
from marketplace.vouchers.completion_words import BELOW_LABELS, COUNTS_LABELS, OWN_SHARE_LABELS
from marketplace.vouchers.errors import CATEGORY_LABELS, STATUS_LABELS
from marketplace.vouchers.labels import (
    ALLOWANCE_LABELS,
    ANY_LEVEL,
    AWARD_LABELS,
    KIND_LABELS,
    LEVEL_LABELS,
    ORIGIN_LABELS,
)
from marketplace.vouchers.rules.differences import Difference
from marketplace.vouchers.rules.leaving import BORNE_REASONS
from marketplace.vouchers.states import CostBearer, EmployeeProof, SwapPrice

Words = tuple[str, Mapping[str, Any]]
"""A text and its parameters, to be translated at the edge."""

PLACE_LABELS: dict[str, str] = {
    "residence": N_("Lives there"),
    "workplace": N_("Works there"),
    "training_place": N_("Trains there"),
}
SWAP_PRICE_LABELS: dict[str, str] = {
    SwapPrice.OF_THE_DAY.value: N_("The price of the day"),
    SwapPrice.KEPT.value: N_("The first price, within the same course"),
}
BEARER_LABELS: dict[str, str] = {
    CostBearer.WORKER.value: N_("The learner: the voucher is used up"),
    CostBearer.INSTITUTION.value: N_("The institution: the voucher is free again"),
    CostBearer.NOBODY.value: N_("Nobody: the voucher is free again"),
}
PROOF_LABELS: dict[str, str] = {
    EmployeeProof.VERIFIED_CATEGORY.value: N_("Verified as employee of an enterprise"),
    EmployeeProof.EMPLOYER_ON_RECORD.value: N_("On record with this employer"),
}
FIELD_LABELS: dict[str, str] = {
    "format": N_("Form of the file"),
    "scheme": N_("Code"),
    "title.zh": N_("Name in Chinese"),
    "title.en": N_("Name in English"),
    "fund": N_("Fund"),
    "jurisdiction": N_("Place"),
    "currency": N_("Currency"),
    "valid_from": N_("In force from"),
    "valid_until": N_("In force until"),
    "kind": N_("Kind of voucher"),
    "face_value_fen": N_("Face value"),
    "ways_out": N_("How people get it"),
    "validity_days": N_("Days to use the voucher"),
    "eligibility.categories": N_("Categories of people"),
    "eligibility.declare_and_commit": N_("Declare and commit"),
    "eligibility.age": N_("Age of the person"),
    "eligibility.place": N_("Tie to the place"),
    "eligibility.regions": N_("Places that count like it"),
    "eligibility.excluded": N_("Excluded"),
    "limits.per_year_max": N_("Vouchers per person and year"),
    "limits.per_year_groups": N_("Another number a year for some"),
    "limits.per_lifetime_max": N_("Vouchers per person in all"),
    "limits.trainings_per_year": N_("Trainings with support per year"),
    "limits.one_live_voucher": N_("One unused voucher at a time"),
    "limits.same_occupation_level_once": N_("Occupation and level once"),
    "limits.higher_bars_lower": N_("A higher level bars a lower one"),
    "limits.other_subsidy_excludes": N_("No second subsidy for a certificate"),
    "limits.category_caps": N_("Yearly budget by category"),
    "limits.enterprise_quota": N_("Enterprise quota"),
    "rates": N_("Rates"),
    "allowances": N_("Allowances"),
    "payment.attendance_min_percent": N_("Least attendance"),
    "payment.assessment_required": N_("Passed assessment needed"),
    "payment.independent_assessment": N_("Assessed by another party"),
    "payment.co_pay_percent": N_("Own share of the fee"),
    "payment.free_groups": N_("Spared the own share"),
    "payment.in_demand_uplift": N_("More for occupations in demand"),
    "payment.scarcity": N_("Share by scarcity of the occupation"),
    "payment.blended_percent": N_("Share for training partly online"),
    "completion.partial": N_("A part at a low attendance"),
    "completion.class_least": N_("Least share of the class"),
    "payment.milestones": N_("Paid in steps"),
    "leaving.window": N_("Leaving at no cost"),
    "leaving.borne_by": N_("Who bears the cost after that"),
    "leaving.swap_price": N_("Price after a change of class"),
    "leaving.swaps_max": N_("Changes of class per voucher"),
    "sources": N_("Sources"),
    "notes": N_("Notes"),
}
"""What each rule and setting of a pack is called."""
PART_LABELS: dict[str, str] = {
    "clause": N_("clause"),
    "assumed": N_("assumed"),
    "note": N_("note"),
    "min": N_("from age"),
    "max_male": N_("to age, men"),
    "max_female": N_("to age, women"),
    "check_within_days": N_("checked within days"),
    "max": N_("at most"),
    "in_demand_extra": N_("more in occupations in demand"),
    "category": N_("category"),
    "categories": N_("for whom"),
    "fen_per_year": N_("yuan a year"),
    "per_employer_year": N_("places per employer and year"),
    "name_within_days": N_("days to name employees"),
    "proofs": N_("who counts as an employee"),
    "occupation": N_("occupation"),
    "occupations": N_("occupations"),
    "level": N_("level"),
    "award": N_("certificate"),
    "amount_fen": N_("amount"),
    "per_hour.fen": N_("yuan an hour"),
    "per_hour.cap_fen": N_("at most (yuan)"),
    "per_hour": N_("by the hour"),
    "per_day": N_("by the day"),
    "per_year_max": N_("times a year"),
    "per_lifetime_max": N_("times in a lifetime"),
    "at_most": N_("given back as paid"),
    "most_share": N_("at most a share"),
    "of_fen": N_("of the amount"),
    "hours_min": N_("least hours"),
    "under_hours": N_("with fewer hours"),
    "hours_per_day": N_("hours a day"),
    "steps": N_("step"),
    "days": N_("days"),
    "fen": N_("yuan"),
    "cap_fen": N_("at most (yuan)"),
    "fen_per_day": N_("yuan a day"),
    "most_percent": N_("at most percent"),
    "percent": N_("percent"),
    "from_level": N_("from level"),
    "grades": N_("grade"),
    "others_percent": N_("all other occupations (percent)"),
    "full_from_level": N_("full rate from level"),
    "start_percent": N_("in advance when the class has begun (percent)"),
    "finish_percent": N_("when the training is finished (percent)"),
    "certificate_percent": N_("with the certificate (percent)"),
    "certificate_within_days": N_("certificate within days of the end"),
    "employment_percent": N_("with proven employment (percent)"),
    "employment_after_months": N_("employment after months"),
    "employment_within_days": N_("employment proven within days of the end"),
    "until_days_before_start": N_("days before the class begins"),
    "days_after_enrolling": N_("days after enrolling at most"),
    "group": N_("group"),
    "reason": N_("reason"),
    "by": N_("who bears it"),
    "kind": N_("kind"),
    "title": N_("title"),
    "by_rate_from": N_("as much as attended, from (percent)"),
    "from_rate": N_("from attendance (percent)"),
    "pays_percent": N_("pays (percent)"),
    "own_share": N_("of the own share"),
    "leavers": N_("also for who leaves because of"),
    "counts": N_("who counts"),
    "below": N_("below that"),
    "zh": N_("Chinese"),
    "en": N_("English"),
}
ROW = N_("row %(number)s")
NOTHING = N_("nothing")
YES, NO = N_("yes"), N_("no")
VALUE_LABELS: dict[str, str] = {
    **{reason.value: EXIT_REASON_LABELS[reason] for reason in BORNE_REASONS},
    **SWAP_PRICE_LABELS,
    **BEARER_LABELS,
    **OWN_SHARE_LABELS,
    **COUNTS_LABELS,
    **BELOW_LABELS,
    **CATEGORY_LABELS,
    **STATUS_LABELS,
    **PLACE_LABELS,
    **PROOF_LABELS,
    **ALLOWANCE_LABELS,
    **{kind.value: label for kind, label in KIND_LABELS.items()},
    **{way.value: label for way, label in ORIGIN_LABELS.items()},
    **{award.value: label for award, label in AWARD_LABELS.items()},
}
"""What the codes in a pack mean: categories, statuses, reasons, kinds, ways."""
_MONEY_KEYS = (
    "fen", "amount_fen", "cap_fen", "fen_per_day", "fen_per_year", "face_value_fen", "of_fen",
)  # fmt: skip
_LEVEL_KEYS = ("level", "from_level", "full_from_level")
_NAMED_BY = ("].category", "].group", "].reason")
_FREE_TEXT = ("clause", "note", "notes", "zh", "en", "occupation", "occupations")
_TOKEN = re.compile(r"([^.\[\]]+)|\[([^\]]*)\]")


@dataclass(frozen=True, slots=True)
class Change:
    """A difference of two packs in words."""

    where: tuple[Words, ...]
    path: str
    before: Any
    after: Any


def path_words(path: str) -> tuple[Words, ...]:
    """What a place of a pack is called, from the rule down to the part: `rates[*/5].amount_fen`
    is rates, level 5, amount. Unknown places keep their key."""
    rule = _rule_of(path)
    if rule is None:
        return ((path, {}),)
    words: list[Words] = [(FIELD_LABELS[rule], {})]
    for key, row in _TOKEN.findall(path[len(rule) :]):
        if key and key != "value":
            words.append((PART_LABELS.get(key, key), {}))
        elif row:
            words += _row_words(row)
    return tuple(words)


def value_words(path: str, value: Any, *, currency: str) -> Any:
    """What stands at a place, for the reader: amounts as money, codes as names."""
    keys = [key for key, _row in _TOKEN.findall(path) if key]
    last = next((key for key in reversed(keys) if key != "value"), "")
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, list):
        return tuple(value_words(path, part, currency=currency) for part in value)
    if isinstance(value, int):
        return _number_words(last, value, currency)
    if last in ("valid_from", "valid_until"):
        return date.fromisoformat(value)
    return value if last in _FREE_TEXT else VALUE_LABELS.get(str(value), str(value))


def list_changes(differences: Iterable[Difference], *, currency: str) -> list[Change]:
    """Differences of two packs in words; that a rule is not assumed is said only when it was, and
    what a row is about is said by its name already."""
    return [
        Change(
            path_words(item.path),
            item.path,
            value_words(item.path, item.before, currency=currency),
            value_words(item.path, item.after, currency=currency),
        )
        for item in differences
        if not (item.path.endswith(".assumed") and not item.before and not item.after)
        and not item.path.endswith(_NAMED_BY)
    ]


def names_its_place(refusal: Refusal, words: str) -> Refusal:
    """A refusal of a pack that names the place by words instead of its path."""
    if "path" not in refusal.params:
        return refusal
    return replace(refusal, params={**refusal.params, "path": words})


def _rule_of(path: str) -> str | None:
    """The longest known setting that a path begins with."""
    known = [
        name
        for name in FIELD_LABELS
        if path == name or (path.startswith(name) and path[len(name)] in ".[")
    ]
    return max(known, key=len, default=None)


def _row_words(row: str) -> list[Words]:
    """Rows are numbered from 1; a rate is named by occupation and level, a cap by category."""
    if row.isdigit():
        return [(ROW, {"number": int(row) + 1})]
    if "/" not in row:
        return [(VALUE_LABELS.get(row, row), {})]
    occupation, level = row.split("/", 1)
    label = LEVEL_LABELS[int(level)] if level.isdigit() else VALUE_LABELS.get(level, ANY_LEVEL)
    named: list[Words] = [(occupation, {})] if occupation != "*" else []
    return [*named, (label, {})]


def _number_words(key: str, value: int, currency: str) -> Any:
    if key in _MONEY_KEYS and abs(value) <= AMOUNT_FEN_MAX:
        return Money(value, currency)
    if key in _LEVEL_KEYS:
        return LEVEL_LABELS.get(value, str(value))
    return f"{value} %" if key.endswith("percent") else str(value)
