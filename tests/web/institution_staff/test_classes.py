"""The institution's day: to-do, board, attendance, results, redemption, look-ups."""

from __future__ import annotations

import pytest

from marketplace.catalog.queries.course_runs import get_course_run, list_lessons
from marketplace.catalog.states import CourseRunState
from marketplace.enrollment.operations.disputes import dispute_attendance
from marketplace.enrollment.queries import (
    find_attendance,
    find_completion,
    get_attendance,
    get_enrollment,
)
from marketplace.enrollment.states import AttendanceState, EnrollmentState
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.people.models import User
from marketplace.redemption.queries.redemptions import find_redemption
from marketplace.vouchers.queries.vouchers import get_voucher
from marketplace.vouchers.states import VoucherState
from tests.factories.enrollment import attend, make_completion, make_staff, run_through
from tests.factories.institutions import make_accredited_institution
from tests.factories.redemption import make_case, make_ready_case
from tests.factories.vouchers import make_scheme
from tests.kept import kept

LOCALES = pytest.mark.parametrize("locale", ["en", "zh_Hans_CN"])


@pytest.fixture
@kept
def case(app, now):
    with write_transaction():
        return make_case()


def lesson_of(case, number=0):
    return list_lessons(case.run.id)[number]


def sheet(case, number=1):
    return f"/institution/classes/{case.run.code}/lessons/{number}"


def paths_of(case):
    base = f"/institution/classes/{case.run.code}"
    return [base, f"{base}/results", sheet(case)]


@LOCALES
def test_every_page_opens_for_the_own_staff(client, case, locale):
    client.speak(locale).sign_in(case.staff)
    for path in ["/institution/", "/institution/classes", "/institution/look-up", *paths_of(case)]:
        client.get(path)


def test_names_are_masked_on_the_roster(client, case):
    client.sign_in(case.staff)
    page = client.get(f"/institution/classes/{case.run.code}").text
    assert "李**" in page
    assert "李小花" not in page
    assert "138****8000" in page
    assert "13800138000" not in page


def test_another_institution_finds_nothing(client, case):
    with write_transaction():
        stranger = make_staff(make_accredited_institution().id)
    client.sign_in(stranger)
    for path in paths_of(case):
        client.get(path, expect=404)
    learner = f"/institution/classes/{case.run.code}/learners/{case.enrollment.code}"
    for path in (
        sheet(case),
        f"{sheet(case)}/sign-ins",
        f"/institution/classes/{case.run.code}/results",
        f"/institution/classes/{case.run.code}/redemptions",
        f"{learner}/redeem",
        f"{learner}/no-show",
        f"{learner}/release",
    ):
        client.post(path, expect=404)


def test_a_learner_may_not_enter(client, case):
    client.sign_in(db.session.get(User, case.worker.user_id))
    client.get("/institution/classes", expect=403)


