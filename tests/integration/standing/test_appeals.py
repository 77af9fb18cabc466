"""Appeals: filed once and in time, decided by somebody else, with a correcting fact."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace.audit.queries import list_events_of
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.paging import PageRequest
from marketplace.notices.models import Notice
from marketplace.standing.models import StandingRecord
from marketplace.standing.operations.appeals import (
    appeal_rating,
    appeal_record,
    reject_appeal,
    uphold_appeal,
)
from marketplace.standing.operations.records import withdraw_standing
from marketplace.standing.queries.ratings import find_current_rating, find_rating_in_force
from marketplace.standing.queries.records import get_standing_record, list_appeals_of
from marketplace.standing.states import AppealState, Component, Grade, StandingKind
from tests.factories.enrollment import make_staff
from tests.factories.institutions import make_accredited_institution
from tests.factories.people import make_officer
from tests.factories.standing import make_rating, make_standing
from tests.kept import kept


class Stage:
    """A rated school with a sanction in its file, its manager, two officers."""

    def __init__(self) -> None:
        self.school = make_accredited_institution()
        self.manager = make_staff(self.school.id)
        self.officer, self.other = make_officer(), make_officer()
        make_rating(self.school.id)
        self.record = make_standing(
            self.school.id, actor_id=self.officer.id, kind=StandingKind.SANCTION
        )

    def appeal(self):
        return appeal_record(
            self.school.id,
            record_id=self.record.id,
            reason="处罚已被复议撤销。",
            actor_id=self.manager.id,
        )


@pytest.fixture
@kept
def stage(app, now) -> Stage:
    with write_transaction():
        return Stage()


def codes(refused):
    return refused.value.codes


def count_records():
    return db.session.scalar(select(func.count()).select_from(StandingRecord))


def test_an_upheld_appeal_withdraws_the_fact_and_restores_the_grade(stage):
    assert find_current_rating(stage.school.id).grade is Grade.C
    with write_transaction():
        appeal = stage.appeal()
    with pytest.raises(Refused) as refused, write_transaction():
        uphold_appeal(appeal.id, reason="属实", actor_id=stage.officer.id)
    assert codes(refused) == ("appeal_own_matter",), "the maker of the fact does not decide"
    with write_transaction():
        decided = uphold_appeal(appeal.id, reason="复议决定属实。", actor_id=stage.other.id)
    assert decided.state is AppealState.UPHELD
    assert get_standing_record(stage.record.id).withdrawn_by.id == decided.correcting_record_id
    rating = find_current_rating(stage.school.id)
    assert (rating.grade, rating.stars) == (Grade.B, 4.08), "the stars are what they were"
    told = db.session.scalars(
        select(Notice.kind).where(Notice.user_id == stage.manager.id).order_by(Notice.id)
    ).all()
    assert told == ["standing.recorded", "appeal.filed", "standing.withdrawn", "appeal.upheld"]
    events = list_events_of("institution", stage.school.code, PageRequest()).items
    assert {"appeal.filed", "appeal.upheld"} <= {event.event for event in events}
    with pytest.raises(Refused) as refused, write_transaction():
        reject_appeal(appeal.id, reason="x", actor_id=stage.other.id)
    assert codes(refused) == ("appeal_is_decided",)


def test_a_rejected_appeal_leaves_the_fact_and_is_final(stage):
    with write_transaction():
        appeal = stage.appeal()
        reject_appeal(appeal.id, reason="证据充分。", actor_id=stage.other.id)
    assert find_current_rating(stage.school.id).grade is Grade.C
    with pytest.raises(Refused) as refused, write_transaction():
        stage.appeal()
    assert codes(refused) == ("appeal_decided_before",)


def test_while_an_appeal_waits_there_is_no_second_and_no_withdrawal(stage):
    with write_transaction():
        stage.appeal()
    with pytest.raises(Refused) as refused, write_transaction():
        stage.appeal()
    assert codes(refused) == ("appeal_open_already",)
    with pytest.raises(Refused) as refused, write_transaction():
        withdraw_standing(stage.record.id, reason="x", actor_id=stage.other.id)
    assert codes(refused) == ("standing_appeal_open",)


def test_an_appeal_comes_in_time(stage):
    with (
        clock.frozen(clock.now() + timedelta(days=31)),
        pytest.raises(Refused) as refused,
        write_transaction(),
    ):
        stage.appeal()
    assert codes(refused) == ("appeal_too_late",)


def test_another_institutions_file_is_not_there(stage):
    with write_transaction():
        stranger = make_accredited_institution()
    with pytest.raises(NotFound), write_transaction():
        appeal_record(stranger.id, record_id=stage.record.id, reason="x", actor_id=stage.manager.id)
    with pytest.raises(NotFound), write_transaction():
        appeal_rating(stranger.id, reason="x", actor_id=stage.manager.id)


class TestCounts:
    def filed(self, stage):
        with write_transaction():
            return appeal_rating(
                stage.school.id, reason="有三人补考通过未计入。", actor_id=stage.manager.id
            )

    def test_a_correction_mends_the_counts_and_the_stars_follow(self, stage):
        appeal = self.filed(stage)
        before = find_current_rating(stage.school.id).stars
        with write_transaction():
            decided = uphold_appeal(
                appeal.id, reason="核对无误。", actor_id=stage.other.id,
                component=Component.ASSESSMENT, successes=3, trials=0,
            )  # fmt: skip
        rating = find_rating_in_force(stage.school.id)
        assessment = next(
            row for row in rating.result["components"] if row["component"] == "assessment"
        )
        assert assessment["counts"] == {"successes": 43, "trials": 50}
        assert rating.inputs["counts"]["assessment"] == {"successes": 40, "trials": 50}
        assert find_current_rating(stage.school.id).stars > before
        correction = get_standing_record(decided.correcting_record_id).record
        assert (correction.kind, correction.points) == (StandingKind.CORRECTION, 0)

    @pytest.mark.parametrize(
        ("values", "code"),
        [
            ({}, "correction_component_missing"),
            ({"component": Component.ASSESSMENT}, "correction_empty"),
            ({"component": Component.ASSESSMENT, "successes": 11}, "correction_impossible"),
        ],
    )
    def test_a_correction_that_cannot_be_is_refused_and_nothing_is_stored(
        self, stage, values, code
    ):
        appeal, before = self.filed(stage), count_records()
        with pytest.raises(Refused) as refused, write_transaction():
            uphold_appeal(appeal.id, reason="核对。", actor_id=stage.other.id, **values)
        assert codes(refused) == (code,)
        assert count_records() == before
        (view,) = list_appeals_of(stage.school.id, PageRequest()).items
        assert view.appeal.state is AppealState.FILED
