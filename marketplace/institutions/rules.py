"""Decisions about institutions: pure, all reasons at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from stdnum import luhn
from stdnum.cn import uscc as uscc_number

from marketplace.foundation.errors import N_, Refusal
from marketplace.foundation.text import normal_form
from marketplace.institutions import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.institutions.states import (
    INSTITUTION_TRANSITIONS,
    AccreditationState,
    InstitutionState,
)

CHANGED_PAYEE_HOLD_DAYS = 7
"""A payee account that replaces another is not paid to for a week: time to notice a theft."""

STANDING_AHEAD_DAYS = 90
"""How far ahead a suspension or a return may be announced."""

LEVELS = range(1, 6)
_UNIONPAY_CARD = re.compile(r"^62[0-9]{14,17}$")

STATE_WORDS: dict[InstitutionState, str] = {
    InstitutionState.APPLIED: N_("awaiting accreditation"),
    InstitutionState.ACCREDITED: N_("accredited"),
    InstitutionState.SUSPENDED: N_("suspended"),
    InstitutionState.BARRED: N_("barred"),
    InstitutionState.WITHDRAWN: N_("withdrawn"),
}
ACCREDITATION_STATE_WORDS: dict[AccreditationState, str] = {
    AccreditationState.GRANTED: N_("granted"),
    AccreditationState.SUSPENDED: N_("suspended"),
    AccreditationState.REVOKED: N_("revoked"),
}
"""States as people read them; translated at the edge."""


@dataclass(frozen=True, slots=True)
class AccreditationPeriod:
    """One granted accreditation; empty occupation, level or site: any; no end: until revoked."""

    occupation_code: str | None
    level: int | None
    valid_from: date
    valid_until: date | None
    site_id: int | None = None


@dataclass(frozen=True, slots=True)
class StateChange:
    """From a day on, an institution stands in a state."""

    effective_on: date
    previous: InstitutionState
    state: InstitutionState


@dataclass(frozen=True, slots=True)
class ScopeGap:
    """Why accreditations do not cover a teaching, and the nearest change that would help."""

    remedy: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PayeeFacts:
    """A proposed payee account, beside the institution it is for."""

    institution_name: str
    institution_state: InstitutionState
    holder: str
    number: str
    bank_name: str
    bank_code: str


def is_valid_uscc(text: str) -> bool:
    """Length, letters and the check character of GB 32100 (weights modulo 31)."""
    return bool(uscc_number.is_valid(text))


def refusals_for_registration(*, name: str, uscc: str | None, source: str) -> tuple[Refusal, ...]:
    """An institution registered here needs name and USCC; an imported one may lack the USCC."""
    refusals: list[Refusal] = []
    if not name:
        refusals.append(Refusal("required", {"label": N_("Name of the institution")}, field="name"))
    if uscc is None and source == "own":
        label = N_("Unified social credit code")
        refusals.append(Refusal("required", {"label": label}, field="uscc"))
    if uscc is not None and not is_valid_uscc(uscc):
        refusals.append(Refusal("uscc_invalid", rule="GB 32100-2015", field="uscc"))
    return tuple(refusals)


def refusals_for_state_change(
    present: InstitutionState, wanted: InstitutionState, reason: str
) -> tuple[Refusal, ...]:
    """Only the moves of the state table, and never without a reason."""
    refusals: list[Refusal] = []
    if wanted not in INSTITUTION_TRANSITIONS[present]:
        refusals.append(Refusal("institution_state_forbids", {"state": STATE_WORDS[present]}))
    if not reason:
        refusals.append(Refusal("reason_missing", field="reason"))
    return tuple(refusals)


def refusals_for_accreditation(
    state: InstitutionState, *, level: int | None, valid_from: date, valid_until: date | None
) -> tuple[Refusal, ...]:
    """An institution in good standing or applying; a real level; an end after the beginning."""
    refusals: list[Refusal] = []
    if state not in (InstitutionState.APPLIED, InstitutionState.ACCREDITED):
        refusals.append(Refusal("institution_state_forbids", {"state": STATE_WORDS[state]}))
    if level is not None and level not in LEVELS:
        refusals.append(Refusal("level_unknown", field="level"))
    if valid_until is not None and valid_until < valid_from:
        refusals.append(Refusal("accreditation_dates", field="valid_until"))
    return tuple(refusals)


def refusals_for_effective_day(
    effective_on: date, *, last_on: date | None, today: date
) -> tuple[Refusal, ...]:
    """Decisions follow one another in time, and are not announced further than 90 days ahead."""
    if last_on is not None and effective_on < last_on:
        return (Refusal("standing_before_last", {"day": last_on}, field="effective_on"),)
    if effective_on > today + timedelta(days=STANDING_AHEAD_DAYS):
        limit = {"limit": STANDING_AHEAD_DAYS}
        return (Refusal("standing_too_far", limit, field="effective_on"),)
    return ()


def state_on(
    changes: Sequence[StateChange], present: InstitutionState, on: date
) -> InstitutionState:
    """Where an institution stands on a day; `changes` in the order of their days.

    Before the first change it stood where that one found it. Without any, where it stands now.
    """
    in_force = [change for change in changes if change.effective_on <= on]
    if in_force:
        return in_force[-1].state
    return changes[0].previous if changes else present


def first_day_out_of_standing(
    changes: Sequence[StateChange], present: InstitutionState, first_on: date, last_on: date
) -> tuple[date, InstitutionState] | None:
    """The first day of a span, as far as decided, on which the institution may not teach."""
    days = [first_on, *(c.effective_on for c in changes if first_on < c.effective_on <= last_on)]
    for day in days:
        state = state_on(changes, present, day)
        if state != InstitutionState.ACCREDITED:
            return day, state
    return None


def is_covered(
    periods: Iterable[AccreditationPeriod],
    *,
    occupation_code: str | None,
    level: int | None,
    first_on: date,
    last_on: date,
    site_id: int | None = None,
) -> bool:
    """Whether accreditations together cover every day for an occupation, level and site.

    An accreditation limited to a site covers nothing elsewhere, nor a class without known site.
    """
    fitting = sorted(
        (period for period in periods if _fits(period, occupation_code, level, site_id)),
        key=lambda period: period.valid_from,
    )
    uncovered_on = first_on
    for period in fitting:
        if period.valid_from > uncovered_on:
            return False
        if period.valid_until is None or period.valid_until >= last_on:
            return True
        uncovered_on = max(uncovered_on, period.valid_until + timedelta(days=1))
    return False


def find_scope_gap(
    periods: Sequence[AccreditationPeriod],
    *,
    occupation_code: str | None,
    level: int | None,
    first_on: date,
    last_on: date,
    site_id: int | None = None,
    site_names: Mapping[int, str] | None = None,
) -> ScopeGap | None:
    """Nothing when covered; else what is nearest: another site, other days, another level."""
    what: dict[str, Any] = {"occupation_code": occupation_code, "level": level}
    days: dict[str, Any] = {"first_on": first_on, "last_on": last_on}
    if is_covered(periods, **what, **days, site_id=site_id):
        return None
    limited = [period for period in periods if period.site_id is not None]
    elsewhere = {
        period.site_id
        for period in limited
        if is_covered([replace(period, site_id=None)], **what, **days)
    }
    if elsewhere:
        names = tuple((site_names or {}).get(site or 0, "–") for site in sorted(elsewhere, key=str))
        return ScopeGap("gap_other_sites", {"sites": names})
    same = [period for period in periods if _fits(period, occupation_code, level, site_id)]
    if same:
        nearest = max(same, key=lambda period: period.valid_until or date.max)
        if nearest.valid_until is None:
            return ScopeGap("gap_begins", {"from_day": nearest.valid_from})
        dates = {"from_day": nearest.valid_from, "until_day": nearest.valid_until}
        return ScopeGap("gap_dates", dates)
    levels = sorted(
        {p.level for p in periods if p.occupation_code == occupation_code and p.level is not None},
        reverse=True,
    )
    if levels:
        return ScopeGap("gap_levels", {"levels": tuple(str(one) for one in levels)})
    return ScopeGap("gap_occupation")


def refusals_for_payee(facts: PayeeFacts) -> tuple[Refusal, ...]:
    """The account is the institution's own, its number and bank code are well formed."""
    refusals: list[Refusal] = []
    if facts.institution_state in (InstitutionState.BARRED, InstitutionState.WITHDRAWN):
        words = STATE_WORDS[facts.institution_state]
        refusals.append(Refusal("institution_state_forbids", {"state": words}))
    if _payee_name(facts.holder) != _payee_name(facts.institution_name):
        name = facts.institution_name
        refusals.append(Refusal("payout_holder_differs", {"name": name}, field="holder"))
    numbers = refusals_for_bank_numbers(facts.number, facts.bank_name, facts.bank_code)
    return (*refusals, *numbers)


