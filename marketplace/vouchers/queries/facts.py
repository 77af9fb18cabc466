"""Gathering what the rules ask about a person and the money; courses: `course_facts`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from marketplace.catalog.models import Course, CourseRun, Occupation
from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.states import EnrollmentState
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal
from marketplace.funds.entries import available
from marketplace.funds.models import Allotment
from marketplace.funds.queries import find_allotment_for
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.ledger.queries import get_balance_fen
from marketplace.people.models import CategoryFact, StatusFact, Worker
from marketplace.people.states import CategoryFactState, PersonStatus, WorkerCategory
from marketplace.vouchers.models import OtherSubsidy, Quote, SchemeVersion, Voucher
from marketplace.vouchers.queries.schemes import SchemeInForce, list_schemes_in_force
from marketplace.vouchers.queries.vouchers import LIVE
from marketplace.vouchers.rules.claims import (
    ClaimFacts,
    LiveVoucher,
    StatusSpan,
    refusals_for_claim,
)
from marketplace.vouchers.rules.policy import Policy
from marketplace.vouchers.states import VoucherOrigin, VoucherState


@dataclass(frozen=True, slots=True)
class CategorySpan:
    """A category, verified or declared and waiting, from a day to a day."""

    category: WorkerCategory
    valid_from: date
    valid_until: date | None
    state: CategoryFactState = CategoryFactState.VERIFIED
    fact_id: int = 0


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

    worker: Worker
    residence_path: str | None
    workplace_path: str | None
    spans: tuple[CategorySpan, ...]
    vouchers: tuple[tuple[Voucher, SchemeVersion], ...]
    """Live ones, and those that were used."""
    trainings: tuple[Training, ...]
    statuses: tuple[tuple[PersonStatus, date, date | None], ...] = ()
    other_subsidies: tuple[tuple[str, int], ...] = ()

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
    """Everything about a worker that the rules ask, in six queries."""
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
        vouchers=tuple(_list_vouchers_that_count(worker_id)),
        trainings=tuple(_list_trainings(worker_id)),
        statuses=tuple(_list_statuses(worker_id)),
        other_subsidies=tuple(_list_other_subsidies(worker_id)),
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
        declared=person.declared_on(on),
        statuses=person.statuses_on(on),
        vouchers_ever=sum(_is_used_or_live(voucher, on) for voucher, _version in person.vouchers),
        category_vouchers=count_vouchers_by_category(offer.scheme.id, offer.policy, on=on),
    )
    return facts, allotment


def count_vouchers_by_category(
    scheme_id: int, policy: Policy, *, on: date
) -> dict[WorkerCategory, int]:
    """Vouchers of a scheme and year, used or live, by the category they were given for; only
    where the policy has caps for categories."""
    if policy.category_caps is None:
        return {}
    used = Voucher.state.in_((VoucherState.RESERVED, VoucherState.REDEEMED))
    live = and_(Voucher.state.in_(LIVE), Voucher.expires_on >= on)
    rows = db.session.execute(
        select(Voucher.category, func.count())
        .where(
            Voucher.scheme_id == scheme_id,
            Voucher.issued_on.between(date(on.year, 1, 1), date(on.year, 12, 31)),
            Voucher.category.in_(policy.category_caps.value),
            or_(used, live),
        )
        .group_by(Voucher.category)
        .order_by(Voucher.category)
    )
    return {WorkerCategory(str(name)): count for name, count in rows}


@dataclass(frozen=True, slots=True)
class ClaimAnswer:
    """Whether a worker may have a voucher of a scheme, and every reason why not."""

    offer: SchemeInForce
    held: Voucher | None
    refusals: tuple[Refusal, ...]


def list_claim_answers(worker_id: int, *, on: date) -> list[ClaimAnswer]:
    """The schemes of the day for one worker: first those that can be had."""
    person = get_person_facts(worker_id)
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


def _list_spans(worker_id: int) -> list[CategorySpan]:
    rows = db.session.execute(
        select(
            CategoryFact.category,
            CategoryFact.valid_from,
            CategoryFact.valid_until,
            CategoryFact.state,
            CategoryFact.id,
        )
        .where(
            CategoryFact.worker_id == worker_id,
            CategoryFact.state.in_((CategoryFactState.VERIFIED, CategoryFactState.DECLARED)),
        )
        .order_by(CategoryFact.id)
        .limit(200)
    )
    return [CategorySpan(*row) for row in rows]


def _list_statuses(worker_id: int) -> list[tuple[PersonStatus, date, date | None]]:
    rows = db.session.execute(
        select(StatusFact.status, StatusFact.valid_from, StatusFact.valid_until)
        .where(StatusFact.worker_id == worker_id)
        .order_by(StatusFact.id)
        .limit(200)
    )
    return [(status, first, until) for status, first, until in rows]


def _list_other_subsidies(worker_id: int) -> list[tuple[str, int]]:
    rows = db.session.execute(
        select(OtherSubsidy.occupation_code, OtherSubsidy.level)
        .where(OtherSubsidy.worker_id == worker_id)
        .order_by(OtherSubsidy.id)
        .limit(200)
    )
    return [(code, level) for code, level in rows]


def _list_vouchers_that_count(worker_id: int) -> list[tuple[Voucher, SchemeVersion]]:
    rows = db.session.execute(
        select(Voucher, SchemeVersion)
        .join(SchemeVersion, SchemeVersion.id == Voucher.scheme_version_id)
        .where(Voucher.worker_id == worker_id, Voucher.state.in_((*LIVE, VoucherState.REDEEMED)))
        .order_by(Voucher.expires_on, Voucher.id)
        .limit(200)
    )
    return [(voucher, version) for voucher, version in rows]


def _list_trainings(worker_id: int) -> list[Training]:
    # A voucher paid for a run when it was quoted for it and is reserved or redeemed.
    rows = db.session.execute(
        select(CourseRun.id, Occupation.code, Course.level, CourseRun.starts_on)
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
    """Counts towards the year."""
    return voucher.issued_on.year == on.year and _is_used_or_live(voucher, on)


def _is_used_or_live(voucher: Voucher, on: date) -> bool:
    """Used, or live and not past its day. Unused expiry is no use."""
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
