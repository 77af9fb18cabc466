"""Every component once, on a page that exists only here: accessible, and fit for a phone."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import render_template_string
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Optional

from marketplace.edge.access import access, anyone
from marketplace.foundation.errors import Refusal
from marketplace.foundation.paging import Page
from tests.browser import Site, assert_accessible, resize, screenshot

pytestmark = pytest.mark.journey


class GalleryForm(FlaskForm):
    """One field of each kind."""

    name = StringField("姓名", [InputRequired("请填写姓名。")])
    kind = SelectField(
        "人员类别", choices=[SelectChoice("a", "农民工"), SelectChoice("b", "登记失业人员")]
    )
    ways = RadioField(
        "上课方式",
        [InputRequired("请选择上课方式。")],
        choices=[SelectChoice("o", "线下"), SelectChoice("n", "线上")],
    )
    note = TextAreaField("备注", [Optional()])
    agree = BooleanField("我已阅读并同意", [InputRequired("请先阅读并同意。")])


@access(anyone)
def show_gallery() -> str:
    form = GalleryForm(meta={"csrf": False})
    form.validate()
    return render_template_string(
        Path(__file__).with_name("gallery.html").read_text("utf-8"),
        form=form,
        pages=Page(items=(), total=100, number=2, size=20),
        page_url=lambda number: f"/x?page={number}",
        refusals=(
            Refusal("same_person", rule="《会计基础工作规范》第十二条", remedy="stale_state"),
            Refusal("stale_state"),
        ),
    )


@pytest.fixture
def gallery(site: Site):
    before = site.app.view_functions["visitors.show_robots"]
    site.app.view_functions["visitors.show_robots"] = show_gallery
    yield site
    site.app.view_functions["visitors.show_robots"] = before


@pytest.mark.parametrize("dark", [False, True])
def test_every_component_is_accessible(gallery: Site, dark: bool):
    page = gallery.visitor(dark=dark)
    for large in (False, True):
        page.goto("/")
        if large:
            page.get_by_role("button", name="长辈模式").click()
        page.goto("/robots.txt")
        page.get_by_text("复核通过").first.click()  # the effect is named before the real button
        for width in (360, 1280):
            resize(page, width)
            name = f"gallery-{width}{'-dark' if dark else ''}{'-large' if large else ''}"
            screenshot(page, name)
            assert_accessible(page)
