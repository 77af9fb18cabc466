"""Sets as integers agree with sets; an order by bands agrees with sorting."""

from __future__ import annotations

from random import Random

import numpy as np

from marketplace.foundation.bitsets import (
    Order,
    bitset_of,
    bitset_where,
    counts_in,
    members_of,
    put,
    table_of,
    words_of,
)
from marketplace.foundation.kept import Kept


def test_a_bitset_is_the_set_it_was_made_of():
    draw = Random(3)
    for size in (1, 7, 8, 9, 500):
        members = {draw.randrange(size) for _ in range(size // 2)}
        bits = bitset_of(members, size=size)
        assert list(members_of(bits)) == sorted(members)
        assert bits.bit_count() == len(members)
        flags = np.array([number in members for number in range(size)])
        assert bitset_where(flags) == bits
    assert list(members_of(0)) == []
    assert bitset_where(np.zeros(0, bool)) == 0


def test_putting_a_member_in_and_out():
    bits = put(0, 5, present=True)
    assert put(bits, 5, present=True) == bits == 32
    assert put(bits, 5, present=False) == put(0, 5, present=False) == 0


def test_an_order_gives_pages_as_sorting_does_also_after_changes():
    draw = Random(9)
    keys = [draw.choice((0, 0, 50, draw.randrange(1_000))) for _ in range(700)]
    order = Order.of(list(keys), bands_max=16)
    for number in (3, 699, 700, 705):  # changed, and new at the end
        key = draw.randrange(1_200)
        keys += [key] * (number + 1 - len(keys))
        keys[number] = key
        order.put(number, key)
    present = [*range(701), 705]
    chosen = [number for number in present if draw.random() < 0.4]
    bits = bitset_of(chosen, size=len(keys))
    ranked = sorted(chosen, key=lambda number: (keys[number], number))
    for skip in (0, 1, 17, 260, 5_000):
        assert order.first(bits, skip=skip, count=18) == ranked[skip : skip + 18]
    for limit in (-1, 0, 49, 50, 333, 2_000):
        known = {number for number in present if keys[number] <= limit}
        assert set(members_of(order.up_to(limit))) == known


def test_an_empty_order_has_nothing():
    empty = Order.of([])
    assert empty.up_to(10) == 0
    assert empty.first(0, skip=0, count=5) == []
    empty.put(0, 4)
    assert empty.first(1, skip=0, count=5) == [0]


def test_rows_of_a_table_are_counted_as_their_intersections_are():
    draw = Random(5)
    for size in (1, 63, 64, 65, 400):
        sets = [draw.getrandbits(size) for _ in range(7)]
        table = table_of(sets, size=size)
        for bits in (0, 1, draw.getrandbits(size), draw.getrandbits(max(size // 3, 1))):
            assert counts_in(table, words_of(bits)) == [(own & bits).bit_count() for own in sets]


def test_a_large_set_is_ordered_band_by_band_as_a_small_one_at_once():
    draw = Random(2)
    keys = [draw.randrange(300) for _ in range(9_000)]
    order = Order.of(keys)
    ranked = sorted(range(9_000), key=lambda number: (keys[number], number))
    for skip in (0, 4_321, 8_990):
        assert order.first(2**9_000 - 1, skip=skip, count=18) == ranked[skip : skip + 18]


def test_the_answers_asked_for_last_are_kept():
    kept = Kept(2)
    assert [kept.recall(key, key.upper) for key in "aba"] == ["A", "B", "A"]
    kept.keep("c", "C")
    assert (kept.find("a"), kept.find("b"), kept.find("c")) == ("A", None, "C")
    assert kept.recall("a", list) == "A"
