"""An institution opens its statement of account: every entry, a running balance, what is next."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.institutions.models import InstitutionMember
from marketplace.institutions.states import MemberRole
from marketplace.ledger.sealing.operations import seal_block
from marketplace.payouts.models import Payout, PayoutAttempt
from marketplace.payouts.operations import confirm_payout, return_payout
from marketplace.people.models import User
from marketplace.web.institution_staff.views import money
from tests.factories.people import make_user
from tests.factories.rows import make_row
from tests.factories.settlement import (
    make_earning_institution,
    make_institution,
    make_officers,
    make_sent_batch,
)
from tests.kept import kept
from tests.pages import PageClient

PATH = "/institution/statement-of-account"


def _member(institution_id: int) -> str:
    user: User = make_user()
    make_row(
        InstitutionMember,
        institution_id=institution_id,
        user_id=user.id,
        role=MemberRole.MANAGER,
        left_at=None,
    )
    return user.login


@pytest.fixture
@kept
def officers(app, now):
    with write_transaction():
        return make_officers()


def _page(app, login: str, path: str = PATH) -> str:
    return PageClient(app).sign_in(login).get(path).get_data(as_text=True)


def test_earned_money_stands_with_a_running_balance(app, officers, monkeypatch):
    monkeypatch.setattr(money, "pdf_of", str.encode)
    with write_transaction():
        login = _member(make_earning_institution(officers, (120_000, 80_050)).id)
        block = seal_block(actor_id=None)
    page = _page(app, login)
    assert page.index("2,000.50") < page.index("1,200.00")
    assert "voucher.redeemed" not in page
    printed = _printed(app, login)
    assert printed.index("1,200.00") < printed.index("2,000.50")  # oldest first
    assert block.head in printed
    monkeypatch.setattr(money, "PRINTED_LINES_MAX", 1)
    answer = PageClient(app).sign_in(login).browser.get(f"{PATH}.pdf")
    assert answer.status_code == 303  # too many lines: choose fewer days


def _printed(app, login: str) -> str:
    return PageClient(app).sign_in(login).browser.get(f"{PATH}.pdf").get_data(as_text=True)


def test_payout_return_and_the_next_step_are_shown(app, officers):
    with write_transaction():
        make_sent_batch(officers, (120_000,))
        payout, attempt = db.session.execute(
            select(Payout, PayoutAttempt).join(PayoutAttempt, PayoutAttempt.payout_id == Payout.id)
        ).one()
        login = _member(payout.institution_id)
    assert 'data-state="sent"' in _page(app, login)
    with write_transaction():
        confirm_payout(
            payout.id,
            end_to_end_id=attempt.end_to_end_id,
            effective_on=clock.today(),
            actor_id=None,
        )
    assert 'data-state="confirmed"' in _page(app, login)
    with write_transaction():
        return_payout(
            payout.id,
            end_to_end_id=attempt.end_to_end_id,
            reason_code="AC04",
            effective_on=clock.today(),
            actor_id=None,
        )
    page = _page(app, login)
    assert 'data-state="returned"' in page
    assert attempt.end_to_end_id in page
    assert page.count("<tr>") >= 5


def test_days_filter_the_entries_and_carry_the_balance(app, officers):
    with write_transaction():
        login = _member(make_earning_institution(officers, (120_000,)).id)
    page = _page(app, login, f"{PATH}?from=2026-11-15&to=2026-11-30")
    assert "empty-state" in page
    assert "1,200.00" in page  # still owed
    _page(app, login, f"{PATH}?from=nonsense&page=99")


def test_the_download_is_safe_for_spreadsheets(app, officers):
    with write_transaction():
        login = _member(make_earning_institution(officers, (120_000,)).id)
    text = _page(app, login, f"{PATH}.csv")
    rows = [line for line in text.splitlines() if line]
    assert len(rows) == 2
    assert rows[1].endswith('"1200.00","0.00","1200.00"')


def test_nobody_sees_anothers_statement(app, officers):
    with write_transaction():
        make_earning_institution(officers, (120_000,))
        login = _member(make_institution("别的学校").id)
    page = _page(app, login)
    assert "1,200.00" not in page
    PageClient(app).get(PATH, expect=302)
