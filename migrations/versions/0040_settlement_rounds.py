"""Rounds of settlements: many prepared or signed by one act of an officer.

Revision: 0040, after 0039

What an officer asked for never changes; what became of each is decided once.
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
ROUND_STAYS = "what a round of settlements was asked for stays"
ITEM_STAYS = "what was decided in a round of settlements stays"
ASKED = ("code", "act", "period_code", "requested_by", "requested_at")


def upgrade() -> None:
    op.create_table(
        "settlement_round",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("act", sa.String(32), nullable=False),
        sa.Column("period_code", sa.Text(), nullable=False),
        sa.Column("requested_by", BIG, nullable=False),
        sa.Column("requested_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.CheckConstraint("act IN ('prepare', 'approve')", name=op.f("ck_settlement_round_act")),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["user.id"], name=op.f("fk_settlement_round_requested_by_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_round")),
        sa.UniqueConstraint("code", name=op.f("uq_settlement_round_code")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_settlement_round_requested_by"), "settlement_round", ["requested_by"])
    _create_items()
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade() -> None:
    """What was settled stays; only which were settled together is forgotten."""
    op.drop_table("settlement_round_item")
    op.drop_table("settlement_round")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION settlement_round_stays()")


def _create_items() -> None:
    rules = {
        "amount": "amount_fen > 0",
        "outcome": "outcome IN ('waiting', 'done', 'refused')",
        "reasons": "outcome <> 'refused' OR CAST(refusals AS TEXT) <> '[]'",
        "settlement": "outcome <> 'done' OR settlement_id IS NOT NULL",
        "decided": "(outcome = 'waiting') = (decided_at IS NULL)",
    }
    references = {
        "round_id": "settlement_round",
        "institution_id": "institution",
        "settlement_id": "settlement",
    }
    op.create_table(
        "settlement_round_item",
        sa.Column("id", BIG, nullable=False),
        sa.Column("round_id", BIG, nullable=False),
        sa.Column("institution_id", BIG, nullable=False),
        sa.Column("settlement_id", BIG, nullable=True),
        sa.Column("amount_fen", BIG, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("refusals", sa.JSON(), nullable=False),
        sa.Column("decided_at", INSTANT, nullable=True),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_settlement_round_item_{name}"))
            for name, rule in rules.items()
        ),
        *(
            sa.ForeignKeyConstraint(
                [column],
                [f"{to}.id"],
                name=op.f(f"fk_settlement_round_item_{column}_{to}"),
            )
            for column, to in references.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_round_item")),
        sa.UniqueConstraint(
            "round_id",
            "settlement_id",
            name=op.f("uq_settlement_round_item_round_id_settlement_id"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_settlement_round_item_round", "settlement_round_item", ["round_id", "outcome", "id"]
    )
    op.create_index(
        op.f("ix_settlement_round_item_institution_id"),
        "settlement_round_item",
        ["institution_id"],
    )


def _guard_sqlite() -> None:
    changed = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in ASKED)
    for name, when, says in (
        ("settlement_round_no_update", f"UPDATE ON settlement_round WHEN {changed}", ROUND_STAYS),
        ("settlement_round_no_delete", "DELETE ON settlement_round", ROUND_STAYS),
        (
            "settlement_round_item_no_update",
            "UPDATE ON settlement_round_item WHEN OLD.outcome <> 'waiting'",
            ITEM_STAYS,
        ),
        ("settlement_round_item_no_delete", "DELETE ON settlement_round_item", ITEM_STAYS),
    ):
        op.execute(f"CREATE TRIGGER {name} BEFORE {when} BEGIN SELECT RAISE(ABORT, '{says}'); END")


def _guard_postgresql() -> None:
    op.execute(
        """CREATE FUNCTION settlement_round_stays() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'check_violation';
        END $$"""
    )
    changed = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in ASKED)
    for table, condition, says in (
        ("settlement_round", changed, ROUND_STAYS),
        ("settlement_round_item", "OLD.outcome <> 'waiting'", ITEM_STAYS),
    ):
        for name, when in (
            ("update", f"UPDATE ON {table} FOR EACH ROW WHEN ({condition})"),
            ("delete", f"DELETE ON {table} FOR EACH ROW"),
            ("truncate", f"TRUNCATE ON {table} FOR EACH STATEMENT"),
        ):
            op.execute(
                f"CREATE TRIGGER {table}_no_{name} BEFORE {when}"
                f" EXECUTE FUNCTION settlement_round_stays('{says}')"
            )