class TestAttendanceSheet:
    def test_before_the_lesson_it_is_closed(self, client, case):
        client.speak("en").sign_in(case.staff)
        assert "Attendance opens when the lesson starts" in client.get(sheet(case)).text
        marks = {f"mark-{case.enrollment.id}": "present", "reason": "paper_sheet"}
        client.post(sheet(case), marks, expect=409)

    @LOCALES
    def test_one_post_records_the_lesson(self, client, case, locale):
        with clock.frozen(lesson_of(case).starts_at):
            client.speak(locale).sign_in(case.staff)
            assert "btn-check" in client.get(sheet(case)).text
            client.get("/institution/")
            marks = {f"mark-{case.enrollment.id}": "present", "reason": "paper_sheet"}
            client.post(sheet(case), {**marks, "mark-x": "present", "mark-999": "late"})
            client.get(sheet(case))
            with write_transaction():
                colleague = make_staff(case.institution.id)
            assert find_attendance(case.enrollment.id, lesson_of(case).id) is None
            client.post(f"{sheet(case)}/entries/confirm")
            assert find_attendance(case.enrollment.id, lesson_of(case).id) is None
            client.post("/account/sign-out")
            client.sign_in(colleague)
            client.get("/institution/")
            client.get(sheet(case))
            client.post(f"{sheet(case)}/entries/confirm")
        attendance = find_attendance(case.enrollment.id, lesson_of(case).id)
        assert attendance.state is AttendanceState.PRESENT

    def test_a_missing_reason_keeps_what_was_marked(self, client, case):
        with clock.frozen(lesson_of(case).starts_at):
            client.sign_in(case.staff)
            page = client.post(sheet(case), {f"mark-{case.enrollment.id}": "present"}, expect=422)
        assert "checked" in page.text

    def test_a_voucher_signs_its_learner_in(self, client, case):
        with clock.frozen(lesson_of(case).starts_at):
            client.speak("en").sign_in(case.staff)
            path = f"{sheet(case)}/sign-ins"
            client.post(path, {"voucher_code": case.voucher.code.lower()})
            assert "by voucher" in client.get(sheet(case)).text
            client.post(path, {"voucher_code": "VC-NOBODY"}, expect=409)
            client.post(path, {"voucher_code": ""}, expect=422)
        assert get_enrollment(case.enrollment.id).state is EnrollmentState.TRAINING

    @LOCALES
    def test_an_entry_is_corrected_and_a_dispute_answered(self, client, case, locale):
        with write_transaction():
            attend(case.enrollment, case.staff.id, lessons=0, absent=1)
            attendance = find_attendance(case.enrollment.id, lesson_of(case).id)
            dispute_attendance(
                attendance.id, worker_id=case.worker.id, reason="我在课堂上", actor_id=None
            )
        entry = f"{sheet(case)}/learners/{case.enrollment.code}"
        with clock.frozen(lesson_of(case).ends_at):
            client.speak(locale).sign_in(case.staff)
            client.get("/institution/")
            assert "我在课堂上" in client.get(entry).text
            client.post(f"{entry}/answer", {"answer": ""}, expect=422)
            client.post(f"{entry}/answer", {"answer": "已更正"})
            client.post(f"{entry}/correction", {"state": "present", "reason": "mistake"})
            client.get(entry)
            assert get_attendance(attendance.id).state is AttendanceState.ABSENT
            learner = db.session.get(User, case.worker.user_id)
            client.post("/account/sign-out")
            client.sign_in(learner)
            client.get(f"/me/classes/{case.enrollment.code}")
            yes = f"/me/classes/{case.enrollment.code}/lessons/1/presence"
            client.post(yes, {"answer": "yes"})
            client.post(yes, {"answer": "yes"}, expect=404)
            client.post("/account/sign-out")
            client.sign_in(case.staff)
        assert get_attendance(attendance.id).state is AttendanceState.PRESENT
        assert get_attendance(attendance.id).second_by == case.worker.user_id
        client.get(f"{sheet(case, 2)}/learners/{case.enrollment.code}", expect=404)
        client.get(sheet(case, 99), expect=404)


