"""What the bank says, and how it agrees with us."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    UniqueConstraint,
    text,
)

from marketplace.foundation.db import (
    Base,
    BigInt,
    Id,
    Mapped,
    Sealed,
    mapped_column,
    state_column,
)
from marketplace.reconciliation.states import (
    BreakState,
    ProposalKind,
    ProposalState,
    SetAsideState,
    StatementKind,
    StatementLineState,
    UndoingState,
)


class BankStatement(Base):
    """One statement of one account, proved: opening + lines = closing.

    A notification has no balances and is counted from zero; its kind says so.
    """

    __tablename__ = "bank_statement"
    __table_args__ = (
        UniqueConstraint("bank_account", "statement_key"),
        CheckConstraint("opening_fen + incoming_fen - outgoing_fen = closing_fen", name="adds_up"),
        Index("ix_bank_statement_chain", "bank_account", "currency", "to_on", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    bank_account: Mapped[str]
    """Our own name of the account (never its number)."""
    statement_key: Mapped[str]
    """The bank's identification of the statement, with a fingerprint of what it says."""
    format: Mapped[str]
    file_sha256: Mapped[str] = mapped_column(index=True)
    currency: Mapped[str]
    opening_fen: Mapped[int]
    closing_fen: Mapped[int]
    incoming_fen: Mapped[int]
    outgoing_fen: Mapped[int]
    entry_count: Mapped[int]
    line_count: Mapped[int]
    """Lines of this statement, those already known from an overlapping one included."""
    file_name: Mapped[str]
    from_on: Mapped[date | None]
    to_on: Mapped[date | None]
    imported_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    imported_at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(
        default=StatementKind.STATEMENT, server_default=StatementKind.STATEMENT.value
    )
    bank_account_number: Mapped[str | None]
    """As the file names the account, masked."""
    set_aside_at: Mapped[datetime | None]
    """Since when it counts for nothing: taken in wrongly, as two officers signed."""


class StatementSetAside(Base):
    """A proposal to set a statement aside: made by one officer, signed or sent back by another.

    What is proposed never changes; of a statement at most one waits and at most one is signed.
    """

    __tablename__ = "statement_set_aside"
    __table_args__ = (
        CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="two_people"),
        CheckConstraint(
            "state IN ('proposed', 'withdrawn') OR decided_by IS NOT NULL", name="signed"
        ),
        CheckConstraint("state <> 'returned' OR decision_reason IS NOT NULL", name="explained"),
        *(
            Index(
                f"uq_statement_set_aside_{name}",
                "statement_id",
                unique=True,
                sqlite_where=text(f"state = '{state}'"),
                postgresql_where=text(f"state = '{state}'"),
            )
            for name, state in (("waits", "proposed"), ("stands", "signed"))
        ),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey("bank_statement.id"))
    reason: Mapped[str]
    state: Mapped[SetAsideState] = state_column(SetAsideState)
    proposed_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]


class StatementLine(Base):
    """One movement on the bank account. Negative: money left it."""

    __tablename__ = "statement_line"
    __table_args__ = (
        UniqueConstraint("statement_id", "number"),
        UniqueConstraint("line_key"),
        CheckConstraint("amount_fen <> 0", name="amount"),
        Index(
            "ix_statement_line_open",
            "id",
            sqlite_where=text("is_open = 1"),
            postgresql_where=text("is_open"),
        ),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey("bank_statement.id"))
    number: Mapped[int]
    line_key: Mapped[str]
    """Account, bank reference and sequence: the same line in an overlapping file is found."""
    booked_on: Mapped[date]
    amount_fen: Mapped[int]
    end_to_end_id: Mapped[str | None] = mapped_column(index=True)
    bank_reference: Mapped[str | None]
    counterparty_sealed: Mapped[str | None]
    counterparty = Sealed()
    remittance: Mapped[str | None]
    return_code: Mapped[str | None]
    state: Mapped[StatementLineState] = state_column(StatementLineState)
    is_open: Mapped[bool] = mapped_column(Computed("state IN ('imported', 'break')"), nullable=True)
    """Imported or a difference: nobody has matched or explained it. Worked out by the database;
    ask for it wherever a state is looked for that it holds for, as the index names it (0044)."""
    movement_key: Mapped[str | None] = mapped_column(index=True)
    """Account, the bank's reference, day and amount of the whole entry: a movement told by a
    statement and by a notification is one, however either splits it."""


