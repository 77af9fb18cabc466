"""What is known now of the people whose vouchers pay for a class: four statements for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import select

from marketplace.catalog.models import Course, CourseRun, Occupation
from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.queries import RUN_SIZE_MAX
from marketplace.foundation.db import db
from marketplace.people.models import CategoryFact, StatusFact
from marketplace.people.states import CategoryFactState
from marketplace.redemption.entitlement_rules import EntitledPerson
from marketplace.redemption.models import Reservation
from marketplace.redemption.queries.reservations import is_standing
from marketplace.vouchers.models import OtherSubsidy, SchemeVersion, Voucher
from marketplace.vouchers.queries.schemes import get_policy_of
from marketplace.vouchers.states import VoucherKind

FACTS_MAX = RUN_SIZE_MAX * 20
_PAYS = Voucher.kind != VoucherKind.SIGN_IN


def list_entitled_people(course_run_id: int) -> list[EntitledPerson]:
    """The learners of a class whose voucher pays, reserved or redeemed, as they are known now."""
    rows = db.session.execute(
        select(
            Enrollment.id.label("enrollment_id"),
            Enrollment.worker_id,
            Voucher.issued_on,
            SchemeVersion.id.label("version_id"),
            SchemeVersion.content_sha256,
            CourseRun.starts_on,
            CourseRun.ends_on,
            Occupation.code.label("occupation_code"),
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
            is_standing(),
        )
        .order_by(Enrollment.id)
        .limit(RUN_SIZE_MAX)
    ).all()
    if not rows:
        return []
    worker_ids = {row.worker_id for row in rows}
    known = _Known(
        _list_categories(worker_ids), _list_statuses(worker_ids), _list_subsidies(worker_ids)
    )
    return [_person(row, known) for row in rows]


class _Known(NamedTuple):
    """By worker."""

    categories: dict[int, list[Any]]
    statuses: dict[int, list[Any]]
    subsidies: dict[int, list[Any]]


def _person(row: Any, known: _Known) -> EntitledPerson:
    return EntitledPerson(
        enrollment_id=row.enrollment_id,
        policy=get_policy_of(row.version_id, row.content_sha256),
        issued_on=row.issued_on,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        occupation_code=row.occupation_code,
        level=row.level,
        categories=tuple(known.categories[row.worker_id]),
        statuses=tuple(known.statuses[row.worker_id]),
        subsidies=tuple(known.subsidies[row.worker_id]),
    )


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
