"""Vouchers that wait for redemption, by the thousand, made quickly.

Each class is taught once through the product, with one learner; the others are copies of that
learner's rows (`benchmarks/copies.py`), each with an entry of its own that commits its money. So
all invariants of the books hold before a measurement as they must hold after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import null, select, update

from benchmarks.copies import Copies
from marketplace.catalog.models import CourseRun
from marketplace.enrollment.models import Attendance, Completion, Enrollment
from marketplace.foundation.db import Base, db, table_of, write_transaction
from marketplace.foundation.money import Money
from marketplace.people.models import Worker
from marketplace.redemption.models import Reservation
from marketplace.vouchers.models import Quote, Scheme, Voucher
from tests.factories.redemption import Case, make_ready_case
from tests.factories.vouchers import make_scheme

FUND = Money(10_000_000_000, "CNY")


@dataclass(frozen=True)
class Class:
    """One course run of one institution, everybody's training over, nothing redeemed."""

    course_run_id: int
    institution_id: int
    voucher_ids: tuple[int, ...]


def make_classes(number: int, *, learners: int) -> list[Class]:
    """So many classes, each at an institution of its own, all paid from one fund."""
    with write_transaction():
        scheme = make_scheme(amount=FUND)
    return [_make_class(scheme, learners) for _class in range(number)]


def new_scheme(vouchers: int) -> int:
    """A scheme whose fund is enough for so many vouchers, for `class_of`."""
    enough = Money(max(FUND.fen, vouchers * 1_000_000), "CNY")
    return make_scheme(amount=enough).id


def class_of(scheme_id: int, *, learners: int) -> Class:
    """One more class under a scheme: for runs too long to make them all beforehand."""
    return _make_class(db.session.get_one(Scheme, scheme_id), learners)


def _make_class(scheme: Scheme, learners: int) -> Class:
    with write_transaction():
        case = make_ready_case(scheme=scheme)
        copies = _copy_learner(case, learners - 1) if learners > 1 else ()
        return Class(case.run.id, case.institution.id, (case.voucher.id, *copies))


def _copy_learner(case: Case, number: int) -> Sequence[int]:
    copies, reservation = Copies(number), case.reservation
    assert reservation.entry_id is not None
    workers = copies.of(Worker, case.worker.id, user_id=null())
    vouchers = copies.of(Voucher, case.voucher.id, worker_id=workers)
    enrollments = copies.of(Enrollment, case.enrollment.id, worker_id=workers)
    quotes = copies.of(Quote, reservation.quote_id, worker_id=workers, voucher_id=vouchers)
    copies.of_all(Completion, _ids_of(Completion, case), enrollment_id=enrollments)
    copies.of_all(Attendance, _ids_of(Attendance, case), enrollment_id=enrollments)
    copies.of(
        Reservation,
        reservation.id,
        voucher_id=vouchers,
        enrollment_id=enrollments,
        quote_id=quotes,
        entry_id=copies.of_entry(reservation.entry_id, code_prefix=reservation.code[:3]),
    )
    run = table_of(CourseRun)
    grown = {"capacity": number + 1, "seats_taken": run.c.seats_taken + number}
    db.session.execute(update(run).where(run.c.id == case.run.id).values(grown))
    return vouchers


def _ids_of(model: type[Base], case: Case) -> list[int]:
    table = table_of(model)
    mine = select(table.c.id).where(table.c.enrollment_id == case.enrollment.id)
    return list(db.session.scalars(mine))
