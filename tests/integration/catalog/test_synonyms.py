"""Everyday words: the shipped list, changed by what administrators write."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from marketplace.audit.models import AuditEvent
from marketplace.catalog.models import Synonym
from marketplace.catalog.operations.synonyms import import_synonyms, retire_synonym, save_synonym
from marketplace.catalog.queries.synonyms import (
    find_synonym,
    list_synonym_items,
    read_synonyms_in_force,
)
from marketplace.catalog.states import SynonymState
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.paging import PageRequest


def events() -> int:
    return db.session.scalar(select(func.count()).where(AuditEvent.subject_kind == "synonym"))  # type: ignore[return-value]


def test_a_shipped_word_is_changed_retired_and_brought_back(app):
    assert read_synonyms_in_force()["月嫂"] == ("母婴护理", "家政服务员")
    with write_transaction():
        save_synonym("月嫂", targets=["母婴护理员"], actor_id=None)
        save_synonym("月嫂", targets=["母婴护理员"], actor_id=None)
    assert read_synonyms_in_force()["月嫂"] == ("母婴护理员",)
    assert events() == 1
    with write_transaction():
        retire_synonym("月嫂", actor_id=None)
        retire_synonym("保姆", actor_id=None)
    assert "月嫂" not in read_synonyms_in_force()
    assert find_synonym("保姆").state == SynonymState.RETIRED
    with write_transaction():
        save_synonym(" 月嫂 ", targets=["母婴护理"], actor_id=None)
    assert read_synonyms_in_force()["月嫂"] == ("母婴护理",)
    assert events() == 4


@pytest.mark.parametrize(
    ("word", "targets", "code"),
    [
        ("！", ["电工"], "synonym_word"),
        ("电" * 61, ["电工"], "synonym_word"),
        ("强电", [], "synonym_targets"),
        ("强电", ["！"], "synonym_targets"),
        ("强电", ["强电"], "synonym_targets"),
        ("强电", ["电工"] * 7, "synonym_targets"),
    ],
)
def test_words_that_cannot_be_searched_are_refused(app, word, targets, code):
    with pytest.raises(Refused) as refused, write_transaction():
        save_synonym(word, targets=targets, actor_id=None)
    assert refused.value.codes == (code,)


def test_a_word_nobody_knows_cannot_be_retired(app):
    with pytest.raises(NotFound), write_transaction():
        retire_synonym("强电", actor_id=None)


def test_a_file_is_taken_in_whole_or_not_at_all(app):
    good = (
        "word,targets,state\n强电,电工；低压电工,\nCNA,nursing assistants;nurse aide,active\n"
        "月嫂,母婴护理; 家政服务员,retired\n"
    )
    with write_transaction():
        counts = import_synonyms(good.encode("utf-8-sig"), name="w.csv", actor_id=None)
    assert (counts.rows, counts.saved, counts.retired, counts.unchanged) == (3, 1, 1, 1)
    assert read_synonyms_in_force()["强电"] == ("电工", "低压电工")
    with write_transaction():
        again = import_synonyms(good.encode("gb18030"), name="w.csv", actor_id=None)
    assert (again.unchanged, again.saved) == (3, 0)

    before = db.session.scalar(select(func.count()).select_from(Synonym))
    bad = "word,targets,state\n弱电,电工,\n！,电工,\n弱电师傅,,\n弱弱,电工,maybe\n"
    with pytest.raises(Refused) as refused, write_transaction():
        import_synonyms(bad.encode(), name="w.csv", actor_id=None)
    assert refused.value.codes == (
        "synonym_word_in_row", "synonym_targets_in_row", "synonym_state_in_row",
    )  # fmt: skip
    assert [refusal.params["row"] for refusal in refused.value.refusals] == [3, 4, 5]
    assert db.session.scalar(select(func.count()).select_from(Synonym)) == before


def test_the_list_is_searched_on_both_sides(app):
    page = list_synonym_items(PageRequest(1, 5), asked="家政服务员")
    assert {"月嫂", "保姆"} <= {item.word for item in page.items}
    assert list_synonym_items(PageRequest(1, 5), asked="CDL").items[0].word == "cdl"
