"""A fee given back as paid: the receipt from the phone, the officer's check, what is due."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from marketplace.benefits.models import Benefit
from marketplace.benefits.operations import assemble_benefits
from marketplace.benefits.proofs.models import FeeProof
from marketplace.benefits.states import BENEFIT_JOB
from marketplace.enrollment.models import Completion
from marketplace.enrollment.states import AssessmentResult
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.jobs.models import Job
from marketplace.people.models import User
from marketplace.reporting.invariants import check_books
from tests.factories.benefits import FEE, make_benefit_scheme, make_redeemed_case
from tests.factories.funds import make_place
from tests.factories.people import make_officer
from tests.pages import PageClient

pytestmark = [pytest.mark.sqlite, pytest.mark.usefixtures("app", "now")]
PHOTO = b"\xff\xd8\xff\xe0 receipt"


def _text(answer) -> str:
    return answer.get_data(as_text=True)


def _login(user_id: int) -> str:
    return db.session.get_one(User, user_id).login


def _assemble() -> int:
    with write_transaction():
        return assemble_benefits(actor_id=None).due


def test_the_receipt_decides_how_much_of_the_fee_is_given_back(app):
    with write_transaction():
        scheme = make_benefit_scheme({**FEE, "at_most": "what_was_paid"})
        case, other = make_redeemed_case(scheme), make_redeemed_case(scheme)
        officer = make_officer(make_place("220800")).id
    assert _assemble() == 0, "nobody has seen a receipt"
    person, office = (
        PageClient(app).sign_in(_login(case.worker.user_id)),
        PageClient(app).sign_in(_login(officer)),
    )
    stranger = PageClient(app).sign_in(_login(other.worker.user_id))
    place = f"/me/benefits/fee/{case.enrollment.code}"
    assert place in _text(person.get("/me/benefits"))
    stranger.get(place, expect=404)
    assert "150.00" in _text(person.get(place))
    typed = {"amount": "120", "paid_on": clock.today().isoformat(), "receipt": " nr 77-1 "}

    def paper():
        return {"document": (io.BytesIO(PHOTO), "receipt.jpg")}

    assert _text(person.post(place, {"amount": ""}, expect=422)).count("field-error") == 4
    wrong = {"amount": "x", "paid_on": "x"}
    assert _text(person.post(place, typed | wrong | paper(), expect=422)).count("field-error") == 2
    person.post(place, typed | paper())
    person.post(place, typed | paper(), expect=422)
    own = f"/me/benefits/fee/{other.enrollment.code}"
    again = _text(stranger.post(own, typed | {"receipt": "NR77-1"} | paper(), expect=422))
    assert "field-error" in again, "one receipt pays one training"

    proof = db.session.scalars(select(FeeProof)).one()
    assert (proof.receipt_number, proof.amount_fen) == ("NR77-1", 12_000)
    assert proof.code in _text(office.get("/fund/fee-proofs"))
    check = f"/fund/fee-proofs/{proof.code}"
    assert case.worker.name not in _text(office.get(check))
    assert office.get(f"{check}/receipt").get_data() == PHOTO
    office.post(f"{check}/reject", {"reason": "金额看不清"})
    assert "金额看不清" in _text(person.get(place))
    person.post(place, typed | paper())
    newest = db.session.scalars(select(FeeProof).order_by(FeeProof.id.desc())).first()
    office.post(f"/fund/fee-proofs/{newest.code}/accept")
    assert db.session.scalar(select(Job.id).where(Job.kind == BENEFIT_JOB)) is not None
    assert _assemble() == 1
    benefit = db.session.scalars(select(Benefit)).one()
    assert (benefit.amount_fen, benefit.steps[0]["code"]) == (12_000, "what_was_paid")
    assert "120.00" in _text(person.get("/me/benefits"))
    assert place not in _text(person.get("/me/benefits"))
    listed = app.test_cli_runner().invoke(args=["benefits", "receipts", "--json"]).stdout
    assert f'"receipt": "{newest.code}"' in listed
    for statement in (
        "UPDATE fee_proof SET amount_fen = 1",
        "UPDATE fee_proof SET state = 'handed_in', decided_by = NULL",
        "DELETE FROM fee_proof",
    ):
        with pytest.raises(IntegrityError), write_transaction():
            db.session.execute(text(statement))
        db.session.rollback()
    assert check_books().violations == ()
    assert db.session.scalar(select(Completion.assessment).limit(1)) == AssessmentResult.PASSED
