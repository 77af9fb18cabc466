"""Status reports and suggestions on the pages of fund officers."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select

from marketplace.foundation.db import db, write_transaction
from marketplace.payouts.models import Payout, PayoutAttempt
from marketplace.payouts.states import PayoutState
from marketplace.reconciliation.models import ReconciliationBreak
from tests.factories.bank import make_camt053, make_entry
from tests.factories.people import make_jurisdiction, make_officer
from tests.factories.settlement import make_officers, make_sent_batch
from tests.factories.status_reports import make_status, make_status_report
from tests.kept import kept
from tests.pages import PageClient

PAYEE = "长青职业培训学校"


@pytest.fixture
@kept
def sent(app, now):
    """Two payouts on their way: the batch's code, their references."""
    with write_transaction():
        batch = make_sent_batch(make_officers())
        make_officer(make_jurisdiction(), login="here")
        make_officer(make_jurisdiction("990300"), login="elsewhere")
        by_id = select(PayoutAttempt.end_to_end_id).order_by(PayoutAttempt.id)
        return batch.code, list(db.session.scalars(by_id))


def _browser(app, login: str, language: str = "en") -> PageClient:
    return PageClient(app).speak(language).sign_in(login)


def _upload(browser: PageClient, path: str, content: bytes, expect: int) -> str:
    data = {"file": (io.BytesIO(content), "f"), "bank_account": "MAIN"}
    answer = browser.post(path, data, expect=expect, content_type="multipart/form-data")
    return answer.get_data(as_text=True)


def test_a_status_report_is_taken_in_where_the_batch_is_seen(app, sent):
    code, (first, second) = sent
    report = make_status_report(code, [make_status(first, "ACSP", reason=""), make_status(second)])
    stranger = _upload(_browser(app, "elsewhere"), "/fund/payout-status-reports", report, 422)
    assert "belongs to no payout of ours" in stranger
    assert second.rpartition("-")[0] not in stranger.replace(second, "")
    officer = _browser(app, "here", "zh_Hans_CN")
    page = _upload(officer, "/fund/payout-status-reports", report, 200)
    assert "银行拒付，已恢复应付" in page
    assert "AC04" in officer.get(f"/fund/payout-batches/{code}").get_data(as_text=True)
    db.session.rollback()
    states = db.session.scalars(select(Payout.state).order_by(Payout.id)).all()
    assert states == [PayoutState.SENT, PayoutState.RETURNED]


@pytest.mark.parametrize("content", [b"", b"hello", b"<a/>"])
def test_what_is_no_report_is_refused_with_a_reason(app, sent, content):
    assert "error-summary" in _upload(
        _browser(app, "here"), "/fund/payout-status-reports", content, 422
    )


def test_suggestions_are_shown_with_reasons_and_confirmed_from_the_page(app, sent):
    details = f"<TxDtls><RltdPties><Cdtr><Nm>{PAYEE}</Nm></Cdtr></RltdPties></TxDtls>"
    entries = [make_entry("1200.00", details=details), make_entry("800.50", details=details)]
    officer = _browser(app, "here")
    assert "No suggestions" in officer.get("/fund/reconciliation/suggestions").get_data(
        as_text=True
    )
    statement = make_camt053(entries, opening="2000.50", closing="0.00")
    _upload(officer, "/fund/bank-statements", statement, 200)
    page = officer.get("/fund/reconciliation/suggestions").get_data(as_text=True)
    assert f"The name is the payee’s: {PAYEE}." in page
    keys = [part.partition('"')[0] for part in page.split('name="key" value="')[1:]]
    assert len(keys) == 2
    other = _browser(app, "elsewhere")
    other.post("/fund/reconciliation/suggestions/confirm", {"key": keys[0]})
    assert "no longer holds" in other.get("/fund/reconciliation").get_data(as_text=True)
    officer.post("/fund/reconciliation/suggestions/confirm", {"key": keys})
    db.session.rollback()
    assert set(db.session.scalars(select(Payout.state))) == {PayoutState.CONFIRMED}
    zh = _browser(app, "here", "zh_Hans_CN").get("/fund/reconciliation/suggestions")
    assert "没有建议" in zh.get_data(as_text=True)


def test_the_worklist_is_filtered_by_cause_owner_age_and_account(app, sent):
    officer = _browser(app, "here")
    content = make_camt053([make_entry("8.00")], closing="992.00")
    _upload(officer, "/fund/bank-statements", content, 200)
    db.session.rollback()
    code = db.session.scalars(select(ReconciliationBreak.code)).one()

    def shows(query: str) -> bool:
        return code in officer.get(f"/fund/reconciliation?{query}").get_data(as_text=True)

    assert shows("cause=no_reference&owner=mine&account=MAIN&age=")
    for query in ("cause=amount_differs", "owner=nobody", "account=OTHER", "age=7", "age=x1"):
        assert shows(query) == (query == "age=x1")


def test_a_bank_table_and_a_notification_are_told_from_a_proved_statement(app, sent):
    officer = _browser(app, "here", "zh_Hans_CN")
    header = "交易日期,收入,支出,余额,对方户名\n2026-11-18,,100.00,900.00,甲\n"
    table = _upload(officer, "/fund/bank-statements", header.encode("gb18030"), 200)
    assert "other.csv" in table
    notified = make_camt053([make_entry("8.00")], balances="", message="054")
    assert "无余额，流水已保存待匹配" in _upload(officer, "/fund/bank-statements", notified, 200)
    listed = officer.get("/fund/bank-statements").get_data(as_text=True)
    assert "本账户首份" in listed
