"""Counting from enrollments and outcomes, computing, doing it again, explaining."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from marketplace.catalog.models import TrainingOutcome
from marketplace.cli.rating import compute_all
from marketplace.cli.runner import Runner
from marketplace.enrollment.operations.enroll import withdraw_enrollment
from marketplace.enrollment.states import AssessmentResult, ExitReason
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.jobs.queries import get_job
from marketplace.jobs.states import JobState
from marketplace.ratings.operations.compute import request_computation
from marketplace.ratings.queries import count_results, get_course_results
from marketplace.standing.models import Rating
from marketplace.standing.queries.policies import get_rating_policy
from marketplace.standing.queries.ratings import find_current_rating
from marketplace.standing.rules.formula import Counts
from marketplace.standing.states import Component, StandingKind
from tests.factories.catalog import make_listed_course, make_open_course_run
from tests.factories.enrollment import (
    attend,
    make_completion,
    make_enrollment,
    make_staff,
    run_through,
)
from tests.factories.institutions import make_accredited_institution
from tests.factories.people import make_officer
from tests.factories.rows import make_row
from tests.factories.standing import make_rating, make_standing
from tests.kept import kept

AFTER = timedelta(days=30)


def settings():
    return get_rating_policy(clock.today()).stars


def count_ratings():
    return db.session.scalar(select(func.count()).select_from(Rating))


def make_outcome(institution_id, *, employed, of, **values):
    """A row of imported outcomes for the second quarter."""
    names = {f"employed_q{quarter}{end}" for quarter in (4, 8) for end in ("", "_of")}
    return make_row(
        TrainingOutcome,
        **{
            "institution_id": institution_id, "employed_q2": employed, "employed_q2_of": of,
            **dict.fromkeys(names), "started": None, "completed": None, "course_id": None,
            "period": "2025", "period_ends_on": date(2025, 12, 31), "as_of": date(2026, 6, 1),
            "source": "generic", **values,
        },
    )  # fmt: skip


@pytest.fixture
@kept
def course(app, now):
    """Six learners: completed, attended too little, failed, left for work, left, never came."""
    with write_transaction():
        school = make_accredited_institution()
        staff = make_staff(school.id)
        course = make_listed_course(school)
        run = make_open_course_run(course)
        done, lazy, failed, working, left, _never = (
            make_enrollment(course_run=run) for _ in range(6)
        )
        for enrollment, lessons in ((done, 5), (lazy, 3), (failed, 5), (working, 1), (left, 1)):
            attend(enrollment, staff.id, lessons=lessons)
        with clock.frozen(clock.now() + timedelta(days=9)):
            withdraw_enrollment(working.id, reason=ExitReason.FOUND_WORK, actor_id=None)
            withdraw_enrollment(left.id, reason=ExitReason.FAMILY, actor_id=None)
        run_through(run.id)
        make_completion(done, staff.id)
        make_completion(lazy, staff.id, assessment=AssessmentResult.NOT_ASSESSED)
        make_completion(failed, staff.id, assessment=AssessmentResult.FAILED)
    return course


class TestCounting:
    def test_who_counts_as_what(self, course):
        counts = count_results(settings(), on=clock.today() + AFTER)[course.institution_id]
        assert counts == {
            Component.COMPLETION: Counts(2, 4),
            Component.ASSESSMENT: Counts(1, 2),
            Component.EMPLOYMENT: Counts(0, 0),
            Component.DISPUTES: Counts(5, 5),
            Component.REVIEWS: Counts(0, 0),
        }

    def test_what_had_not_happened_on_the_day_does_not_count(self, course):
        assert count_results(settings(), on=clock.today()) == {}

    def test_what_lies_before_the_window_does_not_count(self, course):
        assert count_results(settings(), on=clock.today() + timedelta(days=4 * 366)) == {}

    def test_a_course_shows_its_results_from_five_learners_on(self, course):
        with clock.frozen(clock.now() + AFTER):
            results = get_course_results(course.id, settings=settings())
        assert (results.completion, results.assessment, results.learners) == (None, None, 5)

    def test_employment_comes_from_the_newest_edition_and_hidden_figures_are_left_out(
        self, app, now
    ):
        with write_transaction():
            school = make_accredited_institution()
            make_outcome(school.id, employed=5, of=50, as_of=date(2026, 1, 1), source_key="old")
            make_outcome(school.id, employed=40, of=50, source_key="a")
            make_outcome(school.id, employed=None, of=4, source_key="hidden")
        counts = count_results(settings(), on=clock.today())[school.id]
        assert counts[Component.EMPLOYMENT] == Counts(40, 50)


class TestComputing:
    @pytest.fixture
    def schools(self, app, now):
        with write_transaction():
            schools = [make_accredited_institution() for _ in range(3)]
            make_outcome(schools[0].id, employed=40, of=50, source_key="0")
            make_outcome(schools[1].id, employed=20, of=50, source_key="1")
        return schools

    def test_doing_it_again_changes_nothing(self, schools):
        first = compute_all(clock.today())
        assert (first["institutions"], first["added"], first["added_with_stars"]) == (3, 3, 2)
        again = compute_all(clock.today())
        assert (again["added"], again["unchanged"]) == (0, 3)
        tomorrow = clock.today() + timedelta(days=1)
        with clock.frozen(clock.now() + timedelta(days=1)):
            assert compute_all(tomorrow)["added"] == 0
        assert count_ratings() == 3
        assert find_current_rating(schools[0].id).as_of == tomorrow, "confirmed on that day"

    def test_the_stars_by_hand(self, schools):
        # p0 = 60 of 100; p = (40 + 12) / 70 = 0.742857; 1 + 4 (p - 0.40) / 0.55 = 3.4935
        compute_all(clock.today())
        rating = find_current_rating(schools[0].id)
        assert (rating.stars, rating.n) == (3.49, 50)
        assert find_current_rating(schools[2].id).stars is None

    def test_a_computation_for_an_earlier_day_does_not_replace_the_one_in_force(self, schools):
        compute_all(clock.today())
        compute_all(date(2026, 5, 1))
        assert find_current_rating(schools[0].id).as_of == clock.today()
        assert find_current_rating(schools[0].id).stars == 3.49

    def test_a_day_to_come_is_refused(self, schools):
        with pytest.raises(Refused) as refused:
            compute_all(clock.today() + timedelta(days=1))
        assert refused.value.codes == ("rating_in_future",)

    def test_a_fact_and_a_later_computation_agree(self, schools):
        compute_all(clock.today())
        with write_transaction():
            make_standing(schools[0].id, actor_id=make_officer().id, kind=StandingKind.SANCTION)
        after_fact = find_current_rating(schools[0].id)
        assert compute_all(clock.today())["added"] == 0
        assert find_current_rating(schools[0].id) == after_fact

    def test_the_runner_does_it_too(self, app, schools):
        with write_transaction():
            officer = make_officer()
            job_id = request_computation(actor_id=officer.id).id
            assert request_computation(actor_id=officer.id).id == job_id, "asked twice, done once"
        assert Runner(app).run_next()
        job = get_job(job_id)
        assert (job.state, job.result["added"]) == (JobState.DONE, 3)


class TestCommands:
    def call(self, app, *arguments):
        result = app.test_cli_runner().invoke(args=["ratings", *arguments])
        db.session.remove()
        return result

    def test_compute_and_explain_print_one_document(self, app, now):
        with write_transaction():
            school = make_accredited_institution()
            make_rating(school.id)
            code = school.code
        explained = self.call(app, "explain", code, "--json")
        assert explained.exit_code == 0, explained.output
        document = json.loads(explained.stdout)
        assert (document["stars"], document["low"], document["high"]) == (4.08, 3.76, 4.41)
        assert document["reproduced"] is True
        assert {row["component"]: row["state"] for row in document["components"]} == {
            "completion": "counted", "assessment": "counted",
            "employment": "no_data", "disputes": "counted",
        }  # fmt: skip
        employment = document["components"][2]
        assert (employment["raw"], employment["n"]) == (None, 0)
        computed = self.call(app, "compute", "--as-of", "2026-11-20", "--json")
        assert json.loads(computed.stdout)["institutions"] == 1

    def test_a_future_day_and_an_unknown_institution_are_told_apart(self, app, now):
        assert self.call(app, "compute", "--as-of", "2027-01-01", "--json").exit_code == 1
        unknown = self.call(app, "explain", "INS-NOBODY")
        assert unknown.exit_code == 2
        assert "no rating is known" in unknown.output

    def test_settings_are_loaded_or_refused_by_path(self, app, now, tmp_path):
        path = tmp_path / "policy.yaml"
        path.write_text("format: 1\n", encoding="utf-8")
        refused = self.call(app, "load-policy", str(path), "--json")
        assert refused.exit_code == 1
        fields = {item["field"] for item in json.loads(refused.stdout)["refused"]}
        assert {"stars", "grades", "effects"} <= fields
