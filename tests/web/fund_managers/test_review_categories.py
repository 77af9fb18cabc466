"""The category worklist: scope, evidence, decisions, reading personal data."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from marketplace.audit.models import AuditEvent
from marketplace.foundation.db import db, write_transaction
from marketplace.people.models import CategoryFact
from marketplace.people.operations import store_document
from marketplace.people.states import CategoryFactState, DecisionReason
from tests.factories.people import (
    PNG,
    make_category_fact,
    make_jurisdiction,
    make_officer,
    make_worker,
)
from tests.kept import kept
from tests.pages import PageClient


@pytest.fixture
@kept
def world(app):
    """Two provinces, one officer in each, two people of the first who wait."""
    with write_transaction():
        here = make_jurisdiction("990000", name="测试省")
        county = make_jurisdiction("990100", name="测试市", parent=here)
        there = make_jurisdiction("980000", name="别省")
        worker = make_worker(residence_id=county.id)
        document = store_document(
            worker_id=worker.id, file_name="证.png", media_type="", content=PNG, actor_id=None
        )
        first = make_category_fact(worker, document_id=document.id)
        second = make_category_fact(make_worker(residence_id=here.id))
        return {
            "officer": make_officer(here).login,
            "elsewhere": make_officer(there).login,
            "first": first.code,
            "second": second.code,
            "number": worker.id_number,
            "worker": worker.code,
        }


def _fact(code: str) -> CategoryFact:
    db.session.rollback()
    return db.session.scalars(select(CategoryFact).where(CategoryFact.code == code)).one()


def test_the_worklist_shows_the_oldest_first_and_masks_people(world, client):
    client.sign_in(world["officer"])
    page = client.get("/fund/categories").get_data(as_text=True)
    assert page.index(world["first"]) < page.index(world["second"])
    assert world["number"] not in page
    assert world["number"][-4:] in page
    for state in ("verified", "refused", "nonsense"):
        client.get(f"/fund/categories?state={state}&category=veteran&page=x")


def test_an_officer_elsewhere_sees_and_decides_nothing(world, client):
    client.sign_in(world["elsewhere"])
    assert world["first"] not in client.get("/fund/categories").get_data(as_text=True)
    at = f"/fund/categories/{world['first']}"
    client.get(at, expect=404)
    client.get(f"{at}/evidence", expect=404)
    client.post(f"{at}/verify", {"valid_until": ""}, expect=404)
    client.post(f"{at}/refuse", {"reason_code": "other", "reason": "x"}, expect=404)
    client.post(f"{at}/id-number", {"purpose": "x"}, expect=404)
    assert _fact(world["first"]).state is CategoryFactState.DECLARED


def test_confirming_leads_to_the_next_and_then_to_the_empty_list(world, client):
    client.sign_in(world["officer"])
    client.get(f"/fund/categories/{world['first']}")
    answer = client.post(f"/fund/categories/{world['first']}/verify", {"valid_until": "2026-12-31"})
    assert answer.location.endswith(world["second"])
    assert _fact(world["first"]).state is CategoryFactState.VERIFIED
    answer = client.post(
        f"/fund/categories/{world['second']}/refuse",
        {"reason_code": "evidence_unreadable", "reason": ""},
    )
    assert answer.location == "/fund/categories"
    fact = _fact(world["second"])
    assert (fact.state, fact.reason_code) == (
        CategoryFactState.REFUSED,
        DecisionReason.EVIDENCE_UNREADABLE,
    )
    client.get(answer.location)
    client.get(f"/fund/categories/{world['second']}")


def test_a_refusal_needs_its_reason(world, client):
    client.sign_in(world["officer"])
    at = f"/fund/categories/{world['first']}/refuse"
    client.post(at, {}, expect=422)
    client.post(at, {"reason_code": "nonsense"}, expect=422)
    client.post(at, {"reason_code": "other", "reason": " "}, expect=409)
    assert _fact(world["first"]).state is CategoryFactState.DECLARED


def test_a_decided_fact_is_not_decided_again(app, world, client):
    client.sign_in(world["officer"])
    with write_transaction():
        colleague = make_officer().login
    PageClient(app).sign_in(colleague).post(f"/fund/categories/{world['first']}/verify")
    page = client.post(
        f"/fund/categories/{world['first']}/refuse",
        {"reason_code": "other", "reason": "x"},
        expect=409,
    )
    assert "办结" in page.get_data(as_text=True)


def test_opening_the_evidence_is_an_attachment_and_leaves_a_trace(world, client):
    client.sign_in(world["officer"])
    answer = client.get(f"/fund/categories/{world['first']}/evidence")
    assert answer.data == PNG
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    seen = db.session.scalars(select(AuditEvent).where(AuditEvent.event == "document.viewed")).one()
    assert seen.subject_code == world["worker"]
    assert world["first"] in (seen.reason or "")
    client.get(f"/fund/categories/{world['second']}/evidence", expect=404)


def test_the_full_number_is_shown_for_a_purpose_only(world, client):
    client.sign_in(world["officer"])
    at = f"/fund/categories/{world['first']}/id-number"
    client.post(at, {"purpose": " "}, expect=422)
    page = client.post(at, {"purpose": "电话核对"}, expect=200)
    assert world["number"] in page.get_data(as_text=True)
    assert "no-store" in page.headers["Cache-Control"]
    rows = db.session.scalars(
        select(AuditEvent).where(AuditEvent.event == "worker.id_number_viewed")
    ).all()
    assert [row.reason for row in rows] == ["电话核对"]
    assert world["number"] not in str([row.details for row in rows])


def test_an_officer_without_second_factor_is_reminded(world, client):
    client.sign_in(world["officer"])
    assert "第二重验证" in client.get("/fund/").get_data(as_text=True)
