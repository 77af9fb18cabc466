"""How a query is understood, asked of an index that is a list of titles."""

from __future__ import annotations

import pytest

from marketplace.catalog.pinyin import Sounds
from marketplace.catalog.search_phrases import Hits, Phrase, phrases_of, quoted_phrase
from marketplace.catalog.search_plan import Reader, stems_of, without_stop_runs
from marketplace.foundation.text import tokens

TITLES = ["低压电工", "养老护理员", "Welding I", "Introduction to Steel Welding",
          "Nursing Assistant", "Personal Training", "母婴护理",
          "C++ for beginners", "Café management"]  # fmt: skip
SYNONYMS = {"月嫂": ("母婴护理",), "nurse aide": ("nursing assistant",)}

SOUNDS = Sounds([*SYNONYMS, "电工", "养老护理员"])


def find(phrase: Phrase) -> Hits:
    bits = 0
    for number, title in enumerate(TITLES):
        terms = tokens(title)
        size = len(phrase.terms)
        for start in range(len(terms) - size + 1):
            *head, last = terms[start : start + size]
            same = last == phrase.terms[-1]
            begins = phrase.is_beginning and last.startswith(phrase.terms[-1])
            if tuple(head) == phrase.terms[:-1] and (same or begins):
                bits |= 1 << number
    return Hits(title=bits)


def read(text: str):
    by_stems = {stems_of(word): word for word in SYNONYMS}
    return Reader(find, SYNONYMS, by_stems,
                  {"welding": 2, "nursing": 1, "assistant": 1},
                  lambda typed: SOUNDS.terms_of(typed)).read(text)  # fmt: skip


def titles_of(text: str) -> set[str]:
    tiers = read(text).tiers()
    return {title for number, title in enumerate(TITLES) if tiers and tiers[-1] >> number & 1}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("电工", {"低压电工"}),
        ("电", {"低压电工"}),
        ("护理 养老", {"养老护理员"}),
        ("welded", {"Welding I", "Introduction to Steel Welding"}),
        ('"steel welding"', {"Introduction to Steel Welding"}),
        ('"welding steel"', set()),
        ("“养老护理”", {"养老护理员"}),
        ("stee", {"Introduction to Steel Welding"}),
        ("weldnig", {"Welding I", "Introduction to Steel Welding"}),
        ("月嫂", {"母婴护理"}),
        ("月嫂培训班", {"母婴护理"}),
        ("nurse aides", {"Nursing Assistant"}),
        ("我想学低压电工", {"低压电工"}),
        ("diangong", {"低压电工"}),
        ("dian gong", {"低压电工"}),
        ("dg", {"低压电工"}),
        ("yuesao", {"母婴护理"}),
        ("yanglao", {"养老护理员"}),
        ("ylhl", {"养老护理员"}),
        ("低压电工养老护理", set()),
        ("the welding course", {"Welding I", "Introduction to Steel Welding"}),
        ("c++", {"C++ for beginners"}),
        ("cafe", {"Café management"}),
        ("潜水", set()),
    ],
)
def test_what_is_found(text, expected):
    assert titles_of(text) == expected


def test_what_was_done_with_the_words_is_told():
    assert read("weldnig").mended == (("weldnig", "welding"),)
    assert read("月嫂").also == (("月嫂", ("母婴护理",)),)
    assert read("我想学低压电工").mended == (("我想学低压电工", "低压电工"),)
    assert read("电工").mended == read("电工").also == ()


def test_a_word_true_of_every_course_is_not_required_but_ranks():
    understanding = read("personal training")
    assert titles_of("personal training") == {"Personal Training"}
    assert understanding.tiers()[0].bit_count() == 1
    assert read("training").units[0].text == "training"


def test_signs_alone_are_not_understood():
    for text in ("", "！？", '"" *', "()"):
        assert read(text).is_empty


def test_the_nearer_tier_is_part_of_the_farther():
    for text in ("welding", "护理", "nurse aide"):
        tiers = read(text).tiers()
        assert all(near & ~far == 0 for near, far in zip(tiers, tiers[1:], strict=False))


def test_phrases_of_both_scripts():
    assert phrases_of("电") == [Phrase(("电",), is_beginning=True)]
    assert phrases_of("低压电工 Welding") == [Phrase(("低压", "压电", "电工")), Phrase(("weld",))]
    assert quoted_phrase("3D打印") == Phrase(("3d", "打印"))
    assert quoted_phrase("！") is None


@pytest.mark.parametrize(
    ("run", "left"), [("电工培训班", "电工"), ("我想学电工", "电工"), ("培训", ""), ("医学", "医")]
)
def test_what_every_course_is_is_cut_from_the_ends(run, left):
    assert without_stop_runs(run) == left
