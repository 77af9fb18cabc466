"""Checklist, clock and moves of applications."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from marketplace.accreditation.rules import (
    DOCUMENTS_NEEDED,
    SCOPES_MAX,
    DossierFacts,
    WantedScope,
    WorkingDays,
    checklist,
    due_day,
    refusals_for_application_move,
    refusals_for_beginning,
    refusals_for_editing,
    refusals_for_return,
    refusals_for_scope,
    review_clock,
)
from marketplace.accreditation.states import (
    APPLICATION_TRANSITIONS,
    ApplicationState,
    DocumentKind,
    Step,
)
from marketplace.institutions.states import InstitutionState
from marketplace.teaching.rules import QualificationPeriod
from tests.factories.institutions import make_uscc

TODAY = date(2026, 11, 20)  # a Friday
WEEK = WorkingDays({})
GOLDEN = WorkingDays(
    {**{date(2026, 10, day): False for day in range(1, 8)}, date(2026, 10, 10): True}
)
"""A week of holidays, and a Saturday worked instead."""
WANTED = WantedScope("电工", "6-31-01-03", 4, 1, TODAY, TODAY + timedelta(700))
COMPLETE = DossierFacts(
    today=TODAY,
    uscc=make_uscc(1),
    uscc_is_taken=False,
    legal_form="enterprise",
    has_representative=True,
    has_contact=True,
    address="新华路 3 号",
    sites={1: "东校区"},
    rooms={1: 2},
    trainers=1,
    qualifications=(QualificationPeriod("6-31-01-03", date(2020, 1, 1), None),),
    scope=(WANTED,),
    documents=frozenset(DOCUMENTS_NEEDED),
    is_declared=True,
)


class TestClock:
    def test_the_day_itself_does_not_count_and_weekends_do_not(self):
        assert WEEK.after(TODAY, 1) == date(2026, 11, 23)
        assert WEEK.after(TODAY, 5) == date(2026, 11, 27)
        assert WEEK.after(TODAY, 6) == date(2026, 11, 30)

    def test_holidays_do_not_count_and_worked_weekends_do(self):
        eve = date(2026, 9, 30)
        assert GOLDEN.after(eve, 1) == date(2026, 10, 8)
        assert GOLDEN.after(eve, 3) == date(2026, 10, 10)
        assert WEEK.after(eve, 3) == date(2026, 10, 5)

    @pytest.mark.parametrize("count", [1, 7, 20, 63])
    def test_counting_there_and_back_agrees(self, count):
        for calendar in (WEEK, GOLDEN):
            start = date(2026, 9, 28)
            assert calendar.between(start, calendar.after(start, count)) == count

    def test_what_was_used_before_a_return_is_not_given_back(self):
        due = due_day(TODAY, days_allowed=20, days_used=15, calendar=WEEK)
        assert due == WEEK.after(TODAY, 5)

    def test_after_a_late_return_one_day_is_left(self):
        assert due_day(TODAY, days_allowed=20, days_used=31, calendar=WEEK) == WEEK.after(TODAY, 1)

    @pytest.mark.parametrize(
        ("today", "left"),
        [(date(2026, 11, 20), 5), (date(2026, 11, 26), 1), (date(2026, 11, 27), 0),
         (date(2026, 11, 28), -1), (date(2026, 11, 30), -1), (date(2026, 12, 1), -2)],
    )  # fmt: skip
    def test_days_left_or_overdue(self, today, left):
        clock = review_clock(date(2026, 11, 27), today=today, calendar=WEEK)
        assert (clock.days_left, clock.is_overdue) == (left, left < 0)

    def test_nothing_is_due_while_it_stands_still(self):
        clock = review_clock(None, today=TODAY, calendar=WEEK)
        assert (clock.due_on, clock.is_overdue) == (None, False)


def problems(**changes):
    items = checklist(replace(COMPLETE, **changes))
    return [(item.step, refusal.code) for item in items for refusal in item.problems]


class TestChecklist:
    def test_a_complete_dossier_lacks_nothing(self):
        items = checklist(COMPLETE)
        assert [item.step for item in items] == list(Step)
        assert all(item.is_done for item in items)

    @pytest.mark.parametrize(
        ("changes", "problem"),
        [
            ({"uscc": None}, (Step.LEGAL, "legal_uscc_missing")),
            ({"uscc": "91990101MA17ABCD2X"}, (Step.LEGAL, "legal_uscc_invalid")),
            ({"uscc_is_taken": True}, (Step.LEGAL, "legal_uscc_taken")),
            ({"legal_form": None}, (Step.LEGAL, "legal_form_missing")),
            ({"has_representative": False}, (Step.LEGAL, "legal_representative_missing")),
            ({"has_contact": False}, (Step.LEGAL, "legal_contact_missing")),
            ({"address": None}, (Step.LEGAL, "legal_address_missing")),
            ({"rooms": {}}, (Step.SITES, "site_without_room")),
            ({"trainers": 0}, (Step.TRAINERS, "trainer_missing")),
            ({"qualifications": ()}, (Step.TRAINERS, "scope_without_trainer")),
            ({"scope": ()}, (Step.SCOPE, "scope_missing")),
            (
                {"scope": (replace(WANTED, site_id=2),)},
                (Step.SCOPE, "scope_site_closed"),
            ),
            (
                {"documents": frozenset(DOCUMENTS_NEEDED) - {DocumentKind.SAFETY}},
                (Step.DOCUMENTS, "document_missing"),
            ),
            ({"is_declared": False}, (Step.DECLARATION, "declaration_missing")),
        ],
    )
    def test_each_gap_alone(self, changes, problem):
        assert problems(**changes) == [problem]

    def test_a_period_that_is_over_is_named(self):
        past = replace(WANTED, valid_from=TODAY - timedelta(9), valid_until=TODAY - timedelta(1))
        assert problems(scope=(past,)) == [(Step.SCOPE, "scope_past")]

    def test_without_sites_what_is_wanted_there_falls_too(self):
        found = problems(sites={}, rooms={})
        assert found == [(Step.SITES, "site_missing"), (Step.SCOPE, "scope_site_closed")]

    def test_every_problem_names_its_clause(self):
        nothing = replace(
            COMPLETE, uscc=None, legal_form=None, sites={}, trainers=0, scope=(),
            documents=frozenset(), is_declared=False,
        )  # fmt: skip
        found = [refusal for item in checklist(nothing) for refusal in item.problems]
        assert len(found) == 6 + len(DOCUMENTS_NEEDED)
        assert all(refusal.rule for refusal in found)

    def test_one_trainer_is_asked_for_once_per_occupation(self):
        two = (WANTED, replace(WANTED, level=3))
        assert problems(scope=two, qualifications=()) == [(Step.TRAINERS, "scope_without_trainer")]


@pytest.mark.parametrize("present", list(ApplicationState))
@pytest.mark.parametrize("wanted", list(ApplicationState))
def test_only_the_moves_of_the_table(present, wanted):
    allowed = wanted in APPLICATION_TRANSITIONS[present]
    assert (refusals_for_application_move(present, wanted) == ()) is allowed


def test_a_dossier_is_changed_before_it_is_handed_in_or_after_it_came_back():
    open_to_change = {state for state in ApplicationState if not refusals_for_editing(state)}
    assert open_to_change == {ApplicationState.DRAFT, ApplicationState.RETURNED}


def test_who_may_begin():
    def codes(state, has_open=False):
        return [one.code for one in refusals_for_beginning(state, has_open=has_open)]

    assert codes(InstitutionState.APPLIED) == codes(InstitutionState.ACCREDITED) == []
    assert codes(InstitutionState.BARRED, has_open=True) == [
        "institution_cannot_apply",
        "application_open",
    ]


def test_what_is_asked_for_is_sound_and_new():
    def codes(wanted, present=()):
        return [one.code for one in refusals_for_scope(wanted, present)]

    assert codes(WANTED) == codes(replace(WANTED, level=None)) == []
    assert codes(replace(WANTED, level=6, valid_until=TODAY - timedelta(1))) == [
        "level_unknown",
        "scope_dates",
    ]
    assert codes(WANTED, [replace(WANTED, valid_from=TODAY + timedelta(5))]) == ["scope_taken"]
    assert codes(WANTED, [replace(WANTED, site_id=None)]) == []
    others = [replace(WANTED, level=None, site_id=n + 10) for n in range(SCOPES_MAX)]
    assert codes(WANTED, others) == ["scope_too_many"]


def test_a_return_names_at_least_one_part():
    assert refusals_for_return({Step.SCOPE: "层级过高"}) == ()
    assert [one.code for one in refusals_for_return({})] == ["return_without_reason"]
