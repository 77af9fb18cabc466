"""The file of an institution: entered, withdrawn by a second fact, never edited; what D stops."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from marketplace.audit.queries import list_events_of
from marketplace.catalog.operations.course_runs import open_course_run, start_course_run
from marketplace.cli.rating import compute_all
from marketplace.enrollment.operations.disputes import decide_dispute, dispute_attendance
from marketplace.enrollment.queries import list_attendance_of
from marketplace.enrollment.states import AttendanceState
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.paging import PageRequest
from marketplace.notices.models import Notice
from marketplace.redemption.operations.reserve import reserve_voucher
from marketplace.standing.models import StandingRecord
from marketplace.standing.operations.policies import load_rating_policy
from marketplace.standing.operations.records import withdraw_standing
from marketplace.standing.queries.policies import (
    get_built_in_policy,
    get_rating_policy,
)
from marketplace.standing.queries.ratings import (
    find_current_rating,
    list_current_ratings,
    list_grade_bars,
)
from marketplace.standing.queries.records import list_public_facts, list_standing
from marketplace.standing.rules.policy_file import read_policy
from marketplace.standing.states import Grade, StandingKind
from marketplace.vouchers.operations.quotes import make_quote
from marketplace.vouchers.queries.course_facts import list_course_facts
from tests.factories.catalog import (
    make_filed_course_run,
    make_listed_course,
    make_open_course_run,
)
from tests.factories.enrollment import attend, make_enrollment, make_staff
from tests.factories.institutions import make_accredited_institution
from tests.factories.people import make_officer, make_worker
from tests.factories.standing import make_standing
from tests.factories.vouchers import make_voucher
from tests.kept import kept


class Stage:
    """An accredited school with a manager, and two officers."""

    def __init__(self) -> None:
        self.school = make_accredited_institution()
        self.manager = make_staff(self.school.id)
        self.officer, self.other = make_officer(), make_officer()

    def enter(self, **values):
        return make_standing(self.school.id, **{"actor_id": self.officer.id, **values})


@pytest.fixture
@kept
def stage(app, now) -> Stage:
    with write_transaction():
        return Stage()


def codes(refused):
    return refused.value.codes


def test_a_fact_brings_points_repair_period_grade_trail_and_notice(stage):
    with write_transaction():
        record = stage.enter(kind=StandingKind.SANCTION, happened_on=date(2026, 11, 10))
    assert (record.points, record.policy_version) == (-25, 1)
    assert record.valid_until == date(2029, 11, 9)
    rating = find_current_rating(stage.school.id)
    assert (rating.grade, rating.stars) == (Grade.C, None)
    events = list_events_of("institution", stage.school.code, PageRequest()).items
    recorded = next(event for event in events if event.event == "standing.recorded")
    assert (recorded.actor_id, recorded.details["kind"]) == (stage.officer.id, "sanction")
    notice = db.session.scalars(select(Notice).where(Notice.user_id == stage.manager.id)).one()
    assert (notice.kind, notice.link) == ("standing.recorded", "/institution/standing")


def test_a_refused_fact_names_every_reason_and_stores_nothing(stage):
    with pytest.raises(Refused) as refused, write_transaction():
        make_standing(
            stage.school.id,
            actor_id=stage.manager.id,
            kind=StandingKind.WITHDRAWAL,
            happened_on=date(2026, 11, 21),
        )
    assert codes(refused) == (
        "standing_own_institution", "standing_kind_by_decision", "standing_in_future",
    )  # fmt: skip
    assert db.session.scalar(select(func.count()).select_from(StandingRecord)) == 0
    assert find_current_rating(stage.school.id) is None


def test_numbers_that_point_at_people_do_not_enter_the_file(stage):
    from marketplace.standing.operations.records import record_standing

    with write_transaction():
        record = record_standing(
            stage.school.id, kind=StandingKind.COMPLAINT_UPHELD, happened_on=date(2026, 11, 1),
            clause="示例1号", evidence="来电 13800138000 反映。", actor_id=stage.officer.id,
        )  # fmt: skip
    assert "13800138000" not in record.evidence


def test_another_officer_withdraws_by_a_second_fact_and_the_grade_returns(stage):
    with write_transaction():
        record = stage.enter(kind=StandingKind.FALSE_RECORDS)
    assert find_current_rating(stage.school.id).grade is Grade.D
    with pytest.raises(Refused) as refused, write_transaction():
        withdraw_standing(record.id, reason="录错", actor_id=stage.officer.id)
    assert codes(refused) == ("standing_own_record",)
    with write_transaction():
        second = withdraw_standing(record.id, reason="核实无误。", actor_id=stage.other.id)
    assert find_current_rating(stage.school.id).grade is Grade.B
    views = list_standing(stage.school.id, PageRequest()).items
    assert [view.record.kind for view in views] == [
        StandingKind.WITHDRAWAL, StandingKind.FALSE_RECORDS,
    ]  # fmt: skip
    assert views[1].withdrawn_by.id == second.id
    with pytest.raises(Refused) as refused, write_transaction():
        withdraw_standing(record.id, reason="再次", actor_id=stage.other.id)
    assert codes(refused) == ("standing_withdrawn_already",)


def test_a_fact_loses_its_force_after_the_repair_period(stage):
    with clock.frozen(clock.now() - timedelta(days=500)), write_transaction():
        stage.enter(kind=StandingKind.LATE_FILING)
        stage.enter(kind=StandingKind.COMPLAINT_UPHELD)
    assert find_current_rating(stage.school.id).grade is Grade.C
    compute_all(clock.today())
    assert find_current_rating(stage.school.id).grade is Grade.B, "80 - 8 points"
    told = db.session.scalars(
        select(Notice).where(Notice.user_id == stage.manager.id).order_by(Notice.id.desc())
    ).first()
    assert (told.kind, told.params["before"], told.params["after"]) == (
        "rating.grade_changed", "C", "B",
    )  # fmt: skip


def test_the_public_reads_what_the_policy_publishes_and_counts(stage):
    with write_transaction():
        stage.enter(kind=StandingKind.LATE_FILING)
        shown = stage.enter(kind=StandingKind.COMMENDATION)
        withdrawn = stage.enter(kind=StandingKind.SANCTION)
        withdraw_standing(withdrawn.id, reason="撤销", actor_id=stage.other.id)
    public = list_public_facts(stage.school.id, on=clock.today())
    assert [(fact.kind, fact.clause) for fact in public] == [(shown.kind, shown.clause)]
    assert list_standing(stage.school.id, PageRequest()).total == 4


class TestGradeD:
    def test_no_new_run_is_filed_or_opened_and_running_ones_go_on(self, stage):
        with write_transaction():
            course = make_listed_course(stage.school)
            filed = make_filed_course_run(course)
            running = make_open_course_run(course, starts_on=clock.today())
            stage.enter(kind=StandingKind.FALSE_RECORDS)
        for attempt in (
            lambda: make_filed_course_run(course),
            lambda: open_course_run(filed.id, actor_id=None),
        ):
            with pytest.raises(Refused) as refused, write_transaction():
                attempt()
            assert codes(refused) == ("grade_bars_new_runs",)
            assert refused.value.refusals[0].rule == "东政发〔2019〕10号 五（三） · v1"
        with write_transaction():
            start_course_run(running.id, actor_id=None)

    def test_no_voucher_is_quoted_or_reserved_there(self, stage):
        with write_transaction():
            run = make_open_course_run(make_listed_course(stage.school))
            worker = make_worker()
            voucher = make_voucher(worker.id)
            quote = make_quote(
                worker.id, voucher_id=voucher.id, course_run_id=run.id, actor_id=None
            )
            stage.enter(kind=StandingKind.FALSE_RECORDS)
        with pytest.raises(Refused) as refused, write_transaction():
            reserve_voucher(
                voucher.id, quote_id=quote.id, worker_id=worker.id, actor_id=worker.user_id
            )
        assert codes(refused) == ("grade_bars_new_runs",)
        with pytest.raises(Refused) as refused, write_transaction():
            make_quote(worker.id, voucher_id=voucher.id, course_run_id=run.id, actor_id=None)
        assert codes(refused) == ("grade_bars_new_runs",)
        assert list_course_facts([run.course_id])[run.course_id].barred_grade == "D"

    def test_a_c_is_not_barred(self, stage):
        with write_transaction():
            stage.enter(kind=StandingKind.SANCTION)
        assert find_current_rating(stage.school.id).grade is Grade.C
        assert list_grade_bars([stage.school.id]) == {}

    def test_ratings_are_read_for_many_in_one_go(self, stage):
        with write_transaction():
            other = make_accredited_institution()
            stage.enter(kind=StandingKind.COMMENDATION)
        found = list_current_ratings([stage.school.id, other.id])
        assert list(found) == [stage.school.id]
        assert found[stage.school.id].grade is Grade.A


def test_an_upheld_dispute_enters_the_file_and_a_rejected_one_does_not(stage):
    with write_transaction():
        run = make_open_course_run(make_listed_course(stage.school))
        learners = [make_worker(), make_worker()]
        for worker in learners:
            attend(make_enrollment(worker, course_run=run), stage.manager.id, lessons=1)
    entries = []
    for worker, state in zip(learners, ("absent", "present"), strict=True):
        enrollment_id = db.session.scalar(
            text("SELECT id FROM enrollment WHERE worker_id = :w"), {"w": worker.id}
        )
        entry = list_attendance_of([enrollment_id])[0]
        with write_transaction():
            dispute_attendance(entry.id, worker_id=worker.id, reason="不对", actor_id=None)
            decide_dispute(
                entry.id, state=AttendanceState(state), reason="监控", actor_id=stage.officer.id
            )
        entries.append(entry)
    (view,) = list_standing(stage.school.id, PageRequest()).items
    assert view.record.kind is StandingKind.DISPUTE_UPHELD
    assert (view.record.subject_kind, view.record.subject_code) == (
        "attendance", str(entries[0].id),
    )  # fmt: skip
    assert view.record.evidence == f"{run.code} #1", "no word of the learner"


@pytest.mark.parametrize("table", ["standing_record", "rating", "rating_policy"])
@pytest.mark.parametrize("act", ["UPDATE {} SET id = id + 100", "DELETE FROM {}"])
def test_the_database_refuses_to_change_history(stage, table, act):
    with write_transaction():
        stage.enter()
    with pytest.raises(DBAPIError, match="append-only"), write_transaction():
        db.session.execute(text(act.format(table)))


class TestPolicy:
    def later(self, valid_from: str = "2026-12-01", **changes) -> str:
        import yaml

        content = {**get_built_in_policy(), "valid_from": date.fromisoformat(valid_from)}
        return yaml.safe_dump({**content, **changes}, allow_unicode=True)

    def test_a_new_version_counts_from_its_day_and_the_old_one_is_kept(self, stage):
        with write_transaction():
            loaded = load_rating_policy(self.later(appeal_days=15), actor_id=None)
        assert loaded.version == 2
        assert get_rating_policy(date(2026, 11, 30)).version == 1
        assert get_rating_policy(date(2026, 12, 1)).appeal_days == 15

    def test_the_same_settings_again_are_the_same_version(self, stage):
        with write_transaction():
            first = load_rating_policy(self.later(appeal_days=15), actor_id=None).id
            again = load_rating_policy(self.later(appeal_days=15), actor_id=None).id
        assert first == again

    def test_a_version_does_not_begin_before_the_newest(self, stage):
        with write_transaction():
            load_rating_policy(self.later(appeal_days=15), actor_id=None)
        with pytest.raises(Refused) as refused, write_transaction():
            load_rating_policy(self.later("2026-11-30", appeal_days=20), actor_id=None)
        assert codes(refused) == ("rating_policy_begun",)

    def test_what_comes_with_the_release_is_well_formed(self):
        assert read_policy(self.later())["format"] == 1
