"""Job seekers see what they have, what they can get, and every reason why not."""

from __future__ import annotations

import pytest

from marketplace.foundation.db import db, write_transaction
from marketplace.people.models import User, Worker
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.states import VoucherState
from tests.factories.funds import make_county
from tests.factories.people import make_worker
from tests.factories.vouchers import (
    face_value_pack,
    make_offered_voucher,
    make_pack,
    make_scheme,
    make_voucher,
    rule,
)


@pytest.fixture
def worker_id(app, now) -> int:
    with write_transaction():
        return make_worker(residence_id=make_county().id).id


@pytest.fixture
def page(client, worker_id):
    user_id = db.session.get_one(Worker, worker_id).user_id
    return client.sign_in(db.session.get_one(User, user_id).login)


def text_of(answer) -> str:
    return answer.get_data(as_text=True)


def test_from_nothing_to_a_voucher_to_show(page):
    with write_transaction():
        code = make_scheme(make_pack(limits={"one_live_voucher": rule(True)})).code
    assert "您还没有培训券" in text_of(page.get("/me/vouchers"))
    assert "可以领取" in text_of(page.get("/me/vouchers/claim"))
    shown = page.post(f"/me/vouchers/claim/{code}").location
    text = text_of(page.get(shown))
    assert "<svg" in text
    assert "style=" not in text[text.index("voucher-qr") : text.index("</svg>")]
    assert "剩余90天" in text
    assert "800.00" in text
    assert "您已领取" in text_of(page.get("/me/vouchers/claim"))
    assert "可使用" in text_of(page.get("/me/vouchers"))


def test_claiming_twice_leads_to_the_same_voucher(page):
    with write_transaction():
        code = make_scheme(face_value_pack()).code
    first = page.post(f"/me/vouchers/claim/{code}").location
    assert page.post(f"/me/vouchers/claim/{code}").location == first
    db.session.rollback()
    assert db.session.query(Voucher).count() == 1


def test_a_refusal_page_gives_every_reason_rule_and_remedy(page):
    pack = make_pack(
        eligibility={
            "age": rule({"min": 70, "max_male": 80, "max_female": 80}),
            "categories": rule(["veteran", "disabled"]),
        }
    )
    with write_transaction():
        code = make_scheme(pack).code
    for answer in (
        page.get("/me/vouchers/claim"),
        page.post(f"/me/vouchers/claim/{code}", expect=409),
    ):
        text = text_of(answer)
        assert "您须年满70周岁" in text
        assert "退役军人、残疾人" in text
        assert "起可以申领" in text
        assert f"测试〔2020〕1号 · {code} v1" in text


def test_an_offer_is_accepted(page, worker_id):
    with write_transaction():
        voucher = make_offered_voucher(worker_id, scheme=make_scheme(face_value_pack(60_000)))
        code = voucher.code
    text = text_of(page.get(f"/me/vouchers/{code}"))
    assert "600.00" in text
    assert '<svg class="qr' not in text
    page.post(f"/me/vouchers/{code}/accept")
    db.session.rollback()
    assert db.session.query(Voucher).one().state is VoucherState.ACTIVE


def test_another_persons_voucher_is_not_found(page):
    with write_transaction():
        code = make_voucher(make_worker().id).code
    page.get(f"/me/vouchers/{code}", expect=404)
    page.post(f"/me/vouchers/{code}/accept", expect=404)
    page.post("/me/vouchers/claim/NONE", expect=404)


def test_both_languages(page):
    with write_transaction():
        make_scheme(make_pack(eligibility={"categories": rule(["veteran", "disabled"])}))
    text = text_of(page.speak("en").get("/me/vouchers/claim"))
    assert "This voucher is for: veteran, person with a disability." in text
