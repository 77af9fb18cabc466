"""What is suggested to one person today: hard constraints first, then the order and the reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from marketplace.catalog.models import Course, CourseRun
from marketplace.catalog.queries.occupations import list_titles_by_id
from marketplace.catalog.queries.shortage import list_occupations_in_demand
from marketplace.catalog.states import CourseMode
from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.states import EnrollmentState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.people.queries import get_worker, list_verified_categories
from marketplace.people.states import WorkerCategory
from marketplace.recommendation.models import SuggestionPreference, SuggestionShowing
from marketplace.recommendation.queries.candidates import (
    OpenRun,
    list_employed,
    list_near_occupation_ids,
    list_occupation_paths,
    list_open_runs,
    list_outside_work_hours,
)
from marketplace.recommendation.queries.exposure import count_showings
from marketplace.recommendation.queries.preferences import find_suggestion_preference
from marketplace.recommendation.queries.similar_people import Companions, get_companions
from marketplace.recommendation.rules import (
    CandidateFacts,
    Learned,
    PersonFacts,
    Suggestion,
    suggest,
)
from marketplace.recommendation.states import SuggestionState
from marketplace.standing.queries.ratings import list_current_ratings
from marketplace.vouchers.queries.prices import Price, get_price_for_worker

SUGGESTIONS_MAX = 6


@dataclass(frozen=True, slots=True)
class SuggestedCourse:
    """A suggestion with what its card shows."""

    suggestion: Suggestion
    run: OpenRun
    price: Price


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What a person is shown, or why it is nothing."""

    preference: SuggestionPreference | None
    items: tuple[SuggestedCourse, ...]
    refusals: tuple[Refusal, ...]
    """Why no voucher of theirs pays for any open class near; only when there is nothing else."""

    @property
    def is_on(self) -> bool:
        """The person has not turned them off."""
        return self.preference is None or self.preference.state is SuggestionState.ON


def get_suggestions(worker_id: int, *, limit: int = SUGGESTIONS_MAX) -> Suggestions:
    """At most `limit` courses a voucher of the person's pays for today, with the reasons.

    Hard constraints: listed, enrolling today, a seat free, the institution accredited for it on
    every day, a scheme that pays for this person, never taken before. Nothing when turned off.
    """
    on = clock.today()
    preference = find_suggestion_preference(worker_id)
    if preference is not None and preference.state is SuggestionState.OFF:
        return Suggestions(preference, (), ())
    person = _person(worker_id, preference, on)
    runs = list_open_runs(
        worker_id,
        group_ids=list_near_occupation_ids(person.interest_ids),
        home_paths=person.home_paths,
        on=on,
    )
    prices = get_price_for_worker(worker_id, [run.run_id for run in runs], on=on)
    payable = [run for run in runs if _is_paid(prices.get(run.run_id))]
    candidates = _candidates(worker_id, person, payable, prices, on)
    chosen = suggest(
        person.facts,
        candidates,
        limit=limit,
        showings=count_showings({run.institution_id for run in payable}, on=on),
    )
    by_course = {run.course_id: run for run in payable}
    items = []
    for one in chosen:
        run = by_course[one.candidate.course_id]
        items.append(SuggestedCourse(one, run, prices[run.run_id]))
    return Suggestions(preference, tuple(items), () if payable else _why_none(prices, runs))


def is_shown_today(worker_id: int, course_ids: Sequence[int]) -> bool:
    """Whether all of these were noted as shown today, so that nothing needs to be written."""
    rows = db.session.scalars(
        select(SuggestionShowing.course_id)
        .where(
            SuggestionShowing.worker_id == worker_id,
            SuggestionShowing.shown_on == clock.today(),
            SuggestionShowing.course_id.in_(course_ids),
        )
        .order_by(SuggestionShowing.course_id)
        .limit(len(course_ids) or 1)
    )
    return set(course_ids) <= set(rows)


@dataclass(frozen=True, slots=True)
class _Person:
    facts: PersonFacts
    home_paths: tuple[str, ...]
    interest_ids: tuple[int, ...]
    learned_ids: tuple[int, ...]
    categories: tuple[WorkerCategory, ...]


