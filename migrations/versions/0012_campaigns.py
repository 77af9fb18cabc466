"""Suggestions, campaigns with their messages, sightings of vouchers, pledges for classes.

Revision: 0012, after 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "suggestion_preference",
        sa.Column("id", BIG, nullable=False),
        sa.Column("worker_id", BIG, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "on", "off", name="state", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("occupation_id", BIG, nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["user.id"], name=op.f("fk_suggestion_preference_changed_by_user")
        ),
        sa.ForeignKeyConstraint(
            ["occupation_id"],
            ["occupation.id"],
            name=op.f("fk_suggestion_preference_occupation_id_occupation"),
        ),
        sa.ForeignKeyConstraint(
            ["worker_id"], ["worker.id"], name=op.f("fk_suggestion_preference_worker_id_worker")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion_preference")),
        sa.UniqueConstraint("worker_id", name=op.f("uq_suggestion_preference_worker_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "suggestion_showing",
        sa.Column("id", BIG, nullable=False),
        sa.Column("worker_id", BIG, nullable=False),
        sa.Column("course_id", BIG, nullable=False),
        sa.Column("institution_id", BIG, nullable=False),
        sa.Column("shown_on", sa.Date(), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_suggestion_showing_course_id_course")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_suggestion_showing_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["worker_id"], ["worker.id"], name=op.f("fk_suggestion_showing_worker_id_worker")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion_showing")),
        sa.UniqueConstraint(
            "worker_id",
            "course_id",
            "shown_on",
            name=op.f("uq_suggestion_showing_worker_id_course_id_shown_on"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_suggestion_showing_institution",
        "suggestion_showing",
        ["institution_id", "shown_on"],
        unique=False,
    )
    op.create_index(
        "ix_suggestion_showing_shown_on", "suggestion_showing", ["shown_on"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_suggestion_showing_shown_on", table_name="suggestion_showing")
    op.drop_index("ix_suggestion_showing_institution", table_name="suggestion_showing")
    op.drop_table("suggestion_showing")
    op.drop_table("suggestion_preference")
