"""The checker of every journey can say no, also to what looks like a page it has seen."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.accessibility import Judge

pytestmark = pytest.mark.journey

SOUND = """<!doctype html><html lang="zh-CN"><head><title>我的培训券</title><style>
body { color: #222; background: #fff } .hint { color: #555 } .pale { color: #bbb }
.dark { background: #444 } button, input { min-height: 44px } .under { margin-right: -40px }
.tiny { min-height: 0; width: 9px; height: 9px; padding: 0; font-size: 9px }</style></head><body>
<main><h1>我的培训券</h1><form><label for="name">姓名</label><input id="name">
<p class="hint">与身份证一致</p><button>保存</button></form>
<ul><li>甲班</li></ul></main></body></html>"""


@pytest.fixture(scope="module")
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def judge(phone: Page) -> Judge:
    """It has seen the sound page already."""
    judge = Judge()
    phone.set_content(SOUND)
    judge.check(phone)
    return judge


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ('<label for="name">姓名</label>', "姓名", "label"),
        ('for="name"', 'for="nobody"', "label"),
        ("<button>保存</button>", "<button></button>", "button-name"),
        ('class="hint"', 'class="pale"', "color-contrast"),
        (".hint { color: #555 }", ".hint { color: #bbb }", "color-contrast"),
        ("<main>", '<main class="dark">', "color-contrast"),
        ("<h1>我的培训券</h1>", "<h1>我的培训券</h1><h4>跳级</h4>", "heading-order"),
        ("<title>我的培训券</title>", "<title></title>", "document-title"),
        ('<html lang="zh-CN">', '<html lang="xx-">', "lang"),
        ("与身份证一致", "1" * 90, "px wider than the screen"),
        ("<button>保存</button>", 2 * "<button class=tiny>存</button>", "target-size"),
        ("<button>保存</button>", 2 * "<button class=under>存</button>", "target-size"),
    ],
)
def test_a_fault_on_a_page_like_a_sound_one_is_found(
    judge: Judge, phone: Page, before: str, after: str, complaint: str
):
    assert before in SOUND
    phone.set_content(SOUND.replace(before, after, 1))
    for _ in range(2):  # and not remembered as sound
        with pytest.raises(AssertionError, match=re.escape(complaint)):
            judge.check(phone)


def test_a_sound_page_is_judged_once_whatever_its_words_and_the_length_of_its_lists(
    judge: Judge, phone: Page
):
    before = len(judge.structures)
    phone.goto("about:blank")  # without the axe of the last test
    phone.set_content(SOUND.replace("<li>甲班</li>", "<li>乙班</li><li>丙班</li>"))
    judge.check(phone)
    assert len(judge.structures) == before
    assert phone.evaluate("typeof window.axe") == "undefined"
    phone.set_content(SOUND.replace("<h1>", '<h1 class="large">'))
    judge.check(phone)
    assert len(judge.structures) == before + 1
