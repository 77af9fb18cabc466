"""Vouchers that pay nothing (打卡券): the rules of packs, claims, quotes and replays about them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from marketplace.drafting.rules.again import PastClass, PastVoucher, decide_again
from marketplace.drafting.states import Outcome
from marketplace.foundation.errors import Refused
from marketplace.vouchers.labels import QUOTE_LINE_LABELS, list_rule_sentences
from marketplace.vouchers.rules.claims import least_cost_fen
from marketplace.vouchers.rules.pack import read_pack
from marketplace.vouchers.rules.quotes import quote_lines, refusals_for_quote
from tests.factories.vouchers import CLAUSE, face_value_pack, pack_text, rule, sign_in_pack
from tests.unit.vouchers.published_rules import claim_codes, policy
from tests.unit.vouchers.test_policy_rules import CLAIM, COURSE, QUOTE

PAY = {"attendance_min_percent": rule(80)}
WINDOW = {"window": rule({"until_days_before_start": 3})}


def quoted(rules, *, fee_fen, value_fen=0):
    course, voucher = replace(COURSE, fee_fen=fee_fen), replace(QUOTE.voucher, value_fen=value_fen)
    return replace(QUOTE, policy=rules, course=course, voucher=voucher, available_fen=0)


@pytest.mark.parametrize(
    ("parts", "code", "field"),
    [
        ({"face_value_fen": 100}, "pack_value_not_allowed", "face_value_fen"),
        ({"face_value_fen": 0}, "pack_not_integer", "face_value_fen"),
        ({"rates": [{"amount_fen": 1, "clause": CLAUSE}]}, "pack_pays_nothing", "rates"),
        (
            {"allowances": [{"kind": "living", "amount_fen": 1, "clause": CLAUSE}]},
            "pack_pays_nothing",
            "allowances",
        ),
        ({"limits": {"per_year_max": rule(1)}}, "pack_pays_nothing", "limits.per_year_max"),
        (
            {"limits": {"one_live_voucher": rule(True)}},
            "pack_pays_nothing",
            "limits.one_live_voucher",
        ),
        (
            {"payment": {**PAY, "co_pay_percent": rule(20)}},
            "pack_pays_nothing",
            "payment.co_pay_percent",
        ),
        ({"leaving": WINDOW}, "pack_pays_nothing", "leaving.window"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_pack_of_vouchers_that_pay_nothing_names_no_money(parts, code, field):
    pack = sign_in_pack()
    pack.update(parts)
    with pytest.raises(Refused) as refused:
        read_pack(pack_text(pack))
    assert (code, field) in [(one.code, one.field) for one in refused.value.refusals]


def test_what_makes_training_count_may_be_said():
    payment = {**PAY, "assessment_required": rule(True), "independent_assessment": rule(True)}
    rules = policy(sign_in_pack(payment=payment, leaving={"swaps_max": rule(1)}))
    assert (rules.cost_fen_max, least_cost_fen(rules), rules.value_when_given_fen) == (0, 0, 0)
    told = [sentence.text for sentence in list_rule_sentences(rules)]
    assert not any("institution is paid" in text or "worth" in text for text in told)
    assert any("pays nothing" in text for text in told)


def test_it_is_given_where_no_money_is_left():
    assert claim_codes(policy(sign_in_pack()), available_fen=0) == []
    assert claim_codes(policy(face_value_pack(1)), available_fen=0) == ["balance_too_low"]


@pytest.mark.parametrize("fee_fen", [0, 1, 120_000])
def test_the_whole_fee_is_ones_own(fee_fen):
    facts = quoted(policy(sign_in_pack()), fee_fen=fee_fen)
    assert refusals_for_quote(facts) == ()
    amounts = {line.code: line.amount_fen for line in quote_lines(facts)}
    assert amounts == {"fee": fee_fen, "sign_in": 0, "voucher_pays": 0, "own_share": fee_fen}
    assert amounts.keys() <= QUOTE_LINE_LABELS.keys()


def test_a_free_course_is_still_none_for_a_voucher_that_pays():
    facts = quoted(policy(face_value_pack(100)), fee_fen=0)
    assert "course_is_free" in [one.code for one in refusals_for_quote(facts)]


def test_a_replay_of_what_paid_under_one_that_pays_nothing_says_why_it_loses():
    before = policy(face_value_pack(50_000))
    used = quoted(before, fee_fen=100_000, value_fen=50_000)
    past = PastVoucher(
        replace(CLAIM, policy=before),
        PastClass(used, paid_fen=50_000, completion=None, ends_on=used.on),
    )
    again = decide_again(past, policy(sign_in_pack()), given={})
    assert (again.outcome, again.old_fen, again.new_fen) == (Outcome.LOSES, 50_000, 0)
    assert {reason.code for reason in again.reasons} == {"line:face_value", "line:sign_in"}
