"""May a quota be granted, signed, given back, used: every reason, by plain facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.money import Money
from marketplace.foundation.stored_refusals import refusal_from, stored_refusal
from marketplace.quotas.operations.naming import NamedPerson
from marketplace.quotas.rules import (
    EmployeeFacts,
    GrantFacts,
    QuotaSize,
    places_of,
    refusals_for_employee,
    refusals_for_grant,
    refusals_for_naming,
)
from marketplace.quotas.sources import read_named_lines, read_named_table
from marketplace.vouchers.labels import list_rule_sentences
from marketplace.vouchers.rules.pack import pack_as_text, read_pack
from marketplace.vouchers.rules.policy import Policy
from marketplace.vouchers.rules.policy_reading import policy_from_pack
from marketplace.vouchers.states import QuotaState
from tests.factories.quotas import FACE, QUOTA_RULE, quota_pack
from tests.factories.vouchers import make_pack, pack_text, rule

TODAY = date(2026, 11, 20)


def policy(**changes) -> Policy:
    return policy_from_pack(read_pack(pack_text(quota_pack(**changes))), version=1)


GRANT = GrantFacts(
    today=TODAY,
    policy=policy(),
    is_pooled=False,
    scheme_until=None,
    size=QuotaSize(places=4),
    ends_on=date(2026, 12, 20),
    allotment_year=2026,
    allotment_fits=True,
    available_fen=4 * FACE,
    given_this_year=6,
)


def codes(refusals) -> list[str]:
    return [refusal.code for refusal in refusals]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"size": QuotaSize(amount_fen=4 * FACE)}, []),
        ({"size": QuotaSize()}, ["quota_one_size"]),
        ({"size": QuotaSize(1, FACE)}, ["quota_one_size"]),
        ({"size": QuotaSize(amount_fen=FACE + 1)}, ["quota_amount_uneven"]),
        ({"size": QuotaSize(amount_fen=-FACE)}, ["quota_amount_uneven"]),
        ({"size": QuotaSize(places=0)}, ["quota_places_needed"]),
        ({"size": QuotaSize(places=5), "available_fen": 5 * FACE}, ["quota_employer_limit"]),
        ({"given_this_year": 0, "available_fen": 4 * FACE - 1}, ["quota_money_short"]),
        ({"ends_on": date(2026, 11, 19)}, ["quota_day_passed"]),
        ({"ends_on": date(2027, 1, 1)}, ["quota_beyond_year"]),
        ({"scheme_until": date(2026, 12, 1)}, ["quota_beyond_scheme"]),
        ({"is_pooled": True}, ["quota_scheme_pooled"]),
        ({"allotment_fits": False}, ["quota_allotment_wrong"]),
        ({"allotment_year": 2025}, ["quota_allotment_wrong", "quota_beyond_year"]),
        ({"policy": policy(ways_out=["issued"], limits={})}, ["scheme_without_quota"]),
    ],
)
def test_a_grant_is_refused_for_every_reason(changes, expected):
    assert codes(refusals_for_grant(replace(GRANT, **changes))) == expected


def test_days_to_name_people_count_from_today_and_cite_their_clause():
    short = policy(limits={"enterprise_quota": rule({**QUOTA_RULE, "name_within_days": 30})})
    ends = replace(GRANT, policy=short, ends_on=date(2026, 12, 19))
    assert refusals_for_grant(ends) == ()
    late = refusals_for_grant(replace(ends, ends_on=date(2026, 12, 20)))
    assert codes(late) == ["quota_beyond_days"]
    assert late[0].rule and short.scheme in late[0].rule


def test_an_entitlement_has_places_only_and_sets_nothing_aside():
    pack = make_pack(ways_out=["quota"])
    entitlement = policy_from_pack(read_pack(pack_text(pack)), version=1)
    facts = replace(GRANT, policy=entitlement, available_fen=0)
    assert refusals_for_grant(facts) == ()
    by_amount = replace(facts, size=QuotaSize(amount_fen=FACE))
    assert codes(refusals_for_grant(by_amount)) == ["quota_amount_for_value_only"]
    assert places_of(entitlement, QuotaSize(amount_fen=FACE)) == 0


def test_the_proofs_a_policy_asks_for_are_all_asked():
    both = {**QUOTA_RULE, "proofs": ["verified_category", "employer_on_record"]}
    facts = EmployeeFacts(
        policy=policy(limits={"enterprise_quota": rule(both)}),
        holds_voucher=True,
        is_verified_employee=False,
        is_on_record=False,
        left=0,
        places=3,
    )
    assert codes(refusals_for_employee(facts)) == [
        "quota_holds_voucher",
        "quota_not_verified_employee",
        "quota_not_on_record",
        "quota_full",
    ]
    unasked = replace(facts, policy=policy(limits={}), holds_voucher=False, left=1)
    assert refusals_for_employee(unasked) == ()


def test_nobody_is_named_after_the_last_day_or_without_a_list():
    refused = refusals_for_naming(
        state=QuotaState.IN_FORCE, ends_on=date(2026, 11, 19), today=TODAY, people=0,
        document_number="",
    )  # fmt: skip
    assert codes(refused) == ["quota_over", "quota_nobody_named", "quota_document_needed"]


def test_the_rule_is_read_told_and_needs_its_way_out():
    pack = read_pack(pack_text(quota_pack()))
    assert read_pack(pack_as_text(pack)) == pack
    told = [one.text for one in list_rule_sentences(policy())]
    assert sum("mployer" in text for text in told) == 3, "most, days, proof"
    with pytest.raises(Refused) as refused:
        policy(ways_out=["issued"])
    assert refused.value.codes == ("pack_rule_needed",)


def test_a_reason_is_kept_with_its_values():
    reason = Refusal(
        "balance_too_low",
        {
            "available": Money(5, "CNY"),
            "day": TODAY,
            "categories": ("a", "b"),
            "title": {"zh": "券", "en": "v"},
            "count": 3,
        },
        rule="§ 1",
        remedy="remedy_no_money",
    )
    assert refusal_from(stored_refusal(reason)) == reason


def test_lists_are_read_in_either_order_and_never_repeat_what_they_cannot_read(tmp_path):
    typed = "W-ABC23, 王 五\n\n李小花\t99010119900517001X\n 990101199005170028 赵六 "
    assert read_named_lines(typed) == [
        NamedPerson("W-ABC23", "王 五"),
        NamedPerson("99010119900517001X", "李小花"),
        NamedPerson("990101199005170028", "赵六"),
    ]
    with pytest.raises(Refused) as refused:
        read_named_lines("990101199005170028\n张三，李四")
    assert [one.params for one in refused.value.refusals] == [{"line": 1}, {"line": 2}]
    table = tmp_path / "list.csv"
    table.write_text("姓名,身份证号码\n李小花,99010119900517001X\n", encoding="gb18030")
    assert read_named_table(table) == [NamedPerson("99010119900517001X", "李小花")]
