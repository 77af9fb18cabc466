"""What is owed to people beside their training, and where they want it paid."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, false, text
from sqlalchemy.ext.hybrid import hybrid_property

from marketplace.benefits.clawbacks import models as _clawbacks  # noqa: F401  (loads its tables)
from marketplace.benefits.proofs import models as _proofs  # noqa: F401  (theirs too)
from marketplace.benefits.states import BenefitKind, BenefitState, WorkerBankAccountState
from marketplace.foundation.db import Base, Id, Mapped, Sealed, mapped_column, state_column

_LIVE = text("state <> 'withdrawn'")
_IN_FORCE = text("state = 'in_force'")


class Benefit(Base):
    """An allowance or fee decided for one person and one training (个人补贴).

    What was decided never changes (triggers); only its state does, along the table of moves.
    """

    __tablename__ = "benefit"
    __table_args__ = (
        CheckConstraint("state <> 'declined' OR amount_fen = 0", name="declined"),
        CheckConstraint("amount_fen >= 0", name="amount"),
        CheckConstraint("netted_fen BETWEEN 0 AND amount_fen", name="netted"),
        CheckConstraint("state <> 'due' OR (amount_fen > 0 AND entry_id IS NOT NULL)", name="due"),
        CheckConstraint("state <> 'unfunded' OR entry_id IS NULL", name="unfunded"),
        CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_reason IS NOT NULL)"
            " AND (withdrawn_entry_id IS NULL OR entry_id IS NOT NULL)",
            name="withdrawn",
        ),
        Index(
            "uq_benefit_live",
            "enrollment_id",
            "kind",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        Index("ix_benefit_worker", "worker_id", "kind", "id"),
        Index("ix_benefit_state", "state", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[BenefitKind] = state_column(BenefitKind, name="kind")
    state: Mapped[BenefitState] = state_column(BenefitState)
    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id"))
    enrollment_id: Mapped[int] = mapped_column(ForeignKey("enrollment.id"))
    redemption_id: Mapped[int] = mapped_column(ForeignKey("redemption.id"), index=True)
    """The redemption it follows from; when that is reversed, its cause has fallen away."""
    quote_id: Mapped[int] = mapped_column(ForeignKey("quote.id"))
    """Where it was promised."""
    scheme_id: Mapped[int] = mapped_column(ForeignKey("scheme.id"))
    scheme_version_id: Mapped[int] = mapped_column(ForeignKey("scheme_version.id"))
    allotment_id: Mapped[int] = mapped_column(ForeignKey("allotment.id"), index=True)
    """The money it is paid from: that of the voucher; of several funds the first, whose office
    looks after it. Its entry tells what each pays."""
    is_split: Mapped[bool] = mapped_column(default=True, server_default=false())
    """Paid pro rata by all funds that paid the training; those decided before that was built are
    paid by one alone."""
    amount_fen: Mapped[int]
    netted_fen: Mapped[int] = mapped_column(default=0, server_default="0")
    """Kept back for what the person has to give back; the rest is paid to them. It is the sum of
    the rows in `benefit_netting`, and stays once a payout carries the benefit."""
    currency: Mapped[str]
    steps: Mapped[list[Any]]
    """`[{"code", "amount_fen", "rule", "params"}]`: how it was decided, each with its rule."""
    decided_on: Mapped[date]
    decided_at: Mapped[datetime]
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("journal_entry.id"), unique=True)
    reminded_at: Mapped[datetime | None]
    """When the person was last asked for an account."""
    withdrawn_entry_id: Mapped[int | None] = mapped_column(
        ForeignKey("journal_entry.id"), unique=True
    )
    withdrawn_reason: Mapped[str | None]
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """Empty: the cause fell away, and no officer had to say so."""
    withdrawn_at: Mapped[datetime | None]

    @hybrid_property
    def to_pay_fen(self) -> int:
        """What is left of it to be paid to the person."""
        return self.amount_fen - self.netted_fen


class WorkerBankAccount(Base):
    """The bank account in a person's own name on which benefits are paid; one in force."""

    __tablename__ = "worker_bank_account"
    __table_args__ = (
        CheckConstraint("(state = 'retired') = (retired_at IS NOT NULL)", name="retired"),
        Index(
            "uq_worker_bank_account_in_force",
            "worker_id",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    worker_id: Mapped[int] = mapped_column(ForeignKey("worker.id"), index=True)
    number_sealed: Mapped[str]
    number = Sealed()
    number_index: Mapped[str] = mapped_column(index=True)
    number_masked: Mapped[str]
    """What pages show: the last four digits."""
    bank_name: Mapped[str]
    bank_code: Mapped[str]
    """CNAPS code (12 digits)."""
    state: Mapped[WorkerBankAccountState] = state_column(WorkerBankAccountState)
    payable_from: Mapped[date]
    """First day money may go there: an account that replaces another is held."""
    named_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    """The person, or the officer they told it to."""
    named_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
