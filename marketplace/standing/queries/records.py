"""The file of an institution, and appeals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Date, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from marketplace.foundation import clock
from marketplace.foundation.db import db, table_of
from marketplace.foundation.direct import Direct, ask
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import in_subtrees
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.standing.models import Rating, RatingAppeal, StandingRecord
from marketplace.standing.rules.grades import RecordFacts
from marketplace.standing.rules.policy import Policy
from marketplace.standing.states import AppealState, StandingKind

RECORDS_MAX = 500
"""Facts of one institution that can be in force at once."""
PUBLIC_FACTS_MAX = 20
"""As many the public reads, the newest."""


@dataclass(frozen=True, slots=True)
class RecordView:
    """A fact of the file with what became of it."""

    record: StandingRecord
    withdrawn_by: StandingRecord | None

    @property
    def is_over(self) -> bool:
        """Its repair period has ended."""
        until = self.record.valid_until
        return until is not None and until < clock.today()

    def is_in_force(self, on: date) -> bool:
        """Not withdrawn, and its repair period is not over."""
        until = self.record.valid_until
        return (
            self.withdrawn_by is None
            and self.record.kind is not StandingKind.WITHDRAWAL
            and self.record.happened_on <= on
            and (until is None or on <= until)
        )


@dataclass(frozen=True, slots=True)
class PublicFact:
    """A fact of the file as the public reads it."""

    kind: StandingKind
    happened_on: date
    valid_until: date | None
    clause: str


@dataclass(frozen=True, slots=True)
class AppealView:
    """An appeal with the institution it comes from and what it is about."""

    appeal: RatingAppeal
    institution_code: str
    institution_name: str
    record: StandingRecord | None
    rating: Rating | None


def list_public_facts(institution_id: int, *, on: date) -> list[PublicFact]:
    """What the policy publishes of the file and is in force on a day, newest first."""
    asked = {"institution_id": institution_id, "on": on}
    return [PublicFact(*row) for row in ask(_PUBLIC_FACTS, asked)]


def list_standing(institution_id: int, page: PageRequest) -> Page[RecordView]:
    """The file, newest first."""
    wanted = _views().where(StandingRecord.institution_id == institution_id)
    counted = wanted.with_only_columns(StandingRecord.id).subquery()
    total = db.session.scalar(select(func.count()).select_from(counted)) or 0
    rows = db.session.execute(
        wanted.order_by(StandingRecord.id.desc()).offset(page.offset).limit(page.limit)
    )
    return Page([RecordView(*row) for row in rows], total, page.number, page.limit)


def find_standing_record(institution_id: int, code: str) -> RecordView | None:
    """One fact of an institution's file by its code."""
    row = db.session.execute(
        _views().where(StandingRecord.institution_id == institution_id, StandingRecord.code == code)
    ).one_or_none()
    return RecordView(*row) if row else None


def get_standing_record(record_id: int) -> RecordView:
    """One fact, or 404."""
    row = db.session.execute(_views().where(StandingRecord.id == record_id)).one_or_none()
    if row is None:
        raise NotFound("standing_record", record_id)
    return RecordView(*row)


def find_record_about(institution_id: int, *, subject: tuple[str, str]) -> StandingRecord | None:
    """The fact about a subject that was not withdrawn."""
    second = aliased(StandingRecord)
    return db.session.scalar(
        select(StandingRecord)
        .outerjoin(second, second.withdraws_id == StandingRecord.id)
        .where(
            StandingRecord.institution_id == institution_id,
            StandingRecord.subject_kind == subject[0],
            StandingRecord.subject_code == subject[1],
            StandingRecord.kind != StandingKind.WITHDRAWAL,
            second.id.is_(None),
        )
        .order_by(StandingRecord.id.desc())
        .limit(1)
    )


def list_records_in_force(
    institution_ids: Sequence[int], policy: Policy, *, on: date
) -> dict[int, tuple[RecordFacts, ...]]:
    """The facts that count on a day as they were known on that day, by institution."""
    second = aliased(StandingRecord)
    rows = db.session.scalars(
        select(StandingRecord)
        .outerjoin(
            second,
            and_(second.withdraws_id == StandingRecord.id, second.happened_on <= on),
        )
        .where(
            StandingRecord.institution_id.in_(sorted(set(institution_ids))),
            StandingRecord.kind != StandingKind.WITHDRAWAL,
            StandingRecord.happened_on <= on,
            or_(StandingRecord.valid_until.is_(None), StandingRecord.valid_until >= on),
            second.id.is_(None),
        )
        .order_by(StandingRecord.institution_id, StandingRecord.id)
        .limit(RECORDS_MAX * max(1, len(institution_ids)))
    )
    found: dict[int, tuple[RecordFacts, ...]] = {}
    for row in rows:
        found[row.institution_id] = (*found.get(row.institution_id, ()), _facts(row, policy))
    return found


