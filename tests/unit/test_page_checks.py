"""The reviewer of every page can say no."""

from __future__ import annotations

import re

import pytest

from tests.page_checks import SoundShapes, check_page, source_sentences, untranslated
from tests.page_outlines import outline_of

GOOD = """<!doctype html><html lang="zh-CN"><head><title>我的培训券 · 平台</title></head><body>
<main><h1>我的培训券</h1>
<form method="post"><input type="hidden" name="csrf_token" value="x">
<label for="name">姓名</label><input id="name" name="name" aria-describedby="hint">
<p id="hint">与身份证一致</p><button>保存</button></form>
<table><thead><tr><th scope="col">日期</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>
<a href="/">返回</a><img src="/x.png" alt=""></main></body></html>"""


def test_a_careful_page_passes():
    check_page(GOOD)


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("<h1>我的培训券</h1>", "", "0 h1"),
        ("</h1>", "</h1><h1>再来</h1>", "2 h1"),
        ("<h1>我的培训券</h1>", "<h1>别的</h1>", "lacks the h1"),
        ("<h1>我的培训券</h1>", "<h1></h1>", "empty h1"),
        ("<main>", "<main><p id='name'></p>", "duplicated ids"),
        ('for="name"', 'for="nobody"', "names no element"),
        ('aria-describedby="hint"', 'aria-describedby="gone"', "names no element"),
        ('<label for="name">姓名</label>', "", "has no label"),
        ('<input type="hidden" name="csrf_token" value="x">', "", "no csrf_token"),
        ("<button>保存</button>", "<button></button>", "without a name"),
        ('<a href="/">返回</a>', '<a href="/"></a>', "without a name"),
        (' alt=""', "", "no alt"),
        ("<h1>", '<h1 style="color:red">', "inline"),
        ("<button>", '<button onclick="go()">', "inline"),
        ("<main>", "<main><script>go()</script>", "nonce"),
        ('<th scope="col">日期</th>', "<td>日期</td>", "without th"),
        (' scope="col"', "", "scope"),
        ('lang="zh-CN"', 'lang="zh"', "lang"),
        ("<main>", "<main><div>", "HTML errors"),
        ("<td>1</td>", "<td>Sign in</td>", "English on a Chinese page"),
        ("<td>1</td>", '<td><a href="/" title="Next page">甲</a></td>', "English on a Chinese"),
        ("<td>1</td>", "<td>Page 1 of 9</td>", "English on a Chinese page"),
    ],
)
def test_a_careless_page_is_sent_back(before, after, complaint):
    assert before in GOOD
    check_page(GOOD)  # and that this shape is known helps nothing
    with pytest.raises(AssertionError, match=re.escape(complaint)):
        check_page(GOOD.replace(before, after, 1))


def test_a_page_of_a_known_shape_is_read_but_not_parsed_again(monkeypatch):
    check_page(GOOD)
    monkeypatch.setattr("tests.page_checks._check_whole_page", lambda _html, where: 1 / 0)
    check_page(GOOD.replace("<td>1</td>", "<td>张三 &amp; 李四</td>").replace("/x.png", "/y.png"))
    heading = "我的培训券"
    check_page(GOOD.replace(heading, "培训记录"))
    for before, after in (
        ("<td>1</td>", "<td>Sign in</td>"),
        ("<td>1</td>", "<td>Page 1 of 9</td>"),
        (f"<title>{heading} · 平台", "<title>平台"),
        (f"<h1>{heading}", "<h1>别的"),
    ):
        with pytest.raises(AssertionError):
            check_page(GOOD.replace(before, after))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<td>1</td>", "<td></td>"),
        ("<td>1</td>", "<td>&nbsp;</td>"),
        ("<td>1</td>", "<td>&unknown</td>"),
        ("<td>1</td>", "<td>\x01</td>"),
        ("<td>1</td>", "<td>\U0001fffe</td>"),
        ("<td>1</td>", "<td>1<!-- --></td>"),
        ('href="/"', 'href=""'),
        ('href="/"', "href='/'"),
        ('href="/"', 'href="&unknown"'),
        ('href="/"', 'href="/" href="/"'),
        ('id="hint"', 'id="hints"'),
        ('name="name"', 'name="other"'),
        ("<td>1</td>", '<td lang="en">1</td>'),
    ],
)
def test_what_a_parser_or_a_check_may_mind_is_another_shape(before, after):
    assert before in GOOD
    assert outline_of(GOOD.replace(before, after, 1)).shape != outline_of(GOOD).shape


def test_no_shape_for_what_does_not_fall_into_tags_and_texts():
    assert outline_of(GOOD + "<td") is None


def test_english_that_says_it_is_english_may_stand_on_a_chinese_page():
    assert untranslated('<p lang="en">Sign in</p>') == []
    assert untranslated("<p>Sign in</p>") == ["Sign in"]
    assert untranslated("<p>Anna Sign</p>") == []


def test_every_area_of_translations_is_known():
    exact, patterns = source_sentences()
    assert len(exact) > 50
    assert len(patterns) > 10


def test_what_one_worker_found_sound_the_others_know(tmp_path):
    first, second, alone = SoundShapes(tmp_path), SoundShapes(tmp_path), SoundShapes(None)
    assert b"a shape" not in second
    for shapes in (first, alone):
        shapes.add(b"a shape")
        assert b"a shape" in shapes
    assert b"a shape" in second
    assert b"another" not in second
