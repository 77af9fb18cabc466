"""Gathering what the rules ask about: the person, the course run, the money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import aliased

from marketplace.catalog.models import Course, CourseRun, CourseVersion, Occupation
from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.states import EnrollmentState
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal
from marketplace.funds.entries import available
from marketplace.funds.models import Allotment
from marketplace.funds.queries import find_allotment_for
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import list_granted_periods_of, list_state_changes_of
from marketplace.institutions.rules import StateChange, first_day_out_of_standing, is_covered
from marketplace.institutions.states import InstitutionState
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.ledger.queries import get_balance_fen
from marketplace.people.models import CategoryFact, Worker
from marketplace.people.states import CategoryFactState, WorkerCategory
from marketplace.standing.queries.ratings import list_grade_bars
from marketplace.standing.rules.grades import GradeBar
from marketplace.vouchers.models import Quote, SchemeVersion, Voucher
from marketplace.vouchers.queries.schemes import SchemeInForce, list_schemes_in_force
from marketplace.vouchers.queries.vouchers import LIVE
from marketplace.vouchers.rules.claims import ClaimFacts, LiveVoucher, refusals_for_claim
from marketplace.vouchers.rules.quotes import (
    CourseFacts,
    is_institution_accredited,
    is_listed,
)
from marketplace.vouchers.states import VoucherOrigin, VoucherState

COURSES_MAX = 100
"""Courses priced in one go: a page of search results."""


@dataclass(frozen=True, slots=True)
class CategorySpan:
    """A verified category, from a day to a day."""

    category: WorkerCategory
    valid_from: date
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class Training:
    """An earlier training that a voucher paid or pays for."""

    course_run_id: int
    occupation_code: str | None
    level: int | None


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """One worker as the rules see them."""

    worker: Worker
    residence_path: str | None
    workplace_path: str | None
    spans: tuple[CategorySpan, ...]
    vouchers: tuple[tuple[Voucher, SchemeVersion], ...]
    """Live ones, and those of the year."""
    trainings: tuple[Training, ...]

    def categories_on(self, day: date) -> frozenset[WorkerCategory]:
        """Verified categories in force on a day."""
        return frozenset(
            span.category
            for span in self.spans
            if span.valid_from <= day and (span.valid_until is None or day <= span.valid_until)
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


def get_person_facts(worker_id: int, *, on: date) -> PersonFacts:
    """Everything about a worker that the rules ask, in four queries."""
    home, work = aliased(Jurisdiction), aliased(Jurisdiction)
    row = db.session.execute(
        select(Worker, home.path, work.path)
        .outerjoin(home, home.id == Worker.residence_id)
        .outerjoin(work, work.id == Worker.workplace_id)
        .where(Worker.id == worker_id)
    ).one_or_none()
    if row is None:
        raise NotFound("worker", worker_id)
    return PersonFacts(
        worker=row[0],
        residence_path=row[1],
        workplace_path=row[2],
        spans=tuple(_list_spans(worker_id)),
        vouchers=tuple(_list_vouchers_of_year(worker_id, on.year)),
        trainings=tuple(_list_trainings(worker_id)),
    )


def get_claim_facts(
    person: PersonFacts, offer: SchemeInForce, *, way: VoucherOrigin, on: date
) -> tuple[ClaimFacts, Allotment | None]:
    """What the claim rules ask, and the allotment that would pay."""
    allotment = find_allotment_for(
        offer.fund.id,
        jurisdiction_path=paying_path(person, offer),
        fiscal_year=on.year,
    )
    facts = ClaimFacts(
        on=on,
        policy=offer.policy,
        way=way,
        born_on=person.worker.born_on,
        sex=person.worker.sex,
        categories=person.categories_on(on),
        residence_path=person.residence_path,
        workplace_path=person.workplace_path,
        scheme_path=offer.jurisdiction.path,
        scheme_place=offer.jurisdiction.name,
        vouchers_this_year=sum(_counts(voucher, on) for voucher, _version in person.vouchers),
        live_elsewhere=_live_elsewhere(person, offer.scheme.id, on),
        allotment_found=allotment is not None,
        available_fen=get_available_fen(allotment) if allotment else 0,
    )
    return facts, allotment


@dataclass(frozen=True, slots=True)
class ClaimAnswer:
    """Whether a worker may have a voucher of a scheme, and every reason why not."""

    offer: SchemeInForce
    held: Voucher | None
    refusals: tuple[Refusal, ...]


def list_claim_answers(worker_id: int, *, on: date) -> list[ClaimAnswer]:
    """The schemes of the day for one worker: first those that can be had."""
    person = get_person_facts(worker_id, on=on)
    answers = []
    for offer in list_schemes_in_force(on=on):
        facts, _allotment = get_claim_facts(person, offer, way=VoucherOrigin.CLAIMED, on=on)
        held = find_held(person, offer.scheme.id, on=on)
        answers.append(ClaimAnswer(offer, held, () if held else refusals_for_claim(facts)))
    return sorted(answers, key=lambda answer: (len(answer.refusals), answer.offer.scheme.code))


def find_held(person: PersonFacts, scheme_id: int, *, on: date) -> Voucher | None:
    """The live voucher of a scheme that the person holds."""
    for voucher, _version in person.vouchers:
        live = voucher.state is VoucherState.RESERVED or (
            voucher.state in LIVE and voucher.expires_on >= on
        )
        if live and voucher.scheme_id == scheme_id:
            return voucher
    return None


def get_available_fen(allotment: Allotment) -> int:
    """What an allotment has left to promise."""
    return get_balance_fen(available(allotment.code))


def paying_path(person: PersonFacts, offer: SchemeInForce) -> str:
    """The worker's place inside the scheme: residence first, then workplace, else the scheme's."""
    inside = offer.jurisdiction.path
    kinds = offer.policy.place.value if offer.policy.place else ("residence", "workplace")
    paths = {"residence": person.residence_path, "workplace": person.workplace_path}
    for kind in ("residence", "workplace"):
        path = paths[kind]
        if kind in kinds and path and path.startswith(inside):
            return path
    return inside


def list_course_run_facts(course_run_ids: Sequence[int]) -> dict[int, CourseFacts]:
    """Course runs as the rules see them, all in one query."""
    rows = db.session.execute(
        _courses()
        .add_columns(CourseRun)
        .join(CourseRun, CourseRun.course_id == Course.id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .where(CourseRun.id.in_(list(course_run_ids)[:COURSES_MAX]))
        .order_by(CourseRun.id)
        .limit(COURSES_MAX)
    ).all()
    owner_ids = {institution.id for *_others, institution, _run in rows}
    periods = list_granted_periods_of(owner_ids)
    changes = list_state_changes_of(owner_ids)
    bars = list_grade_bars(owner_ids)
    return {
        run.id: replace(
            _course_facts(course, version, code, institution, run, bars),
            accredited_for_run=is_covered(
                periods.get(institution.id, ()),
                occupation_code=code,
                level=course.level,
                first_on=run.starts_on,
                last_on=run.ends_on,
                site_id=run.site_id,
            ),
            stops_on=_stops_on(changes.get(institution.id, ()), institution.state, run),
        )
        for course, version, code, institution, run in rows
    }


def _stops_on(
    changes: Sequence[StateChange], present: InstitutionState, run: CourseRun
) -> date | None:
    stop = first_day_out_of_standing(changes, present, run.starts_on, run.ends_on)
    return stop[0] if stop else None


def list_course_facts(course_ids: Sequence[int]) -> dict[int, CourseFacts]:
    """Courses as the rules see them before a run is chosen, all in one query."""
    rows = db.session.execute(
        _courses()
        .join(CourseVersion, CourseVersion.id == Course.current_version_id)
        .where(Course.id.in_(list(course_ids)[:COURSES_MAX]))
        .order_by(Course.id)
        .limit(COURSES_MAX)
    ).all()
    bars = list_grade_bars({institution.id for *_others, institution in rows})
    return {
        course.id: _course_facts(course, version, code, institution, None, bars)
        for course, version, code, institution in rows
    }


def _courses() -> Any:
    return (
        select(Course, CourseVersion, Occupation.code, Institution)
        .select_from(Course)
        .join(Institution, Institution.id == Course.institution_id)
        .outerjoin(Occupation, Occupation.id == Course.occupation_id)
    )


def _course_facts(
    course: Course,
    version: CourseVersion,
    occupation_code: str | None,
    institution: Institution,
    run: CourseRun | None,
    bars: Mapping[int, GradeBar],
) -> CourseFacts:
    bar = bars.get(institution.id)
    return CourseFacts(
        listed=is_listed(course.state, course.quarantine_reason),
        institution_accredited=is_institution_accredited(
            institution.state, institution.quarantine_reason
        ),
        occupation_code=occupation_code,
        level=course.level,
        hours=version.hours,
        fee_fen=version.fee_fen,
        currency=version.currency,
        run_state=run.state if run else None,
        starts_on=run.starts_on if run else None,
        opens_on=run.enrollment_opens_on if run else None,
        closes_on=run.enrollment_closes_on if run else None,
        ends_on=run.ends_on if run else None,
        barred_grade=bar.grade.value if bar else None,
        barred_rule=bar.rule if bar else None,
    )


def _list_spans(worker_id: int) -> list[CategorySpan]:
    rows = db.session.execute(
        select(CategoryFact.category, CategoryFact.valid_from, CategoryFact.valid_until)
        .where(
            CategoryFact.worker_id == worker_id, CategoryFact.state == CategoryFactState.VERIFIED
        )
        .order_by(CategoryFact.id)
        .limit(200)
    )
    return [CategorySpan(*row) for row in rows]


def _list_vouchers_of_year(worker_id: int, year: int) -> list[tuple[Voucher, SchemeVersion]]:
    of_year = and_(
        Voucher.issued_on >= date(year, 1, 1),
        Voucher.issued_on <= date(year, 12, 31),
        Voucher.state == VoucherState.REDEEMED,
    )
    rows = db.session.execute(
        select(Voucher, SchemeVersion)
        .join(SchemeVersion, SchemeVersion.id == Voucher.scheme_version_id)
        .where(Voucher.worker_id == worker_id, or_(Voucher.state.in_(LIVE), of_year))
        .order_by(Voucher.expires_on, Voucher.id)
        .limit(200)
    )
    return [(voucher, version) for voucher, version in rows]


def _list_trainings(worker_id: int) -> list[Training]:
    # A voucher paid for a run when it was quoted for it and is reserved or redeemed.
    rows = db.session.execute(
        select(CourseRun.id, Occupation.code, Course.level)
        .join(Enrollment, Enrollment.course_run_id == CourseRun.id)
        .join(
            Quote,
            and_(
                Quote.worker_id == Enrollment.worker_id,
                Quote.course_run_id == Enrollment.course_run_id,
            ),
        )
        .join(Voucher, Voucher.id == Quote.voucher_id)
        .join(Course, Course.id == CourseRun.course_id)
        .outerjoin(Occupation, Occupation.id == Course.occupation_id)
        .where(
            Enrollment.worker_id == worker_id,
            Enrollment.state.in_(
                (EnrollmentState.CONFIRMED, EnrollmentState.TRAINING, EnrollmentState.COMPLETED)
            ),
            Voucher.state.in_((VoucherState.RESERVED, VoucherState.REDEEMED)),
        )
        .distinct()
        .order_by(CourseRun.id)
        .limit(200)
    )
    return [Training(*row) for row in rows]


def _counts(voucher: Voucher, on: date) -> bool:
    """Counts towards the year: used, or live and not past its day. Unused expiry is no use."""
    if voucher.issued_on.year != on.year:
        return False
    return voucher.state in (VoucherState.REDEEMED, VoucherState.RESERVED) or (
        voucher.expires_on >= on
    )


def _live_elsewhere(person: PersonFacts, scheme_id: int, on: date) -> LiveVoucher | None:
    for voucher, version in person.vouchers:
        live = voucher.state is VoucherState.RESERVED or (
            voucher.state in LIVE and voucher.expires_on >= on
        )
        if live and voucher.scheme_id != scheme_id:
            return LiveVoucher(version.title, voucher.expires_on)
    return None
