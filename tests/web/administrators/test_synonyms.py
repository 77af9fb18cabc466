"""Administrators write the everyday words that lead to official occupations."""

from __future__ import annotations

from io import BytesIO

import pytest

from marketplace.catalog.queries.synonyms import read_synonyms_in_force
from marketplace.foundation.db import write_transaction
from tests.factories.catalog import make_listed_course
from tests.factories.funds import make_place
from tests.factories.people import make_administrator, make_officer

LIST, WORD = "/admin/synonyms", "/admin/synonyms/word"


@pytest.fixture
def page(client):
    with write_transaction():
        admin = make_administrator()
    return client.sign_in(admin)


def test_a_word_is_added_found_changed_and_retired(page):
    with write_transaction():
        make_listed_course(title="低压电工")
    assert "月嫂" in page.get(f"{LIST}?q=月嫂").get_data(as_text=True)
    assert "低压电工" not in page.get("/courses?q=强电师傅").get_data(as_text=True)
    page.post(WORD, {"word": "强电师傅", "targets": "电工\n"})
    found = page.get("/courses?q=强电师傅").get_data(as_text=True)
    assert "低压电工" in found
    assert "同时搜索" in found
    assert "电工" in page.get(f"{WORD}?word=强电师傅").get_data(as_text=True)
    page.speak("en").get(f"{LIST}?q=强电师傅")
    page.post(f"{LIST}/retire", {"word": "强电师傅"})
    assert "低压电工" not in page.get("/courses?q=强电师傅").get_data(as_text=True)


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_saved(page):
    before = read_synonyms_in_force()
    answer = page.post(WORD, {"word": "", "targets": ""}, expect=422).get_data(as_text=True)
    assert "请填写人们常输入的词" in answer
    answer = page.post(WORD, {"word": "强电", "targets": "！！"}, expect=409)
    assert "！！" in answer.get_data(as_text=True)
    page.post(f"{LIST}/retire", {"word": "没有的词"}, expect=404)
    assert read_synonyms_in_force() == before


def test_the_list_goes_out_and_comes_in_as_a_file(page):
    file = page.get(f"{LIST}.csv").data
    assert "月嫂".encode() in file
    changed = file + '"强电师傅","电工; 低压电工","active"\r\n'.encode()
    page.post(f"{LIST}/import", {"file": (BytesIO(changed), "words.csv")})
    assert read_synonyms_in_force()["强电师傅"] == ("电工", "低压电工")
    bad = b"word,targets\nabc,\n"
    answer = page.post(f"{LIST}/import", {"file": (BytesIO(bad), "words.csv")}, expect=422)
    assert "第2行" in answer.get_data(as_text=True)
    page.post(f"{LIST}/import", {"file": (BytesIO(b"\x89PNG"), "x.png")}, expect=422)
    page.post(f"{LIST}/import", {}, expect=422)


def test_only_administrators_enter(client, app):
    with write_transaction():
        officer = make_officer(make_place())
    client.sign_in(officer).get(LIST, expect=403)
