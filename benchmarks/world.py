"""Vouchers that wait for redemption, by the thousand, made quickly.

Each class is taught once through the product, with one learner; the others are copies of that
learner's rows, and the money of each is committed by the real entry. So all invariants of the
books hold before a measurement as they must hold after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from sqlalchemy import insert, select, update

from marketplace.catalog.models import CourseRun
from marketplace.enrollment.models import Attendance, Completion, Enrollment
from marketplace.foundation import clock
from marketplace.foundation.db import Base, db, table_of, write_transaction
from marketplace.foundation.ids import new_code
from marketplace.foundation.money import Money
from marketplace.funds.queries import get_allotment
from marketplace.ledger.operations import post_entries
from marketplace.people.models import Worker
from marketplace.redemption.entries import entry_for_reservation
from marketplace.redemption.models import Reservation
from marketplace.vouchers.models import Quote, Scheme, Voucher
from tests.factories.redemption import Case, make_ready_case
from tests.factories.vouchers import make_scheme

FUND = Money(10_000_000_000, "CNY")
_numbers = count(1)


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


def _copy_learner(case: Case, number: int) -> tuple[int, ...]:
    workers = _copies(Worker, [case.worker.id], [{"user_id": None}] * number)
    each_worker = [{"worker_id": worker_id} for worker_id in workers]
    vouchers = _copies(Voucher, [case.voucher.id], each_worker)
    enrollments = _copies(Enrollment, [case.enrollment.id], each_worker)
    quotes = _copies(
        Quote,
        [case.reservation.quote_id],
        [{"worker_id": w, "voucher_id": v} for w, v in zip(workers, vouchers, strict=True)],
    )
    each_enrollment = [{"enrollment_id": enrollment_id} for enrollment_id in enrollments]
    _copies(Completion, _ids_of(Completion, case), each_enrollment)
    _copies(Attendance, _ids_of(Attendance, case), each_enrollment)
    _reserve(case, vouchers, enrollments, quotes)
    run = table_of(CourseRun)
    grown = {"capacity": number + 1, "seats_taken": run.c.seats_taken + number}
    db.session.execute(update(run).where(run.c.id == case.run.id).values(grown))
    return tuple(vouchers)


def _ids_of(model: type[Base], case: Case) -> list[int]:
    table = table_of(model)
    mine = select(table.c.id).where(table.c.enrollment_id == case.enrollment.id)
    return list(db.session.scalars(mine))


def _reserve(
    case: Case, vouchers: Sequence[int], enrollments: Sequence[int], quotes: Sequence[int]
) -> None:
    codes = [new_code("RV") for _voucher in vouchers]
    allotment = get_allotment(case.voucher.allotment_id)
    amount = Money(case.reservation.amount_fen, "CNY")
    entry_ids = post_entries(
        [
            entry_for_reservation(
                code, allotment_code=allotment.code, amount=amount, on=clock.today()
            )
            for code in codes
        ],
        actor_id=None,
    )
    changes = [
        {"code": code, "voucher_id": v, "enrollment_id": e, "quote_id": q, "entry_id": entry_id}
        for code, v, e, q, entry_id in zip(
            codes, vouchers, enrollments, quotes, entry_ids, strict=True
        )
    ]
    _copies(Reservation, [case.reservation.id], changes)


def _copies(model: type[Base], ids: Sequence[int], changes: Sequence[dict[str, Any]]) -> list[int]:
    """Copy rows once for each set of changes, with codes of their own; the new numbers."""
    table = table_of(model)
    originals = db.session.execute(select(table).where(table.c.id.in_(ids)).order_by(table.c.id))
    rows = []
    for original in originals.mappings().all():
        for change in changes:
            row = {name: value for name, value in original.items() if name != "id"} | change
            if "code" in row and "code" not in change:
                row["code"] = f"{original['code'][:3]}{next(_numbers):010d}"
            for unique in ("id_number_index", "certificate_number"):
                if unique in row:
                    row[unique] = f"copy-{next(_numbers)}"
            rows.append(row)
    written = insert(table).returning(table.c.id, sort_by_parameter_order=True)
    return list(db.session.scalars(written, rows))