class StatementLineSighting(Base):
    """A line known from an earlier statement that a later one brings again."""

    __tablename__ = "statement_line_sighting"
    __table_args__ = (UniqueConstraint("statement_id", "statement_line_id"),)

    id: Mapped[Id]
    statement_id: Mapped[int] = mapped_column(ForeignKey("bank_statement.id"))
    statement_line_id: Mapped[int] = mapped_column(ForeignKey("statement_line.id"), index=True)


class FoundPiece(Base):
    """Open lines of a statement that found their payouts and are not booked yet: sixty line
    numbers in a row, a bit for each that is meant. The payout of a line is the one whose try its
    reference names; neither changes.

    A work list without foreign keys (migrations 0038 and 0042): what it names is locked and looked
    at again before anything is booked.
    """

    __tablename__ = "found_piece"
    __table_args__ = (
        CheckConstraint("line_count BETWEEN 1 AND 60", name="lines"),
        Index("ix_found_piece_block", "block"),
    )

    id: Mapped[Id]
    statement_id: Mapped[int]
    block: Mapped[int]
    """The number of its first possible line, divided by sixty."""
    line_count: Mapped[int]
    lines: Mapped[int]
    """Bit n: line 60 * block + n."""


class DoubtfulLine(Base):
    """An open line that has to be looked at singly, after all that plainly confirm a payout:
    others name the same payout, it brings one back, or its payout has an outcome already."""

    __tablename__ = "doubtful_line"

    statement_line_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)


class MatchUndoing(Base):
    """A proposal to untie a line from what it was tied to: made by one officer, signed or sent
    back by another. What is proposed never changes; of a match at most one waits.

    Lines that pay one payout together are undone together, under the first of them.
    """

    __tablename__ = "match_undoing"
    __table_args__ = (
        CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="two_people"),
        CheckConstraint(
            "state IN ('proposed', 'withdrawn') OR decided_by IS NOT NULL", name="signed"
        ),
        CheckConstraint("state <> 'returned' OR decision_reason IS NOT NULL", name="explained"),
        Index(
            "uq_match_undoing_waits",
            "statement_line_id",
            unique=True,
            sqlite_where=text("state = 'proposed'"),
            postgresql_where=text("state = 'proposed'"),
        ),
        Index("ix_match_undoing_line", "statement_line_id", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    statement_line_id: Mapped[int] = mapped_column(ForeignKey("statement_line.id"))
    """The line, or the first of the lines, that it is about."""
    reason: Mapped[str]
    state: Mapped[UndoingState] = state_column(UndoingState)
    proposed_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]


_COUNTS, _UNDONE = text("undone_id IS NULL"), text("undone_id IS NOT NULL")


def _of_undone(table: str) -> Index:
    return Index(
        f"ix_{table}_undone",
        "statement_line_id",
        sqlite_where=_UNDONE,
        postgresql_where=_UNDONE,
    )


class ReconciliationMatch(Base):
    """A statement line tied to the payout it confirms or returns, and the entry it caused.

    Of a line at most one counts; those undone stay as they were.
    """

    __tablename__ = "reconciliation_match"
    __table_args__ = (
        Index(
            "uq_reconciliation_match_counts",
            "statement_line_id",
            unique=True,
            sqlite_where=_COUNTS,
            postgresql_where=_COUNTS,
        ),
        _of_undone("reconciliation_match"),
    )

    id: Mapped[Id]
    statement_line_id: Mapped[int] = mapped_column(ForeignKey("statement_line.id"))
    payout_id: Mapped[int] = mapped_column(ForeignKey("payout.id"), index=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("journal_entry.id"), unique=True)
    explanation: Mapped[str]
    """Code of the rule that matched, e.g. `reference_and_amount`."""
    matched_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    matched_at: Mapped[datetime]
    undone_id: Mapped[int | None] = mapped_column(ForeignKey("match_undoing.id"))
    """What two officers signed to undo it; since then it counts no more."""


