"""What changing to another class would mean: every reason against it, the old price and the new."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import aliased

from marketplace.catalog.models import Course, CourseRun, CourseVersion, Lesson
from marketplace.catalog.queries.course_runs import CourseRunFacts, get_course_run_facts
from marketplace.catalog.queries.courses import get_course, get_teaching_facts
from marketplace.catalog.rules import refusals_for_spending
from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.operations.enroll import list_enrollment_refusals
from marketplace.enrollment.states import ENDED, EnrollmentState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal
from marketplace.foundation.money import Money
from marketplace.redemption.models import Reservation, Swap
from marketplace.redemption.queries.reservations import find_standing_reservation, is_held
from marketplace.redemption.swap_rules import Overlap, SwapFacts, is_price_kept, refusals_for_swap
from marketplace.standing.rules.grades import refusals_for_new_runs
from marketplace.vouchers.models import Quote, Voucher
from marketplace.vouchers.queries.person_facts import get_person_facts
from marketplace.vouchers.queries.quote_facts import get_means_and_course, make_quote_facts
from marketplace.vouchers.queries.quotes import get_quote
from marketplace.vouchers.queries.vouchers import get_voucher
from marketplace.vouchers.rules.quotes import (
    QuoteFacts,
    QuoteLine,
    quote_lines,
    refusals_for_quote,
)
from marketplace.vouchers.states import VoucherKind, VoucherState


@dataclass(frozen=True, slots=True)
class SwapPlan:
    """A change of classes as it stands now: what it costs, and every reason against it."""

    enrollment: Enrollment
    left: CourseRunFacts
    wanted: CourseRunFacts
    reservation: Reservation | None
    voucher: Voucher | None
    before: Quote | None
    """The quote of the class that would be left."""
    facts: QuoteFacts | None
    """What the new price was decided by; kept prices keep the facts they were decided by."""
    lines: tuple[QuoteLine, ...]
    price_kept: bool
    refusals: tuple[Refusal, ...]

    @property
    def value(self) -> Money:
        """What the voucher would pay."""
        return Money(self._amount("voucher_pays"), self.wanted.fee.currency)

    @property
    def own_share(self) -> Money:
        """What the person would pay."""
        return Money(self._amount("own_share"), self.wanted.fee.currency)

    @property
    def difference_fen(self) -> int:
        """How much more the person pays than before; negative: less."""
        before = self.before.own_share_fen if self.before else 0
        return self.own_share.fen - before

    def _amount(self, code: str) -> int:
        return next((line.amount_fen for line in self.lines if line.code == code), 0)


def get_swap_plan(enrollment: Enrollment, course_run_id: int) -> SwapPlan:
    """What it would mean to change to a class today; changes nothing."""
    left = get_course_run_facts(enrollment.course_run_id)
    wanted = get_course_run_facts(course_run_id)
    reservation = find_standing_reservation(enrollment.id)
    voucher = get_voucher(reservation.voucher_id) if reservation else None
    before = get_quote(reservation.quote_id) if reservation else None
    facts = _quote_facts(voucher, reservation, left, wanted) if voucher and reservation else None
    refusals = refusals_for_swap(_swap_facts(enrollment, reservation, left, wanted, facts))
    lines: tuple[QuoteLine, ...] = ()
    kept = False
    if facts and before:
        lines = quote_lines(facts)
        kept = is_price_kept(
            facts.policy,
            same_course=left.course_id == wanted.course_id,
            same_fee=before.fee_fen == facts.course.fee_fen,
        )
        if not {"swap_same_class", "enrollment_ended"} & {refusal.code for refusal in refusals}:
            refusals += _refusals_of_class(enrollment.worker_id, wanted, refusals_for_quote(facts))
        if kept:
            lines = tuple(
                QuoteLine(line["code"], line["amount_fen"], line["rule"], line["params"])
                for line in before.lines
            )
    elif not {"swap_same_class", "enrollment_ended"} & {refusal.code for refusal in refusals}:
        refusals += list_enrollment_refusals(enrollment.worker_id, wanted)
    return SwapPlan(
        enrollment, left, wanted, reservation, voucher, before, facts, lines, kept, refusals
    )


@dataclass(frozen=True, slots=True)
class SwappableClass:
    """A class of a person that has not begun, with a voucher that could be taken along."""

    enrollment_code: str
    title: str
    starts_on: date


def list_swappable_classes(worker_id: int) -> list[SwappableClass]:
    """Classes a person could leave for another one, the soonest first."""
    rows = db.session.execute(
        select(Enrollment.code, CourseVersion.title, CourseRun.starts_on)
        .join(CourseRun, CourseRun.id == Enrollment.course_run_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .where(
            Enrollment.worker_id == worker_id,
            Enrollment.state == EnrollmentState.CONFIRMED,
            # At most one stands. Asked as a join, SQLite begins with all reservations there are.
            exists().where(Reservation.enrollment_id == Enrollment.id, is_held()),
            CourseRun.starts_on > clock.today(),
        )
        .order_by(CourseRun.starts_on, Enrollment.id)
        .limit(20)
    )
    return [SwappableClass(*row) for row in rows]


def find_swap_of(enrollment_id: int) -> Swap | None:
    """The change by which a class was left."""
    return db.session.scalar(select(Swap).where(Swap.from_enrollment_id == enrollment_id))


def _refusals_of_class(
    worker_id: int, wanted: CourseRunFacts, of_voucher: tuple[Refusal, ...]
) -> tuple[Refusal, ...]:
    """Everything enrolling there with a voucher asks, each reason once: seats, window, the
    institution's grade, state and scope for every day, and whether the voucher pays for it."""
    teaching = get_teaching_facts(get_course(wanted.course_id), site_id=wanted.site_id)
    of_enrolling = list_enrollment_refusals(worker_id, wanted)
    of_institution = refusals_for_new_runs(teaching.grade_bar) + refusals_for_spending(
        teaching, first_on=wanted.starts_on, last_on=wanted.ends_on
    )
    told = {refusal.code for refusal in (*of_enrolling, *of_institution)}
    same = {
        "voucher_run_full": "class_full",
        "voucher_run_not_open": "class_not_open",
        "enrollment_not_begun": "class_window_ahead",
        "enrollment_over": "class_window_over",
        "voucher_course_not_listed": "course_not_offered",
    }
    return (
        *of_enrolling,
        *of_institution,
        *(
            refusal
            for refusal in of_voucher
            if refusal.code not in told and same.get(refusal.code) not in told
        ),
    )


