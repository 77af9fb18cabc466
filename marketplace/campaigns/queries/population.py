"""Who is meant by a campaign: one condition on workers, counted and drawn alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select

from marketplace.campaigns.models import Campaign, CampaignMember, OutreachMessage
from marketplace.campaigns.rules import (
    MESSAGES_DAYS,
    MESSAGES_MAX,
    PopulationRule,
    months_before,
    years_before,
)
from marketplace.campaigns.states import CampaignState
from marketplace.catalog.models import Course, CourseRun
from marketplace.catalog.queries.occupations import find_occupation_by_code
from marketplace.catalog.queries.shortage import occupations_below
from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.states import EnrollmentState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.people.models import CategoryFact, Worker
from marketplace.people.queries.workers import in_subtrees
from marketplace.people.states import CategoryFactState
from marketplace.recommendation.queries.preferences import wants_no_approach
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.queries.vouchers import LIVE

OVERLAPS_MAX = 20
_LEFT = (EnrollmentState.WITHDRAWN, EnrollmentState.NO_SHOW)


@dataclass(frozen=True, slots=True)
class Overlap:
    """How many of a population another running campaign has drawn already."""

    code: str
    title: str
    people: int


@dataclass(frozen=True, slots=True)
class PopulationCounts:
    """How many are meant, and how many fulfil the conditions but are left out."""

    people: int
    holds_voucher: int
    wants_no_approach: int
    approached_often: int


def count_population(
    rule: PopulationRule, *, place_path: str, scheme_id: int, on: date, invites: bool = True
) -> PopulationCounts:
    """Count a population; who is left out for several reasons counts under each."""
    fits = fulfils(rule, place_path=place_path, on=on)
    holds, off, often = (
        holds_live_voucher(scheme_id),
        wants_no_approach(),
        was_approached_often(clock.now()),
    )

    def count(*conditions: ColumnElement[bool]) -> int:
        return db.session.scalar(select(func.count(Worker.id)).where(fits, *conditions)) or 0

    if not invites:
        return PopulationCounts(count(~holds), count(holds), 0, 0)
    return PopulationCounts(
        people=count(~holds, ~off, ~often),
        holds_voucher=count(holds),
        wants_no_approach=count(off),
        approached_often=count(often),
    )


def list_overlaps(
    rule: PopulationRule, *, place_path: str, scheme_id: int, on: date, besides_id: int
) -> list[Overlap]:
    """Other running campaigns that have drawn people of this population."""
    meant = is_meant(rule, place_path=place_path, scheme_id=scheme_id, on=on)
    rows = db.session.execute(
        select(Campaign.code, Campaign.title, func.count(CampaignMember.id))
        .join(CampaignMember, CampaignMember.campaign_id == Campaign.id)
        .join(Worker, Worker.id == CampaignMember.worker_id)
        .where(Campaign.state == CampaignState.RUNNING, Campaign.id != besides_id, meant)
        .group_by(Campaign.id, Campaign.code, Campaign.title)
        .order_by(func.count(CampaignMember.id).desc(), Campaign.id)
        .limit(OVERLAPS_MAX)
    )
    return [Overlap(*row) for row in rows]


def list_population(
    rule: PopulationRule,
    *,
    place_path: str,
    scheme_id: int,
    on: date,
    after_id: int,
    limit: int,
    invites: bool = True,
) -> list[tuple[int, str]]:
    """People of a population by number and code, in the order of their records."""
    meant = is_meant(rule, place_path=place_path, scheme_id=scheme_id, on=on, invites=invites)
    rows = db.session.execute(
        select(Worker.id, Worker.code)
        .where(Worker.id > after_id, meant)
        .order_by(Worker.id)
        .limit(limit)
    )
    return [(row.id, row.code) for row in rows]


def select_population(
    rule: PopulationRule, *, place_path: str, scheme_id: int, on: date, invites: bool = True
) -> Select[Any]:
    """The numbers of the people of a population, for a statement that decides about them."""
    meant = is_meant(rule, place_path=place_path, scheme_id=scheme_id, on=on, invites=invites)
    return select(Worker.id).where(meant)


def is_meant(
    rule: PopulationRule, *, place_path: str, scheme_id: int, on: date, invites: bool = True
) -> ColumnElement[bool]:
    """The whole condition on a query of workers. Where nobody is written to (`invites`), who does
    not want that, or was written to often, is meant all the same."""
    conditions = [
        fulfils(rule, place_path=place_path, on=on),
        ~holds_live_voucher(scheme_id),
    ]
    if invites:
        conditions += [~wants_no_approach(), ~was_approached_often(clock.now())]
    return and_(*conditions)


def fulfils(rule: PopulationRule, *, place_path: str, on: date) -> ColumnElement[bool]:
    """Place, categories, age, earlier learning and idleness."""
    conditions: list[ColumnElement[bool]] = [in_subtrees([place_path])]
    if rule.categories:
        conditions.append(_has_category(rule, on))
    if rule.age_min is not None:
        conditions.append(Worker.born_on <= years_before(on, rule.age_min))
    if rule.age_max is not None:
        conditions.append(Worker.born_on > years_before(on, rule.age_max + 1))
    if rule.occupation_code:
        conditions.append(_learned_for(rule.occupation_code))
    if rule.idle_months is not None:
        since = datetime.combine(months_before(on, rule.idle_months), time(), clock.zone())
        conditions.append(~_took_place(Enrollment.created_at >= since))
    return and_(*conditions)


def holds_live_voucher(scheme_id: int) -> ColumnElement[bool]:
    """Has a voucher of the scheme that is not used yet."""
    return (
        select(Voucher.id)
        .where(
            Voucher.worker_id == Worker.id, Voucher.scheme_id == scheme_id, Voucher.state.in_(LIVE)
        )
        .correlate(Worker)
        .exists()
    )


def was_approached_often(now: datetime) -> ColumnElement[bool]:
    """Got as many messages lately as anybody may."""
    sent = (
        select(func.count())
        .select_from(OutreachMessage)
        .where(
            OutreachMessage.worker_id == Worker.id,
            OutreachMessage.created_at > now - timedelta(days=MESSAGES_DAYS),
        )
        .correlate(Worker)
        .scalar_subquery()
    )
    return sent >= MESSAGES_MAX


def list_message_times(worker_ids: Sequence[int]) -> dict[int, list[datetime]]:
    """When each of some people got messages lately."""
    rows = db.session.execute(
        select(OutreachMessage.worker_id, OutreachMessage.created_at)
        .where(
            OutreachMessage.worker_id.in_(worker_ids),
            OutreachMessage.created_at > clock.now() - timedelta(days=MESSAGES_DAYS),
        )
        .order_by(OutreachMessage.worker_id, OutreachMessage.id)
    )
    found: dict[int, list[datetime]] = {}
    for worker_id, at in rows:
        found.setdefault(worker_id, []).append(at)
    return found


def _has_category(rule: PopulationRule, on: date) -> ColumnElement[bool]:
    return (
        select(CategoryFact.id)
        .where(
            CategoryFact.worker_id == Worker.id,
            CategoryFact.category.in_(rule.categories),
            CategoryFact.state == CategoryFactState.VERIFIED,
            CategoryFact.valid_from <= on,
            or_(CategoryFact.valid_until.is_(None), CategoryFact.valid_until >= on),
        )
        .correlate(Worker)
        .exists()
    )


def _learned_for(occupation_code: str) -> ColumnElement[bool]:
    occupation = find_occupation_by_code(occupation_code)
    if occupation is None:
        return false()
    below = occupations_below(occupation.id)
    return _took_place(Course.occupation_id.in_(select(below.c.id)))


def _took_place(condition: Any) -> ColumnElement[bool]:
    return (
        select(Enrollment.id)
        .join(CourseRun, CourseRun.id == Enrollment.course_run_id)
        .join(Course, Course.id == CourseRun.course_id)
        .where(Enrollment.worker_id == Worker.id, Enrollment.state.not_in(_LEFT), condition)
        .correlate(Worker)
        .exists()
    )
