"""What a line without our reference may belong to: sure, doubtful, or nothing at all."""

from __future__ import annotations

import time
from datetime import date

import pytest

from marketplace.reconciliation.rules.names import NameLikeness, likeness
from marketplace.reconciliation.rules.suggestions import (
    Kind,
    OpenLine,
    OpenPayout,
    Suggestion,
    suggest,
)

SENT_ON = date(2026, 11, 20)


def _line(code: str, fen: int, name: str = "长青学校", **values: object) -> OpenLine:
    given = {"currency": "CNY", "booked_on": SENT_ON, "reference": "", "remittance": ""} | values
    return OpenLine(code=code, amount_fen=fen, counterparty=name, **given)


def _payout(reference: str, fen: int, name: str = "长青学校", **values: object) -> OpenPayout:
    given = {"currency": "CNY", "sent_on": SENT_ON, "batch_code": "PB-1"} | values
    return OpenPayout(
        reference=reference,
        payout_code=reference,
        amount_fen=fen,
        payee_names=(name, name),
        is_confirmed=bool(given.pop("is_confirmed", False)),
        **given,
    )


def _shape(found: list[Suggestion]) -> list[tuple[Kind, list[str], list[str], bool]]:
    return [
        (
            each.kind,
            [line.code for line in each.lines],
            [payout.reference for payout in each.payouts],
            each.is_sure,
        )
        for each in found
    ]


def _codes(suggestion: Suggestion) -> list[str]:
    return [reason.code for reason in suggestion.reasons]


def test_amount_name_and_day_together_are_sure_and_explained():
    (found,) = suggest([_line("L", -500)], [_payout("P", 500)])
    assert (found.kind, found.confidence) == (Kind.PAYMENT, 95)
    assert _codes(found) == ["amount_equal", "name_equal", "days_apart"]


@pytest.mark.parametrize(
    ("line", "payout"),
    [
        (_line("L", -500, currency="USD"), _payout("P", 500)),
        (_line("L", -501), _payout("P", 500)),
        (_line("L", -500, booked_on=date(2026, 11, 18)), _payout("P", 500)),
        (_line("L", -500, booked_on=date(2026, 12, 6)), _payout("P", 500)),
        (_line("L", 500), _payout("P", 500)),  # nothing returns that did not leave
        (_line("L", -500), _payout("P", 500, is_confirmed=True)),
        (_line("L", -500, "别处公司", booked_on=date(2026, 11, 30)), _payout("P", 500)),
    ],
)
def test_another_currency_amount_time_or_direction_is_no_suggestion(line, payout):
    assert suggest([line], [payout]) == []


@pytest.mark.parametrize(
    ("name", "is_sure", "code"),
    [
        ("长青学校（有限公司）", True, "name_like"),
        ("", False, "name_missing"),
        ("某某商贸", False, "name_differs"),
    ],
)
def test_a_name_cut_missing_or_other_lowers_the_confidence(name, is_sure, code):
    (found,) = suggest([_line("L", -500, name)], [_payout("P", 500)])
    assert (found.is_sure, _codes(found)[1]) == (is_sure, code)


def test_several_payouts_of_one_amount_are_never_sure_until_one_is_left():
    payouts = [_payout("P1", 500), _payout("P2", 500)]
    found = suggest([_line("L", -500)], payouts)
    assert [each.is_sure for each in found] == [False, False]
    assert "several_alike" in _codes(found[0])
    other = [_payout("P1", 500), _payout("P2", 500, "职业学院")]
    assert _shape(suggest([_line("L", -500)], other)) == [(Kind.PAYMENT, ["L"], ["P1"], True)]


def test_two_lines_that_claim_one_payout_are_never_sure():
    found = suggest([_line("L1", -500), _line("L2", -500)], [_payout("P", 500)])
    assert [each.is_sure for each in found] == [False, False]
    assert _codes(found[0])[-1] == "contested"


