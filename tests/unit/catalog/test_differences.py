"""What one version says otherwise than another."""

from __future__ import annotations

import random
import time
from dataclasses import replace

import pytest

from marketplace.catalog.differences import PieceKind, version_differences, word_difference
from marketplace.catalog.rules import CourseContent
from marketplace.catalog.states import CourseMode
from marketplace.foundation.money import Money

CONTENT = CourseContent("低压电工", "安全用电、线路安装。", 40, CourseMode.ONSITE, 120_000, "CNY")


def spelled(pieces, without: PieceKind) -> str:
    return "".join(piece.text for piece in pieces if piece.kind is not without)


def marked(before: str, after: str) -> str:
    signs = {PieceKind.SAME: "{}", PieceKind.ADDED: "[+{}]", PieceKind.REMOVED: "[-{}]"}
    return "".join(signs[piece.kind].format(piece.text) for piece in word_difference(before, after))


def test_chinese_is_compared_by_character_and_english_by_word():
    assert marked("失能老人照护。", "失能、失智老人照护。") == "失能[+、失智]老人照护。"
    assert marked("safe use of tools", "safe use of power tools") == "safe use of [+power ]tools"
    assert marked("class of 20", "class of 24") == "class of [-20][+24]"


def test_an_island_of_one_character_is_not_an_interruption():
    assert marked("甲子丙丑丁", "甲乙丙戊丁") == "甲[-子丙丑][+乙丙戊]丁"


@pytest.mark.parametrize("seed", range(40))
def test_both_texts_can_be_spelled_from_the_pieces(seed):
    rng = random.Random(seed)
    letters = "电工安全用 ab12，。\n、焊"
    before = "".join(rng.choice(letters) for _ in range(rng.randrange(60)))
    after = "".join(rng.choice(letters) for _ in range(rng.randrange(60)))
    pieces = word_difference(before, after)
    assert spelled(pieces, PieceKind.ADDED) == before
    assert spelled(pieces, PieceKind.REMOVED) == after


def test_texts_made_to_keep_the_matcher_busy_are_shown_as_a_whole():
    before, after = "的" + "一二" * 4_000, "了" + "二一" * 4_000
    began = time.process_time()
    pieces = word_difference(before, after)
    assert time.process_time() - began < 2.0
    assert spelled(pieces, PieceKind.ADDED) == before
    assert spelled(pieces, PieceKind.REMOVED) == after


def test_equal_texts_have_one_piece():
    assert marked("同样", "同样") == "同样"
    assert word_difference("", "") == ()


def test_every_field_is_shown_and_only_what_differs_is_changed():
    after = replace(
        CONTENT, fee_fen=150_000, hours=48, fee_parts={"tuition": 150_000}, prerequisites="满18岁"
    )
    lines = {line.name: line for line in version_differences(CONTENT, after)}
    changed = {name for name, line in lines.items() if line.is_changed}
    assert changed == {"fee", "hours", "fee_parts", "prerequisites"}
    assert lines["fee"].after == Money(150_000, "CNY")
    assert lines["fee_parts"].after == (("Tuition", Money(150_000, "CNY")),)
    assert lines["prerequisites"].words and not lines["description"].words
    assert set(lines) >= {"title", "description", "mode", "certificate", "attributes"}
