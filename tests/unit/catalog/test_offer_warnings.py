"""What a reviewer should look at twice; each warning with the numbers it used."""

from __future__ import annotations

from dataclasses import replace

import pytest

from marketplace.catalog.course_policy import (
    POLICY_FIELDS,
    CatalogPolicy,
    policy_from_values,
    values_of,
)
from marketplace.catalog.offer_warnings import (
    WARNING_TEXTS,
    OfferFacts,
    OtherOffer,
    VoucherCap,
    description_likeness_percent,
    warning_from_json,
    warning_to_json,
    warnings_for_offer,
)
from marketplace.foundation.money import Money
from marketplace.foundation.office_settings import refusals_for_settings

POLICY = CatalogPolicy()
TEXT = "学习老年人生活照料、基础护理与应急处置，含养老院跟岗实训，结业参加职业技能等级认定考试。"
FACTS = OfferFacts(
    title="养老护理员（初级）",
    description=TEXT,
    hours=60,
    level=5,
    has_occupation=True,
    fee=Money(90_000, "CNY"),
    earlier_fee_fen=None,
    earlier_version=None,
    comparable_fees=(),
    comparable_basis="occupation",
    own=(),
    others=(),
    caps=(),
)
OTHER = OtherOffer("C-OTHER", "老年照护", "东湖学校", 5, True, 60, 90_000, "别的内容。" * 9)


def codes(policy: CatalogPolicy = POLICY, **changes) -> list[str]:
    return [one.code for one in warnings_for_offer(replace(FACTS, **changes), policy)]


def test_a_plain_offer_has_no_warning():
    assert codes() == []


class TestMedian:
    """15 yuan an hour; the limit is half above the median, one fen more warns."""

    @pytest.mark.parametrize(("median_fen", "warned"), [(1_000, False), (999, True)])
    def test_the_limit_is_half_above_the_median(self, median_fen, warned):
        fees = tuple((median_fen * 10, 10) for _ in range(3))
        found = warnings_for_offer(replace(FACTS, comparable_fees=fees), POLICY)
        assert bool(found) is warned
        if warned:
            assert found[0].code == "fee_above_median"
            assert found[0].params["rate"] == Money(1_500, "CNY")
            assert found[0].params["median"] == Money(999, "CNY")
            assert found[0].params["limit"] == Money(1_498, "CNY")
            assert (found[0].params["count"], found[0].params["percent"]) == (3, 50)

    def test_too_few_courses_say_nothing(self):
        assert codes(comparable_fees=((100, 10), (100, 10))) == []
        lower = replace(POLICY, comparables_min=2)
        assert codes(lower, comparable_fees=((100, 10), (100, 10))) == ["fee_above_median"]

    def test_a_course_without_hours_has_no_rate(self):
        assert codes(hours=None, comparable_fees=((100, 10),) * 3) == []


class TestPrice:
    def test_exactly_the_cap_is_pointed_out_one_fen_less_is_not(self):
        cap = VoucherCap({"zh": "券"}, Money(90_000, "CNY"))
        assert codes(caps=(cap,)) == ["fee_equals_cap"]
        assert codes(caps=(replace(cap, amount=Money(90_001, "CNY")),)) == []
        free = VoucherCap({"zh": "券"}, Money(0, "CNY"))
        assert codes(fee=Money(0, "CNY"), caps=(free,)) == []

    @pytest.mark.parametrize(
        ("before", "warned"), [(75_000, False), (74_999, True), (0, True), (99_000, False)]
    )
    def test_a_rise_of_more_than_a_fifth_is_pointed_out(self, before, warned):
        assert codes(earlier_fee_fen=before, earlier_version=1) == ["fee_raised"] * warned

    def test_an_equal_own_course_for_less_is_named(self):
        cheaper = replace(OTHER, fee_fen=80_000)
        found = warnings_for_offer(replace(FACTS, own=(cheaper,)), POLICY)
        assert [one.code for one in found] == ["fee_above_own_equal", "offer_repeated"]
        assert found[0].params["other"] == Money(80_000, "CNY")
        assert codes(own=(replace(cheaper, hours=61),)) == []
        assert codes(own=(replace(cheaper, level=4),)) == []


class TestCopies:
    def test_a_near_identical_title_of_the_same_level_is_named_once(self):
        twin = replace(OTHER, title="养老护理员 （初级）")
        assert codes(own=(twin,)) == ["title_repeated"]
        assert codes(own=(replace(twin, level=4, same_occupation=False),)) == []

    def test_a_copied_description_is_found_with_words_added(self):
        copy = replace(OTHER, description=TEXT + "另含两天企业参观与就业推荐会。")
        found = warnings_for_offer(replace(FACTS, others=(copy,)), POLICY)
        assert [one.code for one in found] == ["description_copied"]
        assert found[0].params["likeness"] == 100
        assert codes(others=(OTHER,)) == []

    def test_short_common_texts_are_nobodys(self):
        assert description_likeness_percent("安全用电、线路安装。", "安全用电、线路安装。") == 0

    def test_english_is_compared_by_words(self):
        text = " ".join(f"word{number}" for number in range(40))
        assert description_likeness_percent(text, text.upper()) == 100
        assert description_likeness_percent(text, " ".join(reversed(text.split()))) == 0

    def test_no_more_than_three_copies_are_named(self):
        copies = tuple(replace(OTHER, code=f"C-{n}", description=TEXT) for n in range(9))
        assert codes(others=copies) == ["description_copied"] * 3


def test_a_warning_kept_with_a_decision_reads_the_same_later():
    cap = VoucherCap({"zh": "券", "en": "voucher"}, Money(90_000, "CNY"))
    facts = replace(FACTS, caps=(cap,), earlier_fee_fen=1, earlier_version=3)
    for warning in warnings_for_offer(facts, POLICY):
        assert warning_from_json(warning_to_json(warning)) == warning
        assert warning.text in WARNING_TEXTS.values()


class TestPolicy:
    def test_defaults_are_within_their_range(self):
        assert refusals_for_settings(values_of(POLICY), "白人社发〔2026〕1号", POLICY_FIELDS) == ()

    def test_every_setting_and_the_clause_is_asked_about(self):
        refusals = refusals_for_settings({name: -1 for name in POLICY_FIELDS}, "", POLICY_FIELDS)
        assert {one.field for one in refusals} == {*POLICY_FIELDS, "clause"}
        assert [
            one.code for one in refusals_for_settings(values_of(POLICY), "x" * 201, POLICY_FIELDS)
        ] == ["too_long"]

    def test_a_setting_younger_than_the_row_has_its_default(self):
        assert policy_from_values({"filing_days_min": 9}, clause="x") == CatalogPolicy(
            filing_days_min=9, clause="x"
        )
