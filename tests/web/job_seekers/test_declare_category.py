"""Declaring categories: evidence, refusals, withdrawal; strangers see nothing."""

from __future__ import annotations

import io
from datetime import date

import pytest
from sqlalchemy import select

from marketplace.foundation.db import db, write_transaction
from marketplace.people.models import CategoryFact, Document, User
from marketplace.people.states import CategoryFactState, WorkerCategory
from tests.factories.people import (
    PDF,
    PNG,
    make_category_fact,
    make_officer,
    make_verified_category,
    make_worker,
)
from tests.pages import PageClient

NEW = "/me/categories/new/registered_unemployed"


@pytest.fixture
def worker(app, client):
    with write_transaction():
        worker = make_worker()
        login = db.session.get_one(User, worker.user_id).login
        worker_id = worker.id
    client.sign_in(login)
    return worker_id


def _form(content: bytes = PNG, name: str = "证明.png", **changes):
    return {"valid_from": "2026-05-01", "document": (io.BytesIO(content), name), **changes}


def _facts():
    db.session.rollback()
    return db.session.scalars(select(CategoryFact)).all()


def test_a_declaration_with_evidence_waits_for_review(worker, client):
    client.get("/me/categories")
    client.get("/me/categories/new")
    client.get(NEW)
    client.post(NEW, _form())
    [fact] = _facts()
    assert fact.state is CategoryFactState.DECLARED
    assert fact.valid_from == date(2026, 5, 1)
    document = db.session.scalars(select(Document)).one()
    assert PNG not in document.content_sealed
    page = client.get("/me/categories").get_data(as_text=True)
    assert "待审核" in page and document.code in page


def test_the_same_form_sent_twice_declares_once(worker, client):
    client.post(NEW, _form())
    client.post(NEW, _form())
    assert len(_facts()) == 1


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"", "leer.png"), (b"<html>", "x.png"), (b"MZ\x90", "x.pdf"), (b"GIF89a", "x.gif")],
)
def test_other_files_are_refused_whatever_their_name(worker, client, content, name):
    client.post(NEW, _form(content, name), expect=422)
    assert not _facts()


def test_a_file_over_five_megabytes_is_refused(worker, client):
    client.post(NEW, _form(PNG + b"0" * 5 * 1024 * 1024), expect=422)


def test_evidence_is_needed_where_the_category_needs_it(worker, client):
    client.post(NEW, {"valid_from": "2026-05-01"}, expect=422)
    client.post("/me/categories/new/rural_migrant", {"valid_from": "2026-05-01"})
    client.get("/me/categories/new/astronaut", expect=404)


def test_impossible_dates_are_named(worker, client):
    for changes in (
        {"valid_from": "2027-01-01"},
        {"valid_from": "1950-01-01"},
        {"valid_from": "2026-05-01", "valid_until": "2026-04-01"},
        {"valid_from": "yesterday"},
    ):
        page = client.post(NEW, _form(**changes), expect=422).get_data(as_text=True)
        assert "error-summary" in page


def test_the_owner_gets_the_file_back_as_an_attachment(worker, client):
    client.post(NEW, _form(PDF, "../../etc/passwd.pdf"))
    code = db.session.scalars(select(Document)).one().code
    answer = client.get(f"/me/documents/{code}")
    assert answer.data == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert ".." not in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.mimetype == "application/pdf"


def test_a_stranger_finds_neither_fact_nor_document(app, worker, client):
    client.post(NEW, _form())
    [fact] = _facts()
    document = db.session.scalars(select(Document)).one().code
    with write_transaction():
        stranger = db.session.get_one(User, make_worker().user_id).login
        code = fact.code
    other = PageClient(app).sign_in(stranger)
    other.get(f"/me/documents/{document}", expect=404)
    other.post(f"/me/categories/{code}/withdraw", expect=404)
    other.get(f"/me/categories/{code}/end", expect=404)
    other.post(f"/me/categories/{code}/end", {"ends_on": "2026-06-01"}, expect=404)


def test_a_declaration_can_be_withdrawn_and_declared_again(worker, client):
    client.post(NEW, _form())
    [fact] = _facts()
    client.post(f"/me/categories/{fact.code}/withdraw")
    client.post(NEW, _form())
    assert {fact.state for fact in _facts()} == {
        CategoryFactState.DECLARED,
        CategoryFactState.WITHDRAWN,
    }


def test_a_confirmed_category_can_be_ended_but_not_withdrawn(worker, client):
    from marketplace.people.queries import get_worker

    with write_transaction():
        fact = make_verified_category(get_worker(worker), category=WorkerCategory.RURAL_MIGRANT)
        code = fact.code
    client.post(f"/me/categories/{code}/withdraw", expect=409)
    client.get(f"/me/categories/{code}/end")
    client.post(f"/me/categories/{code}/end", {"ends_on": "2025-06-01"}, expect=422)
    client.post(f"/me/categories/{code}/end", {"ends_on": "2026-06-01"})
    [fact] = _facts()
    assert fact.state is CategoryFactState.VERIFIED
    assert fact.valid_until == date(2026, 6, 1)


def test_my_data_is_masked_and_can_be_corrected(worker, client):
    from marketplace.people.queries import get_worker

    page = client.get("/me/profile").get_data(as_text=True)
    assert get_worker(worker).id_number not in page
    assert "13800138000" not in page
    client.get("/me/profile/phone")
    client.post("/me/profile/phone", {"phone": "nope"}, expect=422)
    client.post("/me/profile/phone", {"phone": "13900139000"})
    client.get("/me/profile/place/residence")
    client.post("/me/profile/place/residence", {"place": ""})
    client.post("/me/profile/place/workplace", {"place": "99999"}, expect=409)
    assert get_worker(worker).phone == "13900139000"


def test_messages_are_read_by_their_own_person_only(app, worker, client):
    from marketplace.notices.models import Notice
    from marketplace.people.queries import get_worker

    with write_transaction():
        make_verified_category(get_worker(worker))
        stranger = make_officer().login
    notice = db.session.scalars(select(Notice)).one().id
    assert "已确认" in client.get("/account/notices").get_data(as_text=True)
    PageClient(app).sign_in(stranger).post(f"/account/notices/{notice}/open", expect=404)
    assert client.post(f"/account/notices/{notice}/open").location == "/me/categories"
    client.post("/account/notices/read")
    db.session.rollback()
    assert db.session.get_one(Notice, notice).read_at is not None


def test_who_looked_is_listed(app, worker, client):
    from marketplace.people.operations import reveal_id_number

    client.get("/me/profile/views")
    with write_transaction():
        reveal_id_number(worker, purpose="窗口核对", actor_id=make_officer().id)
    page = client.get("/me/profile/views").get_data(as_text=True)
    assert "窗口核对" in page and "王**" in page


def test_a_declaration_cannot_use_anothers_document(app, worker, client):
    from marketplace.foundation.errors import NotFound
    from marketplace.people.operations import store_document
    from marketplace.people.queries import get_worker

    with write_transaction():
        other = make_worker()
        document = store_document(
            worker_id=other.id, file_name="a.png", media_type="", content=PNG, actor_id=None
        )
        document_id = document.id
    with pytest.raises(NotFound), write_transaction():
        make_category_fact(get_worker(worker), document_id=document_id)