def refusals_for_bank_numbers(number: str, bank_name: str, bank_code: str) -> tuple[Refusal, ...]:
    """Number and bank code are well formed; a UnionPay card has a right check digit."""
    refusals: list[Refusal] = []
    if not re.fullmatch(r"[0-9]{8,30}", number) or len(set(number)) == 1:
        refusals.append(Refusal("payout_number_invalid", field="number"))
    elif _UNIONPAY_CARD.match(number) and not luhn.is_valid(number):
        refusals.append(Refusal("payout_number_check", field="number"))
    if not bank_name:
        refusals.append(Refusal("required", {"label": N_("Bank")}, field="bank_name"))
    if not re.fullmatch(r"[0-9]{12}", bank_code) or len(set(bank_code)) == 1:
        refusals.append(Refusal("bank_code_invalid", field="bank_code"))
    return tuple(refusals)


def refusals_for_connected_account(named: str | None) -> tuple[Refusal, ...]:
    """A Stripe account is named as Stripe names it; none is fine."""
    if named is None or re.fullmatch(r"acct_[A-Za-z0-9]{8,64}", named):
        return ()
    return (Refusal("connected_account_invalid", field="connected_account"),)


def payee_payable_from(verified_on: date, *, replaces_another: bool) -> date:
    """The first account is payable at once; a changed one after the hold."""
    days = CHANGED_PAYEE_HOLD_DAYS if replaces_another else 0
    return verified_on + timedelta(days=days)


def _fits(
    period: AccreditationPeriod, occupation_code: str | None, level: int | None, site_id: int | None
) -> bool:
    occupation_fits = period.occupation_code in (None, occupation_code)
    site_fits = period.site_id is None or period.site_id == site_id
    return occupation_fits and site_fits and period.level in (None, level)


def _payee_name(name: str) -> str:
    """Brackets and spaces are written in two widths and styles; a bank compares without them."""
    return re.sub(r"[\s()（）·.]", "", normal_form(name))
