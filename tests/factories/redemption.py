"""Vouchers tied to classes, ready to be redeemed, redeemed. Use in write_transaction."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.catalog.models import CourseRun
from marketplace.catalog.queries.course_runs import get_course_run
from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.queries import get_enrollment
from marketplace.enrollment.states import AssessmentResult
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import get_institution
from marketplace.people.models import User, Worker
from marketplace.redemption.models import Redemption, Reservation
from marketplace.redemption.operations.redeem import redeem_voucher
from marketplace.redemption.operations.reserve import reserve_voucher
from marketplace.vouchers.models import Scheme, Voucher
from marketplace.vouchers.operations.quotes import make_quote
from tests.factories.catalog import make_open_course_run
from tests.factories.enrollment import attend, make_completion, make_staff, run_through
from tests.factories.people import make_worker
from tests.factories.vouchers import make_scheme, make_voucher


@dataclass(frozen=True)
class Case:
    """One learner, their voucher, their class and its institution."""

    worker: Worker
    voucher: Voucher
    run: CourseRun
    institution: Institution
    staff: User
    reservation: Reservation
    enrollment: Enrollment


def make_reservation(
    voucher: Voucher | None = None, *, course_run: CourseRun | None = None
) -> Reservation:
    """A voucher tied to an open class."""
    voucher = voucher or make_voucher(make_worker().id)
    run = course_run or make_open_course_run()
    quote = make_quote(
        voucher.worker_id, voucher_id=voucher.id, course_run_id=run.id, actor_id=None
    )
    return reserve_voucher(
        voucher.id, quote_id=quote.id, worker_id=voucher.worker_id, actor_id=None
    )


def make_case(
    *,
    scheme: Scheme | None = None,
    course_run: CourseRun | None = None,
    staff: User | None = None,
    worker: Worker | None = None,
) -> Case:
    """A reserved voucher with all that belongs to it."""
    worker = worker or make_worker()
    voucher = make_voucher(worker.id, scheme=scheme or make_scheme())
    run = course_run or make_open_course_run()
    reservation = make_reservation(voucher, course_run=run)
    institution = get_institution(run.institution_id)
    return Case(
        worker=worker,
        voucher=voucher,
        run=get_course_run(run.id),
        institution=institution,
        staff=staff or make_staff(institution.id),
        reservation=reservation,
        enrollment=get_enrollment(reservation.enrollment_id),
    )


def make_ready_case(
    *,
    scheme: Scheme | None = None,
    lessons: int | None = None,
    assessment: AssessmentResult = AssessmentResult.PASSED,
    worker: Worker | None = None,
    course_run: CourseRun | None = None,
) -> Case:
    """A learner whose training is over and recorded: only the redemption is left."""
    case = make_case(scheme=scheme, worker=worker, course_run=course_run)
    attend(case.enrollment, case.staff.id, lessons=lessons)
    run_through(case.run.id)
    make_completion(case.enrollment, case.staff.id, assessment=assessment)
    return case


def make_redemption() -> Redemption:
    """A redeemed voucher."""
    case = make_ready_case()
    return redeem_voucher(
        case.voucher.id, institution_id=case.institution.id, actor_id=case.staff.id
    )
