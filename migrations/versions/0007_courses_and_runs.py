"""Decisions about courses, settings, late filings, changes of classes, calendar addresses.

Revision: 0007, after 0006

Courses listed before this release get the one decision that is known of them: listed, on its day.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "my_classes",
                "institution_lessons",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_calendar_feed_user_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("code", name=op.f("uq_calendar_feed_code")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_calendar_feed_user", "calendar_feed", ["user_id", "kind", "id"], unique=False
    )
    op.create_table(
        "catalog_policy",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("set_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["set_by"], ["user.id"], name=op.f("fk_catalog_policy_set_by_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_policy")),
        sa.UniqueConstraint("number", name=op.f("uq_catalog_policy_number")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "course_decision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "course_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "course_version_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "submitted",
                "listed",
                "returned",
                "delisted",
                "relisted",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "side",
            sa.Enum(
                "institution",
                "office",
                name="side",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("made_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_course_decision_course_id_course")
        ),
        sa.ForeignKeyConstraint(
            ["course_version_id"],
            ["course_version.id"],
            name=op.f("fk_course_decision_course_version_id_course_version"),
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["user.id"], name=op.f("fk_course_decision_made_by_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_decision")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_course_decision_course", "course_decision", ["course_id", "id"], unique=False
    )
    op.create_table(
        "course_run_change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "course_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column(
            "learners_told", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("made_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_run_id"],
            ["course_run.id"],
            name=op.f("fk_course_run_change_course_run_id_course_run"),
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["user.id"], name=op.f("fk_course_run_change_made_by_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_run_change")),
        sa.UniqueConstraint(
            "course_run_id", "number", name=op.f("uq_course_run_change_course_run_id_number")
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "late_filing",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "course_run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "granted",
                "refused",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "days_before", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "days_asked", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column(
            "decided_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["user.id"], name=op.f("fk_late_filing_asked_by_user")
        ),
        sa.ForeignKeyConstraint(
            ["course_run_id"],
            ["course_run.id"],
            name=op.f("fk_late_filing_course_run_id_course_run"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user.id"], name=op.f("fk_late_filing_decided_by_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_late_filing")),
        sa.UniqueConstraint("course_run_id", name=op.f("uq_late_filing_course_run_id")),
        sqlite_autoincrement=True,
    )
    if op.get_bind().dialect.name == "sqlite":
        none, day = "'[]'", "date(changed_at)"
    else:
        none, day = "CAST('[]' AS json)", "CAST(changed_at AS date)"
    known = (
        ("listed", "listed_on", "listed_on IS NOT NULL"),
        ("delisted", day, "listed_on IS NOT NULL AND state = 'delisted'"),
    )
    for kind, on, where in known:
        op.execute(
            "INSERT INTO course_decision (course_id, course_version_id, kind, side, warnings, "  # noqa: S608
            f"effective_on, made_at) SELECT id, current_version_id, '{kind}', 'office', {none}, "
            f"{on}, changed_at FROM course WHERE source = 'own' AND {where} "
            "AND current_version_id IS NOT NULL ORDER BY id"
        )


def downgrade() -> None:
    op.drop_table("late_filing")
    op.drop_table("course_run_change")
    op.drop_index("ix_course_decision_course", table_name="course_decision")
    op.drop_table("course_decision")
    op.drop_table("catalog_policy")
    op.drop_index("ix_calendar_feed_user", table_name="calendar_feed")
    op.drop_table("calendar_feed")
