"""An application from the first draft to the decision, with its clock and history."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, IntegrityError

from marketplace.accreditation.models import AccreditationApplication
from marketplace.accreditation.operations.dossier import (
    LegalFacts,
    add_scope,
    apply_with_new_institution,
    attach_document,
    begin_application,
    detach_document,
    open_application_document,
    remove_scope,
    save_legal_facts,
)
from marketplace.accreditation.operations.policy import import_calendar, set_review_limit
from marketplace.accreditation.operations.review import (
    grant_application,
    reject_application,
    return_application,
    submit_application,
    withdraw_application,
)
from marketplace.accreditation.queries import (
    find_application_in,
    find_open_application,
    get_calendar,
    get_review_clock,
    get_review_limit,
    list_application_events,
    list_applications_in,
    list_dossier_documents,
    list_scope_lines,
)
from marketplace.accreditation.rules import REVIEW_DAYS
from marketplace.accreditation.states import (
    ApplicationState,
    DocumentKind,
    EventKind,
    Step,
)
from marketplace.audit.queries import list_events_of
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.paging import PageRequest
from marketplace.institutions.operations.registration import suspend_institution
from marketplace.institutions.queries import (
    get_institution,
    is_accredited,
    list_accreditations,
    list_manager_ids,
)
from marketplace.institutions.states import InstitutionState
from marketplace.notices.models import Notice
from marketplace.people.models import Document
from tests.conftest import NOW
from tests.factories.accreditation import make_complete_application, make_submitted_application
from tests.factories.catalog import make_occupation
from tests.factories.funds import make_place
from tests.factories.institutions import (
    make_accredited_institution,
    make_institution,
    make_staff,
    make_uscc,
)
from tests.factories.people import PNG, make_officer, make_user
from tests.kept import kept

DAY = date(2026, 11, 20)


@pytest.fixture
@kept
def place(app, now):
    with write_transaction():
        return make_place()


@pytest.fixture
@kept
def school(place):
    with write_transaction():
        return make_institution(jurisdiction_id=place.id)


@pytest.fixture
@kept
def manager(school):
    with write_transaction():
        return make_staff(school)


@pytest.fixture
@kept
def officer(place):
    with write_transaction():
        return make_officer(place)


@pytest.fixture
@kept
def submitted(school, manager):
    with write_transaction():
        return make_submitted_application(school, by=manager.id)


def codes(refused):
    return refused.value.codes


class TestBeginning:
    def test_a_person_registers_an_institution_and_signs_for_it(self, place):
        with write_transaction():
            person = make_user()
            application = apply_with_new_institution(
                name="大安实训中心", uscc=make_uscc(), jurisdiction_id=place.id, user_id=person.id
            )
        institution = get_institution(application.institution_id)
        assert institution.state == InstitutionState.APPLIED
        assert list_manager_ids(institution.id) == [person.id]
        assert application.uscc == institution.uscc

    def test_who_decides_or_works_elsewhere_cannot_and_nothing_is_left(self, officer, manager):
        for person, code in ((officer, "officer_cannot_apply"), (manager, "already_staff")):
            with pytest.raises(Refused) as refused, write_transaction():
                apply_with_new_institution(
                    name="大安", uscc=make_uscc(), jurisdiction_id=None, user_id=person.id
                )
            assert codes(refused) == (code, "jurisdiction_missing")
        assert db.session.query(AccreditationApplication).count() == 0

    def test_one_application_is_open_at_a_time(self, school, manager):
        with write_transaction():
            first = begin_application(school.id, actor_id=manager.id)
        with pytest.raises(Refused) as refused, write_transaction():
            begin_application(school.id, actor_id=manager.id)
        assert codes(refused) == ("application_open",)
        with pytest.raises(IntegrityError), write_transaction():
            db.session.add(
                AccreditationApplication(
                    code=new_code("AP"),
                    institution_id=school.id,
                    state=ApplicationState.DRAFT,
                    begun_at=clock.now(),
                )
            )
        with write_transaction():
            withdraw_application(first.id, actor_id=manager.id)
            withdraw_application(first.id, actor_id=manager.id)
            begin_application(school.id, actor_id=manager.id)

    def test_a_suspended_institution_does_not_apply(self, app, now):
        with write_transaction():
            school = make_accredited_institution()
            suspend_institution(school.id, reason="检查", actor_id=None)
        with pytest.raises(Refused) as refused, write_transaction():
            begin_application(school.id, actor_id=make_user().id)
        assert codes(refused) == ("institution_cannot_apply",)


class TestFilling:
    def test_what_is_filled_in_so_far_is_kept_encrypted(self, school, manager):
        with write_transaction():
            application = begin_application(school.id, actor_id=manager.id)
            facts = LegalFacts("9199", "", "钱法人", "13900001111", "")
            save_legal_facts(application.id, facts, actor_id=manager.id)
        kept = find_open_application(school.id)
        assert (kept.uscc, kept.representative, kept.legal_form) == ("9199", "钱法人", None)
        rows = str(db.session.execute(text("SELECT * FROM accreditation_application")).all())
        assert "钱法人" not in rows and "13900001111" not in rows

    def test_scope_names_known_occupations_and_own_sites(self, school, manager):
        with write_transaction():
            occupation = make_occupation()
            application = begin_application(school.id, actor_id=manager.id)
            wanted = {"level": 4, "valid_from": DAY, "valid_until": DAY, "actor_id": manager.id}
            with pytest.raises(Refused) as refused:
                add_scope(application.id, occupation_code="9-9", site_id=4711, **wanted)
            scope = add_scope(
                application.id, occupation_code=occupation.code, site_id=None, **wanted
            )
            with pytest.raises(NotFound):
                remove_scope(application.id, scope_id=scope.id + 1, actor_id=manager.id)
            assert len(list_scope_lines(application.id)) == 1
            remove_scope(application.id, scope_id=scope.id, actor_id=manager.id)
        assert codes(refused) == ("occupation_not_found", "site_not_found")
        assert list_scope_lines(application.id) == []

    def test_documents_are_encrypted_and_every_look_is_recorded(self, school, manager):
        with write_transaction():
            application = begin_application(school.id, actor_id=manager.id)
            entry = attach_document(
                application.id,
                kind=DocumentKind.LICENSE,
                file_name="../../执照.png",
                content=PNG,
                actor_id=manager.id,
            )
            with pytest.raises(Refused) as refused:
                attach_document(
                    application.id,
                    kind=DocumentKind.SAFETY,
                    file_name="x.exe",
                    content=b"MZ",
                    actor_id=manager.id,
                )
            document = db.session.get(Document, entry.document_id)
            content = open_application_document(
                application.id, code=document.code, actor_id=manager.id
            )
            assert PNG not in document.content_sealed
            detach_document(application.id, code=document.code, actor_id=manager.id)
            with pytest.raises(NotFound):
                open_application_document(application.id, code=document.code, actor_id=manager.id)
        assert content == PNG
        assert document.file_name == "执照.png"
        assert codes(refused) == ("file_kind",)
        assert list_dossier_documents(application.id) == []
        events = list_events_of("application", application.code, PageRequest()).items
        assert "application.document_opened" in [event.event for event in events]


class TestReview:
    def test_an_incomplete_dossier_is_refused_with_everything_it_lacks(self, school, manager):
        with write_transaction():
            application = begin_application(school.id, actor_id=manager.id)
        with pytest.raises(Refused) as refused, write_transaction():
            submit_application(application.id, declared=False, actor_id=manager.id)
        assert len(refused.value.refusals) == 12
        assert {"site_missing", "trainer_missing", "document_missing"} <= set(codes(refused))
        assert find_open_application(school.id).state == ApplicationState.DRAFT

    def test_handing_in_starts_the_clock_of_the_policy(self, submitted):
        assert submitted.due_on == get_calendar().after(DAY, REVIEW_DAYS)
        assert get_review_clock(submitted).days_left == REVIEW_DAYS
        with clock.frozen(NOW + timedelta(days=40)):
            assert get_review_clock(submitted).is_overdue

    def test_the_clock_stands_still_while_it_is_returned(self, submitted, officer, manager):
        with clock.frozen(NOW + timedelta(days=5)), write_transaction():  # three working days later
            return_application(
                submitted.id,
                reasons={Step.DOCUMENTS: " 消防证明过期 ", Step.SITES: ""},
                actor_id=officer.id,
            )
        returned = db.session.get(AccreditationApplication, submitted.id)
        assert (returned.state, returned.due_on, returned.days_used) == (
            ApplicationState.RETURNED,
            None,
            3,
        )
        later = NOW + timedelta(days=24)
        with clock.frozen(later), write_transaction():
            submit_application(submitted.id, declared=True, actor_id=manager.id)
            submit_application(submitted.id, declared=True, actor_id=manager.id)
        again = db.session.get(AccreditationApplication, submitted.id)
        assert again.due_on == get_calendar().after(clock.local_date(later), REVIEW_DAYS - 3)
        kinds = [event.kind for event in list_application_events(submitted.id)]
        assert kinds == [
            EventKind.SUBMITTED,
            EventKind.RETURNED,
            EventKind.SUBMITTED,
            EventKind.BEGUN,
        ]
        returned_event = list_application_events(submitted.id)[1]
        assert returned_event.details == {"reasons": {"documents": "消防证明过期"}}

    def test_granting_accredits_for_what_was_asked_at_the_site_asked(self, submitted, officer):
        with write_transaction():
            grant_application(submitted.id, clause="白人社许〔2026〕12号", actor_id=officer.id)
        line = list_scope_lines(submitted.id)[0].scope
        (granted,) = list_accreditations(submitted.institution_id)
        assert (granted.occupation_code, granted.level, granted.site_id) == (
            line.occupation_code,
            4,
            line.site_id,
        )
        assert granted.application_code == submitted.code
        institution = get_institution(submitted.institution_id)
        assert institution.state == InstitutionState.ACCREDITED
        assert is_accredited(
            institution.id, occupation_code=line.occupation_code, level=4, on=clock.today()
        )
        notices = db.session.query(Notice).order_by(Notice.id).all()
        assert [notice.kind for notice in notices] == [
            "application_submitted",
            "application_granted",
        ]

    def test_a_decision_is_taken_once_by_somebody_else(self, submitted, officer, manager):
        with pytest.raises(Refused) as own, write_transaction():
            grant_application(submitted.id, clause="", actor_id=manager.id)
        assert codes(own) == ("application_own", "clause_missing")
        with write_transaction():
            reject_application(
                submitted.id, reason="场地不符", clause="办法第五条", actor_id=officer.id
            )
        with pytest.raises(Refused) as decided, write_transaction():
            return_application(submitted.id, reasons={}, actor_id=officer.id)
        assert codes(decided) == ("application_state_forbids", "return_without_reason")
        assert get_institution(submitted.institution_id).state == InstitutionState.APPLIED
        assert list_accreditations(submitted.institution_id) == []

    def test_what_changed_since_is_asked_again_before_granting(self, submitted, officer):
        with write_transaction():
            db.session.execute(text("UPDATE training_site SET state = 'closed'"))
        with pytest.raises(Refused) as refused, write_transaction():
            grant_application(submitted.id, clause="批复", actor_id=officer.id)
        assert codes(refused) == ("site_missing", "scope_site_closed")

    def test_a_dossier_under_review_is_not_changed(self, submitted, manager):
        with pytest.raises(Refused) as refused, write_transaction():
            save_legal_facts(submitted.id, LegalFacts("", "", "", "", ""), actor_id=manager.id)
        assert codes(refused) == ("application_state_forbids",)

    def test_the_database_keeps_the_history(self, submitted):
        for attack in (
            "UPDATE application_event SET reason = 'x'",
            "DELETE FROM application_event",
        ):
            with pytest.raises(DatabaseError, match="append-only"), write_transaction():
                db.session.execute(text(attack))


class TestWorklist:
    def test_the_most_urgent_comes_first_within_the_officers_places(self, place, submitted):
        with write_transaction():
            other = make_accredited_institution(jurisdiction_id=place.id)
            elsewhere = make_accredited_institution(
                jurisdiction_id=make_place("220100", "长春市").id
            )
            with clock.frozen(NOW - timedelta(days=9)):
                urgent = make_submitted_application(other, by=make_staff(other).id)
                make_submitted_application(elsewhere, by=make_staff(elsewhere).id)
            draft = make_complete_application(
                (third := make_institution(jurisdiction_id=place.id)), by=make_staff(third).id
            )
        page = list_applications_in([place.path], PageRequest(), state=ApplicationState.SUBMITTED)
        assert [item.application.id for item in page.items] == [urgent.id, submitted.id]
        assert find_application_in(draft.code, [place.path]) is None
        assert find_application_in(urgent.code, ["/990000/"]) is None


class TestPolicy:
    def test_a_limit_holds_for_what_is_handed_in_from_its_day_on(self, submitted, officer):
        with write_transaction():
            set_review_limit(
                valid_from=DAY + timedelta(1), working_days=10, clause="省办法", actor_id=None
            )
            set_review_limit(
                valid_from=DAY + timedelta(1), working_days=10, clause="省办法", actor_id=None
            )
            with pytest.raises(Refused) as refused:
                set_review_limit(
                    valid_from=DAY + timedelta(1), working_days=0, clause="", actor_id=None
                )
        assert codes(refused) == ("review_days_range", "clause_missing", "review_day_taken")
        assert get_review_limit(DAY)[0] == REVIEW_DAYS
        assert get_review_limit(DAY + timedelta(1)) == (10, "省办法")
        assert submitted.days_allowed == REVIEW_DAYS

    def test_a_calendar_is_taken_in_whole_or_not_at_all(self, app, now):
        with pytest.raises(Refused) as refused, write_transaction():
            import_calendar(["2026-10-01,holiday", "2026-13-01,holiday", "x"], actor_id=None)
        assert [one.params["number"] for one in refused.value.refusals] == [2, 3]
        assert get_calendar().is_working(date(2026, 10, 1))
        lines = ["# 国务院办公厅", "", "2026-10-01,holiday,国庆节", "2026-10-10,working,调休"]
        with write_transaction():
            assert import_calendar(lines, actor_id=None) == 2
            assert import_calendar(["2026-10-10,holiday"], actor_id=None) == 1
        assert not get_calendar().is_working(date(2026, 10, 1))
        assert not get_calendar().is_working(date(2026, 10, 10))
