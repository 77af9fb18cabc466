"""Columns of very many entries are taken apart exactly, or not at all."""

from __future__ import annotations

import struct

import pytest

from marketplace.ledger.sealing.columns import days, instants, put_together, texts


def test_a_column_is_taken_apart_and_what_all_say_is_told_once():
    assert texts(b"a\nb\na", b"\n", 3) == [b"a", b"b", b"a"]
    assert texts(b"a\na\na", b"\n", 3) == texts(b"a", b"\n", 1) == b"a"
    assert texts(b"\n", b"\n", 2) == b""


@pytest.mark.parametrize("written", [b"a\nb\nc", b"a", b"a\na\na", b"", b"\n\n"])
def test_a_text_too_many_or_too_few_is_never_told(written):
    """A text with what stands between two would bring the one that is missing."""
    assert texts(written, b"\n", 2) is None


def test_days_and_instants_are_told_as_documents_write_them():
    assert days(struct.pack(">2i", 9_678, -1), 2) == [b"2026-07-01", b"1999-12-31"]
    assert days(struct.pack(">2i", 9_678, 9_678), 2) == b"2026-07-01"
    told = [b"2026-07-01T00:00:00.000000", b"2026-07-01T00:00:01.000090"]
    assert instants(b'["2026-07-01T00:00:00", "2026-07-01T00:00:01.00009"]', 2) == told
    assert instants(b'["2026-07-01T00:00:00", "2026-07-01T00:00:00"]', 2) == told[0]


def test_what_is_in_no_calendar_or_missing_is_not_told():
    assert days(struct.pack(">2i", 9_678, 2**31 - 1), 2) is None, "infinity"
    assert days(struct.pack(">i", 9_678), 2) is None
    assert instants(b'["2026-07-01T00:00:00", null]', 2) is None


def test_columns_are_put_together_entry_by_entry():
    columns = [b"[", b"1,", [b"a", b"b"], b",", b"x", [b"c", b"d"], b"]"]
    assert put_together(columns) == [b"[1,a,xc]", b"[1,b,xd]"]
    assert put_together([[b"a", b"b"]]) == [b"a", b"b"]
