"""The changing codes of the classroom screen: when they count; nobody else can make one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from marketplace.enrollment.sign_in_codes import (
    instant_of,
    read_receipt,
    read_token,
    receipt_for,
    token_for,
    typed_code_for,
    window_of,
)
from marketplace.enrollment.sign_in_rules import (
    CODE_GRACE,
    CODE_SECONDS,
    RECEIPT_HOLDS,
    SignInFacts,
    refusals_for_opening_sign_in,
    refusals_for_sign_in,
)
from marketplace.enrollment.states import EnrollmentState
from marketplace.foundation.crypto import use_field_keys
from tests.conftest import TEST_KEYS

START = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
END = START + timedelta(hours=3)
SHOWN = START + timedelta(minutes=5)
GONE = SHOWN + timedelta(seconds=CODE_SECONDS) + CODE_GRACE
LIVE = SignInFacts(
    now=SHOWN + timedelta(seconds=10),
    starts_at=START,
    ends_at=END,
    is_closed=False,
    enrollment_state=EnrollmentState.CONFIRMED,
    shown_at=SHOWN,
    held_at=None,
)
OPENING = "SI-2345678923"


@pytest.fixture(autouse=True)
def keys():
    use_field_keys(TEST_KEYS)


def codes(refusals):
    return tuple(refusal.code for refusal in refusals)


def test_a_live_code_counts_until_its_moment_of_grace_is_over():
    assert refusals_for_sign_in(LIVE) == ()
    assert refusals_for_sign_in(replace(LIVE, now=GONE)) == ()
    late = refusals_for_sign_in(replace(LIVE, now=GONE + timedelta(microseconds=1)))
    assert codes(late) == ("sign_in_code_past",)
    assert late[0].params["until"] == SHOWN + timedelta(seconds=CODE_SECONDS)
    assert late[0].remedy == "scan_code_on_screen"


def test_who_opened_a_live_code_may_take_a_moment_to_confirm():
    held = replace(LIVE, held_at=SHOWN + timedelta(seconds=20))
    last = held.held_at + RECEIPT_HOLDS
    assert refusals_for_sign_in(replace(held, now=last)) == ()
    after = replace(held, now=last + timedelta(seconds=1))
    assert codes(refusals_for_sign_in(after)) == ("sign_in_code_past",)


def test_opening_an_old_code_proves_nothing():
    held = replace(LIVE, held_at=GONE + timedelta(seconds=1), now=GONE + timedelta(seconds=2))
    assert codes(refusals_for_sign_in(held)) == ("sign_in_code_past",)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"enrollment_state": None}, "not_your_class"),
        ({"enrollment_state": EnrollmentState.WITHDRAWN}, "enrollment_ended"),
        ({"enrollment_state": EnrollmentState.COMPLETED}, "completion_recorded"),
        ({"is_closed": True}, "sign_in_not_open"),
        ({"shown_at": SHOWN + timedelta(minutes=1)}, "sign_in_code_unknown"),
        ({"now": END, "shown_at": END - timedelta(seconds=20)}, "sign_in_over"),
    ],
)
def test_each_reason_alone(change, code):
    assert codes(refusals_for_sign_in(replace(LIVE, **change))) == (code,)


def test_signing_in_is_opened_at_the_door_and_not_after_the_lesson():
    def asked(now):
        return codes(refusals_for_opening_sign_in(now, starts_at=START, ends_at=END))

    assert asked(START - timedelta(minutes=15)) == ()
    assert asked(START - timedelta(minutes=15, seconds=1)) == ("sign_in_opens_later",)
    assert asked(END - timedelta(seconds=1)) == ()
    assert asked(END) == ("sign_in_over",)


def test_a_token_says_what_we_put_in_and_nothing_else_opens():
    window = window_of(SHOWN)
    token = token_for(OPENING, window)
    read = read_token(token)
    assert (read.opening_code, read.shown_at) == (OPENING, instant_of(window))
    one_later = token.replace(f".{window}.", f".{window + 1}.")
    other = token.replace(OPENING, "SI-9999999999")
    for forged in (one_later, other, token[:-1] + ("0" if token[-1] != "0" else "1"), "", "x"):
        assert read_token(forged) is None


def test_figures_change_with_the_half_minute_and_with_the_lesson():
    window = window_of(SHOWN)
    figures = {typed_code_for(OPENING, window + step) for step in range(20)}
    assert len(figures) >= 19
    assert all(len(one) == 6 and one.isdecimal() for one in figures)
    assert typed_code_for(OPENING, window) != typed_code_for("SI-9999999999", window)


def test_a_receipt_is_of_one_learner_and_one_code():
    token = token_for(OPENING, window_of(SHOWN))
    receipt = receipt_for(token, worker_id=7, seen_at=SHOWN)
    assert read_receipt(receipt, token=token, worker_id=7) == SHOWN
    assert read_receipt(receipt, token=token, worker_id=8) is None
    assert read_receipt(receipt, token=token + "0", worker_id=7) is None
    later = f"{int(SHOWN.timestamp()) + 60}.{receipt.partition('.')[2]}"
    assert read_receipt(later, token=token, worker_id=7) is None