class ReconciliationShare(Base):
    """A part of a bank line that pays a payout, or a part of it: a batch booked as one sum, or
    a payout paid in several sums. Never changed but undone; the database refuses more than there
    is."""

    __tablename__ = "reconciliation_share"
    __table_args__ = (
        UniqueConstraint("statement_line_id", "entry_id"),
        CheckConstraint("amount_fen > 0", name="amount"),
        _of_undone("reconciliation_share"),
    )

    id: Mapped[Id]
    statement_line_id: Mapped[int] = mapped_column(ForeignKey("statement_line.id"))
    payout_id: Mapped[int] = mapped_column(ForeignKey("payout.id"), index=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("journal_entry.id"), index=True)
    amount_fen: Mapped[int]
    explanation: Mapped[str]
    matched_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    matched_at: Mapped[datetime]
    undone_id: Mapped[int | None] = mapped_column(ForeignKey("match_undoing.id"))


class ReconciliationBreak(Base):
    """A difference that someone owns until it is explained."""

    __tablename__ = "reconciliation_break"
    __table_args__ = (
        CheckConstraint("explained_by IS NULL OR explanation IS NOT NULL", name="explained"),
        Index("ix_reconciliation_break_state", "state", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    statement_line_id: Mapped[int] = mapped_column(ForeignKey("statement_line.id"), unique=True)
    cause: Mapped[str]
    """Why it did not match, e.g. `no_such_payout`, `amount_differs`."""
    amount_fen: Mapped[int]
    state: Mapped[BreakState] = state_column(BreakState)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    opened_at: Mapped[datetime]
    explanation: Mapped[str | None]
    explained_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    explained_at: Mapped[datetime | None]


_WAITS = text("state = 'proposed'")
_STANDS = text("state = 'posted' AND reverses_id IS NULL")
_LIVE = text("state IN ('proposed', 'posted') AND reverses_id IS NULL")


class BreakProposal(Base):
    """An entry proposed for a difference: taken by one officer, posted or returned by another.

    What is proposed never changes, so a changed proposal is a new row. Of a difference at most one
    waits and at most one stands; a reversal is a row of its own that names what it undoes.
    """

    __tablename__ = "break_proposal"
    __table_args__ = (
        UniqueConstraint("break_id", "number"),
        CheckConstraint("amount_fen <> 0", name="amount"),
        CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="two_people"),
        CheckConstraint(
            "state IN ('proposed', 'withdrawn') OR decided_by IS NOT NULL", name="signed"
        ),
        CheckConstraint("state <> 'returned' OR decision_reason IS NOT NULL", name="explained"),
        CheckConstraint(
            "state NOT IN ('posted', 'reversed') OR kind IN ('no_entry', 'reversal')"
            " OR entry_id IS NOT NULL",
            name="booked",
        ),
        CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name="reverses"),
        Index(
            "uq_break_proposal_waits",
            "break_id",
            unique=True,
            sqlite_where=_WAITS,
            postgresql_where=_WAITS,
        ),
        Index(
            "uq_break_proposal_stands",
            "break_id",
            unique=True,
            sqlite_where=_STANDS,
            postgresql_where=_STANDS,
        ),
        Index(
            "uq_break_proposal_stripe",
            "stripe_movement_id",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        Index("ix_break_proposal_state", "state", "id"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    break_id: Mapped[int] = mapped_column(ForeignKey("reconciliation_break.id"))
    number: Mapped[int]
    """Counts the proposals of a difference; part of the entry's natural key."""
    kind: Mapped[ProposalKind] = state_column(ProposalKind, name="kind")
    suggested_kind: Mapped[str | None]
    """What the system proposed on that day; another than `kind` when the officer changed it."""
    amount_fen: Mapped[int]
    """That of the bank's line; the database refuses another."""
    currency: Mapped[str]
    payout_id: Mapped[int | None] = mapped_column(ForeignKey("payout.id"))
    """The payout it is about: paid twice, given back, come back."""
    benefit_clawback_id: Mapped[int | None] = mapped_column(ForeignKey("benefit_clawback.id"))
    """What a person pays back with it."""
    stripe_movement_id: Mapped[int | None] = mapped_column(ForeignKey("stripe_movement.id"))
    """The movement at Stripe whose other side the line shows; one line explains it."""
    reason: Mapped[str]
    state: Mapped[ProposalState] = state_column(ProposalState)
    proposed_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("journal_entry.id"), unique=True)
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("break_proposal.id"))
