"""Stripe: connected accounts, transfers of payouts, messages taken in.

Revision: 0019, after 0018

A connected account is part of a payee account, so that two people sign it and a change is held;
it never changes afterwards. A payout attempt has at most one transfer, whose number at Stripe
never changes. A message of Stripe's is one row for good.
"""

import sqlalchemy as sa
from alembic import op
from checks import change_check

revision = "0019"
down_revision = "0018"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BEFORE = "rail IN ('bank_file', 'null')"
AFTER = "rail IN ('bank_file', 'null', 'stripe')"
SQLITE_TRIGGERS = {
    "payout_account_connected_stays": """BEFORE UPDATE OF connected_account ON payout_account
        WHEN OLD.connected_account IS NOT NEW.connected_account
        BEGIN SELECT RAISE(ABORT, 'a connected account never changes'); END""",
    "stripe_transfer_stays": """BEFORE UPDATE OF payout_attempt_id, connected_account, transfer_id
        ON stripe_transfer
        WHEN OLD.payout_attempt_id <> NEW.payout_attempt_id
          OR OLD.connected_account <> NEW.connected_account
          OR (OLD.transfer_id IS NOT NULL AND OLD.transfer_id IS NOT NEW.transfer_id)
        BEGIN SELECT RAISE(ABORT, 'a transfer stays what it is'); END""",
    "stripe_transfer_no_delete": """BEFORE DELETE ON stripe_transfer
        BEGIN SELECT RAISE(ABORT, 'a transfer is never deleted'); END""",
    "stripe_event_no_update": """BEFORE UPDATE ON stripe_event
        BEGIN SELECT RAISE(ABORT, 'stripe_event is append-only'); END""",
    "stripe_event_no_delete": """BEFORE DELETE ON stripe_event
        BEGIN SELECT RAISE(ABORT, 'stripe_event is append-only'); END""",
    # INSERT OR REPLACE would take an old message away.
    "stripe_event_no_replace": """BEFORE INSERT ON stripe_event
        WHEN EXISTS (SELECT 1 FROM stripe_event WHERE event_id = NEW.event_id OR id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'UNIQUE: the message was taken in already'); END""",
}
PG_FUNCTIONS = {
    "payout_account_connected_stays": """BEGIN
        IF OLD.connected_account IS DISTINCT FROM NEW.connected_account THEN
          RAISE EXCEPTION 'a connected account never changes' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW; END""",
    "stripe_transfer_stays": """BEGIN
        IF TG_OP <> 'UPDATE' OR OLD.payout_attempt_id <> NEW.payout_attempt_id
           OR OLD.connected_account <> NEW.connected_account
           OR (OLD.transfer_id IS NOT NULL
               AND OLD.transfer_id IS DISTINCT FROM NEW.transfer_id) THEN
          RAISE EXCEPTION 'a transfer stays what it is' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW; END""",
    "stripe_event_stays": """BEGIN
        RAISE EXCEPTION 'stripe_event is append-only' USING ERRCODE = 'check_violation';
        END""",
}
PG_TRIGGERS = {
    "payout_account_connected_stays": (
        "BEFORE UPDATE", "payout_account", "ROW", "payout_account_connected_stays"),
    "stripe_transfer_stays": (
        "BEFORE UPDATE OR DELETE", "stripe_transfer", "ROW", "stripe_transfer_stays"),
    "stripe_event_stays": ("BEFORE UPDATE OR DELETE", "stripe_event", "ROW", "stripe_event_stays"),
    "stripe_event_no_truncate": (
        "BEFORE TRUNCATE", "stripe_event", "STATEMENT", "stripe_event_stays"),
}  # fmt: skip


def upgrade() -> None:
    op.add_column("payout_account", sa.Column("connected_account", sa.Text(), nullable=True))
    change_check("payout_batch", "rail", before=BEFORE, after=AFTER)
    _create_tables()
    if op.get_bind().dialect.name == "sqlite":
        for name, body in SQLITE_TRIGGERS.items():
            op.execute(f"CREATE TRIGGER {name} {body}")
        return
    for name, body in PG_FUNCTIONS.items():
        op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
    for name, (when, table, each, function) in PG_TRIGGERS.items():
        op.execute(
            f"CREATE TRIGGER {name} {when} ON {table} FOR EACH {each} EXECUTE FUNCTION {function}()"
        )


def downgrade() -> None:
    """Refused by itself while a batch goes through Stripe: its history would be lost."""
    if op.get_bind().execute(sa.text("SELECT 1 FROM payout_batch WHERE rail = 'stripe'")).first():
        raise RuntimeError("there are payout batches through Stripe")
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        for name in SQLITE_TRIGGERS:
            op.execute(f"DROP TRIGGER IF EXISTS {name}")
    else:
        for name, (_when, table, _each, _function) in PG_TRIGGERS.items():
            op.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
        for name in PG_FUNCTIONS:
            op.execute(f"DROP FUNCTION IF EXISTS {name}()")
    op.drop_table("stripe_event")
    op.drop_table("stripe_transfer")
    change_check("payout_batch", "rail", before=AFTER, after=BEFORE)
    op.drop_column("payout_account", "connected_account")


def _create_tables() -> None:
    op.create_table(
        "stripe_transfer",
        sa.Column("id", BIG, nullable=False),
        sa.Column("payout_attempt_id", BIG, nullable=False),
        sa.Column("connected_account", sa.Text(), nullable=False),
        sa.Column("transfer_id", sa.Text(), nullable=True),
        sa.Column("key_number", BIG, nullable=False),
        sa.Column("tries", BIG, nullable=False),
        sa.Column("busy_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "tries >= 0 AND key_number >= 1", name=op.f("ck_stripe_transfer_counted")
        ),
        sa.CheckConstraint(
            "transfer_id IS NULL OR answered_at IS NOT NULL",
            name=op.f("ck_stripe_transfer_answered"),
        ),
        sa.ForeignKeyConstraint(
            ["payout_attempt_id"],
            ["payout_attempt.id"],
            name=op.f("fk_stripe_transfer_payout_attempt_id_payout_attempt"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_transfer")),
        sa.UniqueConstraint("payout_attempt_id", name=op.f("uq_stripe_transfer_payout_attempt_id")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_stripe_transfer_transfer_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "stripe_event",
        sa.Column("id", BIG, nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=True),
        sa.Column("payload_sha256", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("payout_attempt_id", BIG, nullable=True),
        sa.CheckConstraint(
            "outcome IN ('confirmed', 'returned', 'known', 'refused', 'ignored')",
            name=op.f("ck_stripe_event_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["payout_attempt_id"],
            ["payout_attempt.id"],
            name=op.f("fk_stripe_event_payout_attempt_id_payout_attempt"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_event")),
        sa.UniqueConstraint("event_id", name=op.f("uq_stripe_event_event_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_stripe_event_payout_attempt_id"), "stripe_event", ["payout_attempt_id"]
    )