def find_appeal_of(institution_id: int, code: str) -> AppealView | None:
    """One appeal of an institution by its code."""
    row = db.session.execute(
        _appeals().where(RatingAppeal.institution_id == institution_id, RatingAppeal.code == code)
    ).one_or_none()
    return AppealView(*row) if row else None


def find_appeal_in(code: str, paths: Sequence[str]) -> AppealView | None:
    """One appeal by its code, if its institution is in these jurisdictions."""
    row = db.session.execute(
        _appeals().where(RatingAppeal.code == code, in_subtrees(paths))
    ).one_or_none()
    return AppealView(*row) if row else None


def list_appeals_of(institution_id: int, page: PageRequest) -> Page[AppealView]:
    """An institution's appeals, newest first."""
    wanted = _appeals().where(RatingAppeal.institution_id == institution_id)
    return _page_of_appeals(wanted.order_by(RatingAppeal.id.desc()), page)


def list_appeals_in(
    paths: Sequence[str], page: PageRequest, *, state: AppealState | None = None
) -> Page[AppealView]:
    """Appeals to officers of these subtrees; those that wait longest come first."""
    wanted = _appeals().where(in_subtrees(paths))
    if state is not None:
        wanted = wanted.where(RatingAppeal.state == state)
    ordered = wanted.order_by(
        RatingAppeal.state != AppealState.FILED, RatingAppeal.filed_at, RatingAppeal.id
    )
    return _page_of_appeals(ordered, page)


def count_open_appeals(paths: Sequence[str]) -> int:
    """How many appeals wait for officers of these subtrees."""
    return list_appeals_in(paths, PageRequest(1, 1), state=AppealState.FILED).total


def list_appeals_about(
    *, record_id: int | None = None, rating_id: int | None = None
) -> Sequence[RatingAppeal]:
    """Appeals about one fact or one rating, oldest first."""
    return db.session.scalars(
        select(RatingAppeal)
        .where(
            RatingAppeal.record_id == record_id
            if record_id is not None
            else RatingAppeal.rating_id == rating_id
        )
        .order_by(RatingAppeal.id)
        .limit(50)
    ).all()


def lock_appeal(appeal_id: int) -> RatingAppeal:
    """One appeal, held until the unit of work ends, as it is now."""
    appeal = db.session.scalar(
        select(RatingAppeal)
        .where(RatingAppeal.id == appeal_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if appeal is None:
        raise NotFound("rating_appeal", appeal_id)
    return appeal


def _views() -> Select[*tuple[Any, ...]]:
    second = aliased(StandingRecord)
    return select(StandingRecord, second).outerjoin(
        second, second.withdraws_id == StandingRecord.id
    )


def _appeals() -> Select[*tuple[Any, ...]]:
    return (
        select(RatingAppeal, Institution.code, Institution.name, StandingRecord, Rating)
        .join(Institution, Institution.id == RatingAppeal.institution_id)
        .outerjoin(Jurisdiction, Jurisdiction.id == Institution.jurisdiction_id)
        .outerjoin(StandingRecord, StandingRecord.id == RatingAppeal.record_id)
        .outerjoin(Rating, Rating.id == RatingAppeal.rating_id)
    )


def _page_of_appeals(
    wanted: Select[*tuple[Any, ...]],
    page: PageRequest,
) -> Page[AppealView]:
    counted = wanted.with_only_columns(RatingAppeal.id).order_by(None).subquery()
    total = db.session.scalar(select(func.count()).select_from(counted)) or 0
    rows = db.session.execute(wanted.offset(page.offset).limit(page.limit))
    return Page([AppealView(*row) for row in rows], total, page.number, page.limit)


def _facts(row: StandingRecord, policy: Policy) -> RecordFacts:
    settings = policy.records.get(row.kind)
    return RecordFacts(
        code=row.code,
        kind=row.kind,
        points=row.points,
        happened_on=row.happened_on,
        valid_until=row.valid_until,
        forces_grade=settings.forces_grade if settings else None,
        component=row.component,
        successes=row.successes or 0,
        trials=row.trials or 0,
    )


_fact, _withdrawal = table_of(StandingRecord), table_of(StandingRecord).alias("withdrawal")
_ON = bindparam("on", type_=Date)
_PUBLIC_FACTS = Direct(
    select(_fact.c.kind, _fact.c.happened_on, _fact.c.valid_until, _fact.c.clause)
    .where(
        _fact.c.institution_id == bindparam("institution_id", type_=BigInteger),
        _fact.c.is_public,
        _fact.c.kind != StandingKind.WITHDRAWAL,
        ~select(_withdrawal.c.id).where(_withdrawal.c.withdraws_id == _fact.c.id).exists(),
        _fact.c.happened_on <= _ON,
        or_(_fact.c.valid_until.is_(None), _fact.c.valid_until >= _ON),
    )
    .order_by(_fact.c.id.desc())
    .limit(PUBLIC_FACTS_MAX)
)
"""Read for every page of an institution: built once, without objects."""
