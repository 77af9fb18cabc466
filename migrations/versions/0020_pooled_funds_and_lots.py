"""Funds that pay for a scheme together, and money that lapses lot by lot.

Revision: 0020, after 0019

`funding_source_stays` keeps what two people signed, and ends final; `funding_share_covered` takes a
share of a commitment only if its entry commits that much of that allotment, and only of the
source's own fund; `fund_lot_arrived` takes a lot only with the entry that brought it. Shares and
lots are only added; a decided return stays as it was decided. On both engines.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ADDED_ONLY = ("funding_share", "fund_lot")
_SIGNED = ("scheme_id", "fund_id", "priority", "scope", "proposed_by")

_COVERED = """coalesce((SELECT p.credit_fen FROM posting p
      JOIN account a ON a.id = p.account_id JOIN allotment t ON t.id = NEW.allotment_id
      WHERE p.entry_id = NEW.entry_id AND a.code = 'allotment:committed:' || t.code), 0)
    - coalesce((SELECT sum(s.amount_fen) FROM funding_share s
      WHERE s.entry_id = NEW.entry_id AND s.allotment_id = NEW.allotment_id), 0)"""
_OTHER_FUND = """NEW.source_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM funding_source f
      JOIN allotment t ON t.fund_id = f.fund_id
      WHERE f.id = NEW.source_id AND t.id = NEW.allotment_id)"""
_ARRIVED = """EXISTS (SELECT 1 FROM posting p WHERE p.entry_id = NEW.entry_id
      AND p.credit_fen = NEW.amount_fen)"""
_FINAL = "OLD.state IN ('rejected', 'ended')"


def upgrade() -> None:
    _funding_source()
    _funding_share()
    _fund_lot()
    _lot_return()
    op.add_column(
        "voucher", sa.Column("is_pooled", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    if op.get_bind().dialect.name == "sqlite":
        for name, body in _sqlite_triggers().items():
            op.execute(f"CREATE TRIGGER {name} {body}")
        return
    for name, body in PG_FUNCTIONS.items():
        op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
    for name, (when, table, function) in PG_TRIGGERS.items():
        op.execute(
            f"CREATE TRIGGER {name} {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()"
        )


def downgrade() -> None:
    """Refused by itself while several funds paid: who paid what would be lost."""
    if op.get_bind().execute(sa.text("SELECT 1 FROM funding_share")).first():
        raise RuntimeError("there are vouchers paid by several funds")
    if op.get_bind().dialect.name == "sqlite":
        for name in _sqlite_triggers():
            op.execute(f"DROP TRIGGER IF EXISTS {name}")
    else:
        for name, (_when, table, _function) in PG_TRIGGERS.items():
            op.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
        for name in PG_FUNCTIONS:
            op.execute(f"DROP FUNCTION IF EXISTS {name}()")
    op.execute("ALTER TABLE voucher DROP COLUMN is_pooled")
    for table in ("lot_return", "fund_lot", "funding_share", "funding_source"):
        op.drop_table(table)


def _sqlite_triggers() -> dict[str, str]:
    """Name -> everything after the name."""
    added_only = {
        f"{table}_no_{act}": f"""BEFORE {act.upper()} ON {table}
            BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"""
        for table in _ADDED_ONLY
        for act in ("update", "delete")
    }
    # INSERT OR REPLACE would take an old row away without a delete trigger.
    kept = {
        f"{table}_no_replace": f"""BEFORE INSERT ON {table}
            WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)
            BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"""
        for table in _ADDED_ONLY
    }
    changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in _SIGNED)
    return (
        added_only
        | kept
        | {
            "funding_source_stays": f"""BEFORE UPDATE ON funding_source
                WHEN {changed} OR {_FINAL}
                  OR (OLD.state = 'in_force' AND NEW.state NOT IN ('in_force', 'ended'))
                BEGIN SELECT RAISE(ABORT, 'a source stays as it was signed'); END""",
            "funding_source_no_delete": """BEFORE DELETE ON funding_source
                BEGIN SELECT RAISE(ABORT, 'sources are never deleted'); END""",
            "funding_share_covered": f"""BEFORE INSERT ON funding_share
                BEGIN
                  SELECT RAISE(ABORT, 'no entry commits this share')
                    WHERE NEW.amount_fen > {_COVERED};
                  SELECT RAISE(ABORT, 'the share is of another fund than its source')
                    WHERE {_OTHER_FUND};
                END""",
            "fund_lot_arrived": f"""BEFORE INSERT ON fund_lot WHEN NOT {_ARRIVED}
                BEGIN SELECT RAISE(ABORT, 'no entry brought this lot'); END""",
            "lot_return_stays": """BEFORE UPDATE ON lot_return
                WHEN OLD.state <> 'prepared' OR OLD.lot_id <> NEW.lot_id
                  OR OLD.amount_fen <> NEW.amount_fen OR OLD.prepared_by <> NEW.prepared_by
                BEGIN SELECT RAISE(ABORT, 'a return stays as it was signed'); END""",
            "lot_return_no_delete": """BEFORE DELETE ON lot_return
                BEGIN SELECT RAISE(ABORT, 'returns are never deleted'); END""",
        }
    )


_NO = "USING ERRCODE = 'check_violation'"
# JSON has no equality on PostgreSQL; its text has.
_CHANGED = " OR ".join(
    f"OLD.{name}::text IS DISTINCT FROM NEW.{name}::text" for name in _SIGNED
)  # fmt: skip

PG_FUNCTIONS = {
    "funding_source_stays": f"""BEGIN
        IF TG_OP = 'DELETE' THEN RAISE EXCEPTION 'sources are never deleted' {_NO}; END IF;
        IF {_CHANGED} OR {_FINAL}
           OR (OLD.state = 'in_force' AND NEW.state NOT IN ('in_force', 'ended')) THEN
          RAISE EXCEPTION 'a source stays as it was signed' {_NO};
        END IF;
        RETURN NEW; END""",
    "funding_share_covered": f"""BEGIN
        IF NEW.amount_fen > {_COVERED} THEN
          RAISE EXCEPTION 'no entry commits this share' {_NO};
        ELSIF {_OTHER_FUND} THEN
          RAISE EXCEPTION 'the share is of another fund than its source' {_NO};
        END IF;
        RETURN NEW; END""",
    "fund_lot_arrived": f"""BEGIN
        IF NOT {_ARRIVED} THEN RAISE EXCEPTION 'no entry brought this lot' {_NO}; END IF;
        RETURN NEW; END""",
    "lot_return_stays": f"""BEGIN
        IF TG_OP = 'DELETE' THEN RAISE EXCEPTION 'returns are never deleted' {_NO}; END IF;
        IF OLD.state <> 'prepared' OR OLD.lot_id <> NEW.lot_id
           OR OLD.amount_fen <> NEW.amount_fen OR OLD.prepared_by <> NEW.prepared_by THEN
          RAISE EXCEPTION 'a return stays as it was signed' {_NO};
        END IF;
        RETURN NEW; END""",
}
PG_TRIGGERS = {
    **{
        f"{table}_append_only": ("BEFORE UPDATE OR DELETE", table, "refuse_change")
        for table in _ADDED_ONLY
    },
    "funding_source_stays": ("BEFORE UPDATE OR DELETE", "funding_source", "funding_source_stays"),
    "funding_share_covered": ("BEFORE INSERT", "funding_share", "funding_share_covered"),
    "fund_lot_arrived": ("BEFORE INSERT", "fund_lot", "fund_lot_arrived"),
    "lot_return_stays": ("BEFORE UPDATE OR DELETE", "lot_return", "lot_return_stays"),
}


def _id() -> sa.Column:
    return sa.Column("id", ID, autoincrement=True, nullable=False)


def _ref(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, ID, nullable=null)


def _at(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _key(table: str, column: str, named: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{named}.id"], name=op.f(f"fk_{table}_{column}_{named}")
    )


def _funding_source() -> None:
    op.create_table(
        "funding_source",
        _id(),
        sa.Column("code", sa.Text(), nullable=False),
        _ref("scheme_id"),
        _ref("fund_id"),
        _ref("priority"),
        sa.Column("scope", sa.JSON(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        _ref("proposed_by"),
        _at("proposed_at"),
        _ref("decided_by", null=True),
        _at("decided_at", null=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        _ref("ended_by", null=True),
        _at("ended_at", null=True),
        sa.CheckConstraint(
            "state IN ('proposed', 'in_force', 'rejected', 'ended')",
            name=op.f("ck_funding_source_state"),
        ),
        sa.CheckConstraint(
            "priority BETWEEN 1 AND 99 AND priority <> 50", name=op.f("ck_funding_source_priority")
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> proposed_by",
            name=op.f("ck_funding_source_two_people"),
        ),
        sa.CheckConstraint(
            "state = 'proposed' OR decided_by IS NOT NULL", name=op.f("ck_funding_source_signed")
        ),
        _key("funding_source", "scheme_id", "scheme"),
        _key("funding_source", "fund_id", "fund"),
        *(
            _key("funding_source", name, "user")
            for name in ("proposed_by", "decided_by", "ended_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_funding_source")),
        sa.UniqueConstraint("code", name=op.f("uq_funding_source_code")),
        sqlite_autoincrement=True,
    )
    live = sa.text("state = 'in_force'")
    for noun in ("priority", "fund_id"):
        op.create_index(
            f"uq_funding_source_{noun}",
            "funding_source",
            ["scheme_id", noun],
            unique=True,
            sqlite_where=live,
            postgresql_where=live,
        )


def _funding_share() -> None:
    op.create_table(
        "funding_share",
        _id(),
        _ref("voucher_id"),
        _ref("entry_id"),
        _ref("allotment_id"),
        _ref("source_id", null=True),
        _ref("amount_fen"),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_funding_share_amount")),
        _key("funding_share", "voucher_id", "voucher"),
        _key("funding_share", "entry_id", "journal_entry"),
        _key("funding_share", "allotment_id", "allotment"),
        _key("funding_share", "source_id", "funding_source"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_funding_share")),
        sa.UniqueConstraint(
            "voucher_id",
            "entry_id",
            "allotment_id",
            name=op.f("uq_funding_share_voucher_id_entry_id_allotment_id"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_funding_share_entry", "funding_share", ["entry_id", "allotment_id"])
    op.create_index(op.f("ix_funding_share_source_id"), "funding_share", ["source_id"])


def _fund_lot() -> None:
    op.create_table(
        "fund_lot",
        _id(),
        sa.Column("code", sa.Text(), nullable=False),
        _ref("fund_id"),
        _ref("allotment_id", null=True),
        _ref("amount_fen"),
        sa.Column("expires_on", sa.Date(), nullable=False),
        _ref("entry_id"),
        _ref("created_by", null=True),
        _at("created_at"),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_fund_lot_amount")),
        _key("fund_lot", "fund_id", "fund"),
        _key("fund_lot", "allotment_id", "allotment"),
        _key("fund_lot", "entry_id", "journal_entry"),
        _key("fund_lot", "created_by", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund_lot")),
        sa.UniqueConstraint("code", name=op.f("uq_fund_lot_code")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_fund_lot_entry_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_fund_lot_owner", "fund_lot", ["fund_id", "allotment_id"])
    op.create_index("ix_fund_lot_expires_on", "fund_lot", ["expires_on", "id"])


def _lot_return() -> None:
    op.create_table(
        "lot_return",
        _id(),
        sa.Column("code", sa.Text(), nullable=False),
        _ref("lot_id"),
        _ref("amount_fen"),
        sa.Column("state", sa.String(length=32), nullable=False),
        _ref("prepared_by"),
        _at("prepared_at"),
        _ref("decided_by", null=True),
        _at("decided_at", null=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        _ref("entry_id", null=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_lot_return_amount")),
        sa.CheckConstraint(
            "state IN ('prepared', 'approved', 'rejected')", name=op.f("ck_lot_return_state")
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> prepared_by",
            name=op.f("ck_lot_return_two_people"),
        ),
        sa.CheckConstraint(
            "state = 'prepared' OR decided_by IS NOT NULL", name=op.f("ck_lot_return_signed")
        ),
        sa.CheckConstraint(
            "(state = 'approved') = (entry_id IS NOT NULL)", name=op.f("ck_lot_return_booked")
        ),
        _key("lot_return", "lot_id", "fund_lot"),
        _key("lot_return", "prepared_by", "user"),
        _key("lot_return", "decided_by", "user"),
        _key("lot_return", "entry_id", "journal_entry"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_return")),
        sa.UniqueConstraint("code", name=op.f("uq_lot_return_code")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_lot_return_entry_id")),
        sqlite_autoincrement=True,
    )
    waiting = sa.text("state = 'prepared'")
    op.create_index(
        "uq_lot_return_waiting",
        "lot_return",
        ["lot_id"],
        unique=True,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
