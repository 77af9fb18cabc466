"""Sealed blocks of the journal, append-only like the journal itself.

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

TABLES = ("seal_block", "seal_leaf")
Big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "seal_block",
        sa.Column("height", Big, autoincrement=False, nullable=False),
        sa.Column("previous_head", sa.Text(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("entries", Big, nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.CheckConstraint("height >= 1", name="ck_seal_block_height"),
        sa.CheckConstraint("entries >= 1", name="ck_seal_block_entries"),
        sa.PrimaryKeyConstraint("height", name="pk_seal_block"),
        sa.UniqueConstraint("previous_head", name="uq_seal_block_previous_head"),
        sa.UniqueConstraint("head", name="uq_seal_block_head"),
    )
    op.create_table(
        "seal_leaf",
        sa.Column("entry_id", Big, autoincrement=False, nullable=False),
        sa.Column("height", Big, nullable=False),
        sa.Column("position", Big, nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["journal_entry.id"], name="fk_seal_leaf_entry_id_journal_entry"
        ),
        sa.ForeignKeyConstraint(
            ["height"], ["seal_block.height"], name="fk_seal_leaf_height_seal_block"
        ),
        sa.PrimaryKeyConstraint("entry_id", name="pk_seal_leaf"),
        sa.UniqueConstraint("height", "position", name="uq_seal_leaf_height_position"),
    )
    for table in TABLES:
        if op.get_bind().dialect.name == "sqlite":
            _guard_on_sqlite(table)
        else:
            _guard_on_postgresql(table)


def downgrade() -> None:
    op.drop_table("seal_leaf")
    op.drop_table("seal_block")


def _guard_on_sqlite(table: str) -> None:
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _guard_on_postgresql(table: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
