"""The audit trail as administrators read it: in words, filtered by its address, as a file."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from tests.factories.people import make_administrator, make_officer


@pytest.fixture
def trail(client):
    """An administrator who reads, an officer who did three things on two days."""
    with write_transaction():
        make_administrator("the-admin")
        officer = make_officer(login="the-officer")
        _record("voucher.released", "voucher", "V-1", officer.id, reason="found_work")
        _record("worker.id_number_viewed", "worker", "W-1", officer.id, reason="=1+1")
        with clock.frozen(datetime(2026, 11, 9, 16, 30, tzinfo=UTC)):  # the 10th in Shanghai
            _record(
                "fund.appropriated", "fund", "F-1", None, details={"amount_fen": 1_234_50, "new": 1}
            )
    client.speak("en").sign_in("the-admin")
    return officer


def _record(event, kind, code, actor_id, *, reason=None, details=None):
    record_event(
        event,
        subject_kind=kind,
        subject_code=code,
        actor_id=actor_id,
        reason=reason,
        details=details,
    )


def _rows(page: str) -> str:
    return page.partition("<tbody>")[2].partition("</tbody>")[0]


def test_events_reasons_and_details_are_read_in_words(client, trail):
    page = _rows(client.get("/admin/audit").get_data(as_text=True))
    for words in ("Reservation released", "I found work", "ID number opened", "Fund appropriated"):
        assert words in page
    assert "Amount: ¥1,234.50" in page
    assert "voucher.released" not in page
    chinese = _rows(client.speak("zh_Hans_CN").get("/admin/audit").get_data(as_text=True))
    assert "打开身份证号码" in chinese or "查看" in chinese
    assert "Reservation released" not in chinese


def test_the_thing_is_linked_to_its_page_where_the_reader_may_open_it(client, trail):
    page = _rows(client.get("/admin/audit").get_data(as_text=True))
    assert 'href="/admin/funds/F-1"' in page
    assert "/fund/vouchers/V-1" not in page, "closed to administrators"
    assert "subject_kind=voucher&amp;subject_code=V-1" in page


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("event=fund.appropriated", {"Fund appropriated"}),
        ("actor=the-officer", {"Reservation released", "ID number opened"}),
        ("actor=nobody-has-this-login", set()),
        ("subject_kind=worker&subject_code=W-1", {"ID number opened"}),
        ("from=2026-11-10&to=2026-11-10", {"Fund appropriated"}),
        ("to=2026-11-09", set()),
        ("event=voucher.released&from=2026-11-11", {"Reservation released"}),
    ],
)
def test_the_address_filters(client, trail, asked, found):
    page = _rows(client.get(f"/admin/audit?{asked}").get_data(as_text=True))
    known = {"Reservation released", "ID number opened", "Fund appropriated"}
    assert {words for words in known if words in page} == found


def test_a_filter_nobody_offers_filters_nothing_and_breaks_nothing(client, trail):
    page = client.get("/admin/audit?event=x&subject_kind=zz&from=32.13.&to=9999-12-31&page=-1")
    assert "Fund appropriated" in _rows(page.get_data(as_text=True))


def test_the_download_holds_the_filtered_events_and_disarms_formulas(client, trail):
    answer = client.get("/admin/audit.csv?actor=the-officer")
    assert answer.mimetype == "text/csv"
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert [row[2] for row in rows] == [
        "Event code",
        "worker.id_number_viewed",
        "voucher.released",
        "user.registered",
    ]
    assert rows[1][6] == "'=1+1"
    assert rows[1][0] == "2026-11-20 10:00:00+08:00"


def test_the_page_of_a_login_tells_its_events_in_words(client, trail):
    page = client.get(f"/admin/users/{trail.code}").get_data(as_text=True)
    assert "Role given" in page
    assert "user.role_granted" not in page