def test_a_batch_booked_as_one_sum_is_found_and_sure_when_the_bank_names_it():
    payouts = [_payout("P1", 500), _payout("P2", 700, "职业学院")]
    (found,) = suggest([_line("L", -1200, "")], payouts)
    assert (_shape([found])[0][:3], found.is_sure) == (
        (Kind.TOGETHER, ["L"], ["P1", "P2"]),
        False,
    )
    (named,) = suggest([_line("L", -1200, "", remittance="批次 PB-1")], payouts)
    assert named.is_sure
    assert _codes(named) == ["sum_of_batch", "batch_named"]


def test_all_of_a_batch_to_one_payee_may_be_one_sum():
    payouts = [_payout("P1", 500), _payout("P2", 700), _payout("P3", 900, "职业学院")]
    assert _shape(suggest([_line("L", -1200)], payouts)) == [
        (Kind.TOGETHER, ["L"], ["P1", "P2"], False)
    ]


def test_a_payout_paid_in_parts_is_found_by_reference_or_by_payee():
    payout = _payout("P", 1000)
    by_reference = [_line("L1", -400, reference="P"), _line("L2", -600, reference="P")]
    assert _shape(suggest(by_reference, [payout])) == [(Kind.PARTS, ["L1", "L2"], ["P"], True)]
    by_name = [_line("L1", -400), _line("L2", -600)]
    assert _shape(suggest(by_name, [payout])) == [(Kind.PARTS, ["L1", "L2"], ["P"], False)]
    assert suggest([by_reference[0]], [payout]) == []


def test_money_that_comes_back_finds_its_confirmed_payout():
    line = _line("L", 500, booked_on=date(2026, 12, 20))
    (found,) = suggest([line], [_payout("P", 500, is_confirmed=True)])
    assert (found.kind, found.is_sure) == (Kind.RETURN, True)


def test_the_key_stays_when_the_suggestion_is_made_again():
    lines, payouts = [_line("L", -1200)], [_payout("P1", 500), _payout("P2", 700)]
    assert suggest(lines, payouts)[0].key == suggest(lines, payouts[::-1])[0].key


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("长青职业培训学校", "长青职业培训学校", NameLikeness.EQUAL),
        ("ＡＢＣ 学校(东)", "abc学校（东）", NameLikeness.EQUAL),
        ("长青职业培训", "长青职业培训学校", NameLikeness.LIKE),
        ("长青职业技能培训学校", "长青职业培训学校", NameLikeness.LIKE),
        ("****", "长青职业培训学校", NameLikeness.UNKNOWN),
        ("学校", "长青职业培训学校", NameLikeness.OTHER),
    ],
)
def test_names(one, other, expected):
    assert likeness(one, other) == expected


def test_many_alike_cost_no_more_than_they_are():
    """A search of every pair would look at nine million of them."""
    lines = [_line(f"L{n}", -500, f"甲学校{n % 97}") for n in range(3_000)]
    payouts = [_payout(f"P{n}", 500, f"乙学校{n % 89}", batch_code=f"B{n}") for n in range(3_000)]
    begun = time.process_time()
    suggest(lines, payouts)
    assert time.process_time() - begun < 1.5


def test_a_rival_far_behind_does_not_make_a_sure_match_doubtful():
    payouts = [_payout("P1", 500), _payout("P2", 500, "职业学院"), _payout("P3", 500, "别的中心")]
    lines = [_line("L1", -500), _line("L2", -500, "职业学院（有限）"), _line("L3", -500, "")]
    sure = [each for each in suggest(lines, payouts) if each.is_sure]
    assert [(each.lines[0].code, each.payouts[0].reference) for each in sure] == [
        ("L1", "P1"),
        ("L2", "P2"),
    ]


def test_what_was_undone_is_the_last_suggestion_and_never_sure():
    line, own, other = _line("L", -500, reference="P"), _payout("P", 500), _payout("Q", 500)
    assert suggest([line], [own]) == [], "its reference ties it by itself"
    (alone,) = suggest([line], [own], undone=[("L", "P")])
    assert (alone.is_sure, _codes(alone)[-1]) == (False, "match_undone")
    assert _shape(suggest([line], [own, other], undone=[("L", "P")])) == [
        (Kind.PAYMENT, ["L"], ["Q"], True)
    ]
