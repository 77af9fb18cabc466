"""Reading redemptions, and which of them no settlement holds yet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import ColumnElement, column, exists, func, or_, select, table

from marketplace.enrollment.models import Enrollment
from marketplace.enrollment.queries import RUN_SIZE_MAX
from marketplace.foundation.bulk import is_among
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal
from marketplace.foundation.money import Money
from marketplace.foundation.paging import Page, PageRequest
from marketplace.redemption.models import Redemption, Reservation
from marketplace.redemption.part_rules import Part, reason_for_part
from marketplace.vouchers.models import Quote

# Settlement is a room above this one, so its table is named here, not its model: a redemption in
# a settlement that was not rejected is settled.
_settlement_line = table("settlement_line", column("redemption_id"), column("released_at"))
# Claims too are decided above: what stands in one under review is corrected there.
_claim_line = table(
    "claim_line", column("claim_id"), column("redemption_id"), column("released_at")
)
_claim = table("claim", column("id"), column("state"))
_UNDER_REVIEW = ("submitted", "checked", "noticed", "approved")


def get_redemption(redemption_id: int) -> Redemption:
    """One redemption."""
    if (redemption := db.session.get(Redemption, redemption_id)) is None:
        raise NotFound("redemption")
    return redemption


def find_redemption_by_code(code: str) -> Redemption | None:
    """A redemption by its public code, reversed or not."""
    return db.session.scalar(select(Redemption).where(Redemption.code == code))


def find_redemption_of_entry(entry_id: int) -> Redemption | None:
    """The redemption an entry booked or reversed."""
    return db.session.scalar(
        select(Redemption).where(
            or_(Redemption.entry_id == entry_id, Redemption.reversal_entry_id == entry_id)
        )
    )


def list_redemptions_of_voucher(voucher_id: int) -> Sequence[Redemption]:
    """Every redemption of a voucher, reversed ones too, newest first."""
    return db.session.scalars(
        select(Redemption)
        .where(Redemption.voucher_id == voucher_id)
        .order_by(Redemption.id.desc())
        .limit(50)
    ).all()


def find_redemption(voucher_id: int) -> Redemption | None:
    """The standing redemption of a voucher; a reversed one does not count."""
    return db.session.scalar(
        select(Redemption).where(
            Redemption.voucher_id == voucher_id, Redemption.reversal_entry_id.is_(None)
        )
    )


def list_standing_redemptions(voucher_ids: Collection[int]) -> dict[int, Redemption]:
    """Redemptions that were not reversed, by voucher."""
    rows = db.session.scalars(
        select(Redemption)
        .where(Redemption.voucher_id.in_(voucher_ids), Redemption.reversal_entry_id.is_(None))
        .order_by(Redemption.id)
        .limit(RUN_SIZE_MAX * 2)
    )
    return {redemption.voucher_id: redemption for redemption in rows}


def find_part(redemption: Redemption) -> Part | None:
    """The part of the reserved amount that a redemption paid; none: it paid all of it."""
    percent, rate = redemption.part_percent, redemption.part_rate_percent
    own, rule = redemption.part_own_percent, redemption.part_rule
    if percent is None or rate is None or own is None or rule is None:
        return None
    return Part(rate, percent, own, rule)


def list_part_reasons(redemptions: Collection[Redemption]) -> dict[int, Refusal]:
    """Why some redemptions paid a part only, by redemption; those that paid all are left out."""
    parts = {one.id: part for one in redemptions if (part := find_part(one))}
    if not parts:
        return {}
    rows = db.session.execute(
        select(Redemption.id, Reservation.amount_fen, Quote.currency)
        .join(Reservation, Reservation.id == Redemption.reservation_id)
        .join(Quote, Quote.id == Reservation.quote_id)
        .where(Redemption.id.in_(parts))
        .order_by(Redemption.id)
        .limit(len(parts))
    )
    return {
        number: reason_for_part(parts[number], reserved=Money(fen, currency))
        for number, fen, currency in rows
    }


def list_own_parts(redemption_ids: Collection[int]) -> list[tuple[int, int]]:
    """Of redemptions that paid a part: the enrollment, and how many percent of the own share are
    owed with it, where not all of it is."""
    rows = db.session.execute(
        select(Redemption.enrollment_id, Redemption.part_own_percent)
        .where(is_among(Redemption.id, redemption_ids), Redemption.part_own_percent < 100)
        .order_by(Redemption.id)
        .limit(len(redemption_ids) or 1)
    )
    return [(enrollment_id, percent) for enrollment_id, percent in rows if percent is not None]


def lock_redemption(redemption_id: int) -> Redemption:
    """One redemption, ours until the end of the unit of work."""
    redemption = db.session.scalar(
        select(Redemption)
        .where(Redemption.id == redemption_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if redemption is None:
        raise NotFound("redemption")
    return redemption


def list_redemptions_of_worker(worker_id: int, page: PageRequest) -> Page[Redemption]:
    """What was paid for a learner's training, newest first."""
    wanted = (
        select(Redemption)
        .join(Enrollment, Enrollment.id == Redemption.enrollment_id)
        .where(Enrollment.worker_id == worker_id)
    )
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.scalars(
        wanted.order_by(Redemption.id.desc()).offset(page.offset).limit(page.limit)
    ).all()
    return Page(rows, total, page.number, page.limit)


