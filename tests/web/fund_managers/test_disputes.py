"""Officers decide disputes about attendance and take redemptions back."""

from __future__ import annotations

import pytest

from marketplace.enrollment.operations.disputes import answer_dispute, dispute_attendance
from marketplace.enrollment.queries import get_attendance, list_attendance_of
from marketplace.enrollment.states import AttendanceState
from marketplace.foundation.db import write_transaction
from marketplace.funds.queries import get_allotment
from marketplace.jurisdictions.queries import get_jurisdiction
from marketplace.redemption.operations.redeem import redeem_voucher
from marketplace.redemption.queries.redemptions import get_redemption
from marketplace.settlement.models import SettlementLine
from marketplace.vouchers.queries.vouchers import get_voucher
from marketplace.vouchers.states import VoucherState
from tests.factories.catalog import make_listed_course, make_open_course_run
from tests.factories.enrollment import attend
from tests.factories.institutions import make_accredited_institution
from tests.factories.people import make_jurisdiction, make_officer
from tests.factories.redemption import make_case, make_ready_case
from tests.factories.rows import make_row
from tests.kept import kept

LOCALES = pytest.mark.parametrize("locale", ["en", "zh_Hans_CN"])


class Dispute:
    """A learner who says they were there, the school that says no, and two officers."""

    def __init__(self) -> None:
        here, there = (make_jurisdiction(code, name=code) for code in ("990100", "990200"))
        school = make_accredited_institution("东湖学校", jurisdiction_id=here.id)
        self.case = make_case(course_run=make_open_course_run(make_listed_course(school)))
        attend(self.case.enrollment, self.case.staff.id, lessons=1)
        self.entry = list_attendance_of([self.case.enrollment.id])[0]
        dispute_attendance(
            self.entry.id, worker_id=self.case.worker.id, reason="我没有来", actor_id=None
        )
        answer_dispute(self.entry.id, answer="签到表为证", actor_id=self.case.staff.id)
        self.officer, self.stranger = make_officer(here), make_officer(there)

    @property
    def path(self) -> str:
        return f"/fund/disputes/{self.entry.id}"


@pytest.fixture
@kept
def dispute(client, now) -> Dispute:
    with write_transaction():
        return Dispute()


@LOCALES
def test_an_officer_reads_both_sides_of_a_masked_learner(client, dispute, locale):
    client.speak(locale).sign_in(dispute.officer)
    client.get("/fund/")
    listed = client.get("/fund/disputes").text
    page = client.get(dispute.path).text
    assert dispute.path in listed
    assert "我没有来" in page and "签到表为证" in page
    for text in (listed, page):
        assert "李小花" not in text
        assert "13800138000" not in text


def test_an_officer_decides_with_a_reason(client, dispute):
    client.sign_in(dispute.officer)
    client.post(f"{dispute.path}/decide", {"state": "absent", "reason": " "}, expect=422)
    client.post(f"{dispute.path}/decide", {"state": "maybe", "reason": "x"}, expect=422)
    assert get_attendance(dispute.entry.id).is_disputed
    client.post(f"{dispute.path}/decide", {"state": "absent", "reason": "监控为证"})
    decided = get_attendance(dispute.entry.id)
    assert decided.state is AttendanceState.ABSENT
    assert not decided.is_disputed
    assert dispute.path not in client.get("/fund/disputes").text
    assert "监控为证" in client.get(dispute.path).text
    client.post(f"{dispute.path}/decide", {"state": "present", "reason": "x"}, expect=409)
    for user in (dispute.case.staff, dispute.case.worker.user_id):
        login = user if not isinstance(user, int) else login_of(user)
        client.post("/account/sign-out")
        client.sign_in(login)
        assert "监控为证" in client.get("/account/notices").text


def login_of(user_id):
    from marketplace.people.queries import get_user

    return get_user(user_id).login


def test_another_place_and_other_people_see_no_dispute(client, dispute):
    client.sign_in(dispute.stranger)
    assert dispute.path not in client.get("/fund/disputes").text
    client.get(dispute.path, expect=404)
    client.post(f"{dispute.path}/decide", {"state": "absent", "reason": "x"}, expect=404)
    client.post("/account/sign-out")
    client.sign_in(dispute.case.staff)
    client.get(dispute.path, expect=403)


class Redeemed:
    """A redeemed voucher with the officer of its allotment's place."""

    def __init__(self) -> None:
        self.case = make_ready_case()
        voucher = self.case.voucher
        self.redemption = redeem_voucher(
            voucher.id, institution_id=self.case.institution.id, actor_id=self.case.staff.id
        )
        place = get_jurisdiction(get_allotment(voucher.allotment_id).jurisdiction_id)
        self.officer = make_officer(place)
        self.stranger = make_officer(make_jurisdiction("990200"))

    @property
    def path(self) -> str:
        return f"/fund/redemptions/{self.redemption.code}"


@pytest.fixture
@kept
def redeemed(client, now) -> Redeemed:
    with write_transaction():
        return Redeemed()


@LOCALES
def test_an_officer_sees_what_a_reversal_books(client, redeemed, locale):
    client.speak(locale).sign_in(redeemed.officer)
    assert redeemed.path in client.get(f"/fund/vouchers/{redeemed.case.voucher.code}").text
    assert redeemed.path in client.get(f"/fund/entries/{redeemed.redemption.entry_id}").text
    assert "800.00" in client.get(redeemed.path).text


def test_an_officer_reverses_with_a_reason(client, redeemed):
    client.sign_in(redeemed.officer)
    client.post(f"{redeemed.path}/reverse", {"reason": ""}, expect=422)
    client.post(f"{redeemed.path}/reverse", {"reason": "重复核销"})
    reversal_id = get_redemption(redeemed.redemption.id).reversal_entry_id
    assert reversal_id is not None
    assert get_voucher(redeemed.case.voucher.id).state is VoucherState.RESERVED
    assert f"/fund/entries/{reversal_id}" in client.get(redeemed.path).text
    client.post(f"{redeemed.path}/reverse", {"reason": "again"})
    assert get_redemption(redeemed.redemption.id).reversal_entry_id == reversal_id
    client.post("/account/sign-out")
    client.sign_in(redeemed.case.staff)
    assert "重复核销" in client.get("/account/notices").text


def test_what_is_settled_is_not_reversed(client, redeemed):
    with write_transaction():
        make_row(SettlementLine, redemption_id=redeemed.redemption.id)
    client.sign_in(redeemed.officer)
    assert "/reverse" not in client.get(redeemed.path).text
    client.post(f"{redeemed.path}/reverse", {"reason": "x"}, expect=409)
    assert get_redemption(redeemed.redemption.id).reversal_entry_id is None


def test_another_place_finds_no_redemption(client, redeemed):
    client.sign_in(redeemed.stranger)
    client.get(redeemed.path, expect=404)
    client.post(f"{redeemed.path}/reverse", {"reason": "x"}, expect=404)
