"""Before the first request the catalog is in memory, and no connection is handed to a child."""

from __future__ import annotations

from sqlalchemy.exc import OperationalError

from marketplace.catalog.queries import search_snapshot
from marketplace.catalog.queries.search_mending import read_words
from marketplace.catalog.search_phrases import Phrase
from marketplace.foundation.db import db, write_transaction
from marketplace.web.ready import make_ready_to_serve
from tests.factories.catalog import make_listed_course, make_occupation
from tests.factories.institutions import make_accredited_institution


def test_the_first_reader_finds_the_catalog_read_and_its_frequent_words_known(app, monkeypatch):
    with write_transaction():
        school = make_accredited_institution()
        welder = make_occupation("6-18", title="焊工")
        course = make_listed_course(school, occupation=welder, title="初级焊工班")
    assert make_ready_to_serve(app)
    assert db.engine.pool.checkedout() == 0
    monkeypatch.setattr(search_snapshot, "_loaded", None)  # reading it again would fail
    with search_snapshot.present_snapshot() as snapshot:
        assert set(" ".join(read_words([course.id])[course.id]).split()) >= {"焊工"}
        assert snapshot.hits.find(Phrase(("焊工",))).title == 1
        assert snapshot.hits.find(Phrase(("焊",), is_beginning=True)).title == 1
        assert snapshot.occupation_index.is_known("焊工")


def test_a_database_that_does_not_answer_stops_nothing(app, monkeypatch):
    monkeypatch.setattr(search_snapshot, "read_institutions", _refused)
    assert make_ready_to_serve(app) is False


def _refused() -> None:
    raise OperationalError("SELECT", {}, Exception("no such table"))