def list_redemptions_of_enrollments(enrollment_ids: Collection[int]) -> dict[int, Redemption]:
    """Standing redemptions of some enrollments, by enrollment."""
    rows = db.session.scalars(
        select(Redemption)
        .where(Redemption.enrollment_id.in_(enrollment_ids), Redemption.reversal_entry_id.is_(None))
        .order_by(Redemption.id)
        .limit(RUN_SIZE_MAX * 2)
    )
    return {redemption.enrollment_id: redemption for redemption in rows}


def list_unsettled_redemptions(
    institution_id: int, *, from_on: date, to_on: date
) -> Sequence[Redemption]:
    """What an institution has earned in a period and no settlement holds, oldest first."""
    return db.session.scalars(
        select(Redemption)
        .where(
            Redemption.institution_id == institution_id,
            Redemption.redeemed_on.between(from_on, to_on),
            Redemption.reversal_entry_id.is_(None),
            ~is_in_settlement(),
        )
        .order_by(Redemption.redeemed_on, Redemption.id)
        .limit(100_000)
    ).all()


def list_institutions_with_unsettled(*, from_on: date, to_on: date) -> list[int]:
    """Institutions that have earned something in a period no settlement holds yet."""
    return list(
        db.session.scalars(
            select(Redemption.institution_id)
            .where(
                Redemption.redeemed_on.between(from_on, to_on),
                Redemption.reversal_entry_id.is_(None),
                ~is_in_settlement(),
            )
            .distinct()
            .order_by(Redemption.institution_id)
            .limit(100_000)
        )
    )


def is_redemption_settled(redemption_id: int) -> bool:
    """A settlement that was not rejected holds it."""
    return bool(
        db.session.scalar(
            select(exists().where(Redemption.id == redemption_id).where(is_in_settlement()))
        )
    )


def is_redemption_claimed(redemption_id: int) -> bool:
    """It stands in a claim that was submitted and not yet settled, returned or rejected."""
    found = (
        select(_claim_line.c.redemption_id)
        .join(_claim, _claim.c.id == _claim_line.c.claim_id)
        .where(
            _claim_line.c.redemption_id == redemption_id,
            _claim_line.c.released_at.is_(None),
            _claim.c.state.in_(_UNDER_REVIEW),
        )
        .limit(1)
    )
    return db.session.execute(found).first() is not None


def is_in_settlement() -> ColumnElement[bool]:
    """A settlement that was not rejected holds the redemption: a condition for queries."""
    return (
        select(_settlement_line.c.redemption_id)
        .where(
            _settlement_line.c.redemption_id == Redemption.id,
            _settlement_line.c.released_at.is_(None),
        )
        .exists()
    )
