"""Up to four courses side by side: the same questions in the same order."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template
from flask_login import current_user

from marketplace.catalog.course_features import facts_of_offer
from marketplace.catalog.models import CourseRun
from marketplace.catalog.queries.course_runs import list_course_runs_of_course
from marketplace.catalog.queries.courses import PublicCourse, find_public_course
from marketplace.catalog.rules import (
    LEVEL_WORDS,
    MODE_WORDS,
    refusals_for_showing,
    refusals_for_taking_a_place,
)
from marketplace.edge.access import access, anyone
from marketplace.foundation import clock
from marketplace.foundation.errors import Refusal
from marketplace.foundation.money import Money
from marketplace.standing.queries.ratings import list_current_ratings
from marketplace.vouchers.queries.prices import Price, get_course_price_for_worker
from marketplace.web.visitors.blueprint import blueprint
from marketplace.web.visitors.comparing import compared_codes


@dataclass(frozen=True, slots=True)
class ComparedCourse:
    """One column: the course, its next class, and what the reader would pay."""

    found: PublicCourse
    refusals: tuple[Refusal, ...]
    """Why it is not offered now."""
    next_run: CourseRun | None
    """The soonest class one can enroll in today."""
    price: Price | None
    """For a signed-in worker."""

    @property
    def code(self) -> str:
        return self.found.course.code

    @property
    def title(self) -> str:
        return self.found.version.title

    @property
    def offered(self) -> list[tuple[str, str | tuple[str, ...]]]:
        """Languages, times, access, childcare, in words."""
        return facts_of_offer(
            self.found.version.attributes or {}, self.found.institution.features or {}
        )

    @property
    def fee(self) -> Money:
        return Money(self.found.version.fee_fen, self.found.version.currency)

    @property
    def fee_per_hour(self) -> Money | None:
        """Rounded half up to the fen."""
        hours = self.found.version.hours
        if not hours:
            return None
        return Money((2 * self.fee.fen + hours) // (2 * hours), self.fee.currency)


@blueprint.get("/courses/compare")
@access(anyone)
def compare_courses() -> str:
    """The courses of the address (`?c=…&c=…`); what never was public is left out and said so."""
    codes = compared_codes()
    found = [one for code in codes if (one := find_public_course(code)) is not None]
    prices = _prices([one.course.id for one in found])
    return render_template(
        "visitors/compare_courses.html",
        courses=[_compared(one, prices.get(one.course.id)) for one in found],
        unknown=len(codes) - len(found),
        has_prices=bool(prices),
        ratings=list_current_ratings(one.institution.id for one in found),
        mode_words=MODE_WORDS,
        level_words=LEVEL_WORDS,
    )


def _compared(found: PublicCourse, price: Price | None) -> ComparedCourse:
    refusals = refusals_for_showing(found.facts)
    runs = [] if refusals else list_course_runs_of_course(found.course.id, from_on=clock.today())
    return ComparedCourse(
        found, refusals, next((run for run in runs if _takes_enrollments(run)), None), price
    )


def _takes_enrollments(run: CourseRun) -> bool:
    return not refusals_for_taking_a_place(
        run.state,
        enrollment_opens_on=run.enrollment_opens_on,
        enrollment_closes_on=run.enrollment_closes_on,
        today=clock.today(),
    )


def _prices(course_ids: list[int]) -> dict[int, Price]:
    if not (current_user.is_authenticated and current_user.worker_id and course_ids):
        return {}
    return get_course_price_for_worker(current_user.worker_id, course_ids)
