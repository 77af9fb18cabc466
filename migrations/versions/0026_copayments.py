"""Co-payments: what a voucher does not cover, who pays it, what was received and given back.

Revision: 0026, after 0025

An enrollment has at most one co-payment; fund, employer and worker add up to the fee. A payment
received keeps its amount and its number at Stripe for good, and so does a refund.
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PENDING_ONLINE = sa.text("state = 'pending' AND channel = 'online'")
COUNTER = sa.text("channel = 'counter'")
CHANGED = """OLD.copayment_id <> NEW.copayment_id OR OLD.amount_fen <> NEW.amount_fen
          OR OLD.party <> NEW.party OR OLD.channel <> NEW.channel
          OR (OLD.state = 'succeeded' AND NEW.state <> 'succeeded')
          OR (OLD.intent_id IS NOT NULL AND (NEW.intent_id IS NULL
              OR OLD.intent_id <> NEW.intent_id))"""
REFUND_CHANGED = """OLD.payment_id <> NEW.payment_id OR OLD.amount_fen <> NEW.amount_fen
          OR (OLD.state = 'succeeded' AND NEW.state <> 'succeeded')"""
PARTS_CHANGED = """OLD.enrollment_id <> NEW.enrollment_id OR OLD.fee_fen <> NEW.fee_fen
          OR OLD.fund_fen <> NEW.fund_fen OR OLD.institution_id <> NEW.institution_id
          OR OLD.worker_id <> NEW.worker_id"""
MIXED = """SELECT 1 FROM posting p JOIN account a ON a.id = p.account_id
        WHERE p.entry_id = NEW.id AND a.kind NOT LIKE '%copayment'"""
STAYS = (
    ("copayment", PARTS_CHANGED, "a co-payment stays what it is"),
    ("copayment_payment", CHANGED, "a payment stays what it is"),
    ("copayment_refund", REFUND_CHANGED, "a refund stays what it is"),
)
MIXED_TEXT = "a co-payment never mixes with the money of a fund"


def upgrade() -> None:
    _create_agreements()
    _create_copayments()
    _create_payments()
    _create_refunds()
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade() -> None:
    """Refused by itself while there are co-payments: the books name them."""
    if op.get_bind().execute(sa.text("SELECT 1 FROM copayment")).first():
        raise RuntimeError("there are co-payments in the books")
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute("DROP TRIGGER IF EXISTS copayment_unmixed" + ("" if sqlite else " ON journal_entry"))
    for table, _changed, _text in reversed(STAYS):
        op.drop_table(table)
        if not sqlite:
            op.execute(f"DROP FUNCTION IF EXISTS {table}_stays()")
    if not sqlite:
        op.execute("DROP FUNCTION IF EXISTS copayment_unmixed()")
    op.drop_table("employer_agreement")


def _guard_sqlite() -> None:
    for table, changed, text in STAYS:
        op.execute(
            f"CREATE TRIGGER {table}_stays BEFORE UPDATE ON {table} WHEN {changed}"
            f" BEGIN SELECT RAISE(ABORT, '{text}'); END"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}"
            f" BEGIN SELECT RAISE(ABORT, '{text}'); END"
        )
    op.execute(
        "CREATE TRIGGER copayment_unmixed BEFORE INSERT ON journal_entry"
        f" WHEN NEW.kind LIKE 'copayment.%' AND EXISTS ({MIXED})"
        f" BEGIN SELECT RAISE(ABORT, '{MIXED_TEXT}'); END"
    )


def _guard_postgresql() -> None:
    for table, changed, text in STAYS:
        op.execute(
            f"""CREATE FUNCTION {table}_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF TG_OP = 'DELETE' THEN
              RAISE EXCEPTION '{text}' USING ERRCODE = 'check_violation';
            ELSIF {changed} THEN
              RAISE EXCEPTION '{text}' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW; END $$"""
        )
        op.execute(
            f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {table}_stays()"
        )
    op.execute(
        f"""CREATE FUNCTION copayment_unmixed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF EXISTS ({MIXED}) THEN
          RAISE EXCEPTION '{MIXED_TEXT}' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW; END $$"""
    )
    op.execute(
        "CREATE TRIGGER copayment_unmixed BEFORE INSERT ON journal_entry FOR EACH ROW"
        " WHEN (NEW.kind LIKE 'copayment.%') EXECUTE FUNCTION copayment_unmixed()"
    )


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name)


def _create_agreements() -> None:
    table = "employer_agreement"
    op.create_table(
        table,
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("worker_id", BIG, nullable=False),
        sa.Column("institution_id", BIG, nullable=False),
        sa.Column("enrollment_id", BIG, nullable=False),
        sa.Column("employer_name", sa.Text(), nullable=False),
        sa.Column("uscc", sa.Text(), nullable=True),
        sa.Column("percent", BIG, nullable=True),
        sa.Column("amount_fen", BIG, nullable=True),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("standing_until", sa.Date(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_by", BIG, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(percent BETWEEN 1 AND 100 AND amount_fen IS NULL)"
            " OR (amount_fen > 0 AND percent IS NULL)",
            name=op.f("ck_employer_agreement_share"),
        ),
        _key(table, "worker_id", "worker"),
        _key(table, "institution_id", "institution"),
        _key(table, "enrollment_id", "enrollment"),
        _key(table, "recorded_by", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employer_agreement")),
        sa.UniqueConstraint("code", name=op.f("uq_employer_agreement_code")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_employer_agreement_worker", table, ["worker_id", "institution_id", "id"])
    op.create_index("ix_employer_agreement_enrollment", table, ["enrollment_id", "id"])


def _create_copayments() -> None:
    table = "copayment"
    op.create_table(
        table,
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("enrollment_id", BIG, nullable=False),
        sa.Column("worker_id", BIG, nullable=False),
        sa.Column("institution_id", BIG, nullable=False),
        sa.Column("agreement_id", BIG, nullable=True),
        sa.Column("fee_fen", BIG, nullable=False),
        sa.Column("fund_fen", BIG, nullable=False),
        sa.Column("employer_fen", BIG, nullable=False),
        sa.Column("worker_fen", BIG, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("kept_fen", BIG, nullable=True),
        sa.CheckConstraint(
            "fund_fen >= 0 AND employer_fen >= 0 AND worker_fen >= 0"
            " AND fund_fen + employer_fen + worker_fen = fee_fen",
            name=op.f("ck_copayment_parts"),
        ),
        sa.CheckConstraint(
            "employer_fen = 0 OR agreement_id IS NOT NULL", name=op.f("ck_copayment_agreed")
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (end_reason IS NULL)", name=op.f("ck_copayment_ended")
        ),
        _key(table, "enrollment_id", "enrollment"),
        _key(table, "worker_id", "worker"),
        _key(table, "institution_id", "institution"),
        _key(table, "agreement_id", "employer_agreement"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_copayment")),
        sa.UniqueConstraint("code", name=op.f("uq_copayment_code")),
        sa.UniqueConstraint("enrollment_id", name=op.f("uq_copayment_enrollment_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_copayment_institution", table, ["institution_id", "id"])


def _create_payments() -> None:
    table = "copayment_payment"
    op.create_table(
        table,
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("copayment_id", BIG, nullable=False),
        sa.Column("institution_id", BIG, nullable=False),
        sa.Column("party", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("amount_fen", BIG, nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("receipt_number", sa.Text(), nullable=True),
        sa.Column("intent_id", sa.Text(), nullable=True),
        sa.Column("pay_url", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("passed_on_reference", sa.Text(), nullable=True),
        sa.Column("recorded_by", BIG, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_copayment_payment_amount")),
        sa.CheckConstraint(
            "channel = 'online' OR (receipt_number IS NOT NULL AND state = 'succeeded')",
            name=op.f("ck_copayment_payment_receipt"),
        ),
        sa.CheckConstraint(
            "party IN ('worker', 'employer')", name=op.f("ck_copayment_payment_party")
        ),
        sa.CheckConstraint(
            "channel IN ('counter', 'online')", name=op.f("ck_copayment_payment_channel")
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'succeeded', 'failed')", name=op.f("ck_copayment_payment_state")
        ),
        _key(table, "copayment_id", "copayment"),
        _key(table, "institution_id", "institution"),
        _key(table, "recorded_by", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_copayment_payment")),
        sa.UniqueConstraint("code", name=op.f("uq_copayment_payment_code")),
        sa.UniqueConstraint("intent_id", name=op.f("uq_copayment_payment_intent_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_copayment_payment_copayment", table, ["copayment_id", "id"])
    op.create_index(
        "uq_copayment_payment_pending",
        table,
        ["copayment_id", "party"],
        unique=True,
        sqlite_where=PENDING_ONLINE,
        postgresql_where=PENDING_ONLINE,
    )
    op.create_index(
        "uq_copayment_payment_receipt",
        table,
        ["institution_id", "receipt_number"],
        unique=True,
        sqlite_where=COUNTER,
        postgresql_where=COUNTER,
    )


def _create_refunds() -> None:
    table = "copayment_refund"
    op.create_table(
        table,
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("payment_id", BIG, nullable=False),
        sa.Column("amount_fen", BIG, nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("receipt_number", sa.Text(), nullable=True),
        sa.Column("refund_id", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_copayment_refund_amount")),
        sa.CheckConstraint(
            "state IN ('pending', 'succeeded', 'failed')", name=op.f("ck_copayment_refund_state")
        ),
        _key(table, "payment_id", "copayment_payment"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_copayment_refund")),
        sa.UniqueConstraint("code", name=op.f("uq_copayment_refund_code")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_copayment_refund_payment_id")),
        sa.UniqueConstraint("refund_id", name=op.f("uq_copayment_refund_refund_id")),
        sqlite_autoincrement=True,
    )
