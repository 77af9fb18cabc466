"""Every reason for a no about institutions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from marketplace.institutions.rules import (
    PayeeFacts,
    is_valid_uscc,
    payee_payable_from,
    refusals_for_accreditation,
    refusals_for_payee,
    refusals_for_registration,
    refusals_for_state_change,
)
from marketplace.institutions.states import INSTITUTION_TRANSITIONS, InstitutionState
from tests.factories.institutions import make_uscc

PAYEE = PayeeFacts(
    "测试市东湖职业培训学校（有限公司）",
    InstitutionState.ACCREDITED,
    "测试市东湖职业培训学校(有限公司)",
    "42000000123456",
    "工行",
    "102241000015",
)


def codes(refusals) -> tuple[str, ...]:
    return tuple(refusal.code for refusal in refusals)


def test_a_made_up_code_is_valid_and_any_changed_character_is_not():
    uscc = make_uscc(1)
    assert is_valid_uscc(uscc)
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    for place, letter in product(range(18), alphabet):
        if uscc[place] != letter:
            assert not is_valid_uscc(uscc[:place] + letter + uscc[place + 1 :])


@pytest.mark.parametrize("bad", ["", "123", "I" * 18, make_uscc(1)[:17], make_uscc(1) + "0"])
def test_a_malformed_code_is_refused(bad):
    assert not is_valid_uscc(bad)


def test_an_own_institution_needs_name_and_code():
    found = refusals_for_registration(name="", uscc=None, source="own")
    assert codes(found) == ("required", "required")
    assert refusals_for_registration(name="x", uscc=None, source="us-nj-providers") == ()
    found = refusals_for_registration(name="x", uscc="1" * 18, source="own")
    assert codes(found) == ("uscc_invalid",)


@pytest.mark.parametrize(("present", "wanted"), list(product(InstitutionState, InstitutionState)))
def test_states_move_only_as_the_table_says_and_with_a_reason(present, wanted):
    allowed = wanted in INSTITUTION_TRANSITIONS[present]
    assert (refusals_for_state_change(present, wanted, "x") == ()) is allowed
    assert "reason_missing" in codes(refusals_for_state_change(present, wanted, ""))


def test_accreditation_needs_standing_level_and_dates():
    first, before = date(2026, 1, 1), date(2025, 1, 1)
    found = refusals_for_accreditation(
        InstitutionState.BARRED, level=7, valid_from=first, valid_until=before
    )
    assert codes(found) == ("institution_state_forbids", "level_unknown", "accreditation_dates")
    for state in (InstitutionState.APPLIED, InstitutionState.ACCREDITED):
        assert refusals_for_accreditation(state, level=1, valid_from=first, valid_until=first) == ()


def test_the_payee_is_the_institution_itself_whatever_the_brackets():
    assert refusals_for_payee(PAYEE) == ()
    found = refusals_for_payee(replace(PAYEE, holder="张三"))
    assert codes(found) == ("payout_holder_differs",)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"number": "1234567"}, "payout_number_invalid"),
        ({"number": "1" * 31}, "payout_number_invalid"),
        ({"number": "1111111111"}, "payout_number_invalid"),
        ({"number": "12345678a"}, "payout_number_invalid"),
        ({"number": "6222020200012345678"}, "payout_number_check"),
        ({"bank_name": ""}, "required"),
        ({"bank_code": "10224100001"}, "bank_code_invalid"),
        ({"bank_code": "000000000000"}, "bank_code_invalid"),
        ({"institution_state": InstitutionState.BARRED}, "institution_state_forbids"),
    ],
)
def test_each_fault_of_a_payee_has_its_name(changes, code):
    assert codes(refusals_for_payee(replace(PAYEE, **changes))) == (code,)


def test_a_changed_payee_is_held_for_seven_days():
    verified_on = date(2026, 11, 20)
    assert payee_payable_from(verified_on, replaces_another=False) == verified_on
    assert payee_payable_from(verified_on, replaces_another=True) == date(2026, 11, 27)
