"""Matching keeps what it found as bits; a bank line is tied to its movement at Stripe.

Revision: 0042, after 0041

What matching found stands as sixty line numbers in a row, a bit for each that is meant: the work
list of 0038, a row and a key for each of a million lines, cost as much to write as to find. Lines
that have to be looked at singly, which are few, keep a row of their own. No foreign keys, for the
reasons given there. What stands on the old list is carried over; going back leaves an empty one,
since its lines are still open and the next search finds them again.

Of a movement between Stripe and the bank, what the bank may repeat of it is kept; a proposal for a
bank's line names the movement whose other side it is, and one line explains a movement.
"""

import sqlalchemy as sa
from alembic import op
from checks import change_enum_check

revision = "0042"
down_revision = "0041"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


KINDS = ("bank_fee", "interest", "unknown_receipt", "receipt_paid_back", "unknown_payment",
         "payment_recovered", "duplicate_payment", "overpayment_repaid", "returned_payment",
         "region_clearing", "no_entry", "reversal", "person_repaid")  # fmt: skip
OTHER_SIDE = "a line shows the other side of one movement at Stripe"
HAS_OTHER_SIDE = """EXISTS (
    SELECT 1 FROM stripe_movement WHERE id = NEW.stripe_movement_id
       AND amount_fen = -NEW.amount_fen AND currency = NEW.currency)"""


def upgrade() -> None:
    _found_pieces()
    _stripe_lines()


def _found_pieces() -> None:
    op.create_table(
        "found_piece",
        sa.Column("id", BIG, nullable=False),
        sa.Column("statement_id", BIG, nullable=False),
        sa.Column("block", BIG, nullable=False),
        sa.Column("line_count", BIG, nullable=False),
        sa.Column("lines", BIG, nullable=False),
        sa.CheckConstraint("line_count BETWEEN 1 AND 60", name=op.f("ck_found_piece_lines")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_found_piece")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_found_piece_block", "found_piece", ["block"])
    op.create_table(
        "doubtful_line",
        sa.Column("statement_line_id", BIG, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("statement_line_id", name=op.f("pk_doubtful_line")),
        sqlite_autoincrement=True,
    )
    together = "sum(1 << (line.id % 60))"
    if op.get_bind().dialect.name == "postgresql":
        together = "bit_or(1::bigint << (line.id % 60)::integer)"
    op.execute(
        f"""
        INSERT INTO found_piece (statement_id, block, line_count, lines)
        SELECT line.statement_id, line.id / 60, count(*), {together}
          FROM found_match JOIN statement_line AS line ON line.id = found_match.statement_line_id
         WHERE found_match.verdict = 'confirms'
         GROUP BY line.statement_id, line.id / 60
        """  # noqa: S608 (constants)
    )
    op.execute(
        "INSERT INTO doubtful_line SELECT statement_line_id FROM found_match WHERE verdict = 'asks'"
    )
    op.drop_table("found_match")


def _stripe_lines() -> None:
    for name in ("bank_trace", "bank_words"):
        op.add_column("stripe_movement", sa.Column(name, sa.Text(), nullable=True))
    change_enum_check("break_proposal", "kind", before=KINDS, after=(*KINDS, "stripe_bank"))
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute(
        f"ALTER TABLE break_proposal ADD COLUMN stripe_movement_id"
        f" {'INTEGER' if sqlite else 'BIGINT'}"
        " CONSTRAINT fk_break_proposal_stripe_movement_id_stripe_movement"
        " REFERENCES stripe_movement (id)"
    )
    live = sa.text("state IN ('proposed', 'posted') AND reverses_id IS NULL")
    op.create_index(
        "uq_break_proposal_stripe",
        "break_proposal",
        ["stripe_movement_id"],
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )
    if sqlite:
        op.execute(
            "CREATE TRIGGER break_proposal_stripe BEFORE INSERT ON break_proposal"
            f" WHEN NEW.kind = 'stripe_bank' AND NOT {HAS_OTHER_SIDE}"
            f" BEGIN SELECT RAISE(ABORT, '{OTHER_SIDE}'); END"
        )
        op.execute(
            "CREATE TRIGGER break_proposal_stripe_stays"
            " BEFORE UPDATE OF stripe_movement_id ON break_proposal"
            " WHEN OLD.stripe_movement_id IS NOT NEW.stripe_movement_id"
            f" BEGIN SELECT RAISE(ABORT, '{OTHER_SIDE}'); END"
        )
        return
    op.execute(
        f"""CREATE FUNCTION break_proposal_stripe() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          IF TG_OP = 'UPDATE' OR NOT {HAS_OTHER_SIDE} THEN
            RAISE EXCEPTION '{OTHER_SIDE}' USING ERRCODE = 'check_violation';
          END IF;
          RETURN NEW;
        END $$"""
    )
    for name, when, condition in (
        ("break_proposal_stripe", "BEFORE INSERT", "NEW.kind = 'stripe_bank'"),
        (
            "break_proposal_stripe_stays",
            "BEFORE UPDATE",
            "OLD.stripe_movement_id IS DISTINCT FROM NEW.stripe_movement_id",
        ),
    ):
        op.execute(
            f"CREATE TRIGGER {name} {when} ON break_proposal FOR EACH ROW"
            f" WHEN ({condition}) EXECUTE FUNCTION break_proposal_stripe()"
        )


def downgrade() -> None:
    """Refused while a line is, or was, tied to a movement at Stripe: that would be lost."""
    tied = "SELECT 1 FROM break_proposal WHERE kind = 'stripe_bank'"
    if op.get_bind().execute(sa.text(tied)).first():
        raise RuntimeError("there are bank lines tied to movements at Stripe")
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name in ("break_proposal_stripe_stays", "break_proposal_stripe"):
        op.execute(f"DROP TRIGGER {name}" + ("" if sqlite else " ON break_proposal"))
    if not sqlite:
        op.execute("DROP FUNCTION break_proposal_stripe()")
    op.drop_index("uq_break_proposal_stripe", "break_proposal")
    change_enum_check("break_proposal", "kind", before=(*KINDS, "stripe_bank"), after=KINDS)
    op.drop_column("break_proposal", "stripe_movement_id")
    for name in ("bank_words", "bank_trace"):
        op.drop_column("stripe_movement", name)
    op.create_table(
        "found_match",
        sa.Column("statement_line_id", BIG, autoincrement=False, nullable=False),
        sa.Column("payout_attempt_id", BIG, nullable=True),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("statement_line_id", name="pk_found_match"),
        sqlite_autoincrement=True,
    )
    op.drop_table("doubtful_line")
    op.drop_table("found_piece")
