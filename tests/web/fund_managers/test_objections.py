"""The public objects, the institution disputes; the fund office answers both with reasons."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from marketplace.audit.models import AuditEvent
from marketplace.claims.models import Claim, PublicObjection
from marketplace.claims.operations.decide import check_claim
from marketplace.claims.queries.lines import list_claim_lines
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.people.models import User
from marketplace.redemption.models import Redemption
from marketplace.settlement.models import StatementDispute
from tests.factories.claims import make_submitted_claim, make_taught_run
from tests.factories.funds import make_place
from tests.factories.people import PNG, make_officer
from tests.pages import PageClient

WORDS = "第三课没有上过，教室一直锁着门"


@pytest.fixture
def publicised(app, now):
    """A claim in its days of publication, its institution's login, two officers."""
    with write_transaction():
        taught = make_taught_run(2, jurisdiction_id=make_place().id)
        claim = make_submitted_claim(taught)
        officers = [make_officer(make_place()).id for _number in range(2)]
    with write_transaction():
        lines = [view.line.id for view in list_claim_lines(claim.id)]
        check_claim(claim.id, seen_line_ids=lines, actor_id=officers[0])
    return (
        claim.code,
        lines,
        _browser(app, taught.staff_id),
        [_browser(app, user_id) for user_id in officers],
    )


def _browser(app, user_id: int) -> PageClient:
    return PageClient(app).sign_in(db.session.get_one(User, user_id).login)


def _state() -> str:
    return db.session.scalars(select(Claim.state).execution_options(populate_existing=True)).one()


def test_an_objection_holds_the_claim_until_it_is_decided(app, publicised):
    code, _lines, school, (maker, checker) = publicised
    public = PageClient(app)
    address = f"/claims/{code}/objection"
    assert address in public.get(f"/claims/{code}").get_data(as_text=True)
    public.get(address)
    form = {"grounds": "not_held", "statement": WORDS, "name": "黄证人", "contact": "门卫室"}
    public.post(address, form | {"grounds": "", "statement": "<b>"}, expect=422)
    public.post(address, form | {"statement": "短"}, expect=409)
    page = public.post(address, form, expect=200).get_data(as_text=True)
    [receipt] = re.findall(r"R-[2-9A-Z]{17}", page)
    public.post(address, form, expect=409)
    objection = db.session.scalars(select(PublicObjection)).one()
    kept = (objection.statement_sealed, objection.name_sealed, objection.receipt_index)
    assert not any(secret in value for secret in (WORDS, "黄证人", receipt) for value in kept)
    public.get("/objections")
    public.post("/objections", {"receipt": "R-" + "2" * 17}, expect=404)
    waiting = public.post("/objections", {"receipt": receipt.lower()}, expect=200)
    assert WORDS not in waiting.get_data(as_text=True)
    own = f"/fund/objections/{objection.code}"
    assert WORDS not in school.get(f"/institution/claims/{code}").get_data(as_text=True)
    assert objection.code in maker.get("/fund/objections").get_data(as_text=True)
    maker.post(f"{own}/take")
    page = maker.get(own).get_data(as_text=True)
    assert WORDS in page
    assert "黄证人" not in page
    maker.post(f"{own}/objector", {"purpose": " "}, expect=303)
    opened = maker.post(f"{own}/objector", {"purpose": "回访"}, expect=200)
    assert "黄证人" in opened.get_data(as_text=True)
    with clock.frozen(datetime(2026, 12, 3, 2, tzinfo=UTC)):
        checker.post(f"/fund/claims/{code}/approve")
        assert _state() == "noticed"
        decision = {"state": "dismissed", "answer": "签到与监控一致，课已上"}
        checker.post(f"{own}/decide", decision, expect=409)
        checker.post(f"{own}/decide", decision | {"clause": "办法第9条"})
        answer = public.post("/objections", {"receipt": receipt}, expect=200)
        assert "签到与监控一致" in answer.get_data(as_text=True)
        checker.get("/fund/objections?state=decided")
        checker.get(own)
        checker.post(f"/fund/claims/{code}/approve")
        assert _state() == "approved"
        public.post(address, form | {"statement": WORDS * 2}, expect=404)
    told = set(db.session.scalars(select(AuditEvent.event)))
    assert {"objection.filed", "objection.objector_opened", "objection.dismissed"} <= told
    with pytest.raises(IntegrityError), write_transaction():
        db.session.execute(text("UPDATE public_objection SET answer = 'anders'"))


