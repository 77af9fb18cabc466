"""A benefit taken back through the pages: two officers, the person reads, objects, pays back."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select

from marketplace.benefits.clawbacks.models import BenefitClawback, BenefitRepayment
from marketplace.benefits.models import Benefit
from marketplace.benefits.operations import assemble_benefits
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.people.models import User
from marketplace.redemption.operations.reverse import reverse_redemption
from tests.factories.benefits import make_account, make_benefit_world, pay_ready_benefits
from tests.factories.funds import make_place
from tests.factories.people import make_officer
from tests.pages import PageClient

pytestmark = [pytest.mark.sqlite, pytest.mark.usefixtures("app", "now")]
PHOTO = b"\xff\xd8\xff\xe0 receipt"


def _login(user_id: int) -> str:
    return db.session.get_one(User, user_id).login


def _text(answer) -> str:
    return answer.get_data(as_text=True)


def test_two_officers_take_it_back_and_the_person_objects_and_pays(app):
    with write_transaction():
        world = make_benefit_world()
        make_account(world.first.worker)
        assemble_benefits(actor_id=None)
        pay_ready_benefits(world.officers)
        third_officer = make_officer(make_place("220800")).id
        wanted = select(Benefit).where(Benefit.worker_id == world.first.worker.id)
        benefit = db.session.scalars(wanted.order_by(Benefit.id)).first()
        reverse_redemption(benefit.redemption_id, reason="替课", actor_id=None)
    maker, checker, third, person = (
        PageClient(app).sign_in(_login(one))
        for one in (
            world.officers.maker_id,
            world.officers.checker_id,
            third_officer,
            world.first.worker.user_id,
        )
    )
    start = _text(maker.get("/fund/benefit-clawbacks"))
    assert f"/fund/benefits/{benefit.code}/clawback" in start
    begin = f"/fund/benefits/{benefit.code}/clawback"
    assert "300.00" in _text(maker.get(begin))
    empty = {"amount": "x", "instalments": "x", "reason": "", "clause": ""}
    wrong = maker.post(begin, empty, expect=422)
    assert _text(wrong).count("field-error") == 4
    told = {"amount": "300.01", "instalments": "2", "reason": "他人代学", "clause": "第十条"}
    assert "300.00" in _text(maker.post(begin, told, expect=409))
    maker.post(begin, told | {"amount": "300"})
    code = db.session.scalars(select(BenefitClawback.code)).one()
    place, own = f"/fund/benefit-clawbacks/{code}", f"/me/benefits/clawbacks/{code}"
    person.get(own, expect=404)
    checker.get(place)
    checker.post(f"{place}/approve")
    overview = _text(person.get("/me/benefits"))
    assert own in overview
    assert 'stat-label">应退回' in overview, "all that is to be given back"
    page = _text(person.get(own))
    assert "他人代学" in page
    assert "第十条" in page

    person.post(f"{own}/dispute", {"words": "短"}, expect=409)
    person.post(f"{own}/dispute", {"words": "每一节课都是我本人上的，有照片"})
    assert "每一节课都是我本人上的" in _text(third.get(place))
    answer = {"verdict": "rejected", "answer": "照片不是本人"}
    third.post(f"{place}/dispute", answer, expect=409)
    third.post(f"{place}/dispute", answer | {"clause": "第十条"})
    assert "照片不是本人" in _text(person.get(own))

    note = f"{place}/repayment"
    maker.get(note)
    maker.post(note, {"amount": "1", "paid_on": "", "receipt": ""}, expect=422)
    maker.post(
        note,
        {
            "amount": "200",
            "paid_on": clock.today().isoformat(),
            "receipt": "R-77",
            "document": (io.BytesIO(PHOTO), "receipt.jpg"),
        },
    )
    repayment = db.session.scalars(select(BenefitRepayment.code)).one()
    assert checker.get(f"{place}/repayments/{repayment}/receipt").get_data() == PHOTO
    checker.post(f"{place}/repayments/{repayment}/approve")
    maker.post(f"{place}/waiver", {"amount": "100", "reason": "家庭困难"})
    waiver = db.session.scalars(select(BenefitRepayment.code).order_by(BenefitRepayment.id)).all()[
        1
    ]
    checker.post(f"{place}/repayments/{waiver}/reject", {"reason": "再议"})
    assert "再议" in _text(maker.get(place))
    assert "100.00" in _text(person.get(own))
    sheet = (
        maker.get("/fund/benefit-clawbacks/export.csv?state=open").get_data().decode("utf-8-sig")
    )
    assert f'"{code}",' in sheet
    assert world.first.worker.name not in sheet
    rows = app.test_cli_runner().invoke(args=["benefit-clawbacks", "list", "--json"])
    assert f'"clawback": "{code}"' in rows.stdout
    assert '"left_fen": 10000' in rows.stdout
