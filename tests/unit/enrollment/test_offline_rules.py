"""Lessons without network: which files and which of their rows count."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from marketplace.enrollment.offline_files import hint_of, offline_code_for, read_offline_file
from marketplace.enrollment.offline_rules import (
    OfflineFacts,
    UploadFacts,
    refusals_for_bundle,
    refusals_for_offline_times,
    refusals_for_upload,
)
from marketplace.enrollment.states import EnrollmentState
from marketplace.foundation.crypto import use_field_keys
from marketplace.foundation.errors import Refused
from tests.conftest import TEST_KEYS

START = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
END = START + timedelta(hours=3)
ROW = OfflineFacts(
    at=START,
    latest_before=START,
    issued_at=START - timedelta(days=1),
    starts_at=START,
    ends_at=END,
    closed_at=END,
    enrollment_state=EnrollmentState.CONFIRMED,
)
FILE = UploadFacts(
    now=END,
    lesson_ends_at=END,
    closed_at=END,
    device="OD-1",
    device_is_revoked=False,
    history_agrees=True,
)
HEAD = {"format": "training-voucher-offline-1", "bundle": {"bundle": "OB-AAAA"}}
WHOLE = {**HEAD, "closed_at": "2026-11-20T04:00:00Z", "signature": ""}


def codes(refusals):
    return tuple(refusal.code for refusal in refusals)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"at": START - timedelta(minutes=15)}, None),
        ({"at": START - timedelta(minutes=15, seconds=1)}, "offline_outside_lesson"),
        ({"at": END}, "offline_outside_lesson"),
        ({"latest_before": START + timedelta(seconds=1)}, "offline_time_goes_back"),
        ({"issued_at": START + timedelta(seconds=1)}, "offline_before_bundle"),
        ({"issued_at": START + timedelta(microseconds=9)}, None),
        ({"closed_at": START - timedelta(seconds=1)}, "offline_after_close"),
        ({"enrollment_state": EnrollmentState.COMPLETED}, "completion_recorded"),
        ({"enrollment_state": EnrollmentState.WITHDRAWN}, "enrollment_ended"),
    ],
)
def test_a_row_counts_in_its_lesson_and_in_order(change, code):
    facts = replace(ROW, **change)
    if "at" in change:
        facts = replace(facts, latest_before=facts.at)
    assert codes(refusals_for_offline_times(facts)) == ((code,) if code else ())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"now": END + timedelta(hours=72)}, None),
        ({"now": END + timedelta(hours=72, seconds=1)}, "offline_sync_late"),
        ({"closed_at": END + timedelta(minutes=2)}, None),
        ({"closed_at": END + timedelta(minutes=2, seconds=1)}, "offline_closed_ahead"),
        ({"device_is_revoked": True}, "offline_device_revoked"),
        ({"history_agrees": False}, "offline_history_differs"),
    ],
)
def test_a_file_comes_in_time_from_a_trusted_device_and_adds_only(change, code):
    assert codes(refusals_for_upload(replace(FILE, **change))) == ((code,) if code else ())


def test_a_lesson_is_taken_along_from_a_fortnight_before_until_it_ends():
    times = {"starts_at": START, "ends_at": END}
    assert refusals_for_bundle(START - timedelta(days=14), **times) == ()
    early = refusals_for_bundle(START - timedelta(days=14, seconds=1), **times)
    assert codes(early) == ("offline_too_early",)
    assert codes(refusals_for_bundle(END, **times)) == ("sign_in_over",)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[" * 100_000,
        b"null",
        b"{}",
        json.dumps({**WHOLE, "records": {}}).encode(),
        json.dumps({**WHOLE, "records": [], "closed_at": "2026-02-30T04:00:00Z"}).encode(),
        json.dumps({**WHOLE, "records": [], "bundle": {"bundle": 7}}).encode(),
        b" " * (2 * 1024 * 1024 + 1),
    ],
)
def test_what_is_no_file_is_refused(content):
    with pytest.raises(Refused) as refused:
        read_offline_file(content)
    assert refused.value.codes == ("offline_file_unreadable",)


@pytest.mark.parametrize(
    "change",
    [
        {"number": 1},
        {"number": True},
        {"at": 5},
        {"kind": "face"},
        {"code": "vc"},
        {"code": "\ud800"},
    ],
)
def test_a_row_that_cannot_be_read_is_named(change):
    good = {"number": 1, "at": "2026-11-20T01:00:00Z", "kind": "code", "code": "ABCD2345"}
    rows = [good, {**good, "number": 2, **change}]
    with pytest.raises(Refused) as refused:
        read_offline_file(json.dumps({**WHOLE, "records": rows}).encode())
    (refusal,) = refused.value.refusals
    assert (refusal.code, refusal.params) == ("offline_row_unreadable", {"row": 2})


def test_a_code_is_one_learners_and_one_lessons_and_its_hint_does_not_give_it_away():
    use_field_keys(TEST_KEYS)
    code = offline_code_for("EN-1", 1)
    assert code == offline_code_for("EN-1", 1)
    assert len({code, offline_code_for("EN-2", 1), offline_code_for("EN-1", 2)}) == 3
    assert len(code) == 8
    assert len(hint_of("OB-1", code)) == 4
