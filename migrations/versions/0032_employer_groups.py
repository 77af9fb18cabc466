"""Groups of a small employer: so many of its people would learn together.

Revision: 0032, after 0031

A person joins with a pledge of their own; never more than the employer announced, which a trigger
guards on both engines.
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
HOURS = ("any", "work_hours", "outside_work_hours")
CHECKS = {
    "dates": "starts_until >= starts_from",
    "people": "people BETWEEN 2 AND 200",
    "ended": "(state = 'open') = (ended_at IS NULL)",
}
FULL = "the group is full"
COUNT = (
    "SELECT count(*) FROM pledge WHERE employer_group_id = NEW.employer_group_id"
    " AND state IN ('open', 'offered', 'converted')"
)
ANNOUNCED = "SELECT people FROM employer_group WHERE id = NEW.employer_group_id"


def upgrade() -> None:
    _create_table()
    number = "bigint" if op.get_bind().dialect.name == "postgresql" else "integer"
    # Written out: SQLite takes a reference with a new column, but not after it.
    op.execute(
        f"ALTER TABLE pledge ADD COLUMN employer_group_id {number} "
        "CONSTRAINT fk_pledge_employer_group_id_employer_group REFERENCES employer_group (id)"
    )
    op.create_index(
        op.f("ix_pledge_employer_group_id"), "pledge", ["employer_group_id", "state"], unique=False
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"""CREATE TRIGGER pledge_group_is_full BEFORE INSERT ON pledge
            WHEN NEW.employer_group_id IS NOT NULL AND ({COUNT}) >= COALESCE(({ANNOUNCED}), 0)
            BEGIN SELECT RAISE(ABORT, '{FULL}'); END"""
        )
    else:
        op.execute(
            f"""CREATE FUNCTION pledge_group_is_full() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              PERFORM 1 FROM employer_group WHERE id = NEW.employer_group_id FOR UPDATE;
              IF ({COUNT}) >= COALESCE(({ANNOUNCED}), 0) THEN
                RAISE EXCEPTION '{FULL}' USING ERRCODE = 'check_violation';
              END IF;
              RETURN NEW;
            END $$"""
        )
        op.execute(
            """CREATE TRIGGER pledge_group_is_full BEFORE INSERT ON pledge FOR EACH ROW
            WHEN (NEW.employer_group_id IS NOT NULL) EXECUTE FUNCTION pledge_group_is_full()"""
        )


def downgrade() -> None:
    """Groups are forgotten; the people stay in line, each for themselves."""
    op.execute(
        "DROP TRIGGER pledge_group_is_full"
        + ("" if op.get_bind().dialect.name == "sqlite" else " ON pledge")
    )
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION pledge_group_is_full()")
    op.drop_index(op.f("ix_pledge_employer_group_id"), "pledge")
    op.execute("ALTER TABLE pledge DROP COLUMN employer_group_id")
    op.drop_table("employer_group")


def _create_table() -> None:
    op.create_table(
        "employer_group",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("employer_name", sa.Text(), nullable=False),
        sa.Column("uscc", sa.Text(), nullable=True),
        sa.Column("occupation_id", BIG, nullable=False),
        sa.Column("jurisdiction_id", BIG, nullable=False),
        sa.Column("starts_from", sa.Date(), nullable=False),
        sa.Column("starts_until", sa.Date(), nullable=False),
        sa.Column(
            "hours",
            sa.Enum(*HOURS, name="hours", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("people", BIG, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open", "ended", name="state", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_employer_group_{name}"))
            for name, rule in CHECKS.items()
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{to}.id"], name=op.f(f"fk_employer_group_{column}_{to}")
            )
            for column, to in (
                ("occupation_id", "occupation"),
                ("jurisdiction_id", "jurisdiction"),
                ("made_by", "user"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employer_group")),
        sa.UniqueConstraint("code", name=op.f("uq_employer_group_code")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_employer_group_jurisdiction_id"), "employer_group", ["jurisdiction_id", "id"]
    )