def _quote_facts(
    voucher: Voucher, reservation: Reservation, left: CourseRunFacts, wanted: CourseRunFacts
) -> QuoteFacts:
    """As if the class were left already: the voucher free, its money back, no training there."""
    today = clock.today()
    means, course = get_means_and_course(voucher, course_run_id=wanted.course_run_id)
    freed = 0 if voucher.kind is VoucherKind.FACE_VALUE else reservation.amount_fen
    means = replace(
        means,
        voucher=replace(means.voucher, state=VoucherState.ACTIVE),
        available_fen=means.available_fen + freed,
    )
    person = get_person_facts(voucher.worker_id)
    trainings = tuple(
        training for training in person.trainings if training.course_run_id != left.course_run_id
    )
    return make_quote_facts(
        replace(person, trainings=trainings),
        course,
        means,
        course_run_id=wanted.course_run_id,
        on=today,
    )


def _swap_facts(
    enrollment: Enrollment,
    reservation: Reservation | None,
    left: CourseRunFacts,
    wanted: CourseRunFacts,
    facts: QuoteFacts | None,
) -> SwapFacts:
    return SwapFacts(
        today=clock.today(),
        is_same_class=left.course_run_id == wanted.course_run_id,
        enrollment_state=enrollment.state,
        reservation_state=reservation.state if reservation else None,
        left_starts_on=left.starts_on,
        overlap=_find_overlap(enrollment, wanted.course_run_id),
        swaps_before=_count_swaps(reservation.voucher_id) if reservation else 0,
        policy=facts.policy if facts else None,
        same_institution=left.institution_id == wanted.institution_id,
        same_fee=left.fee == wanted.fee,
    )


def _count_swaps(voucher_id: int) -> int:
    return db.session.scalar(select(func.count()).where(Swap.voucher_id == voucher_id)) or 0


def _find_overlap(enrollment: Enrollment, wanted_run_id: int) -> Overlap | None:
    """The first lesson of the wanted class during a lesson of another class of the person."""
    mine, theirs = aliased(Lesson), aliased(Lesson)
    row = db.session.execute(
        select(theirs.starts_at, CourseVersion.title)
        .select_from(Enrollment)
        .join(CourseRun, CourseRun.id == Enrollment.course_run_id)
        .join(Course, Course.id == CourseRun.course_id)
        .join(CourseVersion, CourseVersion.id == CourseRun.course_version_id)
        .join(mine, mine.course_run_id == CourseRun.id)
        .join(
            theirs,
            and_(
                theirs.course_run_id == wanted_run_id,
                theirs.starts_at < mine.ends_at,
                mine.starts_at < theirs.ends_at,
            ),
        )
        .where(
            Enrollment.worker_id == enrollment.worker_id,
            Enrollment.id != enrollment.id,
            Enrollment.course_run_id != wanted_run_id,
            Enrollment.state.not_in(ENDED),
        )
        .order_by(theirs.starts_at, theirs.id)
        .limit(1)
    ).one_or_none()
    return Overlap(clock.local_date(row[0]), row[1]) if row else None
