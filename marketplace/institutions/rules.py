"""Decisions about institutions: pure, all reasons at once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

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
    """One granted accreditation; empty occupation or level: any; empty end: until revoked."""

    occupation_code: str | None
    level: int | None
    valid_from: date
    valid_until: date | None


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


def is_covered(
    periods: Iterable[AccreditationPeriod],
    *,
    occupation_code: str | None,
    level: int | None,
    first_on: date,
    last_on: date,
) -> bool:
    """Whether accreditations together cover every day for an occupation and level."""
    fitting = sorted(
        (period for period in periods if _fits(period, occupation_code, level)),
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


def refusals_for_payee(facts: PayeeFacts) -> tuple[Refusal, ...]:
    """The account is the institution's own, its number and bank code are well formed."""
    refusals: list[Refusal] = []
    if facts.institution_state in (InstitutionState.BARRED, InstitutionState.WITHDRAWN):
        words = STATE_WORDS[facts.institution_state]
        refusals.append(Refusal("institution_state_forbids", {"state": words}))
    if _payee_name(facts.holder) != _payee_name(facts.institution_name):
        name = facts.institution_name
        refusals.append(Refusal("payout_holder_differs", {"name": name}, field="holder"))
    if not re.fullmatch(r"[0-9]{8,30}", facts.number) or len(set(facts.number)) == 1:
        refusals.append(Refusal("payout_number_invalid", field="number"))
    elif _UNIONPAY_CARD.match(facts.number) and not luhn.is_valid(facts.number):
        refusals.append(Refusal("payout_number_check", field="number"))
    if not facts.bank_name:
        refusals.append(Refusal("required", {"label": N_("Bank")}, field="bank_name"))
    if not re.fullmatch(r"[0-9]{12}", facts.bank_code) or len(set(facts.bank_code)) == 1:
        refusals.append(Refusal("bank_code_invalid", field="bank_code"))
    return tuple(refusals)


def payee_payable_from(verified_on: date, *, replaces_another: bool) -> date:
    """The first account is payable at once; a changed one after the hold."""
    days = CHANGED_PAYEE_HOLD_DAYS if replaces_another else 0
    return verified_on + timedelta(days=days)


def _fits(period: AccreditationPeriod, occupation_code: str | None, level: int | None) -> bool:
    occupation_fits = period.occupation_code in (None, occupation_code)
    return occupation_fits and period.level in (None, level)


def _payee_name(name: str) -> str:
    """Brackets and spaces are written in two widths and styles; a bank compares without them."""
    return re.sub(r"[\s()（）·.]", "", normal_form(name))
