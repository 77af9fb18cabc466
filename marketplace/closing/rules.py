"""May a month close? Pure: facts to every item of the checklist, each with all its reasons.

The list follows what closing a month asks for (会计基础工作规范：账证、账账、账实相符):
documents complete, differences explained, books proved, history sealed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from marketplace.closing import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.foundation.errors import N_, Refusal


@dataclass(frozen=True, slots=True)
class StatementFacts:
    """A bank statement as the chain sees it; amounts in fen."""

    bank_account: str
    from_on: date | None
    to_on: date | None
    opening_fen: int
    closing_fen: int


@dataclass(frozen=True, slots=True)
class PeriodFacts:
    """What is known about a month; None: not looked at (the costly proofs)."""

    period_code: str
    first_on: date
    last_on: date
    today: date
    earlier_open: str | None
    bank_accounts: tuple[str, ...]
    """Those we kept by the end of the month."""
    statements: tuple[StatementFacts, ...]
    payouts_sent: int
    open_differences: int
    unmatched_lines: int
    seal_findings: int | None
    violations: int | None


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One line of the checklist: all its reasons against closing; empty: in order."""

    code: str
    label: str
    reasons: tuple[Refusal, ...]
    is_checked: bool = True


def checklist(facts: PeriodFacts) -> tuple[ChecklistItem, ...]:
    """Every item, in the order in which people work through them."""
    return (
        ChecklistItem("over", N_("The month is over, those before it are closed"), _over(facts)),
        ChecklistItem(
            "statements", N_("All bank statements are here, without a gap"), _statements(facts)
        ),
        ChecklistItem(
            "differences", N_("Every line of the bank is matched or explained"), _lines(facts)
        ),
        ChecklistItem(
            "seals",
            N_("The seals agree with the books"),
            _proved("seals_broken", facts.seal_findings),
            is_checked=facts.seal_findings is not None,
        ),
        ChecklistItem(
            "invariants",
            N_("All checks of the books hold"),
            _proved("invariants_broken", facts.violations),
            is_checked=facts.violations is not None,
        ),
    )


def refusals_for_closing(items: Sequence[ChecklistItem]) -> tuple[Refusal, ...]:
    """Everything that keeps the month open."""
    assert all(item.is_checked for item in items), "a signature asks for every proof"
    return tuple(reason for item in items for reason in item.reasons)


def _over(facts: PeriodFacts) -> tuple[Refusal, ...]:
    reasons = []
    if facts.last_on >= facts.today:
        reasons.append(Refusal("month_not_over", {"day": facts.last_on}))
    if facts.earlier_open:
        reasons.append(Refusal("earlier_months_open", {"period": facts.earlier_open}))
    return tuple(reasons)


def _statements(facts: PeriodFacts) -> tuple[Refusal, ...]:
    reasons: list[Refusal] = []
    if facts.payouts_sent and not facts.bank_accounts:
        reasons.append(Refusal("no_bank_account", {"count": facts.payouts_sent}))
    for name in facts.bank_accounts:
        own = [one for one in facts.statements if one.bank_account == name]
        reached = max((one.to_on for one in own if one.to_on), default=None)
        if reached is None or reached < facts.last_on:
            params = {"bank_account": name, "day": facts.last_on}
            reasons.append(Refusal("statements_missing", params))
        reasons += [
            Refusal("statements_gap", {"bank_account": name, "first": first, "last": last})
            for first, last in statement_gaps(own)
            if last >= facts.first_on and first <= facts.last_on
        ]
    return tuple(reasons)


def statement_gaps(statements: Sequence[StatementFacts]) -> list[tuple[date, date]]:
    """Where one statement's closing balance is not the next one's opening balance.

    Only statements that begin after the one before has ended are compared: an overlapping one was
    proved line by line when it was read.
    """
    dated = sorted(
        ((one.from_on, one.to_on, one) for one in statements if one.from_on and one.to_on),
        key=lambda entry: (entry[0], entry[1]),
    )
    gaps = []
    reached: tuple[date, StatementFacts] | None = None
    for from_on, to_on, one in dated:
        if reached and from_on > reached[0] and one.opening_fen != reached[1].closing_fen:
            gaps.append((reached[0], from_on))
        if reached is None or to_on >= reached[0]:
            reached = (to_on, one)
    return gaps


def _lines(facts: PeriodFacts) -> tuple[Refusal, ...]:
    reasons = []
    if facts.open_differences:
        reasons.append(Refusal("differences_open", {"count": facts.open_differences}))
    if facts.unmatched_lines:
        reasons.append(Refusal("lines_not_matched", {"count": facts.unmatched_lines}))
    return tuple(reasons)


def _proved(code: str, findings: int | None) -> tuple[Refusal, ...]:
    return (Refusal(code, {"count": findings}),) if findings else ()
