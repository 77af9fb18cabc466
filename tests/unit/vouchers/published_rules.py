"""What the tables of published subsidy rules share: policies with a few rules, and questions."""

from __future__ import annotations

from dataclasses import replace

from marketplace.vouchers.rules.claims import refusals_for_claim
from marketplace.vouchers.rules.pack import read_pack
from marketplace.vouchers.rules.policy import Policy
from marketplace.vouchers.rules.policy_reading import policy_from_pack
from marketplace.vouchers.rules.quotes import amount_of, quote_lines, refusals_for_quote
from tests.factories.vouchers import CLAUSE, make_pack, pack_text, rule
from tests.unit.vouchers.test_policy_rules import CLAIM, COURSE, QUOTE

RICH = 10**9
CODE = COURSE.occupation_code


def policy(pack=None, **parts) -> Policy:
    """A policy with only these rules."""
    return policy_from_pack(read_pack(pack_text(pack or make_pack(**parts))), version=1)


def rate(amount_fen: int | None = None, **more):
    amount = {} if amount_fen is None else {"amount_fen": amount_fen}
    return {**amount, "clause": CLAUSE, **more}


def paid(*rates, payment=None, allowances=None) -> Policy:
    rules = {"attendance_min_percent": rule(80), **(payment or {})}
    return policy(rates=list(rates), payment=rules, allowances=allowances)


def claim_codes(rules: Policy, **facts) -> list[str]:
    return [one.code for one in refusals_for_claim(replace(CLAIM, policy=rules, **facts))]


def quote(rules: Policy, *, on_course=None, **facts):
    course = replace(COURSE, fee_fen=RICH, **(on_course or {}))
    return replace(QUOTE, policy=rules, course=course, available_fen=RICH, **facts)


def pays(rules: Policy, **asked) -> int | list[str]:
    """What the voucher pays for a dear course, or the codes of every reason against it."""
    facts = quote(rules, **asked)
    reasons = [one.code for one in refusals_for_quote(facts)]
    return reasons or amount_of(quote_lines(facts), "voucher_pays")
