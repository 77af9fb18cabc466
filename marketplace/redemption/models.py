"""Vouchers tied to enrollments, and what institutions have earned by them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text

from marketplace.foundation.db import Base, Id, Mapped, mapped_column, state_column
from marketplace.redemption.states import ReservationState, VoucherOutcome
from marketplace.vouchers.states import CostBearer

_NOT_RELEASED = text("state <> 'released'")
_STANDING = text("reversal_entry_id IS NULL")


class Reservation(Base):
    """A voucher tied to one enrollment; not yet owed."""

    __tablename__ = "reservation"
    __table_args__ = (
        CheckConstraint(
            "amount_fen > 0 OR (amount_fen = 0 AND entry_id IS NULL AND release_entry_id IS NULL)",
            name="amount",
        ),
        *(
            Index(
                f"uq_reservation_{noun}",
                f"{noun}_id",
                unique=True,
                sqlite_where=_NOT_RELEASED,
                postgresql_where=_NOT_RELEASED,
            )
            for noun in ("voucher", "enrollment", "quote")
        ),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    voucher_id: Mapped[int] = mapped_column(ForeignKey("voucher.id"))
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"))
    quote_id: Mapped[int] = mapped_column(ForeignKey("quote.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    """Who may redeem it: the institution of the course run."""
    amount_fen: Mapped[int]
    """0 for a sign-in voucher, and only for one: triggers see to it."""
    state: Mapped[ReservationState] = state_column(ReservationState)
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("journal_entry.id"))
    """The commitment of an entitlement; empty for face value, which is committed at issue."""
    release_entry_id: Mapped[int | None] = mapped_column(ForeignKey("journal_entry.id"))
    reserved_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    @property
    def records_only(self) -> bool:
        """Sign-in only: the training is recorded, and nothing is paid for it."""
        return self.amount_fen == 0


class Redemption(Base):
    """The voucher amount an institution has earned for one enrollment (核销).

    At most one stands per voucher; a reversed one stays as history. It is the reserved amount, or
    the part of it that the scheme pays for the completion rate: a trigger keeps it to that.
    """

    __tablename__ = "redemption"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint(
            "(part_percent IS NULL) = (part_rate_percent IS NULL)"
            " AND (part_percent IS NULL) = (part_own_percent IS NULL)"
            " AND (part_percent IS NULL) = (part_rule IS NULL)"
            " AND (part_percent IS NULL OR part_percent BETWEEN 1 AND 99)"
            " AND (part_own_percent IS NULL OR part_own_percent IN (part_percent, 100))",
            name="part",
        ),
        *(
            Index(
                f"uq_redemption_{noun}",
                f"{noun}_id",
                unique=True,
                sqlite_where=_STANDING,
                postgresql_where=_STANDING,
            )
            for noun in ("voucher", "reservation", "enrollment")
        ),
        Index("ix_redemption_institution", "institution_id", "redeemed_on", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    voucher_id: Mapped[int] = mapped_column(ForeignKey("voucher.id"), index=True)
    reservation_id: Mapped[int] = mapped_column(ForeignKey("reservation.id"))
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"))
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    allotment_id: Mapped[int] = mapped_column(ForeignKey("allotment.id"), index=True)
    amount_fen: Mapped[int]
    entry_id: Mapped[int] = mapped_column(ForeignKey("journal_entry.id"), unique=True)
    reversal_entry_id: Mapped[int | None] = mapped_column(
        ForeignKey("journal_entry.id"), unique=True
    )
    part_percent: Mapped[int | None]
    """What of the reserved amount was earned, where the learner attended too little for all."""
    part_rate_percent: Mapped[int | None]
    """The completion rate it was earned by."""
    part_own_percent: Mapped[int | None]
    """What of the own share is earned with it."""
    part_rule: Mapped[str | None]
    """Clause and version that pay a part."""
    redeemed_on: Mapped[date] = mapped_column(index=True)
    redeemed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    redeemed_at: Mapped[datetime]


class Withdrawal(Base):
    """That an enrollment ended before its completion: why, and who bears the cost. Append-only."""

    __tablename__ = "withdrawal"
    __table_args__ = (
        CheckConstraint("outcome <> 'consumed' OR bearer = 'worker'", name="consumed"),
        CheckConstraint("(outcome = 'none') = (voucher_id IS NULL)", name="voucher"),
    )

    id: Mapped[Id]
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"), unique=True)
    voucher_id: Mapped[int | None] = mapped_column(ForeignKey("voucher.id"), index=True)
    reason: Mapped[str]
    """`ExitReason`."""
    bearer: Mapped[CostBearer] = state_column(CostBearer, name="bearer")
    outcome: Mapped[VoucherOutcome] = state_column(VoucherOutcome, name="outcome")
    free_until: Mapped[date | None]
    """Until when leaving cost nothing, where the policy sets a window."""
    rule: Mapped[str | None]
    """Clause and version that say who bears it."""
    acknowledged_at: Mapped[datetime | None]
    """When the person confirmed to lose the voucher, having read so."""
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime]


class Swap(Base):
    """That somebody changed to another class and took the money along. Append-only."""

    __tablename__ = "swap"
    __table_args__ = (CheckConstraint("from_enrollment_id <> to_enrollment_id", name="two"),)

    id: Mapped[Id]
    voucher_id: Mapped[int] = mapped_column(ForeignKey("voucher.id"), index=True)
    from_enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"), unique=True)
    to_enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"), unique=True)
    from_reservation_id: Mapped[int] = mapped_column(ForeignKey("reservation.id"))
    to_reservation_id: Mapped[int] = mapped_column(ForeignKey("reservation.id"))
    price_kept: Mapped[bool]
    """The amounts of the first quote, as the policy says; else those of the day."""
    value_before_fen: Mapped[int]
    value_after_fen: Mapped[int]
    own_share_before_fen: Mapped[int]
    own_share_after_fen: Mapped[int]
    swapped_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    swapped_at: Mapped[datetime]
