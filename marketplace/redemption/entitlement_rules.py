"""Were the learners of a class entitled to it, as is known now? Pure; findings, never verdicts.

Asked again after the voucher was given and after it was paid, because registers come later than
claims: most of what the national audit of 2022 found was paid for people who were retired,
studying or never unemployed (threats A07, A08, A13 of docs/trust.md). What an officer decided on
good faith is not undone here; it is held or put before an officer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.evidence.rules.facts import Finding, make_finding
from marketplace.evidence.states import FindingKind
from marketplace.people.states import PersonStatus, WorkerCategory
from marketplace.vouchers.rules.policy import Policy
from marketplace.vouchers.states import NEVER_ENTITLED

Span = tuple[date, date | None]
"""First and last day; no last day: until further notice."""


@dataclass(frozen=True, slots=True)
class EntitledPerson:
    """A learner whose voucher pays for the class, and what is known of them now."""

    enrollment_id: int
    policy: Policy
    issued_on: date
    """The day the voucher was given."""
    starts_on: date
    """The first day of the class."""
    ends_on: date
    """Its last."""
    occupation_code: str | None
    level: int | None
    categories: tuple[tuple[WorkerCategory, Span], ...]
    """Verified ones, and those that wait for a decision."""
    statuses: tuple[tuple[PersonStatus, Span], ...]
    subsidies: tuple[tuple[str, str, int, date], ...]
    """Other subsidies: kind, occupation, level, day."""


def find_untitled(people: Sequence[EntitledPerson]) -> tuple[Finding, ...]:
    """EV-19 and EV-20 of docs/evidence.md, learner by learner."""
    rules = (find_excluded, find_without_category, find_repeated_benefit)
    return tuple(finding for one in people for rule in rules for finding in rule(one))


def find_excluded(person: EntitledPerson) -> Iterator[Finding]:
    """EV-19: nobody whom the scheme excludes (civil servant, student, pensioner) was trained, and
    nobody who was dead or in prison when the class began or while it lasted."""
    rule = person.policy.shuts_out
    found = [
        (status, span)
        for status, span in person.statuses
        if status in rule.value and _holds_in_class(person, status, span)
    ]
    for status, span in found[:1]:
        line = f"{status.value} {_words(span)} ∋ {person.starts_on}"
        yield _not_entitled(person, [line])


def find_without_category(person: EntitledPerson) -> Iterator[Finding]:
    """EV-19: a supported category held on the day of the voucher or on the first day of class.

    Either is enough: whoever found work between the two was helped rightly.
    """
    rule = person.policy.categories
    if rule is None:
        return
    mine = [(name, span) for name, span in person.categories if name in rule.value]
    days = (person.issued_on, person.starts_on)
    if any(_holds_on(day, span) for _name, span in mine for day in days):
        return
    lines = [f"{name.value} {_words(span)}" for name, span in mine] or ["–"]
    yield _not_entitled(person, [f"{one} ∌ {person.starts_on}" for one in lines])


def find_repeated_benefit(person: EntitledPerson) -> Iterator[Finding]:
    """EV-20: where the policy pays for a certificate once, no other region or fund has paid it."""
    rule = person.policy.other_subsidy_excludes
    if rule is None or not rule.value:
        return
    same = [
        (kind, granted_on)
        for kind, occupation, level, granted_on in person.subsidies
        if (occupation, level) == (person.occupation_code, person.level)
    ]
    for kind, granted_on in same[:1]:
        yield make_finding(
            FindingKind.BENEFIT_REPEATED,
            person.enrollment_id,
            {"kind": kind, "day": granted_on.isoformat()},
            [f"{kind} {granted_on} {person.occupation_code} {person.level}"],
        )


def _not_entitled(person: EntitledPerson, lines: Sequence[str]) -> Finding:
    params = {"day": person.starts_on.isoformat()}
    return make_finding(FindingKind.NOT_ENTITLED, person.enrollment_id, params, lines)


def _holds_on(day: date, span: Span) -> bool:
    first, last = span
    return first <= day and (last is None or day <= last)


def _holds_in_class(person: EntitledPerson, status: PersonStatus, span: Span) -> bool:
    """On the first day; for who cannot be there in person, on any day of the class."""
    if status not in NEVER_ENTITLED:
        return _holds_on(person.starts_on, span)
    first, last = span
    return first <= person.ends_on and (last is None or last >= person.starts_on)


def _words(span: Span) -> str:
    first, last = span
    return f"{first}–{last or ''}"
