"""A past decision made again under another policy: what it would pay, and which rule says so.

The same rules decide as for claims, quotes and redemptions; only what follows from the policy
itself is put in its place: the days a voucher is valid, its face value, who counts as inside. Each
decision stands alone, with the history as it really was. Money is not asked: what it comes to is
the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from marketplace.drafting.states import Outcome
from marketplace.foundation.errors import Refusal
from marketplace.foundation.money import AMOUNT_FEN_MAX, Money
from marketplace.people.states import WorkerCategory
from marketplace.redemption.part_rules import Part, earned_of
from marketplace.redemption.rules import (
    CompletionEvidence,
    part_of,
    redemption_terms,
    refusals_for_evidence,
)
from marketplace.vouchers.rules.claims import (
    ClaimFacts,
    category_for_voucher,
    refusals_for_claim,
)
from marketplace.vouchers.rules.places import person_is_inside
from marketplace.vouchers.rules.policy import Policy
from marketplace.vouchers.rules.quotes import (
    QuoteFacts,
    QuoteLine,
    amount_of,
    quote_lines,
    refusals_for_quote,
)

CHANGING_LINES = (
    "face_value", "sign_in", "rate", "scarcity", "blended", "in_demand", "co_pay", "free_group",
)  # fmt: skip
"""Lines of a quote that explain why the voucher pays another amount."""
ALLOWANCES = ("living_allowance", "travel_allowance", "assessment_fee_allowance")


@dataclass(frozen=True, slots=True)
class PastClass:
    """A class a voucher was used for."""

    quote: QuoteFacts
    paid_fen: int
    """What was reserved, or redeemed."""
    completion: CompletionEvidence | None
    """Of what was redeemed; what is still reserved is not asked for it."""
    ends_on: date


@dataclass(frozen=True, slots=True)
class PastVoucher:
    """A voucher as it was given, and the class it was used for in the period, if any."""

    claim: ClaimFacts
    used: PastClass | None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why it fares differently: a rule that now says no, or a line of the quote that changed."""

    code: str
    """A refusal's code, or `line:` and the code of a line."""
    rule: str | None
    old_fen: int = 0
    new_fen: int = 0

    def stored(self) -> dict[str, Any]:
        """As a line of a replay keeps it."""
        return {
            "code": self.code,
            "rule": self.rule,
            "old_fen": self.old_fen,
            "new_fen": self.new_fen,
        }


@dataclass(frozen=True, slots=True)
class Again:
    """The answer under the other policy."""

    outcome: Outcome
    old_fen: int
    new_fen: int
    reasons: tuple[Reason, ...]
    category: WorkerCategory | None
    """For which category the voucher would be given: what caps of categories count."""
    is_given: bool
    allowance_old_fen: int = 0
    allowance_new_fen: int = 0


def decide_again(
    past: PastVoucher, policy: Policy, *, given: Mapping[WorkerCategory, int]
) -> Again:
    """What would have become of a past voucher under another policy; `given` counts the vouchers
    of the year by category as that policy would have given them."""
    claim = replace(_claim_under(past.claim, policy), category_vouchers=given)
    against = _new_reasons(refusals_for_claim(_with_money(past.claim)), refusals_for_claim(claim))
    category = None if against else category_for_voucher(claim)
    if past.used is None:
        outcome = Outcome.REFUSED if against else Outcome.SAME
        return Again(outcome, 0, 0, against, category, not against)
    return _class_again(past, past.used, policy, against, category)


def _class_again(
    past: PastVoucher,
    used: PastClass,
    policy: Policy,
    against: tuple[Reason, ...],
    category: WorkerCategory | None,
) -> Again:
    before, quote = used.quote, _quote_under(past, used.quote, policy)
    old_lines, new_lines = quote_lines(before), quote_lines(quote)
    refused = (
        *against,
        *_new_reasons(refusals_for_quote(_with_plenty(before)), refusals_for_quote(quote)),
        *_reasons_of_completion(used, quote),
    )
    allowance_old = sum(line.amount_fen for line in old_lines if line.code in ALLOWANCES)
    if refused:
        return Again(
            Outcome.REFUSED, used.paid_fen, 0, refused, category, not against, allowance_old, 0
        )
    full = Money(amount_of(new_lines, "voucher_pays"), policy.currency)
    new_part = _part_under(used, quote)
    new_fen = earned_of(full, new_part).fen
    outcome = Outcome.SAME
    if new_fen != used.paid_fen:
        outcome = Outcome.GAINS if new_fen > used.paid_fen else Outcome.LOSES
    return Again(
        outcome,
        used.paid_fen,
        new_fen,
        (
            *_changed_lines(old_lines, new_lines),
            *_changed_part(used, new_part, full.fen - new_fen),
        )
        if outcome is not Outcome.SAME
        else (),
        category,
        True,
        allowance_old,
        sum(line.amount_fen for line in new_lines if line.code in ALLOWANCES),
    )


