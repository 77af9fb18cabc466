"""The calendar of working days and the limit of reviews, on a page."""

from __future__ import annotations

import pytest

from marketplace.accreditation.queries import get_calendar, get_review_limit
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from tests.factories.people import make_administrator

PAGE = "/admin/working-days"
DAYS = "2026-10-01,holiday,中秋节假\n2026-10-10，上班，调休\n# 注\n"


@pytest.fixture
def admin(app, client, now):
    with write_transaction():
        make_administrator("the-admin")
    client.sign_in("the-admin")
    return client


def test_days_are_noted_shown_and_taken_back(admin):
    assert "holiday" not in admin.get(PAGE).get_data(as_text=True).split("<form")[0]
    admin.post(PAGE, {"lines": DAYS})
    page = admin.get(f"{PAGE}?year=2026").get_data(as_text=True)
    assert "中秋节假" in page
    assert "调休" in page
    assert sorted(get_calendar().exceptions.values()) == [False, True]
    admin.post(f"{PAGE}/2026-10-01/remove")
    db.session.remove()
    assert "中秋节假" not in admin.get(PAGE).get_data(as_text=True)
    admin.post(f"{PAGE}/2026-10-01/remove", expect=404)
    admin.post(f"{PAGE}/tomorrow/remove", expect=404)


@pytest.mark.parametrize(
    ("lines", "status"),
    [("", 422), ("x" * 20_001, 422), ("#", 409), ("2026-13-01,holiday", 409),
     ("2026-10-01,party", 409), ("9999-12-31,holiday", 409),
     ("2026-10-02,holiday\n2026-10-01", 409)],
)  # fmt: skip
def test_one_wrong_line_refuses_all_of_them(admin, lines, status):
    admin.post(PAGE, {"lines": lines}, expect=status)
    assert not get_calendar().exceptions


def test_a_limit_is_set_once_a_day_and_shown(admin):
    wanted = {"working_days": "15", "valid_from": "2026-11-20", "clause": "省办法第八条"}
    admin.post("/admin/review-limit", wanted)
    assert get_review_limit(clock.today()) == (15, "省办法第八条")
    assert "省办法第八条" in admin.get(PAGE).get_data(as_text=True)
    admin.post("/admin/review-limit", wanted | {"working_days": "10"}, expect=409)
    for wrong in ({"working_days": "0"}, {"clause": ""}, {"valid_from": "soon"}):
        admin.post("/admin/review-limit", wanted | wrong, expect=422)