def test_a_disputed_line_is_answered_with_reasons(app, publicised):
    code, lines, school, (maker, checker) = publicised
    address = f"/institution/claims/{code}/lines/{lines[0]}/dispute"
    assert address in school.get(f"/institution/claims/{code}").get_data(as_text=True)
    school.get(address)
    form = {"grounds": "amount_wrong", "body": "少算了五元，见附件"}
    school.post(address, {"grounds": "amount_wrong"}, expect=422)
    school.post(address, form | {"document": (io.BytesIO(b"MZ"), "a.exe")}, expect=409)
    school.post(address, form | {"document": (io.BytesIO(PNG), "证.png")})
    school.post(address, form, expect=409)
    dispute = db.session.scalars(select(StatementDispute)).one()
    own, office = (
        f"/institution/disputes/{dispute.code}",
        f"/fund/statement-disputes/{dispute.code}",
    )
    assert dispute.code in school.get("/institution/disputes").get_data(as_text=True)
    assert "/institution/disputes" in school.get("/institution/").get_data(as_text=True)
    assert dispute.code in maker.get("/fund/statement-disputes").get_data(as_text=True)
    maker.post(f"{office}/take")
    maker.post(f"{office}/messages", {"body": "请补报名表"})
    page = school.get(own).get_data(as_text=True)
    assert "请补报名表" in page
    [document] = re.findall(r"/documents/(DOC-\w+)", page)
    assert maker.get(f"{office}/documents/{document}").get_data() == PNG
    school.post(f"{own}/messages", {"body": "已补，谢谢"})
    maker.get(office)
    wrong = {"state": "accepted", "answer": "确有少算，退回重报"}
    maker.post(f"{office}/decide", wrong, expect=409)
    maker.post(f"{office}/decide", wrong | {"follow_up": "corrected", "correction_entry": "1"},
               expect=409)  # fmt: skip
    maker.post(f"{office}/decide", wrong | {"follow_up": "line_returned"})
    assert "确有少算" in school.get(own).get_data(as_text=True)
    assert [view.line.state for view in list_claim_lines(dispute_claim())] == [
        "returned",
        "standing",
    ]
    entry = db.session.scalars(select(Redemption.entry_id).order_by(Redemption.id)).first()
    page = school.get("/institution/statement-of-account").get_data(as_text=True)
    assert f"/statement-of-account/{entry}/dispute" in page
    school.get(f"/institution/statement-of-account/{entry}/dispute")
    school.post(f"/institution/statement-of-account/{entry}/dispute", form)
    second = db.session.scalars(
        select(StatementDispute).order_by(StatementDispute.id.desc())
    ).first()
    office = f"/fund/statement-disputes/{second.code}"
    checker.get(office)
    rejected = {"state": "rejected", "answer": "按券面金额核销", "clause": "办法第12条"}
    checker.post(f"{office}/decide", rejected)
    assert "办法第12条" in school.get(f"/institution/disputes/{second.code}").get_data(as_text=True)
    school.get("/institution/statement-of-account")
    checker.get("/fund/statement-disputes?state=decided")
    with pytest.raises(IntegrityError), write_transaction():
        db.session.execute(text("DELETE FROM statement_dispute_message"))


def dispute_claim() -> int:
    return db.session.scalars(select(Claim.id)).one()
