"""Enrolling in three taps, my classes, disputing, withdrawing, my record."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from marketplace.catalog.queries.course_runs import get_course_run, list_lessons
from marketplace.enrollment.queries import find_live_enrollment, get_enrollment
from marketplace.enrollment.states import EnrollmentState
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.people.models import User
from marketplace.redemption.operations.redeem import redeem_voucher
from marketplace.redemption.queries.reservations import find_standing_reservation
from tests.factories.catalog import make_listed_course, make_open_course_run
from tests.factories.enrollment import attend
from tests.factories.people import make_user, make_worker
from tests.factories.redemption import make_case, make_ready_case
from tests.factories.vouchers import face_value_pack, make_scheme
from tests.kept import kept


@pytest.fixture
@kept
def learner(app, now):
    with write_transaction():
        user = make_user("learner")
        return make_worker(user)


@pytest.fixture
@kept
def run(app, now):
    with write_transaction():
        return make_open_course_run()


def offers_of(page):
    return re.findall(r'name="offer"[^>]*value="([^"]+)"', page.get_data(as_text=True))


@pytest.mark.parametrize("locale", ["en", "zh_Hans_CN"])
def test_from_the_class_to_being_in(client, learner, run, locale):
    with write_transaction():
        make_scheme()
    client.speak(locale).sign_in("learner")
    page = client.get(f"/me/enroll/{run.code}")
    assert ("You pay" if locale == "en" else "您需自付") in page.text
    (offer,) = offers_of(page)
    assert offer.endswith(":40000")
    answer = client.post(f"/me/enroll/{run.code}", {"offer": offer})
    enrollment = find_live_enrollment(learner.id, run.id)
    assert answer.location == f"/me/classes/{enrollment.code}/welcome"
    assert find_standing_reservation(enrollment.id).amount_fen == 80_000
    welcome = client.get(answer.location)
    assert "<svg" in welcome.text
    for path in ("/me/classes", f"/me/classes/{enrollment.code}"):
        assert "低压电工" in client.get(path).text


def test_several_vouchers_are_a_choice_and_the_best_comes_first(client, learner, run):
    with write_transaction():
        make_scheme()
        make_scheme(face_value_pack(100_000))
    client.speak("en").sign_in("learner")
    page = client.get(f"/me/enroll/{run.code}")
    assert [offer.split(":")[1] for offer in offers_of(page)] == ["20000", "40000"]
    assert "Choose one" in page.text


def test_a_voucher_reserved_elsewhere_says_so_instead_of_nothing(client, learner, run):
    with write_transaction():
        make_scheme()
        second = make_open_course_run()
    client.speak("en").sign_in("learner")
    (offer,) = offers_of(client.get(f"/me/enroll/{run.code}"))
    client.post(f"/me/enroll/{run.code}", {"offer": offer})
    page = client.get(f"/me/enroll/{second.code}")
    assert offers_of(page) == []
    assert "reserved for a course" in page.text


def test_a_price_that_changed_is_shown_again_and_nothing_happens(client, learner, run):
    with write_transaction():
        make_scheme()
    client.speak("en").sign_in("learner")
    (offer,) = offers_of(client.get(f"/me/enroll/{run.code}"))
    wrong = offer.replace(":40000", ":1")
    page = client.post(f"/me/enroll/{run.code}", {"offer": wrong}, expect=409)
    assert "The price has changed" in page.text
    assert find_live_enrollment(learner.id, run.id) is None


@pytest.mark.parametrize("offer", ["", "NO-SUCH:1", "x", ":", "A:B"])
def test_a_made_up_offer_is_not_found(client, learner, run, offer):
    client.sign_in("learner")
    client.post(f"/me/enroll/{run.code}", {"offer": offer}, expect=404)


def test_a_no_tells_every_reason(client, learner, run):
    with write_transaction():
        make_scheme(
            {
                **face_value_pack(100_000),
                "eligibility": {
                    "categories": {"value": ["veteran"], "clause": "第三条"},
                },
            }
        )
    client.speak("en").sign_in("learner")
    page = client.get(f"/me/enroll/{run.code}")
    assert "No voucher can pay for this class" in page.text
    assert "第三条" in page.text
    assert offers_of(page) == []


def test_without_a_voucher_the_learner_pays_alone(client, learner, run):
    client.sign_in("learner")
    client.get(f"/me/enroll/{run.code}")
    client.post(f"/me/enroll/{run.code}/without-voucher")
    enrollment = find_live_enrollment(learner.id, run.id)
    assert find_standing_reservation(enrollment.id) is None
    client.get(f"/me/classes/{enrollment.code}/welcome")
    client.post(f"/me/enroll/{run.code}/without-voucher", expect=409)
    assert client.get(f"/me/enroll/{run.code}", expect=303).location.endswith(enrollment.code)


def test_a_class_nobody_may_see_is_not_found(client, learner):
    client.sign_in("learner")
    client.get("/me/enroll/CR-NOTHING", expect=404)


def sign_in_worker(client, case):
    from marketplace.foundation.db import db

    client.sign_in(db.session.get(User, case.worker.user_id))


class TestMyClass:
    @pytest.fixture
    def case(self, app, now):
        with write_transaction():
            case = make_case()
            attend(case.enrollment, case.staff.id, lessons=1, absent=1)
            return case

    def test_a_stranger_finds_nothing(self, client, case, learner):
        client.sign_in("learner")
        for path in ("", "/welcome", "/withdraw", "/calendar.ics"):
            client.get(f"/me/classes/{case.enrollment.code}{path}", expect=404)
        client.post(f"/me/classes/{case.enrollment.code}/lessons/1/dispute", expect=404)

    @pytest.mark.parametrize("locale", ["en", "zh_Hans_CN"])
    def test_attendance_is_seen_and_disputed(self, client, case, locale):
        client.speak(locale)
        sign_in_worker(client, case)
        path = f"/me/classes/{case.enrollment.code}"
        client.get(path)
        client.post(f"{path}/lessons/2/dispute", {"reason": ""}, expect=422)
        client.post(f"{path}/lessons/2/dispute", {"reason": "我在"})
        assert "我在" in client.get(path).text
        client.post(f"{path}/lessons/2/dispute", {"reason": "again"})
        client.post(f"{path}/lessons/2/accept")
        client.post(f"{path}/lessons/2/accept")
        client.post(f"{path}/lessons/5/accept", expect=404)

    def test_withdrawing_says_what_follows_and_frees_the_voucher(self, client, case):
        client.speak("en")
        sign_in_worker(client, case)
        path = f"/me/classes/{case.enrollment.code}/withdraw"
        assert "Your voucher is free again" in client.get(path).text
        client.post(path, expect=422)
        client.post(path, {"reason": "illness"})
        assert get_enrollment(case.enrollment.id).state is EnrollmentState.WITHDRAWN
        client.post(path, {"reason": "illness"})

    def test_the_calendar_has_every_lesson(self, client, case):
        sign_in_worker(client, case)
        answer = client.get(f"/me/classes/{case.enrollment.code}/calendar.ics")
        assert answer.mimetype == "text/calendar"
        assert answer.text.count("BEGIN:VEVENT") == 5
        assert all(len(line.encode()) <= 75 for line in answer.text.split("\r\n"))


class TestMyRecord:
    @pytest.mark.parametrize("locale", ["en", "zh_Hans_CN"])
    def test_it_shows_the_ledgers_own_amount_and_entry(self, client, app, now, locale):
        with write_transaction():
            case = make_ready_case()
            entry_id = redeem_voucher(
                case.voucher.id, institution_id=case.institution.id, actor_id=None
            ).entry_id
        client.speak(locale)
        sign_in_worker(client, case)
        page = client.get("/me/record").text
        assert "800.00" in page
        assert str(entry_id) in page
        done = client.get(f"/me/classes/{case.enrollment.code}").text
        assert "CT-" in done
        refused = client.post(
            f"/me/classes/{case.enrollment.code}/withdraw", {"reason": "other"}, expect=409
        )
        assert ("already redeemed" in refused.text) == (locale == "en")

    def test_an_empty_record_says_what_will_be_here(self, client, learner):
        client.speak("en").sign_in("learner")
        assert "No training yet" in client.get("/me/record").text
        assert "You are in no class yet" in client.get("/me/classes").text


def test_a_closed_class_says_why(client, learner):
    with write_transaction():
        run = make_open_course_run(make_listed_course(), capacity=1)
        make_case(course_run=run)
    client.speak("en").sign_in("learner")
    assert "This class is full" in client.get(f"/me/enroll/{run.code}").text
    lessons = list_lessons(get_course_run(run.id).id)
    with clock.frozen(lessons[0].starts_at + timedelta(days=1)):
        assert "Enrollment closed on" in client.get(f"/me/enroll/{run.code}").text
