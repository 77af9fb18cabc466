"""A voucher that pays nothing (打卡券) on every page it stands on, in both languages."""

from __future__ import annotations

import re

from marketplace.catalog.queries.course_runs import list_lessons
from marketplace.enrollment.queries import find_live_enrollment, get_enrollment
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.redemption.queries.reservations import find_standing_reservation
from marketplace.vouchers.queries.vouchers import get_voucher
from marketplace.vouchers.states import VoucherState
from tests.factories.catalog import make_open_course_run
from tests.factories.enrollment import attend, make_staff, run_through
from tests.factories.funds import make_place
from tests.factories.people import make_officer, make_user, make_worker
from tests.factories.vouchers import CLAUSE, make_scheme, sign_in_pack


def read(client, path: str, *words: str) -> str:
    """The page says in both languages that nothing is paid, and these words in English."""
    assert re.search("不支付|不为此拨付|只作记录", client.speak("zh_Hans_CN").get(path).text), path
    text = client.speak("en").get(path).text
    assert re.search("pays? nothing|nothing is paid|[Nn]obody pays", text), path
    for word in words:
        assert word in text, (path, word)
    return text


def test_every_page_says_that_nothing_is_paid(client, app, now):
    with write_transaction():
        worker = make_worker(make_user("learner"))
        scheme, run = make_scheme(sign_in_pack()), make_open_course_run()
        staff = make_staff(run.institution_id, login="teacher")
        make_officer(make_place("220800"), login="officer")
        scheme_code, run_id, run_code = scheme.code, run.id, run.code
        staff_id = staff.id
    client.sign_in("learner")
    read(client, "/me/vouchers/claim", "beside a voucher that pays")
    page = read(client, f"/me/enroll/{run_code}", "Yes, your training is recorded", "You pay")
    (offer,) = re.findall(r'name="offer"[^>]*value="([^"]+)"', page)
    assert offer == f"{scheme_code}:120000"
    client.post(f"/me/enroll/{run_code}", {"offer": offer})
    enrollment = find_live_enrollment(worker.id, run_id)
    enrollment_code = enrollment.code
    voucher_id = find_standing_reservation(enrollment.id).voucher_id
    voucher_code = get_voucher(voucher_id).code
    read(client, f"/me/vouchers/{voucher_code}")
    read(client, "/me/vouchers")
    assert "nothing: it records your training" in client.get(f"/me/classes/{enrollment_code}").text
    with write_transaction():
        attend(get_enrollment(enrollment.id), staff_id)
        run_through(run_id)
    with clock.frozen(list_lessons(run_id)[-1].ends_at):
        client.sign_in("teacher")
        read(client, f"/institution/classes/{run_code}")
        read(client, f"/institution/classes/{run_code}/results", "Records only")
        results = f"/institution/classes/{run_code}/results"
        client.speak("zh_Hans_CN").post(results, {f"result-{enrollment.id}": "passed"})
        db.session.expire_all()
        assert get_voucher(voucher_id).state is VoucherState.REDEEMED
        read(client, results, "Training recorded", "The learner pays the fee")
        client.sign_in("learner")
        assert "recorded by a sign-in voucher" in client.get("/me/record").text
        read(client, f"/me/vouchers/{voucher_code}", "It recorded your training")
    client.sign_in("officer")
    read(client, f"/fund/vouchers/{voucher_code}", "none: it records training")
    read(client, f"/fund/schemes/{scheme_code}", "count towards no limit")
    with write_transaction():
        make_scheme()  # with one scheme alone the page is about it
    read(client, "/fund/funnel", "Sign-in vouchers")


def test_the_editor_offers_it_and_keeps_money_out(client, app, now):
    with write_transaction():
        make_scheme(sign_in_pack())  # with it the fund
        make_officer(make_place("220800"), login="officer")
    client.sign_in("officer").speak("en")
    assert 'value="sign_in"' in client.get("/fund/drafts/new").text
    form = {
        "scheme": "SIGN-1", "fund": "FUND-TEST", "jurisdiction": "220800", "kind": "sign_in",
        "title_zh": "打卡券", "title_en": "Sign-in", "valid_from": "2026-12-01",
        "ways_out": "claimed", "validity_days": "60", "validity_days_clause": CLAUSE,
        "attendance_min_percent": "80", "attendance_min_percent_clause": CLAUSE,
        "sources-0-clause": CLAUSE,
    }  # fmt: skip
    refused = client.post("/fund/drafts/new", {**form, "face_value": "1"}, expect=422)
    assert "Only a face-value voucher has" in refused.text
    limits = {"per_year_max": "1", "per_year_max_clause": CLAUSE}
    refused = client.post("/fund/drafts/new", {**form, **limits}, expect=422)
    assert "a sign-in voucher pays nothing" in refused.text
    saved = client.post("/fund/drafts/new", form)
    page = client.get(f"{saved.location}/change")
    assert "When training counts" in page.text
    for name in ("face_value", "per_year_max", "co_pay_percent", "rates-0-amount"):
        assert f'name="{name}"' not in page.text, name
