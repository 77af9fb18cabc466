"""Every listing is a dated version: who decided what, when and why, and what was public when."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from marketplace.audit.models import AuditEvent
from marketplace.catalog.course_policy import CatalogPolicy, values_of
from marketplace.catalog.models import Course
from marketplace.catalog.offer_warnings import OfferWarning
from marketplace.catalog.operations.course_decisions import relist_course
from marketplace.catalog.operations.course_policy import set_catalog_policy
from marketplace.catalog.operations.courses import (
    delist_course,
    list_course,
    return_course,
    revise_course,
    submit_course,
)
from marketplace.catalog.queries.course_history import (
    find_last_listed_version,
    get_course_history,
)
from marketplace.catalog.queries.course_policy import get_catalog_policy
from marketplace.catalog.queries.course_runs import get_course_run_facts
from marketplace.catalog.queries.courses import get_course, list_courses_in_review
from marketplace.catalog.queries.offer_facts import get_offer_warnings
from marketplace.catalog.queries.similar import list_similar_courses
from marketplace.catalog.states import CourseDecisionKind as Kind
from marketplace.catalog.states import CourseSide, CourseState
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.money import Money
from marketplace.foundation.paging import PageRequest
from marketplace.institutions.operations.registration import suspend_institution
from tests.factories.catalog import (
    make_content,
    make_draft_course,
    make_listed_course,
    make_occupation,
    make_open_course_run,
)
from tests.factories.institutions import make_accredited_institution
from tests.factories.people import make_user

DAY = timedelta(days=1)


def later(days: int):
    return clock.frozen(clock.now() + days * DAY)


def revise(course: Course, **content) -> None:
    latest = max(version.number for version in get_course_history(course).versions)
    based_on = latest if course.proposed_version_id else find_last_listed_version(course).number
    revise_course(course.id, content=make_content(**content), based_on=based_on, actor_id=None)


class TestHistory:
    def test_a_listing_says_who_when_and_which_warnings_were_seen(self, app, now):
        with write_transaction():
            officer = make_user(name="李国强")
            course = make_draft_course()
            submit_course(course.id, actor_id=None)
            seen = OfferWarning("fee_equals_cap", {"fee": Money(1, "CNY"), "scheme": {"zh": "券"}})
            list_course(course.id, actor_id=officer.id, warnings_seen=[seen])
        item = get_course_history(course).decisions[0]
        assert (item.decision.kind, item.version_number, item.made_by) == (Kind.LISTED, 1, "李国强")
        assert item.decision.made_at == now and item.decision.side is CourseSide.OFFICE
        assert [warning["code"] for warning in item.decision.warnings] == ["fee_equals_cap"]
        event = db.session.scalars(
            select(AuditEvent).where(AuditEvent.event == "course.listed")
        ).one()
        assert event.details["warnings_seen"] == ["fee_equals_cap"]

    def test_the_public_reads_any_day_as_it_was(self, app, now):
        with write_transaction():
            course = make_listed_course(fee_fen=100_000)
        with later(10), write_transaction():
            revise(get_course(course.id), fee_fen=120_000)
        with later(20), write_transaction():
            list_course(course.id, actor_id=None)
        with later(30), write_transaction():
            delist_course(course.id, reason="停办", actor_id=None)
        history = get_course_history(get_course(course.id))
        today = clock.today()
        fees = [
            version.fee_fen if (version := history.version_on(today + days * DAY)) else None
            for days in (-1, 0, 15, 20, 29, 30)
        ]
        assert fees == [None, 100_000, 100_000, 120_000, 120_000, None]
        assert history.listed_numbers == {1, 2}

    def test_a_course_of_a_source_was_listed_from_its_files_day_on(self, app, now):
        with write_transaction():
            course = make_draft_course()
            course.source, course.state = "us-nj-etpl", CourseState.LISTED
            history = get_course_history(course)
            history.versions[0].valid_from = date(2026, 1, 5)
        history = get_course_history(course)
        assert history.version_on(date(2026, 1, 4)) is None
        assert history.version_on(date(2026, 1, 5)).number == 1
        with write_transaction():
            get_course(course.id).state = CourseState.DELISTED
        assert get_course_history(get_course(course.id)).version_on(clock.today()) is None

    def test_reasons_stay_readable_when_it_is_submitted_again(self, app, now):
        with write_transaction():
            course = make_draft_course()
            submit_course(course.id, actor_id=None)
            return_course(course.id, reason="课时过少", actor_id=None)
            revise_course(course.id, content=make_content(hours=60), based_on=1, actor_id=None)
            submit_course(course.id, actor_id=None)
        history = get_course_history(get_course(course.id))
        assert history.reason_of_last_return() == "课时过少"
        kinds = [(item.decision.kind, item.version_number) for item in history.decisions]
        assert kinds == [(Kind.SUBMITTED, 2), (Kind.RETURNED, 1), (Kind.SUBMITTED, 1)]

    def test_what_somebody_enrolled_on_never_changes(self, app, now):
        with write_transaction():
            course = make_listed_course(fee_fen=100_000, title="低压电工")
            run = make_open_course_run(course)
            before = get_course_run_facts(run.id)
            revise(get_course(course.id), fee_fen=200_000, title="高压电工", hours=80)
            list_course(course.id, actor_id=None)
            delist_course(course.id, reason="停办", actor_id=None)
        after = get_course_run_facts(run.id)
        assert (after.title, after.fee, after.hours, after.course_version_id) == (
            before.title, before.fee, before.hours, before.course_version_id,
        )  # fmt: skip


class TestDelisting:
    def test_the_institution_takes_back_its_own_delisting_only(self, app, now):
        with write_transaction():
            course = make_listed_course()
            delist_course(course.id, reason="暑假", actor_id=None)
        with write_transaction():
            relist_course(course.id, reason="开学", actor_id=None, side=CourseSide.INSTITUTION)
        assert get_course(course.id).state is CourseState.LISTED
        with write_transaction():
            delist_course(course.id, reason="投诉", actor_id=None, side=CourseSide.OFFICE)
        with pytest.raises(Refused) as refused, write_transaction():
            relist_course(course.id, reason="x", actor_id=None, side=CourseSide.INSTITUTION)
        assert refused.value.codes == ("course_delisted_by_office",)
        with write_transaction():
            relist_course(course.id, reason="已整改", actor_id=None, side=CourseSide.OFFICE)
        versions = get_course_history(get_course(course.id)).versions
        assert len(versions) == 1, "listing again makes no version"

    def test_what_a_source_withdrew_the_institution_does_not_list(self, app, now):
        with write_transaction():
            course = make_listed_course()
            course.state = CourseState.DELISTED
        with pytest.raises(Refused) as refused, write_transaction():
            relist_course(course.id, reason="x", actor_id=None, side=CourseSide.INSTITUTION)
        assert refused.value.codes == ("course_delisted_by_source",)

    def test_no_reason_a_suspension_and_a_draft_are_refused(self, app, now):
        with write_transaction():
            draft = make_draft_course()
            course = make_listed_course()
            delist_course(course.id, reason="x", actor_id=None, side=CourseSide.OFFICE)
            suspend_institution(course.institution_id, reason="检查", actor_id=None)
        for wanted, codes in (
            (draft, ("course_state_forbids", "reason_missing")),
            (course, ("institution_out_of_standing", "reason_missing")),
        ):
            with pytest.raises(Refused) as refused, write_transaction():
                relist_course(wanted.id, reason=" ", actor_id=None, side=CourseSide.OFFICE)
            assert refused.value.codes == codes

    def test_a_revision_of_a_delisted_course_is_reviewed_before_it_is_listed(self, app, now):
        with write_transaction():
            course = make_listed_course(fee_fen=100_000)
            delist_course(course.id, reason="停办", actor_id=None)
            with pytest.raises(Refused):
                list_course(course.id, actor_id=None)
            revise(get_course(course.id), fee_fen=150_000)
        waiting = list_courses_in_review([""], PageRequest()).items
        assert [item.course.id for item in waiting] == [course.id]
        assert get_course(course.id).state is CourseState.DELISTED
        with write_transaction():
            list_course(course.id, actor_id=None)
        history = get_course_history(get_course(course.id))
        assert history.version_on(clock.today()).fee_fen == 150_000


class TestWarnings:
    def test_prices_are_compared_with_other_institutions_of_the_same_work(self, app, now):
        with write_transaction():
            work, other_work = make_occupation(title="焊工"), make_occupation(title="电工")
            for fee in (100_000, 110_000, 120_000):
                make_listed_course(occupation=work, fee_fen=fee, hours=100, title=f"焊工{fee}")
            make_listed_course(occupation=other_work, fee_fen=1, hours=100)
            course = make_draft_course(occupation=work, fee_fen=200_000, hours=100, title="焊接")
        version = get_course_history(course).versions[0]
        (warning,) = get_offer_warnings(course, version, caps=())
        assert warning.code == "fee_above_median"
        assert (warning.params["median"], warning.params["count"]) == (Money(1_100, "CNY"), 3)

    def test_the_group_of_occupations_serves_when_there_are_too_few(self, app, now):
        with write_transaction():
            group = make_occupation(title="机械热加工人员")
            works = [make_occupation(title=title) for title in ("焊工", "铸造工", "锻造工")]
            for work in works:
                work.parent_id = group.id
                make_listed_course(occupation=work, fee_fen=100_000, hours=100, title=work.title)
            course = make_draft_course(
                occupation=works[0], fee_fen=900_000, hours=100, title="焊接"
            )
        version = get_course_history(course).versions[0]
        (warning,) = get_offer_warnings(course, version, caps=())
        assert "group" in warning.params["basis"]

    def test_a_settled_threshold_counts_from_its_day(self, app, now):
        values = values_of(CatalogPolicy(price_rise_percent=300))
        with write_transaction():
            course = make_listed_course(fee_fen=100_000)
            revise(get_course(course.id), fee_fen=200_000)
        version = get_course_history(get_course(course.id)).versions[0]
        assert [
            one.code for one in get_offer_warnings(get_course(course.id), version, caps=())
        ] == ["fee_raised"]
        with write_transaction():
            set_catalog_policy(values, clause="白人社发〔2026〕1号", based_on=0, actor_id=None)
            assert (
                set_catalog_policy(values, clause="白人社发〔2026〕1号", based_on=1, actor_id=None)
                is None
            )
        assert get_offer_warnings(get_course(course.id), version, caps=()) == ()
        assert get_catalog_policy(on=clock.today() - DAY) == CatalogPolicy()
        with pytest.raises(Refused) as refused, write_transaction():
            set_catalog_policy(values, clause="另一文件", based_on=0, actor_id=None)
        assert refused.value.codes == ("stale_state",)


def test_similar_courses_are_nearest_by_level_then_by_the_next_class(app, now):
    with write_transaction():
        work, group = make_occupation(title="焊工"), make_occupation(title="组")
        work.parent_id = group.id
        sibling = make_occupation(title="铸造工")
        sibling.parent_id = group.id
        course = make_listed_course(occupation=work, title="本课程")
        higher = make_listed_course(occupation=work, level=3, title="高级")
        later_one = make_listed_course(occupation=work, title="同级无班")
        sooner = make_listed_course(occupation=work, title="同级有班")
        make_open_course_run(sooner)
        related = make_listed_course(occupation=sibling, title="同组")
        gone = make_listed_course(make_accredited_institution(), occupation=work, title="已停")
        suspend_institution(gone.institution_id, reason="x", actor_id=None)
        make_listed_course(title="无关")
    found = [one.course_id for one in list_similar_courses(course)]
    assert found == [sooner.id, later_one.id, higher.id, related.id]
    assert [one.course_id for one in list_similar_courses(course, limit=1)] == [sooner.id]