class TestResults:
    @LOCALES
    def test_results_then_redemption_of_the_whole_class(self, client, app, now, locale):
        with write_transaction():
            scheme = make_scheme()
            case = make_case(scheme=scheme)
            run = get_course_run(case.run.id)
            away = make_case(scheme=scheme, course_run=run, staff=case.staff)
            attend(case.enrollment, case.staff.id)
            attend(away.enrollment, case.staff.id, lessons=1)
            run_through(case.run.id)
        base = f"/institution/classes/{case.run.code}"
        with clock.frozen(lesson_of(case, -1).ends_at):
            client.speak(locale).sign_in(case.staff)
            client.get("/institution/")
            client.get(f"{base}/results")
            chosen = {f"result-{item.enrollment.id}": "passed" for item in (case, away)}
            client.post(f"{base}/results", chosen)
            client.get("/institution/")
            client.get(base)
            client.post(f"{base}/redemptions")
            page = client.get(f"{base}/results").text
        assert find_redemption(case.voucher.id).amount_fen == 80_000
        assert find_redemption(away.voucher.id) is None
        assert "20%" in page.replace(" %", "%")

    def test_a_refused_result_is_named_beside_its_line(self, client, case):
        client.speak("en").sign_in(case.staff)
        path = f"/institution/classes/{case.run.code}/results"
        page = client.post(path, {f"result-{case.enrollment.id}": "passed"}, expect=409)
        assert "The last lesson ends on" in page.text
        assert find_completion(case.enrollment.id) is None

    def test_one_voucher_is_redeemed_and_again_is_the_same(self, client, app, now):
        with write_transaction():
            case = make_ready_case()
        client.sign_in(case.staff)
        path = f"/institution/classes/{case.run.code}/learners/{case.enrollment.code}/redeem"
        client.post(path)
        client.post(path)
        assert find_redemption(case.voucher.id)

    def test_a_no_shows_every_reason(self, client, case):
        client.speak("en").sign_in(case.staff)
        path = f"/institution/classes/{case.run.code}/learners/{case.enrollment.code}/redeem"
        assert "result is not recorded yet" in client.post(path, expect=409).text


class TestLeaving:
    def test_who_never_came_frees_the_voucher(self, client, case):
        path = f"/institution/classes/{case.run.code}/learners/{case.enrollment.code}/no-show"
        client.sign_in(case.staff)
        client.post(path)
        assert get_enrollment(case.enrollment.id).state is EnrollmentState.CONFIRMED
        with clock.frozen(lesson_of(case).ends_at):
            client.get(f"/institution/classes/{case.run.code}")
            client.post(path)
        assert get_enrollment(case.enrollment.id).state is EnrollmentState.NO_SHOW
        assert get_voucher(case.voucher.id).state is VoucherState.ACTIVE

    def test_a_voucher_that_cannot_pay_is_released(self, client, app, now):
        with write_transaction():
            case = make_case()
            attend(case.enrollment, case.staff.id, lessons=1)
            make_completion(case.enrollment, case.staff.id)
        client.sign_in(case.staff)
        client.get(f"/institution/classes/{case.run.code}")
        client.post(f"/institution/classes/{case.run.code}/learners/{case.enrollment.code}/release")
        assert get_voucher(case.voucher.id).state is VoucherState.ACTIVE

    def test_a_class_is_canceled_with_every_learner(self, client, case):
        client.sign_in(case.staff)
        page = client.get(f"/institution/classes/{case.run.code}").text
        assert f"/institution/course-runs/{case.run.code}/cancel" in page
        path = f"/institution/course-runs/{case.run.code}/cancel"
        client.post(path, {"reason": ""}, expect=422)
        assert get_voucher(case.voucher.id).state is VoucherState.RESERVED
        client.post(path, {"reason": "教师生病", "confirmation": case.run.code})
        assert get_course_run(case.run.id).state is CourseRunState.CANCELED
        client.get("/institution/classes")
        assert get_enrollment(case.enrollment.id).state is EnrollmentState.WITHDRAWN
        assert get_voucher(case.voucher.id).state is VoucherState.ACTIVE


@LOCALES
def test_a_code_leads_to_the_own_learner_only(client, case, locale):
    client.speak(locale).sign_in(case.staff)
    found = client.post("/institution/look-up", {"voucher_code": case.voucher.code})
    assert found.location == (f"/institution/classes/{case.run.code}#learner-{case.enrollment.id}")
    for _attempt in range(10):
        client.post("/institution/look-up", {"voucher_code": "VC-NOBODY"}, expect=409)
    client.post("/institution/look-up", {"voucher_code": case.voucher.code}, expect=409)
    client.post("/institution/look-up", {"voucher_code": ""}, expect=422)
