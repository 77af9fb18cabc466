"""Institutions: register, standing, accreditation, staff, payee accounts; on both engines."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text

from marketplace.audit.queries import list_events_of
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.paging import PageRequest
from marketplace.institutions.models import PayoutAccount
from marketplace.institutions.operations.accreditation import (
    accredit_institution,
    revoke_accreditation,
)
from marketplace.institutions.operations.members import add_member, remove_member
from marketplace.institutions.operations.payout_accounts import (
    propose_payout_account,
    refuse_payout_account,
    verify_payout_account,
)
from marketplace.institutions.operations.registration import (
    bar_institution,
    register_institution,
    reinstate_institution,
    suspend_institution,
)
from marketplace.institutions.queries import (
    find_verified_payout_account,
    is_accredited,
    list_accreditations,
    list_manager_ids,
)
from marketplace.institutions.states import InstitutionState, PayoutAccountState
from marketplace.notices.models import Notice
from tests.factories.institutions import (
    make_accredited_institution,
    make_institution,
    make_staff,
    make_uscc,
)
from tests.factories.people import make_user

DAY = date(2026, 11, 20)


def codes(refused) -> tuple[str, ...]:
    return refused.value.codes


def accredit(institution, **wanted):
    values = {
        "occupation_code": None,
        "level": None,
        "valid_from": DAY,
        "valid_until": None,
        "clause": None,
        "actor_id": None,
    }
    return accredit_institution(institution.id, **{**values, **wanted})


class TestRegister:
    def test_a_code_is_registered_once(self, app):
        uscc = make_uscc()
        with write_transaction():
            register_institution(name="甲", uscc=uscc, jurisdiction_id=None, actor_id=None)
            with pytest.raises(Refused) as refused:
                register_institution(
                    name="乙", uscc=uscc.lower(), jurisdiction_id=None, actor_id=None
                )
        assert codes(refused) == ("uscc_taken",)

    def test_standing_changes_with_a_reason_and_leaves_a_trail(self, app):
        with write_transaction():
            school = make_accredited_institution()
            suspend_institution(school.id, reason=" 现场检查 ", actor_id=None)
            suspend_institution(school.id, reason="again", actor_id=None)
            with pytest.raises(Refused) as refused:
                bar_institution(school.id, reason="  ", actor_id=None)
            bar_institution(school.id, reason="骗取", actor_id=None)
            reinstate_institution(school.id, reason="申诉", actor_id=None)
        assert codes(refused) == ("reason_missing",)
        assert school.state == InstitutionState.ACCREDITED
        events = list_events_of("institution", school.code, PageRequest()).items
        assert [(event.event, event.reason) for event in events][:3] == [
            ("institution.reinstated", "申诉"),
            ("institution.barred", "骗取"),
            ("institution.suspended", "现场检查"),
        ]


class TestAccreditation:
    def test_it_holds_for_occupation_level_and_dates(self, app):
        with write_transaction():
            school = make_institution()
            accredit(school, occupation_code="6-31-01-03", level=4, valid_until=DAY + timedelta(9))

        def may(occupation="6-31-01-03", level=4, on=DAY):
            return is_accredited(school.id, occupation_code=occupation, level=level, on=on)

        assert may()
        assert may(on=DAY + timedelta(9))
        assert not may(on=DAY + timedelta(10))
        assert not may(on=DAY - timedelta(1))
        assert not may(level=3)
        assert not may(level=None)
        assert not may(occupation="6-31-01-04")
        with write_transaction():
            suspend_institution(school.id, reason="x", actor_id=None)
        assert not may()

    def test_revoking_ends_it_and_needs_a_reason(self, app):
        with write_transaction():
            school = make_institution()
            granted = accredit(school)
            with pytest.raises(Refused):
                revoke_accreditation(granted.id, reason="", actor_id=None)
            revoke_accreditation(granted.id, reason="师资不足", actor_id=None)
        assert not is_accredited(school.id, occupation_code=None, level=None, on=DAY)

    def test_the_same_grant_twice_is_one(self, app):
        with write_transaction():
            school = make_institution()
            assert accredit(school).id == accredit(school).id
        assert len(list_accreditations(school.id)) == 1


class TestStaff:
    def test_the_last_manager_stays(self, app):
        with write_transaction():
            school = make_institution()
            first, second = make_staff(school), make_user()
            with pytest.raises(Refused) as refused:
                remove_member(school.id, user_id=first.id, actor_id=None)
            add_member(school.id, user_id=second.id, role="manager", actor_id=None)
            remove_member(school.id, user_id=first.id, actor_id=None)
            with pytest.raises(Refused):
                add_member(school.id, user_id=second.id, role="teacher", actor_id=None)
        assert codes(refused) == ("last_manager",)
        assert list_manager_ids(school.id) == [second.id]


class TestPayee:
    def propose(self, school, number="42000000123456", *, by):
        return propose_payout_account(
            school.id,
            holder=school.name,
            number=number,
            bank_name="工行",
            bank_code="102241000015",
            actor_id=by.id,
        )

    def test_two_people_sign_and_the_first_account_is_payable_at_once(self, app, now):
        with write_transaction():
            school = make_accredited_institution()
            manager, officer = make_staff(school), make_user()
            proposed = self.propose(school, by=manager)
            assert find_verified_payout_account(school.id) is None
            with pytest.raises(Refused) as refused:
                verify_payout_account(proposed.id, actor_id=manager.id)
            verify_payout_account(proposed.id, actor_id=officer.id)
        assert codes(refused) == ("same_person",)
        assert find_verified_payout_account(school.id).payable_from == clock.today()

    def test_a_changed_account_is_held_and_the_managers_are_told(self, app, now):
        with write_transaction():
            school = make_accredited_institution()
            manager, officer = make_staff(school), make_user()
            first = self.propose(school, by=manager)
            verify_payout_account(first.id, actor_id=officer.id)
            changed = self.propose(school, "42000000999999", by=manager)
            verify_payout_account(changed.id, actor_id=officer.id)
            verify_payout_account(changed.id, actor_id=officer.id)
        in_force = find_verified_payout_account(school.id)
        assert (in_force.id, first.state) == (changed.id, PayoutAccountState.RETIRED)
        assert in_force.payable_from == clock.today() + timedelta(days=7)
        notices = db.session.scalars(select(Notice).order_by(Notice.id)).all()
        assert [notice.kind for notice in notices] == [
            "payout_account_verified",
            "payout_account_proposed",
            "payout_account_verified",
        ]
        assert {notice.user_id for notice in notices} == {manager.id}
        assert notices[1].params["number"] == "**** 9999"

    def test_the_contact_of_the_account_in_force_hears_of_a_change_before_it_happens(
        self, app, now
    ):
        """Also when the thief has made themselves the only manager."""
        with write_transaction():
            school = make_accredited_institution()
            founder, officer = make_staff(school), make_user()
            verify_payout_account(self.propose(school, by=founder).id, actor_id=officer.id)
            thief = make_staff(school)
            remove_member(school.id, user_id=founder.id, actor_id=thief.id)
            changed = self.propose(school, "42000000999999", by=thief)
        told = db.session.scalars(
            select(Notice).where(Notice.kind == "payout_account_proposed").order_by(Notice.id)
        ).all()
        assert [notice.user_id for notice in told] == [founder.id, thief.id]
        assert told[0].params["old"] == "**** 3456"
        assert find_verified_payout_account(school.id).id != changed.id
        event = list_events_of("institution", school.code, PageRequest()).items[0]
        assert (event.event, event.details["contacts_told"]) == ("payout_account.proposed", 2)

    def test_a_refused_change_is_told_to_who_asked(self, app, now):
        with write_transaction():
            school = make_accredited_institution()
            manager, officer = make_staff(school), make_user()
            proposed = self.propose(school, by=manager)
            refuse_payout_account(proposed.id, reason="户名不符", actor_id=officer.id)
        (notice,) = db.session.scalars(select(Notice).order_by(Notice.id)).all()
        assert (notice.kind, notice.user_id) == ("payout_account_refused", manager.id)

    def test_the_hold_is_not_escaped_by_going_back(self, app, now):
        with write_transaction():
            school = make_accredited_institution()
            manager, officer = make_staff(school), make_user()
            for number in ("42000000123456", "42000000999999", "42000000123456"):
                proposed = self.propose(school, number, by=manager)
                verify_payout_account(proposed.id, actor_id=officer.id)
        in_force = find_verified_payout_account(school.id)
        assert in_force.payable_from == clock.today() + timedelta(days=7)

    def test_a_new_proposal_replaces_the_waiting_one(self, app, now):
        with write_transaction():
            school = make_accredited_institution()
            manager, officer = make_staff(school), make_user()
            first = self.propose(school, by=manager)
            assert self.propose(school, by=manager).id == first.id
            second = self.propose(school, "42000000999999", by=manager)
            with pytest.raises(Refused) as refused:
                verify_payout_account(first.id, actor_id=officer.id)
            refuse_payout_account(second.id, reason="户名不符", actor_id=officer.id)
        assert codes(refused) == ("payout_account_decided",)
        assert find_verified_payout_account(school.id) is None

    def test_the_number_is_nowhere_in_the_database_or_the_trail(self, app, now):
        with write_transaction():
            school = make_accredited_institution()
            proposed = self.propose(school, "4200 0000 1234 5678", by=make_staff(school))
        assert db.session.get(PayoutAccount, proposed.id).number == "4200000012345678"
        for table in ("payout_account", "audit_event", "notice"):
            rows = db.session.execute(text(f"SELECT * FROM {table}")).all()
            assert "4200000012345678" not in str(rows)
            assert "12345678" not in str(rows)
