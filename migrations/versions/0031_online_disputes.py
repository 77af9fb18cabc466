"""Disputes about online hours: a learner says that a day is wrong, an officer says what counts.

Revision: 0031, after 0030

One open dispute for an enrollment and day. What is settled stays as it was said and decided.
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
CHECKS = {
    "claimed": "claimed_minutes BETWEEN 0 AND 360",
    "decided": "decided_minutes BETWEEN 0 AND 360",
    "decision": "(decided_minutes IS NULL) = (decided_by IS NULL)"
    " AND (decided_minutes IS NULL) = (decision IS NULL)"
    " AND (decided_minutes IS NULL OR settled_at IS NOT NULL)",
    "answer": "(answer IS NULL) = (answered_at IS NULL)",
}
STAYS_SAYS = "a settled dispute about online hours stays what it is"


def upgrade() -> None:
    _create_table()
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade() -> None:
    """Refused while an officer's decision counts: recorded rates rest on it."""
    decided = "SELECT 1 FROM online_dispute WHERE decided_minutes IS NOT NULL"
    if op.get_bind().execute(sa.text(decided)).first():
        raise RuntimeError("there are decisions about online hours")
    op.drop_table("online_dispute")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION online_dispute_stays()")


def _create_table() -> None:
    op.create_table(
        "online_dispute",
        sa.Column("id", BIG, nullable=False),
        sa.Column("enrollment_id", BIG, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("claimed_minutes", BIG, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("disputed_at", INSTANT, nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.Column("decided_minutes", BIG, nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("decided_by", BIG, nullable=True),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_online_dispute_{name}"))
            for name, rule in CHECKS.items()
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{to}.id"], name=op.f(f"fk_online_dispute_{column}_{to}")
            )
            for column, to in (("enrollment_id", "enrollment"), ("decided_by", "user"))
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_online_dispute")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_online_dispute_enrollment_id"), "online_dispute", ["enrollment_id", "id"]
    )
    op.create_index(
        "uq_online_dispute_open",
        "online_dispute",
        ["enrollment_id", "day"],
        unique=True,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )


def _guard_sqlite() -> None:
    op.execute(
        f"""CREATE TRIGGER online_dispute_no_update BEFORE UPDATE ON online_dispute
        WHEN OLD.settled_at IS NOT NULL BEGIN SELECT RAISE(ABORT, '{STAYS_SAYS}'); END"""
    )
    op.execute(
        f"""CREATE TRIGGER online_dispute_no_delete BEFORE DELETE ON online_dispute
        BEGIN SELECT RAISE(ABORT, '{STAYS_SAYS}'); END"""
    )


def _guard_postgresql() -> None:
    op.execute(
        f"""CREATE FUNCTION online_dispute_stays() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION '{STAYS_SAYS}' USING ERRCODE = 'check_violation';
        END $$"""
    )
    op.execute(
        """CREATE TRIGGER online_dispute_no_update BEFORE UPDATE ON online_dispute
        FOR EACH ROW WHEN (OLD.settled_at IS NOT NULL) EXECUTE FUNCTION online_dispute_stays()"""
    )
    for name, when, each in (("delete", "DELETE", "ROW"), ("truncate", "TRUNCATE", "STATEMENT")):
        op.execute(
            f"CREATE TRIGGER online_dispute_no_{name} BEFORE {when} ON online_dispute"
            f" FOR EACH {each} EXECUTE FUNCTION online_dispute_stays()"
        )
