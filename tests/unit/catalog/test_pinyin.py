"""Chinese words as they sound."""

from __future__ import annotations

import pytest

from marketplace.catalog.pinyin import TERMS_MAX, Sounds

NAMES = ["月嫂", "焊工", "电工", "养老护理员", "银行信贷员", "绿化工", "电焊工"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("hangong", ("焊工",)),
        ("hg", ("焊工",)),
        ("yuesao", ("月嫂",)),
        ("dianhangong", ("电焊工",)),
        ("dhg", ("电焊工",)),
        ("hulyuan", ()),
        ("huliyuan", ("护理员",)),
        ("yanglaohuli", ("养老护理",)),
        ("yinhang", ("银行",)),
        ("lvhuagong", ("绿化工",)),
        ("luhua", ("绿化",)),
        ("gong", ()),
        ("", ()),
    ],
)
def test_a_name_is_found_by_sound_and_initials(typed, meant):
    assert Sounds(NAMES).terms_of(typed) == meant


def test_whole_names_come_before_parts_and_there_is_an_end_of_them():
    many = Sounds(["电焊工人", "焊工", "汗工", "旱工", "汉工", "捍工"]).terms_of("hangong")
    assert many[0] == "焊工"
    assert len(many) == TERMS_MAX


def test_latin_names_and_single_characters_have_no_sound():
    nothing = Sounds(["Welder", "电", "C++", "𠀀𠀀"])
    assert [nothing.terms_of(typed) for typed in ("welder", "dian", "d", "c")] == [()] * 4
