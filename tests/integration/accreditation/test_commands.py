"""`institutions review-limit|calendar|apply-standing`, as scripts call them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from marketplace.accreditation.queries import get_calendar, get_review_limit
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.institutions.operations.registration import suspend_institution
from marketplace.institutions.queries import get_institution
from marketplace.institutions.states import InstitutionState
from tests.conftest import NOW
from tests.factories.institutions import make_accredited_institution


@pytest.fixture
def run(app, now):
    def command(*arguments: str, expect: int = 0) -> dict:
        db.session.remove()
        result = app.test_cli_runner().invoke(args=["institutions", *arguments, "--json"])
        assert result.exit_code == expect, result.output
        return json.loads(result.stdout)

    return command


def test_a_limit_is_set_from_a_day_on(run):
    what = ("review-limit", "--from", "2026-12-01", "--clause", "省办法第八条")
    assert run(*what, "--working-days", "15") == {"working_days": 15, "from": "2026-12-01"}
    answer = run(*what, "--working-days", "0", expect=1)
    assert [one["code"] for one in answer["refused"]] == ["review_days_range", "review_day_taken"]
    assert get_review_limit(clock.today() + timedelta(11)) == (15, "省办法第八条")


def test_a_calendar_is_read_from_a_file(run, tmp_path):
    file = tmp_path / "days.csv"
    file.write_text("2027-01-01,holiday,元旦\n2027-01-03,working\n", encoding="utf-8")
    assert run("calendar", str(file)) == {"days": 2}
    file.write_text("2027-01-01;holiday\n", encoding="utf-8")
    assert run("calendar", str(file), expect=1)["refused"][0]["code"] == "calendar_row"
    file.write_bytes("2027-01-01,holiday,元旦".encode("gb18030"))
    assert run("calendar", str(file), expect=1)["refused"]
    assert len(get_calendar().exceptions) == 2


def test_announced_decisions_take_effect_at_night(run):
    with write_transaction():
        school = make_accredited_institution()
        school_id = school.id
        suspend_institution(
            school_id, reason="整改", effective_on=clock.today() + timedelta(3), actor_id=None
        )
    assert run("apply-standing") == {"applied": 0}
    with clock.frozen(NOW + timedelta(days=3)):
        assert run("apply-standing") == {"applied": 1}
        assert run("apply-standing") == {"applied": 0}
    assert get_institution(school_id).state == InstitutionState.SUSPENDED
