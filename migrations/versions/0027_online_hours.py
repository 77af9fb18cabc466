"""Online hours: statements of learning platforms, and two more findings.

Revision: 0027, after 0026

A statement stays what it is, and stands for an enrollment in a class of the institution that sent
it whose course is online or blended.
"""

import sqlalchemy as sa
from alembic import op
from checks import change_enum_check

revision = "0027"
down_revision = "0026"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
KINDS = (
    "person_overlap", "trainer_overlap", "room_overlap", "long_day", "shared_device",
    "even_intervals", "same_second", "entered_late", "too_many", "travel",
    "not_seen", "head_count", "hours_short", "same_scores", "all_passed", "synced_late",
)  # fmt: skip
NEW_KINDS = ("online_pattern", "online_pace")
VERBS = (
    "attended", "experienced", "progressed", "interacted", "answered",
    "completed", "passed", "failed", "terminated",
)  # fmt: skip
THEIRS = """SELECT 1 FROM enrollment
    JOIN course_run ON course_run.id = enrollment.course_run_id
    JOIN course_version ON course_version.id = course_run.course_version_id
    WHERE enrollment.id = NEW.enrollment_id
    AND course_run.institution_id = NEW.institution_id
    AND course_version.mode IN ('online', 'blended')"""
THEIRS_SAYS = "an online statement is of an online or blended class of its institution"
STAYS_SAYS = "an online statement stays what it is"


def upgrade() -> None:
    change_enum_check("evidence_hold", "kind", before=KINDS, after=(*KINDS, *NEW_KINDS))
    _create_table()
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade() -> None:
    """Refused while holds of these kinds stand: their reason would be lost."""
    held = "SELECT 1 FROM evidence_hold WHERE kind IN ('online_pattern', 'online_pace')"
    if op.get_bind().execute(sa.text(held)).first():
        raise RuntimeError("there are holds because of online hours")
    op.drop_table("online_statement")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION online_statement_is_theirs()")
        op.execute("DROP FUNCTION online_statement_stays()")
    change_enum_check("evidence_hold", "kind", before=(*KINDS, *NEW_KINDS), after=KINDS)


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return "{} IN ({})".format(column, ", ".join(f"'{value}'" for value in values))


def _create_table() -> None:
    op.create_table(
        "online_statement",
        sa.Column("id", BIG, nullable=False),
        sa.Column("institution_id", BIG, nullable=False),
        sa.Column("statement_id", sa.Text(), nullable=False),
        sa.Column("enrollment_id", BIG, nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("activity", sa.Text(), nullable=False),
        sa.Column("seconds", BIG, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=False),
        sa.Column("received_by", BIG, nullable=True),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.CheckConstraint(_one_of("verb", VERBS), name=op.f("ck_online_statement_verb")),
        sa.CheckConstraint("seconds BETWEEN 1 AND 86400", name=op.f("ck_online_statement_seconds")),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{to}.id"], name=op.f(f"fk_online_statement_{column}_{to}")
            )
            for column, to in (
                ("institution_id", "institution"),
                ("enrollment_id", "enrollment"),
                ("received_by", "user"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_online_statement")),
        sa.UniqueConstraint(
            "institution_id",
            "statement_id",
            name=op.f("uq_online_statement_institution_id_statement_id"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_online_statement_enrollment_id"), "online_statement", ["enrollment_id"]
    )


def _guard_sqlite() -> None:
    op.execute(
        f"""CREATE TRIGGER online_statement_theirs BEFORE INSERT ON online_statement
        WHEN NOT EXISTS ({THEIRS}) BEGIN SELECT RAISE(ABORT, '{THEIRS_SAYS}'); END"""
    )
    for act in ("update", "delete"):
        op.execute(
            f"CREATE TRIGGER online_statement_no_{act} BEFORE {act.upper()} ON online_statement"
            f" BEGIN SELECT RAISE(ABORT, '{STAYS_SAYS}'); END"
        )


def _guard_postgresql() -> None:
    op.execute(
        f"""CREATE FUNCTION online_statement_is_theirs() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NOT EXISTS ({THEIRS}) THEN
            RAISE EXCEPTION '{THEIRS_SAYS}' USING ERRCODE = 'check_violation';
          END IF;
          RETURN NEW;
        END $$"""
    )
    op.execute(
        f"""CREATE FUNCTION online_statement_stays() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION '{STAYS_SAYS}' USING ERRCODE = 'check_violation';
        END $$"""
    )
    op.execute(
        """CREATE TRIGGER online_statement_theirs BEFORE INSERT ON online_statement
        FOR EACH ROW EXECUTE FUNCTION online_statement_is_theirs()"""
    )
    for name, when, each in (
        ("no_update", "UPDATE OR DELETE", "ROW"),
        ("no_truncate", "TRUNCATE", "STATEMENT"),
    ):
        op.execute(
            f"CREATE TRIGGER online_statement_{name} BEFORE {when} ON online_statement"
            f" FOR EACH {each} EXECUTE FUNCTION online_statement_stays()"
        )
