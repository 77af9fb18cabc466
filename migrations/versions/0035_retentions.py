"""Shares of redemptions withheld until a certificate or employment is proven.

Revision: 0035, after 0034

What a share is of, its amount and its days never change, and what ended stays ended. It is withheld
of a redemption that stands in its settlement, and that settlement keeps it back. A clawback may
name the redemption it is about, whose withheld shares it takes first. What went back to the
allotments of another region is cleared like a clawback.
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"

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
ITEM_KEYS = {
    "run_id": "clearing_run",
    "settlement_line_id": "settlement_line",
    "clawback_id": "clawback",
    "allotment_id": "allotment",
    "home_id": "jurisdiction",
    "place_id": "jurisdiction",
}
ITEM_CAUSES = ("settlement_line_id", "clawback_id")
ITEM_COLUMNS = ("id", *ITEM_KEYS, "amount_fen", "released_at")
GUARDS = (
    ("retention_stays", "UPDATE", "retention", f"{CHANGED} OR {MOVED}", STAYS_SAYS),
    ("retention_of_settled", "INSERT", "retention", NOT_SETTLED, NOT_SETTLED_SAYS),
    ("settlement_keeps_retained", "UPDATE", "settlement", PAYS_RETAINED, PAYS_RETAINED_SAYS),
)


def upgrade() -> None:
    _create_table()
    _clawback_columns()
    _clear_items_by((*ITEM_CAUSES, "retention_id"))
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade() -> None:
    """Refused while money is withheld: settlements rest on it."""
    if op.get_bind().execute(sa.text("SELECT 1 FROM retention")).first():
        raise RuntimeError("there are withheld shares")
    sqlite = op.get_bind().dialect.name == "sqlite"
    _clear_items_by(ITEM_CAUSES)
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


def _clear_items_by(causes: tuple[str, ...]) -> None:
    """A line of a clearing has one of these causes; what was settled is owed, the rest less."""
    count = " + ".join(f"CASE WHEN {name} IS NULL THEN 0 ELSE 1 END" for name in causes)
    checks = {
        "one_cause": f"({count}) = 1",
        "amount": "(settlement_line_id IS NULL) = (amount_fen < 0) AND amount_fen <> 0",
    }
    if op.get_bind().dialect.name == "sqlite":
        _items_again_sqlite(causes, checks)
    else:
        _items_again_postgresql(causes, checks)
    if "retention_id" in causes:
        _unique_item("retention", ["retention_id", "allotment_id"])


def _items_again_postgresql(causes: tuple[str, ...], checks: dict[str, str]) -> None:
    for name in checks:
        op.drop_constraint(op.f(f"ck_clearing_item_{name}"), "clearing_item", type_="check")
    if "retention_id" in causes:
        op.execute(
            "ALTER TABLE clearing_item ADD COLUMN retention_id bigint"
            " CONSTRAINT fk_clearing_item_retention_id_retention REFERENCES retention (id)"
        )
    else:
        op.execute("ALTER TABLE clearing_item DROP COLUMN retention_id")
    for name, rule in checks.items():
        op.create_check_constraint(op.f(f"ck_clearing_item_{name}"), "clearing_item", rule)
    changed = _item_changed(causes, "IS DISTINCT FROM")
    op.execute(
        f"""CREATE OR REPLACE FUNCTION clearing_item_stays() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
        IF TG_OP = 'DELETE' OR OLD.released_at IS NOT NULL OR {changed} THEN
          RAISE EXCEPTION 'a cleared line stays' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW; END $$"""
    )


def _items_again_sqlite(causes: tuple[str, ...], checks: dict[str, str]) -> None:
    """SQLite changes no check of a table: made anew, filled, put in its place, guarded again."""
    keys = ITEM_KEYS | ({"retention_id": "retention"} if "retention_id" in causes else {})
    op.create_table(
        "clearing_item_new",
        sa.Column("id", BIG, nullable=False),
        *(sa.Column(name, BIG, nullable=name in (*ITEM_CAUSES, "retention_id")) for name in keys),
        sa.Column("amount_fen", BIG, nullable=False),
        sa.Column("released_at", INSTANT, nullable=True),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_clearing_item_{name}"))
            for name, rule in (*checks.items(), ("two_regions", "home_id <> place_id"))
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{to}.id"], name=op.f(f"fk_clearing_item_{column}_{to}")
            )
            for column, to in keys.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clearing_item")),
        sqlite_autoincrement=True,
    )
    columns = ", ".join(ITEM_COLUMNS)
    op.execute(
        f"INSERT INTO clearing_item_new ({columns}) SELECT {columns} FROM clearing_item"  # noqa: S608
    )
    op.drop_table("clearing_item")
    op.rename_table("clearing_item_new", "clearing_item")
    op.create_index(op.f("ix_clearing_item_run_id"), "clearing_item", ["run_id"])
    _unique_item("settlement_line", ["settlement_line_id"])
    _unique_item("clawback", ["clawback_id", "allotment_id"])
    op.execute(
        f"""CREATE TRIGGER clearing_item_stays BEFORE UPDATE ON clearing_item
        WHEN {_item_changed(causes, "IS NOT")} OR OLD.released_at IS NOT NULL
        BEGIN SELECT RAISE(ABORT, 'a cleared line stays'); END"""
    )
    op.execute(
        """CREATE TRIGGER clearing_item_no_delete BEFORE DELETE ON clearing_item
        BEGIN SELECT RAISE(ABORT, 'a clearing is never deleted'); END"""
    )


def _item_changed(causes: tuple[str, ...], operator: str) -> str:
    names = (*ITEM_KEYS, *causes[2:], "amount_fen")
    return " OR ".join(f"OLD.{name} {operator} NEW.{name}" for name in names)


def _unique_item(name: str, columns: list[str]) -> None:
    live = sa.text("released_at IS NULL")
    op.create_index(
        f"uq_clearing_item_{name}",
        "clearing_item",
        columns,
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )
