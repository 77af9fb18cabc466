"""Co-payments handed over by two officers, and the book of what moved at Stripe.

Revision: 0030, after 0029

What came in over the internet is passed on only within a handover that a second officer signed.
What Stripe says moved stays as it was read; an explanation has the signatures of two people.
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
LIVE = sa.text("released_at IS NULL")
HANDOVER_STATES = ("prepared", "approved", "rejected", "paid")
MOVEMENT_STATES = ("matched", "booked", "break", "proposed", "explained")
HANDOVER_CHANGED = """OLD.institution_id <> NEW.institution_id OR OLD.amount_fen <> NEW.amount_fen
          OR OLD.payout_account_id <> NEW.payout_account_id OR OLD.prepared_by <> NEW.prepared_by
          OR OLD.state = 'rejected' OR (OLD.state = 'paid' AND (NEW.state <> 'paid'
              OR OLD.reference <> NEW.reference))"""
ITEM_CHANGED = """OLD.handover_id <> NEW.handover_id OR OLD.payment_id <> NEW.payment_id
          OR OLD.amount_fen <> NEW.amount_fen OR OLD.released_at IS NOT NULL"""
MOVEMENT_CHANGED = """OLD.movement_id <> NEW.movement_id OR OLD.kind <> NEW.kind
          OR OLD.amount_fen <> NEW.amount_fen OR OLD.fee_fen <> NEW.fee_fen
          OR OLD.currency <> NEW.currency OR OLD.created_at <> NEW.created_at
          OR OLD.state IN ('booked', 'explained')
          OR (OLD.entry_id IS NOT NULL AND (NEW.entry_id IS NULL
              OR OLD.entry_id <> NEW.entry_id))"""
STAYS = (
    ("copayment_handover", HANDOVER_CHANGED, "a handover stays what was signed"),
    ("copayment_handover_item", ITEM_CHANGED, "a handover stays what was signed"),
    ("stripe_movement", MOVEMENT_CHANGED, "what moved at Stripe stays what it is"),
    ("stripe_balance_check", "1 = 1", "a balance stays as it was read"),
)
UNSIGNED = """NEW.channel = 'online' AND NEW.passed_on_reference IS NOT NULL
          AND OLD.passed_on_reference IS NULL AND NOT EXISTS (
            SELECT 1 FROM copayment_handover_item i
            JOIN copayment_handover h ON h.id = i.handover_id
            WHERE i.payment_id = NEW.id AND i.released_at IS NULL AND h.state = 'approved')"""
UNSIGNED_SAYS = "what came in over the internet is passed on by two officers"


def upgrade() -> None:
    _create_handovers()
    _create_movements()
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade() -> None:
    """Refused while there are handovers or movements: signatures would be lost."""
    for table in ("copayment_handover", "stripe_movement"):
        if op.get_bind().execute(sa.text(f"SELECT 1 FROM {table}")).first():  # noqa: S608
            raise RuntimeError(f"there are rows in {table}")
    sqlite = op.get_bind().dialect.name == "sqlite"
    on = "" if sqlite else " ON copayment_payment"
    op.execute(f"DROP TRIGGER IF EXISTS copayment_payment_signed{on}")
    for table in (
        "stripe_balance_check",
        "stripe_movement",
        "copayment_handover_item",
        "copayment_handover",
    ):
        op.drop_table(table)
        if not sqlite:
            op.execute(f"DROP FUNCTION IF EXISTS {table}_stays()")
    if not sqlite:
        op.execute("DROP FUNCTION IF EXISTS copayment_payment_signed()")


def _guard_sqlite() -> None:
    for table, changed, says in STAYS:
        op.execute(
            f"CREATE TRIGGER {table}_stays BEFORE UPDATE ON {table} WHEN {changed}"
            f" BEGIN SELECT RAISE(ABORT, '{says}'); END"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}"
            f" BEGIN SELECT RAISE(ABORT, '{says}'); END"
        )
    op.execute(
        f"CREATE TRIGGER copayment_payment_signed BEFORE UPDATE ON copayment_payment"
        f" WHEN {UNSIGNED} BEGIN SELECT RAISE(ABORT, '{UNSIGNED_SAYS}'); END"
    )


def _guard_postgresql() -> None:
    for table, changed, says in STAYS:
        op.execute(
            f"""CREATE FUNCTION {table}_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF TG_OP = 'DELETE' THEN
              RAISE EXCEPTION '{says}' USING ERRCODE = 'check_violation';
            ELSIF {changed} THEN
              RAISE EXCEPTION '{says}' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW; END $$"""
        )
        op.execute(
            f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {table}_stays()"
        )
    op.execute(
        f"""CREATE FUNCTION copayment_payment_signed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF {UNSIGNED} THEN
          RAISE EXCEPTION '{UNSIGNED_SAYS}' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW; END $$"""
    )
    op.execute(
        "CREATE TRIGGER copayment_payment_signed BEFORE UPDATE ON copayment_payment"
        " FOR EACH ROW EXECUTE FUNCTION copayment_payment_signed()"
    )


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name)


def _state(table: str, states: tuple[str, ...]) -> sa.CheckConstraint:
    values = ", ".join(f"'{state}'" for state in states)
    return sa.CheckConstraint(f"state IN ({values})", name=op.f(f"ck_{table}_state"))


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _create_handovers() -> None:
    table = "copayment_handover"
    op.create_table(
        table,
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("institution_id", BIG, nullable=False),
        sa.Column("payout_account_id", BIG, nullable=False),
        sa.Column("amount_fen", BIG, nullable=False),
        sa.Column("payment_count", BIG, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("prepared_by", BIG, nullable=False),
        sa.Column("prepared_at", INSTANT, nullable=False),
        sa.Column("decided_by", BIG, nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("paid_by", BIG, nullable=True),
        sa.Column("paid_at", INSTANT, nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        _state(table, HANDOVER_STATES),
        _check(table, "amount", "amount_fen > 0 AND payment_count > 0"),
        _check(table, "two_people", "decided_by IS NULL OR decided_by <> prepared_by"),
        _check(table, "signed", "state = 'prepared' OR decided_by IS NOT NULL"),
        _check(table, "paid", "(state = 'paid') = (reference IS NOT NULL)"),
        _check(table, "reason", "state <> 'rejected' OR decision_reason IS NOT NULL"),
        _key(table, "institution_id", "institution"),
        _key(table, "payout_account_id", "payout_account"),
        _key(table, "prepared_by", "user"),
        _key(table, "decided_by", "user"),
        _key(table, "paid_by", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_copayment_handover")),
        sa.UniqueConstraint("code", name=op.f("uq_copayment_handover_code")),
        sa.UniqueConstraint("reference", name=op.f("uq_copayment_handover_reference")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_copayment_handover_institution_id"), table, ["institution_id"])
    op.create_index("ix_copayment_handover_state", table, ["state", "id"])
    item = "copayment_handover_item"
    op.create_table(
        item,
        sa.Column("id", BIG, nullable=False),
        sa.Column("handover_id", BIG, nullable=False),
        sa.Column("payment_id", BIG, nullable=False),
        sa.Column("amount_fen", BIG, nullable=False),
        sa.Column("released_at", INSTANT, nullable=True),
        _check(item, "amount", "amount_fen > 0"),
        _key(item, "handover_id", "copayment_handover"),
        _key(item, "payment_id", "copayment_payment"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_copayment_handover_item")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_copayment_handover_item_handover", item, ["handover_id", "id"])
    op.create_index(
        "uq_copayment_handover_item_payment",
        item,
        ["payment_id"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )


def _create_movements() -> None:
    table = "stripe_movement"
    op.create_table(
        table,
        sa.Column("id", BIG, nullable=False),
        sa.Column("movement_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=True),
        sa.Column("amount_fen", BIG, nullable=False),
        sa.Column("fee_fen", BIG, nullable=False),
        sa.Column("net_fen", BIG, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("entry_id", BIG, nullable=True),
        sa.Column("owner_id", BIG, nullable=True),
        sa.Column("read_at", INSTANT, nullable=False),
        sa.Column("explanation", sa.Text(), nullable=True),
        sa.Column("explained_by", BIG, nullable=True),
        sa.Column("explained_at", INSTANT, nullable=True),
        sa.Column("signed_by", BIG, nullable=True),
        sa.Column("signed_at", INSTANT, nullable=True),
        _state(table, MOVEMENT_STATES),
        _check(table, "net", "net_fen = amount_fen - fee_fen"),
        _check(table, "two_people", "signed_by IS NULL OR signed_by <> explained_by"),
        _check(
            table,
            "explained",
            "state NOT IN ('proposed', 'explained')"
            " OR (explained_by IS NOT NULL AND explanation IS NOT NULL)",
        ),
        _check(table, "signed", "(state = 'explained') = (signed_by IS NOT NULL)"),
        _check(table, "cause", "state NOT IN ('break', 'proposed') OR cause IS NOT NULL"),
        _key(table, "entry_id", "journal_entry"),
        _key(table, "owner_id", "user"),
        _key(table, "explained_by", "user"),
        _key(table, "signed_by", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_movement")),
        sa.UniqueConstraint("movement_id", name=op.f("uq_stripe_movement_movement_id")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_stripe_movement_entry_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_stripe_movement_state", table, ["state", "id"])
    op.create_index("ix_stripe_movement_subject", table, ["subject", "kind"])
    check = "stripe_balance_check"
    op.create_table(
        check,
        sa.Column("id", BIG, nullable=False),
        sa.Column("read_at", INSTANT, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("available_fen", BIG, nullable=False),
        sa.Column("pending_fen", BIG, nullable=False),
        sa.Column("lines_fen", BIG, nullable=False),
        sa.Column("line_count", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_balance_check")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_stripe_balance_check_currency", check, ["currency", "id"])
