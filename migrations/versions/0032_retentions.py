"""Shares of redemptions withheld until a certificate or employment is proven.

Revision: 0032, after 0031

What a share is of, its amount and its days never change, and what ended stays ended. It is withheld
of a redemption that stands in its settlement, and that settlement keeps it back. A clawback may
name the redemption it is about, whose withheld shares it takes first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
STATES = "'planned', 'held', 'released', 'returned', 'clawed_back', 'dropped'"
CHECKS = {
    "amount": "amount_fen > 0",
    "clawed_back": "clawed_back_fen BETWEEN 0 AND amount_fen",
    "withheld": "milestone IN ('certificate', 'employment')",
    "milestone": "milestone IN ('start', 'finish', 'certificate', 'employment')",
    "state": f"state IN ({STATES})",
    "percent": "percent BETWEEN 1 AND 99",
    "booked": "(state IN ('planned', 'dropped')) = (entry_id IS NULL)",
    "ended": "(state IN ('released', 'returned')) = (end_entry_id IS NOT NULL)",
    "ended_on": "(state IN ('planned', 'held')) = (ended_on IS NULL)",
    "taken": "(state = 'clawed_back') = (clawed_back_fen = amount_fen)",
    "proven": "(state = 'released') = (proven_on IS NOT NULL)",
    "paid": "paid_settlement_id IS NULL OR state = 'released'",
}
KEYS = {
    "redemption_id": "redemption",
    "institution_id": "institution",
    "settlement_id": "settlement",
    "entry_id": "journal_entry",
    "end_entry_id": "journal_entry",
    "paid_settlement_id": "settlement",
}
FIXED = (
    "code", "redemption_id", "institution_id", "settlement_id", "milestone", "percent",
    "amount_fen", "currency", "rule", "counts_from", "due_by",
)  # fmt: skip
CHANGED = " OR ".join(f"OLD.{name} <> NEW.{name}" for name in FIXED)
MOVED = """(OLD.state NOT IN ('planned', 'held')
        AND (OLD.state <> NEW.state OR OLD.clawed_back_fen <> NEW.clawed_back_fen))
    OR (OLD.state = 'planned' AND NEW.state NOT IN ('planned', 'held', 'dropped'))
    OR (OLD.state = 'held' AND NEW.state IN ('planned', 'dropped'))
    OR NEW.clawed_back_fen < OLD.clawed_back_fen"""
STAYS_SAYS = "a withheld share stays what it is"
NOT_SETTLED = """NOT EXISTS (
    SELECT 1 FROM settlement_line WHERE settlement_line.redemption_id = NEW.redemption_id
      AND settlement_line.settlement_id = NEW.settlement_id
      AND settlement_line.released_at IS NULL)"""
NOT_SETTLED_SAYS = "a share is withheld of a redemption in its settlement"
PAYS_RETAINED = """NEW.netted_fen < (
    SELECT COALESCE(SUM(amount_fen), 0) FROM retention
     WHERE retention.settlement_id = NEW.id AND retention.state <> 'dropped')"""
PAYS_RETAINED_SAYS = "a settlement never pays what is withheld"
GUARDS = (
    ("retention_stays", "UPDATE", "retention", f"{CHANGED} OR {MOVED}", STAYS_SAYS),
    ("retention_of_settled", "INSERT", "retention", NOT_SETTLED, NOT_SETTLED_SAYS),
    ("settlement_keeps_retained", "UPDATE", "settlement", PAYS_RETAINED, PAYS_RETAINED_SAYS),
)


def upgrade() -> None:
    _create_table()
    _clawback_columns()
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade() -> None:
    """Refused while money is withheld: settlements rest on it."""
    if op.get_bind().execute(sa.text("SELECT 1 FROM retention")).first():
        raise RuntimeError("there are withheld shares")
    sqlite = op.get_bind().dialect.name == "sqlite"
    on = "" if sqlite else " ON settlement"
    op.execute(f"DROP TRIGGER settlement_keeps_retained{on}")
    op.drop_table("retention")
    if not sqlite:
        for name in (*(guard[0] for guard in GUARDS), "retention_no_delete"):
            op.execute(f"DROP FUNCTION {name}()")
    op.execute("ALTER TABLE clawback DROP COLUMN retained_fen")
    op.drop_index(op.f("ix_clawback_redemption_id"), table_name="clawback")
    op.execute("ALTER TABLE clawback DROP COLUMN redemption_id")


def _create_table() -> None:
    op.create_table(
        "retention",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        *(sa.Column(name, BIG, nullable=name.endswith(("entry_id", "paid_settlement_id")))
          for name in KEYS),
        sa.Column("milestone", sa.String(length=32), nullable=False),
        sa.Column("percent", BIG, nullable=False),
        sa.Column("amount_fen", BIG, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("counts_from", sa.Date(), nullable=False),
        sa.Column("due_by", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("clawed_back_fen", BIG, nullable=False, server_default=sa.text("0")),
        sa.Column("proven_on", sa.Date(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("warned_at", INSTANT, nullable=True),
        sa.Column("planned_at", INSTANT, nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_retention_{name}"))
            for name, rule in CHECKS.items()
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{to}.id"], name=op.f(f"fk_retention_{column}_{to}")
            )
            for column, to in KEYS.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention")),
        sa.UniqueConstraint("code", name=op.f("uq_retention_code")),
        sa.UniqueConstraint("end_entry_id", name=op.f("uq_retention_end_entry_id")),
        sqlite_autoincrement=True,
    )  # fmt: skip
    for name in ("settlement_id", "entry_id", "paid_settlement_id"):
        op.create_index(op.f(f"ix_retention_{name}"), "retention", [name])
    op.create_index("ix_retention_institution", "retention", ["institution_id", "id"])
    for name, columns, unique, condition in (
        ("uq_retention_share", ["redemption_id", "milestone"], True, "state <> 'dropped'"),
        ("ix_retention_due", ["due_by", "id"], False, "state = 'held'"),
    ):
        op.create_index(
            name,
            "retention",
            columns,
            unique=unique,
            sqlite_where=sa.text(condition),
            postgresql_where=sa.text(condition),
        )


def _clawback_columns() -> None:
    # Written out: SQLite takes a reference or a check with a new column, but not after it.
    number = "bigint" if op.get_bind().dialect.name == "postgresql" else "integer"
    op.execute(
        f"ALTER TABLE clawback ADD COLUMN redemption_id {number} "
        "CONSTRAINT fk_clawback_redemption_id_redemption REFERENCES redemption (id)"
    )
    op.create_index(op.f("ix_clawback_redemption_id"), "clawback", ["redemption_id"])
    op.execute(
        f"ALTER TABLE clawback ADD COLUMN retained_fen {number} NOT NULL DEFAULT 0 "
        "CONSTRAINT ck_clawback_retained CHECK (retained_fen BETWEEN 0 AND amount_fen)"
    )


def _guard_sqlite() -> None:
    for name, act, table, condition, says in GUARDS:
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {act} ON {table} WHEN {condition}"
            f" BEGIN SELECT RAISE(ABORT, '{says}'); END"
        )
    op.execute(
        f"""CREATE TRIGGER retention_no_delete BEFORE DELETE ON retention
        BEGIN SELECT RAISE(ABORT, '{STAYS_SAYS}'); END"""
    )


def _guard_postgresql() -> None:
    for name, act, table, condition, says in GUARDS:
        op.execute(
            f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF {condition} THEN
              RAISE EXCEPTION '{says}' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW; END $$"""
        )
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
        )
    op.execute(
        f"""CREATE FUNCTION retention_no_delete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION '{STAYS_SAYS}' USING ERRCODE = 'check_violation'; END $$"""
    )
    for name, when, each in (("delete", "DELETE", "ROW"), ("truncate", "TRUNCATE", "STATEMENT")):
        op.execute(
            f"CREATE TRIGGER retention_no_{name} BEFORE {when} ON retention"
            f" FOR EACH {each} EXECUTE FUNCTION retention_no_delete()"
        )
