"""A claim through the pages: the institution submits, two officers decide, the public reads."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime

import jwt
import pytest
from sqlalchemy import select

from marketplace.catalog.queries.course_runs import get_course_run
from marketplace.claims.models import Claim, ClaimObjection
from marketplace.claims.queries.lines import list_claim_lines
from marketplace.cli.work.advance_claims import work
from marketplace.edge import claim_packs
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.people.models import User
from marketplace.records.issuer import get_issuer
from tests.factories.claims import make_taught_run, set_policy
from tests.factories.funds import make_place
from tests.factories.people import make_administrator, make_officer
from tests.pages import PageClient


class Quiet:
    """A job that nobody watches."""

    def hold(self, **_progress: object) -> None: ...

    def checkpoint(self) -> None: ...


@pytest.fixture
def taught(app, now):
    with write_transaction():
        return make_taught_run(2, jurisdiction_id=make_place().id)


def _browser(app, user_id: int) -> PageClient:
    return PageClient(app).sign_in(db.session.get_one(User, user_id).login)


def _claim() -> Claim:
    return db.session.scalars(select(Claim).execution_options(populate_existing=True)).one()


def _check_pack(content: bytes, pages: list[str]) -> None:
    """The document is the one the fund office signed, and its hash stands on the PDF."""
    with zipfile.ZipFile(io.BytesIO(content)) as pack:
        text, token = pack.read("claim.json"), pack.read("claim.jwt").decode()
    issuer = get_issuer()
    key = issuer.keys[issuer.current_key_id].public_key()
    signed = jwt.decode(token, key, algorithms=["EdDSA"])
    assert signed == json.loads(text)
    assert [step["step"] for step in signed["signatures"]] == ["submitted", "checked", "approved"]
    assert {line["state"] for line in signed["lines"]} == {"standing", "returned"}
    assert sum(line["amount_fen"] for line in signed["lines"]) > signed["amount_fen"]
    assert hashlib.sha256(text).hexdigest() in pages[0]


def test_from_the_finished_class_to_the_approval(app, taught, monkeypatch):
    pages: list[str] = []
    monkeypatch.setattr(claim_packs, "pdf_of", lambda html: pages.append(html) or b"%PDF-")
    run_code = get_course_run(taught.course_run_id).code
    with write_transaction():
        officers = [make_officer(make_place()).id for _number in range(2)]
    school = _browser(app, taught.staff_id)
    assert run_code in school.get("/institution/claims").get_data(as_text=True)
    school.post("/institution/claims", {"course_run": run_code})
    code = _claim().code
    school.get(f"/institution/claims/{code}/pack.zip", expect=404)
    assert "/institution/claims/" in school.get("/institution/").get_data(as_text=True)
    assert "31 Dec 2026" not in school.get(f"/institution/claims/{code}").get_data(as_text=True)
    school.post(f"/institution/claims/{code}/submit")
    assert get_course_run(taught.course_run_id).state == "claimed"
    school.get("/institution/classes")
    school.get(f"/institution/claims/{code}")
    maker, checker = (_browser(app, user_id) for user_id in officers)
    maker.get("/fund/claims")
    maker.get("/fund/claims?state=submitted")
    maker.post(f"/fund/claims/{code}/check")
    assert "refusal" in maker.get(f"/fund/claims/{code}").get_data(as_text=True)
    lines = [view.line.id for view in list_claim_lines(_claim().id)]
    maker.post(f"/fund/claims/{code}/check", {"seen": [str(line) for line in lines]})
    public = PageClient(app)
    assert code in public.get("/claims").get_data(as_text=True)
    page = public.get(f"/claims/{code}").get_data(as_text=True)
    assert "*" in page
    maker.post(f"/fund/claims/{code}/objections", {"objection": "来电：未见上课"})
    maker.get(f"/fund/claims/{code}")
    objection = db.session.scalars(select(ClaimObjection.id)).one()
    maker.post(f"/fund/claims/{code}/objections/{objection}/resolve", {"finding": "不成立"})
    maker.post(f"/fund/claims/{code}/lines/{lines[0]}/return", {"reason": "签到表缺页"})
    assert "签到表缺页" in school.get(f"/institution/claims/{code}").get_data(as_text=True)
    with clock.frozen(datetime(2026, 12, 1, 2, tzinfo=UTC)):
        public.get(f"/claims/{code}", expect=404)
        checker.get(f"/fund/claims/{code}")
        checker.post(f"/fund/claims/{code}/approve")
        assert _claim().state == "approved"
        _check_pack(school.get(f"/institution/claims/{code}/pack.zip").get_data(), pages)
        checker.get(f"/fund/claims/{code}/pack.zip")
        school.get(f"/institution/claims/{code}")
    assert _claim().amount_fen == list_claim_lines(_claim().id)[1].line.amount_fen


def test_the_job_puts_claims_together_where_they_are_required(app, taught):
    assert work(Quiet()) == {"assembled": 0, "moved_on": 0}
    with write_transaction():
        set_policy(claims_required=1)
    assert work(Quiet()) == {"assembled": 1, "moved_on": 0}
    assert work(Quiet()) == {"assembled": 0, "moved_on": 0}
    assert _claim().state == "draft"


def test_the_rules_of_claims_are_set_with_their_clause(app, now):
    with write_transaction():
        login = make_administrator().login
    browser = PageClient(app).sign_in(login)
    form = {
        "claims_required": "1", "claim_within_days": "90", "check_days": "3", "notice_days": "0",
        "approve_days": "1", "pay_days": "5", "low_risk_amount": "100",
        "unrated_sample_percent": "30", "large_extra_percent": "10", "advance_percent_max": "51",
        "unrated_advance_percent": "30", "advance_clear_days": "90", "clause": "某发〔2026〕1号",
        "based_on": "0",
    }  # fmt: skip
    browser.get("/admin/claim-policy")
    browser.post("/admin/claim-policy", form, expect=422)
    browser.post("/admin/claim-policy", form | {"advance_percent_max": "50"})
    assert "某发〔2026〕1号" in browser.get("/admin/claim-policy").get_data(as_text=True)
    browser.post("/admin/claim-policy", form | {"advance_percent_max": "40"}, expect=409)
