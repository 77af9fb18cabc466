"""No log line ever carries a person's number, whoever wrote the line."""

from __future__ import annotations

import io
import json
import logging
import sys
from typing import Any

import pytest
import structlog

from marketplace.foundation.logs import configure_logging, mask_personal_numbers, masked_text

ID_NUMBER = "99010119900517001X"
OLD_ID_NUMBER = "990101900517001"
PHONE = "13800138000"
CARD = "6222020200012345678"


@pytest.fixture
def lines():
    """What the product writes, as read back."""
    stream = io.StringIO()
    configure_logging(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    configure_logging(sys.__stderr__)


@pytest.mark.parametrize(
    "number",
    [
        ID_NUMBER,
        ID_NUMBER.lower(),
        ID_NUMBER[:-1],
        OLD_ID_NUMBER,
        PHONE,
        CARD,
        CARD[:16],
        "138 0013 8000",
        "138-0013-8000",
        "6222 0202 0001 2345 678",
        "１３８００１３８０００",
    ],
)
def test_personal_numbers_are_blackened(number):
    for text in (number, f"号码{number}。", f"phone={number}&x", f'{{"id": "{number}"}}'):
        assert number not in masked_text(text)
        assert "***" in masked_text(text)


@pytest.mark.parametrize(
    "text",
    ["2026-11-20T02:00:00.123456Z", "1234567890", "¥1,234.50", "V-7KQ2-M8", "", "12 of 2026"],
)
def test_other_numbers_stay(text):
    assert masked_text(text) == text


def test_every_depth_and_type_is_looked_through():
    event: dict[str, Any] = {
        "event": f"import of {ID_NUMBER}",
        "as_int": int(CARD),
        "nested": {"list": [PHONE, {"deep": (ID_NUMBER,)}], PHONE: 1},
        "raw": CARD.encode(),
        "error": ValueError(f"duplicate {PHONE}"),
        "amount_fen": 12345678901,
        "rows": 42,
        "ok": True,
        "ms": 1.5,
        "none": None,
    }
    result = mask_personal_numbers(None, "info", event)
    shown = repr(result)
    for number in (ID_NUMBER, PHONE, CARD):
        assert number not in shown
    assert (result["rows"], result["ok"], result["ms"], result["none"]) == (42, True, 1.5, None)
    assert result["amount_fen"] == 12345678901, "money is no personal number"


def test_our_events_and_those_of_libraries_are_one_json_line_each(lines):
    structlog.get_logger("marketplace.test").info("redeemed", phone=PHONE, code="V-1")
    logging.getLogger("some.library").warning("cannot send to %s", PHONE)
    ours, theirs = lines()
    assert (ours["event"], ours["phone"], ours["code"]) == ("redeemed", "***", "V-1")
    assert (theirs["event"], theirs["level"]) == ("cannot send to ***", "warning")
    assert ours["at"].endswith("Z")


def test_a_traceback_is_masked_too(lines):
    try:
        raise ValueError(f"no such person: {ID_NUMBER}")
    except ValueError:
        logging.getLogger("some.library").exception("failed for %s", PHONE)
    (line,) = lines()
    assert "ValueError: no such person: ***" in line["exception"]
    assert ID_NUMBER not in json.dumps(line)


def test_configuring_twice_writes_once(lines):
    stream = io.StringIO()
    configure_logging(stream)
    logging.getLogger("some.library").warning("once")
    assert len(stream.getvalue().splitlines()) == 1
    assert lines() == []
