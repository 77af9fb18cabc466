"""Leaving a class with a reason that decides who bears the cost; changing to another class.

Revision: 0021, after 0020

Who is told that a voucher ends soon says that they know.
A campaign names the batch that issues its vouchers; one without invitations is a batch alone.
A voucher that is used up by leaving says so. What was decided about a withdrawal and what a
change to another class did are one row each, for good.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
TABLES = ("withdrawal", "swap")


def upgrade() -> None:
    # Written out: SQLite takes a check with a new column, but not after it.
    op.execute(
        "ALTER TABLE voucher ADD COLUMN consumed_on date CONSTRAINT ck_voucher_consumed "
        "CHECK (consumed_on IS NULL OR state = 'expired')"
    )
    _campaign_columns()
    _withdrawal()
    _swap()
    _expiry_notice()
    for table in TABLES:
        _append_only(table)


def downgrade() -> None:
    """The trail keeps what was decided; the tables and the mark on vouchers go."""
    for table in TABLES:
        if op.get_bind().dialect.name == "sqlite":
            for act in ("update", "delete", "replace"):
                op.execute(f"DROP TRIGGER IF EXISTS {table}_no_{act}")
        else:
            op.execute(f"DROP TRIGGER IF EXISTS {table}_stays ON {table}")
            op.execute(f"DROP TRIGGER IF EXISTS {table}_no_truncate ON {table}")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION IF EXISTS what_was_decided_stays()")
    op.drop_table("expiry_notice")
    op.drop_table("swap")
    op.drop_table("withdrawal")
    op.execute("ALTER TABLE campaign DROP COLUMN batch_id")
    op.execute("ALTER TABLE campaign DROP COLUMN invites")
    op.execute("ALTER TABLE voucher DROP COLUMN consumed_on")


def _campaign_columns() -> None:
    """A campaign issues by a batch, and may be nothing but one."""
    postgres = op.get_bind().dialect.name == "postgresql"
    number, true = ("bigint", "true") if postgres else ("integer", "1")
    op.execute(f"ALTER TABLE campaign ADD COLUMN invites boolean NOT NULL DEFAULT {true}")
    op.execute(
        f"ALTER TABLE campaign ADD COLUMN batch_id {number} "
        "CONSTRAINT fk_campaign_batch_id_issue_batch REFERENCES issue_batch (id)"
    )


def _key(table: str, column: str, named: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{named}.id"], name=op.f(f"fk_{table}_{column}_{named}")
    )


def _withdrawal() -> None:
    op.create_table(
        "withdrawal",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("enrollment_id", BIG, nullable=False),
        sa.Column("voucher_id", BIG, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("bearer", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("free_until", sa.Date(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=True),
        sa.Column("acknowledged_at", INSTANT, nullable=True),
        sa.Column("recorded_by", BIG, nullable=True),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "bearer IN ('worker', 'institution', 'nobody')", name=op.f("ck_withdrawal_bearer")
        ),
        sa.CheckConstraint(
            "outcome IN ('none', 'free', 'ended', 'consumed')",
            name=op.f("ck_withdrawal_outcome"),
        ),
        sa.CheckConstraint(
            "outcome <> 'consumed' OR bearer = 'worker'", name=op.f("ck_withdrawal_consumed")
        ),
        sa.CheckConstraint(
            "(outcome = 'none') = (voucher_id IS NULL)", name=op.f("ck_withdrawal_voucher")
        ),
        _key("withdrawal", "enrollment_id", "enrollment"),
        _key("withdrawal", "voucher_id", "voucher"),
        _key("withdrawal", "recorded_by", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawal")),
        sa.UniqueConstraint("enrollment_id", name=op.f("uq_withdrawal_enrollment_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_withdrawal_voucher_id"), "withdrawal", ["voucher_id"])


def _swap() -> None:
    numbers = ("value_before_fen", "value_after_fen", "own_share_before_fen",
               "own_share_after_fen")  # fmt: skip
    op.create_table(
        "swap",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("voucher_id", BIG, nullable=False),
        sa.Column("from_enrollment_id", BIG, nullable=False),
        sa.Column("to_enrollment_id", BIG, nullable=False),
        sa.Column("from_reservation_id", BIG, nullable=False),
        sa.Column("to_reservation_id", BIG, nullable=False),
        sa.Column("price_kept", sa.Boolean(), nullable=False),
        *(sa.Column(name, BIG, nullable=False) for name in numbers),
        sa.Column("swapped_by", BIG, nullable=True),
        sa.Column("swapped_at", INSTANT, nullable=False),
        sa.CheckConstraint("from_enrollment_id <> to_enrollment_id", name=op.f("ck_swap_two")),
        _key("swap", "voucher_id", "voucher"),
        _key("swap", "from_enrollment_id", "enrollment"),
        _key("swap", "to_enrollment_id", "enrollment"),
        _key("swap", "from_reservation_id", "reservation"),
        _key("swap", "to_reservation_id", "reservation"),
        _key("swap", "swapped_by", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_swap")),
        sa.UniqueConstraint("from_enrollment_id", name=op.f("uq_swap_from_enrollment_id")),
        sa.UniqueConstraint("to_enrollment_id", name=op.f("uq_swap_to_enrollment_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_swap_voucher_id"), "swap", ["voucher_id"])


def _expiry_notice() -> None:
    op.create_table(
        "expiry_notice",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("voucher_id", BIG, nullable=False),
        sa.Column("told_at", INSTANT, nullable=False),
        sa.Column("reminded_at", INSTANT, nullable=True),
        sa.Column("acknowledged_at", INSTANT, nullable=True),
        _key("expiry_notice", "voucher_id", "voucher"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expiry_notice")),
        sa.UniqueConstraint("voucher_id", name=op.f("uq_expiry_notice_voucher_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_expiry_notice_open", "expiry_notice", ["acknowledged_at", "reminded_at"])


def _append_only(table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for act in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        key = "enrollment_id" if table == "withdrawal" else "from_enrollment_id"
        # INSERT OR REPLACE would take an old row away.
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id OR {key} = NEW.{key}) "
            f"BEGIN SELECT RAISE(ABORT, 'UNIQUE: {table} was recorded already'); END"
        )
        return
    if table == TABLES[0]:
        op.execute(
            "CREATE FUNCTION what_was_decided_stays() RETURNS trigger LANGUAGE plpgsql AS $$ "
            "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME "
            "USING ERRCODE = 'check_violation'; END $$"
        )
    op.execute(
        f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION what_was_decided_stays()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION what_was_decided_stays()"
    )
