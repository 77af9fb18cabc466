"""One worker as the rules see them: categories, statuses, earlier trainings, other subsidies.

Asked for every quote and claim, so the statements are built once and run without objects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    Date,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    literal,
    null,
    select,
    union_all,
)

from marketplace.catalog.models import Course, CourseRun, Occupation
from marketplace.employers.agreement_rules import EmployerShare
from marketplace.employers.queries.agreements import (
    has_standing_agreement,
    list_standing_shares,
)
from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.states import EnrollmentState
from marketplace.foundation import clock
from marketplace.foundation.db import db, table_of
from marketplace.foundation.errors import NotFound
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.people.models import CategoryFact, StatusFact, Worker
from marketplace.people.states import CategoryFactState, PersonStatus, Sex, WorkerCategory
from marketplace.vouchers.models import OtherSubsidy, Quote, Voucher
from marketplace.vouchers.rules.claims import StatusSpan
from marketplace.vouchers.states import VoucherKind, VoucherState

ROWS_MAX = 800
"""Facts about one person; nobody has nearly as many."""


@dataclass(frozen=True, slots=True)
class CategorySpan:
    """A category, verified or declared and waiting, from a day to a day."""

    category: WorkerCategory
    valid_from: date
    valid_until: date | None
    state: CategoryFactState
    fact_id: int


@dataclass(frozen=True, slots=True)
class Training:
    """An earlier training that a voucher paid or pays for."""

    course_run_id: int
    occupation_code: str | None
    level: int | None
    starts_on: date


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """One worker as the rules see them."""

    worker_id: int
    born_on: date
    sex: Sex
    residence_path: str | None
    workplace_path: str | None
    spans: tuple[CategorySpan, ...]
    trainings: tuple[Training, ...]
    statuses: tuple[tuple[PersonStatus, date, date | None], ...]
    other_subsidies: tuple[tuple[str, int], ...]
    employer_shares: Mapping[int, EmployerShare] = field(default_factory=dict)
    """Institution -> what an employer has agreed to pay there of the own share."""

    def categories_on(self, day: date) -> frozenset[WorkerCategory]:
        """Verified categories in force on a day."""
        return self._categories(day, CategoryFactState.VERIFIED)

    def declared_on(self, day: date) -> frozenset[WorkerCategory]:
        """Categories stated for a day that nobody has decided yet."""
        return self._categories(day, CategoryFactState.DECLARED)

    def find_declared_fact_id(self, category: WorkerCategory, day: date) -> int | None:
        """The undecided statement that the person is of a category on a day."""
        return next(
            (
                span.fact_id
                for span in self.spans
                if span.category is category and span.state is CategoryFactState.DECLARED
                if is_in_force(day, span.valid_from, span.valid_until)
            ),
            None,
        )

    def statuses_on(self, day: date) -> tuple[StatusSpan, ...]:
        """What may exclude on a day."""
        return tuple(
            StatusSpan(status, until)
            for status, first, until in self.statuses
            if is_in_force(day, first, until)
        )

    def _categories(self, day: date, state: CategoryFactState) -> frozenset[WorkerCategory]:
        return frozenset(
            span.category
            for span in self.spans
            if span.state is state and is_in_force(day, span.valid_from, span.valid_until)
        )

    def count_trainings_in(self, year: int, *, besides: int | None) -> int:
        """Supported trainings that begin in a calendar year; the run in question is not one."""
        return len(
            {
                training.course_run_id
                for training in self.trainings
                if training.starts_on.year == year and training.course_run_id != besides
            }
        )

    def trainings_besides(
        self, course_run_id: int | None
    ) -> tuple[tuple[str | None, int | None], ...]:
        """Occupation and level of earlier trainings; the run in question is not earlier."""
        return tuple(
            (training.occupation_code, training.level)
            for training in self.trainings
            if training.course_run_id != course_run_id
        )


def is_in_force(day: date, valid_from: date, valid_until: date | None) -> bool:
    """Whether a dated fact holds on a day; both its first and its last day count."""
    return valid_from <= day and (valid_until is None or day <= valid_until)


def get_person_facts(worker_id: int) -> PersonFacts:
    """Everything about a worker that the rules ask besides their vouchers, in one query: the
    person, their places, and facts of four kinds, as rows of one shape; a second one for those
    whose employer shares what they pay."""
    found: dict[str, list[Any]] = {kind: [] for kind in _KINDS}
    for fact in db.session.execute(_FACTS, {"worker_id": worker_id}):
        found[fact.kind].append(fact)
    if not found["person"]:
        raise NotFound("worker", worker_id)
    person = found["person"][0]
    return PersonFacts(
        worker_id=worker_id,
        born_on=person.first_on,
        sex=Sex(person.name),
        residence_path=_path_of(found["residence"]),
        workplace_path=_path_of(found["workplace"]),
        spans=tuple(
            CategorySpan(
                WorkerCategory(fact.name),
                fact.first_on,
                fact.last_on,
                CategoryFactState(fact.state),
                fact.number,
            )
            for fact in found["category"]
        ),
        trainings=tuple(
            Training(fact.number, fact.name, fact.level, fact.first_on)
            for fact in found["training"]
        ),
        statuses=tuple(
            (PersonStatus(fact.name), fact.first_on, fact.last_on) for fact in found["status"]
        ),
        other_subsidies=tuple((fact.name, fact.level) for fact in found["subsidy"]),
        employer_shares=(list_standing_shares(worker_id, on=clock.today()) if person.level else {}),
    )


def _path_of(rows: Sequence[Any]) -> str | None:
    return rows[0].name if rows else None


_WORKER_ID = bindparam("worker_id", type_=BigInteger)
_worker = table_of(Worker)
_place = table_of(Jurisdiction)
_fact, _status, _subsidy = table_of(CategoryFact), table_of(StatusFact), table_of(OtherSubsidy)
_run, _course, _occupation = table_of(CourseRun), table_of(Course), table_of(Occupation)
_enrollment, _quote, _voucher = table_of(Enrollment), table_of(Quote), table_of(Voucher)

_KINDS = ("category", "person", "residence", "status", "subsidy", "training", "workplace")


def _rows(
    kind: str,
    table: Any,
    *,
    name: Any,
    number: Any,
    state: Any = None,
    first_on: Any = None,
    last_on: Any = None,
    level: Any = None,
) -> Select[*tuple[Any, ...]]:
    """Facts of one kind in the shape they all have; what a kind has not is empty."""

    def typed(column: Any, of: Any) -> Any:
        return cast(null() if column is None else column, of)

    return select(
        literal(kind).label("kind"),
        typed(name, Text).label("name"),
        typed(state, Text).label("state"),
        # A date is a date already; only an absent one has to be told what it is.
        (typed(None, Date) if first_on is None else first_on).label("first_on"),
        (typed(None, Date) if last_on is None else last_on).label("last_on"),
        typed(number, BigInteger).label("number"),
        typed(level, BigInteger).label("level"),
    ).select_from(table)


# A voucher paid for a run when it was quoted for it and is reserved or redeemed.
_paid_runs = (
    _run.join(_enrollment, _enrollment.c.course_run_id == _run.c.id)
    .join(
        _quote,
        and_(
            _quote.c.worker_id == _enrollment.c.worker_id,
            _quote.c.course_run_id == _enrollment.c.course_run_id,
        ),
    )
    .join(_voucher, _voucher.c.id == _quote.c.voucher_id)
    .join(_course, _course.c.id == _run.c.course_id)
    .outerjoin(_occupation, _occupation.c.id == _course.c.occupation_id)
)
_ALL_FACTS = union_all(
    _rows(
        "person",
        _worker,
        name=_worker.c.sex,
        first_on=_worker.c.born_on,
        number=_worker.c.id,
        # Whether an employer may pay a part: asked for then only.
        level=case((has_standing_agreement(_worker.c.id), 1), else_=0),
    ).where(_worker.c.id == _WORKER_ID),
    *(
        _rows(
            kind,
            _worker.join(_place, _place.c.id == place_id),
            name=_place.c.path,
            number=_place.c.id,
        ).where(_worker.c.id == _WORKER_ID)
        for kind, place_id in (
            ("residence", _worker.c.residence_id),
            ("workplace", _worker.c.workplace_id),
        )
    ),
    _rows(
        "category",
        _fact,
        name=_fact.c.category,
        state=_fact.c.state,
        first_on=_fact.c.valid_from,
        last_on=_fact.c.valid_until,
        number=_fact.c.id,
    ).where(
        _fact.c.worker_id == _WORKER_ID,
        _fact.c.state.in_((CategoryFactState.VERIFIED, CategoryFactState.DECLARED)),
    ),
    _rows(
        "status",
        _status,
        name=_status.c.status,
        first_on=_status.c.valid_from,
        last_on=_status.c.valid_until,
        number=_status.c.id,
    ).where(_status.c.worker_id == _WORKER_ID),
    _rows(
        "subsidy",
        _subsidy,
        name=_subsidy.c.occupation_code,
        level=_subsidy.c.level,
        number=_subsidy.c.id,
    ).where(_subsidy.c.worker_id == _WORKER_ID),
    _rows(
        "training",
        _paid_runs,
        name=_occupation.c.code,
        level=_course.c.level,
        first_on=_run.c.starts_on,
        number=_run.c.id,
    )
    .where(
        _enrollment.c.worker_id == _WORKER_ID,
        _enrollment.c.state.in_(
            (EnrollmentState.CONFIRMED, EnrollmentState.TRAINING, EnrollmentState.COMPLETED)
        ),
        _voucher.c.state.in_((VoucherState.RESERVED, VoucherState.REDEEMED)),
        # Training recorded by a voucher that pays nothing was not supported.
        _voucher.c.kind != VoucherKind.SIGN_IN,
    )
    .distinct(),
).subquery("facts")
_FACTS = select(_ALL_FACTS).order_by(_ALL_FACTS.c.kind, _ALL_FACTS.c.number).limit(ROWS_MAX)
