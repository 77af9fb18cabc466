"""Entries proposed for differences of the bank.

Revision: 0020, after 0019

A proposal is written once: what it proposes never changes, it moves forward only, and of one
difference at most one waits and at most one stands. Its amount is that of the difference.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WHEN = sa.DateTime(timezone=True)
STAYS = ("code", "break_id", "number", "kind", "amount_fen", "currency", "payout_id", "reason",
         "proposed_by", "proposed_at", "reverses_id")  # fmt: skip
FORWARD = """(OLD.state = NEW.state OR OLD.state = 'proposed'
    OR (OLD.state = 'posted' AND NEW.state = 'reversed'))"""
AMOUNT = "(SELECT amount_fen FROM reconciliation_break WHERE id = NEW.break_id)"
SQLITE_TRIGGERS = {
    "break_proposal_stays": f"""BEFORE UPDATE ON break_proposal
        WHEN {" OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in STAYS)}
          OR NOT {FORWARD}
          OR (OLD.entry_id IS NOT NULL AND OLD.entry_id IS NOT NEW.entry_id)
        BEGIN SELECT RAISE(ABORT, 'a proposed entry stays what it is'); END""",
    "break_proposal_amount": f"""BEFORE INSERT ON break_proposal
        WHEN NEW.amount_fen IS NOT {AMOUNT}
        BEGIN SELECT RAISE(ABORT, 'a proposal has the amount of its difference'); END""",
    "break_proposal_no_delete": """BEFORE DELETE ON break_proposal
        BEGIN SELECT RAISE(ABORT, 'a proposed entry is never deleted'); END""",
}
PG_FUNCTIONS = {
    "break_proposal_stays": f"""BEGIN
        IF TG_OP = 'DELETE' THEN
          RAISE EXCEPTION 'a proposed entry is never deleted' USING ERRCODE = 'check_violation';
        END IF;
        IF {" OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in STAYS)}
           OR NOT {FORWARD}
           OR (OLD.entry_id IS NOT NULL AND OLD.entry_id IS DISTINCT FROM NEW.entry_id) THEN
          RAISE EXCEPTION 'a proposed entry stays what it is' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW; END""",
    "break_proposal_amount": f"""BEGIN
        IF NEW.amount_fen IS DISTINCT FROM {AMOUNT} THEN
          RAISE EXCEPTION 'a proposal has the amount of its difference'
            USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW; END""",
}
PG_TRIGGERS = {
    "break_proposal_stays": ("BEFORE UPDATE OR DELETE", "break_proposal"),
    "break_proposal_amount": ("BEFORE INSERT", "break_proposal"),
}


def upgrade() -> None:
    _create_break_proposal()
    if op.get_bind().dialect.name == "sqlite":
        for name, body in SQLITE_TRIGGERS.items():
            op.execute(f"CREATE TRIGGER {name} {body}")
        return
    for name, body in PG_FUNCTIONS.items():
        op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
    for name, (when, table) in PG_TRIGGERS.items():
        op.execute(
            f"CREATE TRIGGER {name} {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
        )


def downgrade() -> None:
    """Refused by itself while proposals exist: two signatures would be lost."""
    if op.get_bind().execute(sa.text("SELECT 1 FROM break_proposal LIMIT 1")).first():
        raise RuntimeError("there are proposed entries")
    if op.get_bind().dialect.name != "sqlite":
        for name, (_when, table) in PG_TRIGGERS.items():
            op.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
        for name in PG_FUNCTIONS:
            op.execute(f"DROP FUNCTION IF EXISTS {name}()")
    op.drop_table("break_proposal")


def _create_break_proposal() -> None:
    states = ("proposed", "posted", "returned", "withdrawn", "reversed")
    kinds = ("bank_fee", "interest", "unknown_receipt", "receipt_paid_back", "unknown_payment",
             "payment_recovered", "duplicate_payment", "overpayment_repaid", "returned_payment",
             "region_clearing", "no_entry", "reversal")  # fmt: skip
    op.create_table(
        "break_proposal",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("break_id", BIG, nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("suggested_kind", sa.Text(), nullable=True),
        sa.Column("amount_fen", BIG, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("payout_id", BIG, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("proposed_by", BIG, nullable=False),
        sa.Column("proposed_at", WHEN, nullable=False),
        sa.Column("decided_by", BIG, nullable=True),
        sa.Column("decided_at", WHEN, nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("entry_id", BIG, nullable=True),
        sa.Column("reverses_id", BIG, nullable=True),
        sa.CheckConstraint(_one_of("kind", kinds), name=op.f("ck_break_proposal_kind")),
        sa.CheckConstraint(_one_of("state", states), name=op.f("ck_break_proposal_state")),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_break_proposal_amount")),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> proposed_by",
            name=op.f("ck_break_proposal_two_people"),
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'withdrawn') OR decided_by IS NOT NULL",
            name=op.f("ck_break_proposal_signed"),
        ),
        sa.CheckConstraint(
            "state <> 'returned' OR decision_reason IS NOT NULL",
            name=op.f("ck_break_proposal_explained"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('posted', 'reversed') OR kind IN ('no_entry', 'reversal')"
            " OR entry_id IS NOT NULL",
            name=op.f("ck_break_proposal_booked"),
        ),
        sa.CheckConstraint(
            "(kind = 'reversal') = (reverses_id IS NOT NULL)",
            name=op.f("ck_break_proposal_reverses"),
        ),
        *_foreign_keys("break_proposal", {
            "break_id": "reconciliation_break", "payout_id": "payout", "proposed_by": "user",
            "decided_by": "user", "entry_id": "journal_entry", "reverses_id": "break_proposal",
        }),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_break_proposal")),
        sa.UniqueConstraint("code", name=op.f("uq_break_proposal_code")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_break_proposal_entry_id")),
        sa.UniqueConstraint("break_id", "number", name=op.f("uq_break_proposal_break_id_number")),
        sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_index("ix_break_proposal_state", "break_proposal", ["state", "id"])
    _unique_while("uq_break_proposal_waits", "break_proposal", ["break_id"], "state = 'proposed'")
    _unique_while(
        "uq_break_proposal_stands",
        "break_proposal",
        ["break_id"],
        "state = 'posted' AND reverses_id IS NULL",
    )


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def _foreign_keys(table: str, targets: dict[str, str]) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            [column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}")
        )
        for column, target in targets.items()
    ]


def _unique_while(name: str, table: str, columns: list[str], condition: str) -> None:
    op.create_index(
        name,
        table,
        columns,
        unique=True,
        sqlite_where=sa.text(condition),
        postgresql_where=sa.text(condition),
    )
