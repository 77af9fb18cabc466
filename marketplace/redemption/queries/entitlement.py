"""What is known now of the people whose vouchers pay for a class: four statements for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select

from marketplace.catalog.models import Course, CourseRun, Occupation
from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.queries import RUN_SIZE_MAX
from marketplace.foundation.db import db
from marketplace.people.models import CategoryFact, StatusFact
from marketplace.people.states import CategoryFactState
from marketplace.redemption.entitlement_rules import EntitledPerson
from marketplace.redemption.models import Reservation
from marketplace.redemption.states import ReservationState
from marketplace.vouchers.models import OtherSubsidy, SchemeVersion, Voucher
from marketplace.vouchers.queries.schemes import get_policy_of
from marketplace.vouchers.states import VoucherKind

FACTS_MAX = RUN_SIZE_MAX * 20
_PAYS = Voucher.kind != VoucherKind.SIGN_IN


def list_entitled_people(course_run_id: int) -> list[EntitledPerson]:
    """The learners of a class whose voucher pays, reserved or redeemed, as they are known now."""
    rows = _list_rows(course_run_id)
    if not rows:
        return []
    worker_ids = {row[1] for row in rows}
    categories = _list_categories(worker_ids)
    statuses = _list_statuses(worker_ids)
    subsidies = _list_subsidies(worker_ids)
    return [
        EntitledPerson(
            enrollment_id=enrollment_id,
            policy=get_policy_of(version_id, content_sha256),
            issued_on=issued_on,
            starts_on=starts_on,
            ends_on=ends_on,
            occupation_code=occupation_code,
            level=level,
            categories=tuple(categories[worker_id]),
            statuses=tuple(statuses[worker_id]),
            subsidies=tuple(subsidies[worker_id]),
        )
        for (
            enrollment_id, worker_id, issued_on, version_id, content_sha256,
            starts_on, ends_on, occupation_code, level,
        ) in rows
    ]  # fmt: skip


def _list_rows(course_run_id: int) -> Sequence[Any]:
    return db.session.execute(
        select(
            Enrollment.id,
            Enrollment.worker_id,
            Voucher.issued_on,
            SchemeVersion.id,
            SchemeVersion.content_sha256,
            CourseRun.starts_on,
            CourseRun.ends_on,
            Occupation.code,
            Course.level,
        )
        .select_from(Reservation)
        .join(Enrollment, Enrollment.id == Reservation.enrollment_id)
        .join(Voucher, (Voucher.id == Reservation.voucher_id) & _PAYS)
        .join(SchemeVersion, SchemeVersion.id == Voucher.scheme_version_id)
        .join(CourseRun, CourseRun.id == Enrollment.course_run_id)
        .join(Course, Course.id == CourseRun.course_id)
        .outerjoin(Occupation, Occupation.id == Course.occupation_id)
        .where(
            Enrollment.course_run_id == course_run_id,
            Reservation.state != ReservationState.RELEASED,
        )
        .order_by(Enrollment.id)
        .limit(RUN_SIZE_MAX)
    ).all()


def _list_categories(worker_ids: Collection[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for fact in db.session.scalars(
        select(CategoryFact)
        .where(
            CategoryFact.worker_id.in_(worker_ids),
            CategoryFact.state.in_((CategoryFactState.VERIFIED, CategoryFactState.DECLARED)),
        )
        .order_by(CategoryFact.id)
        .limit(FACTS_MAX)
    ):
        found[fact.worker_id].append((fact.category, (fact.valid_from, fact.valid_until)))
    return found


def _list_statuses(worker_ids: Collection[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for fact in db.session.scalars(
        select(StatusFact)
        .where(StatusFact.worker_id.in_(worker_ids))
        .order_by(StatusFact.id)
        .limit(FACTS_MAX)
    ):
        found[fact.worker_id].append((fact.status, (fact.valid_from, fact.valid_until)))
    return found


def _list_subsidies(worker_ids: Collection[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in db.session.scalars(
        select(OtherSubsidy)
        .where(OtherSubsidy.worker_id.in_(worker_ids))
        .order_by(OtherSubsidy.id)
        .limit(FACTS_MAX)
    ):
        found[row.worker_id].append((row.kind, row.occupation_code, row.level, row.granted_on))
    return found
