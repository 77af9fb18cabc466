"""Officers preview policy packs and keep them as drafts, read versions, issue and revoke."""

from __future__ import annotations

import html
import re

import pytest
import yaml

from marketplace.drafting.models import SchemeDraft
from marketplace.foundation.db import db, write_transaction
from marketplace.vouchers.models import SchemeVersion, Voucher
from marketplace.vouchers.operations.schemes import load_scheme
from marketplace.vouchers.states import VoucherState
from tests.factories.funds import make_county, make_fund, make_funded_allotment, make_place
from tests.factories.people import make_officer, make_worker
from tests.factories.vouchers import face_value_pack, make_pack, make_scheme, pack_text

PACK = "docs/packs/baicheng_2020.yaml"


@pytest.fixture
def page(client):
    with write_transaction():
        officer = make_officer(make_place("220000", "吉林省", above=""))
        make_county()
    return client.sign_in(officer)


@pytest.fixture
def baicheng(page) -> str:
    with write_transaction():
        make_funded_allotment(make_fund("BC-SKILL"))
    with open(PACK, encoding="utf-8") as file:
        return file.read()


def hidden_text(page_html: str) -> str:
    return html.unescape(re.search(r'name="text"[^>]*value="([^"]*)"', page_html).group(1))


def count_drafts() -> int:
    db.session.rollback()
    return db.session.query(SchemeDraft).count()


def count_versions() -> int:
    return db.session.query(SchemeVersion).count()


def test_a_preview_saves_nothing_and_a_pack_is_kept_as_a_draft(page, baicheng):
    page.get("/fund/schemes/new")
    shown = page.post("/fund/schemes/preview", {"text": baicheng}, expect=200)
    assert count_drafts() == 0
    kept = page.post("/fund/schemes", {"text": hidden_text(shown.get_data(as_text=True))})
    assert (count_drafts(), count_versions()) == (1, 0)
    text = page.get(kept.location).get_data(as_text=True)
    for wanted in ("吉人社联〔2020〕59号", "2,000.00", "农民工", "假定", "90天"):
        assert wanted in text
    assert "BC-SKILL-2020" in page.get("/fund/drafts").get_data(as_text=True)


def test_a_new_version_shows_what_it_changes_in_words(page, baicheng):
    with write_transaction():
        load_scheme(baicheng, actor_id=None)
    pack = yaml.safe_load(baicheng)
    pack["validity_days"]["value"] = 60
    pack["valid_from"] = "2026-11-20"
    shown = page.post("/fund/schemes/preview", {"text": pack_text(pack)}, expect=200)
    words = shown.get_data(as_text=True)
    assert "券的有效天数" in words
    assert re.search(r"<td class=\"before\"[^>]*>90</td><td class=\"after\"[^>]*>60</td>", words)
    with write_transaction():
        load_scheme(pack_text(pack), actor_id=None)
    page.get("/fund/schemes/BC-SKILL-2020/versions/1")
    page.get("/fund/schemes/BC-SKILL-2020/versions/3", expect=404)
    again = page.post("/fund/schemes/preview", {"text": pack_text(pack)}, expect=200)
    assert "不会有任何变化" in again.get_data(as_text=True)
    assert "BC-SKILL-2020" in page.get("/fund/schemes").get_data(as_text=True)


def test_every_problem_is_listed_with_its_path(page, baicheng):
    pack = yaml.safe_load(baicheng)
    pack["surprise"] = 1
    pack["rates"][0]["amount_fen"] = 1.5
    pack["fund"] = "NONE"
    text = page.post("/fund/schemes/preview", {"text": pack_text(pack)}, expect=422).get_data(
        as_text=True
    )
    assert "surprise" in text
    assert "rates[0].amount_fen" in text
    text = page.post("/fund/schemes/preview", {"text": ""}, expect=422).get_data(as_text=True)
    assert "请选择文件" in text


def test_a_vanished_fund_refuses_the_draft(page):
    text = page.post("/fund/schemes", {"text": pack_text(make_pack())}, expect=409)
    assert "FUND-TEST" in text.get_data(as_text=True)


def test_issue_look_and_revoke(page):
    with write_transaction():
        scheme = make_scheme(face_value_pack(50_000))
        code, worker_code = scheme.code, make_worker(residence_id=make_county().id).code
    page.get(f"/fund/schemes/{code}/issue")
    page.post(f"/fund/schemes/{code}/issue", {"worker_code": f" {worker_code.lower()} "})
    db.session.rollback()
    voucher = db.session.query(Voucher).one()
    assert voucher.state is VoucherState.OFFERED
    text = page.get(f"/fund/schemes/{code}/vouchers?state=offered").get_data(as_text=True)
    assert voucher.code in text
    assert "500.00" in text
    path = f"/fund/vouchers/{voucher.code}"
    page.get(path)
    page.post(f"{path}/revoke", {"reason": ""}, expect=422)
    page.post(f"{path}/revoke", {"reason": "发错人"})
    db.session.rollback()
    assert db.session.query(Voucher).one().state is VoucherState.REVOKED
    assert "撤销培训券</button>" not in page.get(path).get_data(as_text=True)


def test_a_person_of_another_place_is_unknown(client):
    with write_transaction():
        code = make_scheme().code
        worker_code = make_worker(residence_id=make_county().id).code
        officer = make_officer(make_place("220600", "白山市"))
    page = client.sign_in(officer)
    text = page.post(f"/fund/schemes/{code}/issue", {"worker_code": worker_code}, expect=422)
    assert worker_code in text.get_data(as_text=True)


def test_the_rules_refuse_with_all_reasons(page):
    with write_transaction():
        pack = make_pack(
            ways_out=["claimed"], eligibility={"categories": {"value": ["veteran"], "clause": "x"}}
        )
        code = make_scheme(pack).code
        worker_code = make_worker(residence_id=make_county().id).code
    text = page.post(f"/fund/schemes/{code}/issue", {"worker_code": worker_code}, expect=409)
    shown = text.get_data(as_text=True)
    assert "不能定向发放" in shown
    assert "退役军人" in shown
