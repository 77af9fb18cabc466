"""Occupations by their words: the index says what walking through all of them says."""

from __future__ import annotations

import random

import pytest

from marketplace.catalog.queries.occupation_index import OccupationIndex, Place
from marketplace.catalog.queries.search_rows import OccupationRow
from marketplace.foundation.text import is_cjk, normal_form, stem, words

TEXTS = (
    ("焊工", ("电焊工", "气焊工"), "操作焊机，焊接金属工件"),
    ("电工", (), "安装和维修电气设备"),
    ("养老护理员", ("失智老年人照护员",), "从事老年人生活照料、护理"),
    ("母婴护理员", ("月嫂",), ""),
    ("电子电路（PCB）逻辑布线设计工", ("电焊机装配工",), "electric layout of boards"),
    ("Heavy and Tractor-Trailer Truck Drivers", (), "Drive a tractor-trailer; hold a CDL"),
    ("Welders, Cutters, Solderers", ("welding",), "Weld or cut metal parts"),
    ("Electricians", (), "Install and repair electrical wiring"),
)


@pytest.fixture(scope="module")
def index() -> OccupationIndex:
    return OccupationIndex(
        OccupationRow(number, f"{number}", title, 4, None, works, text, "x",
                      title_text=normal_form(title))
        for number, (title, works, text) in enumerate(TEXTS)
    )  # fmt: skip


def _walk(row: OccupationRow, several: tuple[str, ...]) -> set[Place]:
    """The same question asked of one occupation, word by word."""

    def titled(word: str) -> bool:
        if is_cjk(word):
            return word in row.title_text
        own = {stem(known) for known in words(row.title)}
        return stem(word) in own or (len(word) > 3 and any(s.startswith(word) for s in own))

    def anywhere(word: str) -> bool:
        text = normal_form("\n".join((row.title, *row.work_types, row.definition)))
        return word in text if is_cjk(word) else stem(word) in map(stem, words(text))

    holds = {
        Place.SPELLED: lambda w: w in (row.title_text if is_cjk(w) else words(row.title)),
        Place.TITLE: titled,
        Place.WORK_TYPE: lambda w: is_cjk(w) and any(w in name for name in row.work_types),
        Place.TEXT: anywhere,
    }
    return {place for place, holding in holds.items() if all(map(holding, several))}


def test_the_index_says_what_walking_through_all_occupations_says(index):
    draw = random.Random(3)
    asked = {("焊工",), ("护理", "老年人"), ("electri",), ("ele",), ("cdl", "drivers"), ("nobody",)}
    for _ in range(300):
        text = normal_form(" ".join((lambda t: (t[0], *t[1], t[2]))(draw.choice(TEXTS))))
        start = draw.randrange(len(text))
        if found := words(text[start : start + draw.choice((1, 2, 4, 9))]):
            asked.add(tuple(found[:3]))
    for several in sorted(asked):
        found = index.holding(several)
        for number, row in enumerate(index.rows):
            here = {place for place, bits in found.items() if bits >> number & 1}
            assert here == _walk(row, several), (several, row.title)


def test_a_word_that_no_occupation_holds_is_not_known(index):
    assert index.is_known("月嫂")
    assert index.is_known("cdl")
    assert not index.is_known("宠物")
    assert not index.is_known("elect1")
