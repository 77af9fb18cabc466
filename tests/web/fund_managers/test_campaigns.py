"""Officers prepare, sign, launch, follow and rescue; strangers and the same hand are kept out."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from marketplace.campaigns.models import Campaign, OutreachMessage, VoucherSighting
from marketplace.cli.runner import Runner
from marketplace.foundation.db import db, write_transaction
from marketplace.people.models import User
from marketplace.reporting.invariants import check_books
from marketplace.vouchers.models import IssueBatch, Voucher
from marketplace.vouchers.operations.batches import issue_slice, start_batch
from marketplace.vouchers.operations.issue import accept_voucher
from marketplace.vouchers.queries.schemes import find_scheme_by_code
from tests.factories.funds import make_county, make_place
from tests.factories.people import make_officer, make_worker
from tests.factories.vouchers import face_value_pack, make_scheme
from tests.kept import kept
from tests.pages import PageClient

pytestmark = pytest.mark.sqlite
"""What is read and written runs on both engines in tests/integration; here it is pages."""


BATCH_FIELDS = ("title", "scheme", "place", "age_min")


@pytest.fixture
@kept
def office(app, now) -> dict[str, str]:
    """Two officers of a city, one of another, a targeted scheme, two people."""
    with write_transaction():
        city, elsewhere = make_place(), make_place("220100", "长春市")
        county = make_county()
        workers = [make_worker(residence_id=county.id) for _number in range(2)]
        return {
            "maker": make_officer(city).login,
            "checker": make_officer(city).login,
            "stranger": make_officer(elsewhere).login,
            "scheme": make_scheme(face_value_pack()).code,
            "worker": db.session.get_one(User, workers[0].user_id).login,
        }


@pytest.fixture
def sign_in(app):
    return lambda login: PageClient(app).speak("en").sign_in(login)


def text_of(answer) -> str:
    return answer.get_data(as_text=True)


def form_for(office, **changes):
    return {
        "title": "Winter skills",
        "scheme": office["scheme"],
        "place": "220800",
        "holdout_percent": "0",
        "channel": "in_app",
        "age_min": "16",
        **changes,
    }


def test_from_draft_to_rescue_with_two_hands(app, office, sign_in):
    maker, checker = sign_in(office["maker"]), sign_in(office["checker"])
    assert "No campaign yet" in text_of(maker.get("/fund/campaigns"))
    page = maker.post("/fund/campaigns/new", form_for(office)).location
    shown = text_of(maker.get(page))
    assert "Cost at most" in shown and "1,000.00" in shown
    assert "2 of the 2 people meant would get a voucher today" in shown
    maker.post(f"{page}/change", form_for(office, title="Winter skills 2026"))
    maker.post(f"{page}/propose")
    maker.post(f"{page}/launch")
    assert "The second signature must be another person" in text_of(maker.get(page))
    assert "another officer decides" in text_of(maker.get(page))
    checker.post(f"{page}/launch")
    db.session.rollback()
    Runner(app).run_until_empty(once=False)
    results = text_of(checker.get(page))
    assert "voucher issued" in results and "most stop before this step" in results
    assert "nobody to compare with" in results
    worker = sign_in(office["worker"])
    assert "A training voucher is waiting for you" in text_of(worker.get("/account/notices"))
    code = db.session.scalars(select(Voucher.code).order_by(Voucher.id).limit(1)).one()
    for _again in range(2):
        worker.get(f"/me/vouchers/{code}")
    db.session.rollback()
    assert db.session.query(VoucherSighting).count() == 1
    assert "Reminders are sent" in text_of(
        maker.get(maker.post(f"{page}/remind", {"step": "not_claimed"}).location)
    )
    maker.post(f"{page}/remind", {"step": "nonsense"}, expect=404)
    maker.post(f"{page}/withdraw", {"reason": ""}, expect=422)
    maker.post(f"{page}/withdraw", {"reason": "Money moved"})
    assert "Money moved" in text_of(maker.get(page))


def test_what_is_wrong_stands_beside_its_field(office, sign_in):
    maker = sign_in(office["maker"])
    for wrong, status in (
        ({"title": ""}, 422),
        ({"place": "220100"}, 422),
        ({"scheme": "NONE"}, 422),
        ({"holdout_percent": "90"}, 422),
        ({"age_min": "x"}, 422),
        ({"age_min": "40", "age_max": "20"}, 409),
        ({"occupation": "0-0"}, 409),
    ):
        answer = maker.post("/fund/campaigns/new", form_for(office, **wrong), expect=status)
        assert "error-summary" in text_of(answer), wrong
    assert db.session.query(Campaign).count() == 0


def test_a_campaign_of_another_place_does_not_exist(office, sign_in):
    page = sign_in(office["maker"]).post("/fund/campaigns/new", form_for(office)).location
    stranger = sign_in(office["stranger"])
    stranger.get(page, expect=404)
    stranger.post(f"{page}/propose", expect=404)
    assert "Winter skills" not in text_of(stranger.get("/fund/campaigns"))


def test_the_funnel_tells_apart_hands_out_a_table_and_reminds_within_ones_places(
    app, office, sign_in
):
    maker = sign_in(office["maker"])
    assert "No vouchers here yet" in text_of(maker.get("/fund/funnel"))
    sign_in(office["worker"]).post(f"/me/vouchers/claim/{office['scheme']}")
    for by in ("category", "place", "campaign", "origin", "nonsense"):
        page = text_of(maker.get(f"/fund/funnel?by={by}&scheme={office['scheme']}"))
        assert "funnel-bar" in page
        assert "style=" not in page[page.index("funnel-table") : page.index("</table>")]
    table = text_of(maker.get("/fund/funnel.csv?by=origin"))
    rows = [line.replace('"', "") for line in table.splitlines()[1:]]
    assert rows == ["claimed by the person,1,1,1,0,0,0", "All together,1,1,1,0,0,0"]
    maker.post("/fund/funnel/remind", {"scheme": office["scheme"], "step": "not_reserved"})
    maker.post("/fund/funnel/remind", {"scheme": "NONE", "step": "not_reserved"}, expect=404)
    stranger = sign_in(office["stranger"])
    assert "No vouchers here yet" in text_of(stranger.get("/fund/funnel"))
    stranger.post("/fund/funnel/remind", {"scheme": office["scheme"], "step": "not_reserved"})
    db.session.rollback()
    Runner(app).run_until_empty(once=False)
    assert db.session.query(OutreachMessage).count() == 1, "the stranger's reminder reached nobody"


def test_a_batch_is_counted_signed_by_two_issued_and_undone(app, office, sign_in):
    maker, checker = sign_in(office["maker"]), sign_in(office["checker"])
    form = {key: value for key, value in form_for(office).items() if key in BATCH_FIELDS}
    page = maker.post("/fund/batches/new", form).location
    shown = maker.get(page).text
    assert "2 of the 2 people meant would get a voucher today" in shown
    assert "Held out, about" not in shown
    maker.post(f"{page}/propose")
    assert office["scheme"] in maker.get("/fund/batches").text
    checker.post(f"{page}/launch")
    db.session.rollback()
    Runner(app).run_until_empty(once=False)
    batch = db.session.scalars(select(IssueBatch)).one()
    assert (batch.issued, batch.committed_fen) == (2, 100_000)
    assert batch.finished_at is not None
    assert db.session.scalar(select(OutreachMessage.id)) is None, "nobody is written to"
    assert maker.get(f"/fund/batches/{batch.code}", expect=303).location == page
    people = text_of(maker.get(f"{page}/people.csv"))
    assert people.count("voucher issued") == 2
    assert batch.code in maker.get("/fund/batches").text
    sign_in(office["stranger"]).get(f"/fund/batches/{batch.code}", expect=404)


def test_a_batch_of_the_command_line_has_a_page_and_is_undone_with_a_reason(app, office, sign_in):
    with write_transaction():
        scheme_id = find_scheme_by_code(office["scheme"]).id
        batch = start_batch(scheme_id, worker_ids=None, actor_id=None)
        batch_id, code = batch.id, batch.code
    maker = sign_in(office["maker"])
    early = maker.post(f"/fund/batches/{code}/revoke", {"reason": "重复"}, expect=409)
    assert "still issuing" in early.text
    with write_transaction():
        issue_slice(batch_id)
    with write_transaction():
        issue_slice(batch_id)
        voucher = db.session.scalars(select(Voucher).order_by(Voucher.id)).first()
        accept_voucher(voucher.id, worker_id=voucher.worker_id, actor_id=None)
    page = f"/fund/batches/{code}"
    assert "1 vouchers that nobody has accepted" in maker.get(page).text
    assert text_of(maker.get(f"{page}/vouchers.csv")).count("VC-") == 2
    maker.post(f"{page}/revoke", {"reason": ""}, expect=422)
    maker.post(f"{page}/revoke", {"reason": "对象有误"})
    db.session.rollback()
    Runner(app).run_until_empty(once=False)
    states = db.session.scalars(select(Voucher.state).order_by(Voucher.id)).all()
    assert states == ["active", "revoked"]
    assert not check_books().violations