def _claim_under(facts: ClaimFacts, policy: Policy) -> ClaimFacts:
    return replace(_with_money(facts), policy=policy)


def _with_money(facts: ClaimFacts) -> ClaimFacts:
    return replace(facts, allotment_found=True, available_fen=AMOUNT_FEN_MAX)


def _with_plenty(facts: QuoteFacts) -> QuoteFacts:
    return replace(facts, available_fen=AMOUNT_FEN_MAX)


def _quote_under(past: PastVoucher, facts: QuoteFacts, policy: Policy) -> QuoteFacts:
    """The facts of a quote with what follows from the policy in its place."""
    voucher = replace(
        facts.voucher,
        value_fen=policy.value_when_given_fen,
        expires_on=facts.voucher.valid_from + timedelta(days=policy.validity_days.value - 1),
    )
    # Quotes made before places were kept: where the person lived as far as the claim knows.
    residence = facts.residence_path or past.claim.residence_path
    workplace = facts.workplace_path or past.claim.workplace_path
    inside = person_is_inside(
        policy,
        residence_path=residence,
        workplace_path=workplace,
        scheme_path=facts.scheme_path or past.claim.scheme_path,
    )
    return replace(
        _with_plenty(facts),
        policy=policy,
        voucher=voucher,
        person_inside=inside,
        scheme_path=facts.scheme_path or past.claim.scheme_path,
        residence_path=residence,
        workplace_path=workplace,
    )


def _reasons_of_completion(used: PastClass, quote: QuoteFacts) -> tuple[Reason, ...]:
    """What a redeemed class would lack under the terms of the other policy."""
    if used.completion is None:
        return ()

    def against(policy: Policy, expires_on: date) -> tuple[Refusal, ...]:
        terms = redemption_terms(policy, expires_on=expires_on, run_ends_on=used.ends_on)
        return refusals_for_evidence(used.completion, terms, open_disputes=0)

    return _new_reasons(
        against(used.quote.policy, used.quote.voucher.expires_on),
        against(quote.policy, quote.voucher.expires_on),
    )


def _part_under(used: PastClass, quote: QuoteFacts) -> Part | None:
    """What of the amount the completion of a redeemed class earns under a policy."""
    terms = redemption_terms(
        quote.policy, expires_on=quote.voucher.expires_on, run_ends_on=used.ends_on
    )
    return part_of(used.completion, terms)


def _changed_part(used: PastClass, now: Part | None, less_fen: int) -> tuple[Reason, ...]:
    """That a part is earned where all was, or another one: fen less than the whole amount."""
    was = _part_under(used, used.quote)
    if (was.percent if was else 100) == (now.percent if now else 100):
        return ()
    whole = amount_of(quote_lines(used.quote), "voucher_pays")
    rule = now.rule if now else was.rule if was else None
    return (Reason("line:part", rule, min(used.paid_fen - whole, 0), -less_fen),)


def _new_reasons(before: tuple[Refusal, ...], after: tuple[Refusal, ...]) -> tuple[Reason, ...]:
    """What says no only now: what said no then as well did not keep the money away."""
    known = {refusal.code for refusal in before}
    return tuple(
        Reason(refusal.code, refusal.rule) for refusal in after if refusal.code not in known
    )


def _changed_lines(
    before: tuple[QuoteLine, ...], after: tuple[QuoteLine, ...]
) -> tuple[Reason, ...]:
    old = {line.code: line for line in before}
    new = {line.code: line for line in after}
    changed = []
    for code in CHANGING_LINES:
        was, now = old.get(code), new.get(code)
        was_fen, now_fen = was.amount_fen if was else 0, now.amount_fen if now else 0
        # A group that is spared its share has a line of nothing.
        if was_fen != now_fen or (was is None) != (now is None):
            rule = now.rule if now else was.rule if was else None
            changed.append(Reason(f"line:{code}", rule, was_fen, now_fen))
    return tuple(changed)