def _person(worker_id: int, preference: SuggestionPreference | None, on: date) -> _Person:
    worker = get_worker(worker_id)
    homes = _paths([worker.residence_id, worker.workplace_id])
    learned = _list_learned(worker_id)
    wanted_id = preference.occupation_id if preference else None
    learned_ids = tuple(number for number, _level in learned)
    interest = (*learned_ids, *((wanted_id,) if wanted_id is not None else ()))
    paths = list_occupation_paths(interest)
    residence = homes.get(worker.residence_id or 0, "")
    workplace = homes.get(worker.workplace_id or 0, "")
    categories = tuple(list_verified_categories(worker_id, on=on))
    facts = PersonFacts(
        on=on,
        residence=_steps(residence),
        workplace=_steps(workplace),
        wanted=paths.get(wanted_id or 0, ()),
        learned=tuple(Learned(paths.get(number, ()), level) for number, level in learned),
        is_in_work=WorkerCategory.ENTERPRISE_EMPLOYEE in categories,
    )
    home_paths = tuple(path for path in (residence, workplace) if path)
    return _Person(facts, home_paths, interest, learned_ids, categories)


def _candidates(
    worker_id: int,
    person: _Person,
    runs: Sequence[OpenRun],
    prices: dict[int, Price],
    on: date,
) -> list[CandidateFacts]:
    if not runs:
        return []
    occupation_ids = [run.occupation_id for run in runs if run.occupation_id is not None]
    paths = list_occupation_paths(occupation_ids)
    titles = list_titles_by_id(occupation_ids)
    demand: set[int] = set()
    for home in person.home_paths:
        demand |= set(list_occupations_in_demand(occupation_ids, place_path=home, on=on))
    outside = list_outside_work_hours([run.run_id for run in runs])
    employed = list_employed([run.course_id for run in runs])
    ratings = list_current_ratings({run.institution_id for run in runs})
    companions = get_companions(
        worker_id, categories=person.categories, learned_ids=person.learned_ids, on=on
    )
    nobody = Companions(0.0, 0)
    facts = []
    for run in runs:
        occupation = run.occupation_id or 0
        rating = ratings.get(run.institution_id)
        part, of = employed.get(run.course_id, (None, None))
        like = companions.get(occupation, nobody)
        facts.append(
            CandidateFacts(
                course_id=run.course_id,
                run_code=run.run_code,
                institution_id=run.institution_id,
                occupation=paths.get(occupation, ()),
                occupation_title=titles.get(occupation, ""),
                level=run.level,
                place=_steps(run.place_path),
                is_online=run.mode is CourseMode.ONLINE,
                is_outside_work_hours=run.run_id in outside,
                starts_on=run.starts_on,
                own_share_fen=prices[run.run_id].own_share.fen,
                in_demand=occupation in demand,
                employed=part,
                employed_of=of,
                stars=rating.stars if rating else None,
                companions_share=like.share,
                companions=like.people,
            )
        )
    return facts


def _is_paid(price: Price | None) -> bool:
    return price is not None and price.scheme_title is not None and not price.refusals


def _why_none(prices: dict[int, Price], runs: Sequence[OpenRun]) -> tuple[Refusal, ...]:
    """The reasons against the most promising class: they mostly stand against all of them."""
    if not runs or runs[0].run_id not in prices:
        return ()
    # Claiming and quoting may refuse for the same reason; it is told once.
    return tuple({one.code: one for one in prices[runs[0].run_id].refusals}.values())


def _list_learned(worker_id: int) -> list[tuple[int, int | None]]:
    """Occupation and level of what the person completed or is learning, the newest first."""
    rows = db.session.execute(
        select(Course.occupation_id, Course.level)
        .join(CourseRun, CourseRun.course_id == Course.id)
        .join(Enrollment, Enrollment.course_run_id == CourseRun.id)
        .where(
            Enrollment.worker_id == worker_id,
            Enrollment.state.in_(
                (EnrollmentState.CONFIRMED, EnrollmentState.TRAINING, EnrollmentState.COMPLETED)
            ),
            Course.occupation_id.is_not(None),
        )
        .order_by(Enrollment.id.desc())
        .limit(50)
    )
    return [(row.occupation_id, row.level) for row in rows]


def _paths(jurisdiction_ids: Sequence[int | None]) -> dict[int, str]:
    wanted = [number for number in jurisdiction_ids if number is not None]
    rows = db.session.execute(
        select(Jurisdiction.id, Jurisdiction.path)
        .where(Jurisdiction.id.in_(wanted))
        .order_by(Jurisdiction.id)
        .limit(2)
    )
    return {row.id: row.path for row in rows}


def _steps(path: str) -> tuple[str, ...]:
    return tuple(code for code in path.split("/") if code)
