"""Files of institutions, their ratings and appeals; outcomes of training.

Revision: 0006, after 0005

Facts of a file, ratings and versions of the policy are append-only: the database refuses to change
or delete them, on both engines.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("rating", "rating_policy", "standing_record")
TABLES = (
    "rating_appeal",
    "institution_rating",
    "standing_record",
    "rating",
    "rating_policy",
    "training_outcome",
)


def upgrade() -> None:
    create_tables()
    for table in APPEND_ONLY:
        if op.get_bind().dialect.name == "sqlite":
            for act in ("update", "delete"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
            continue
        # The function stands since revision 0002.
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)


def create_tables() -> None:
    op.create_table(
        "rating_policy",
        sa.Column("id", BIG, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("loaded_by", BIG, nullable=True),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["loaded_by"], ["user.id"], name=op.f("fk_rating_policy_loaded_by_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating_policy")),
        sa.UniqueConstraint("version", name=op.f("uq_rating_policy_version")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_rating_policy_valid_from"), "rating_policy", ["valid_from"], unique=False
    )
    op.create_table(
        "rating",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("institution_id", BIG, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("formula", sa.Text(), nullable=False),
        sa.Column("policy_version", BIG, nullable=False),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("inputs_sha256", sa.Text(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column(
            "grade",
            sa.Enum(
                "A",
                "B",
                "C",
                "D",
                name="grade",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("points", BIG, nullable=False),
        sa.Column("stars_hundredths", BIG, nullable=True),
        sa.Column("low_hundredths", BIG, nullable=True),
        sa.Column("high_hundredths", BIG, nullable=True),
        sa.Column("n", BIG, nullable=False),
        sa.Column(
            "cause",
            sa.Enum(
                "regular",
                "record",
                name="cause",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(stars_hundredths IS NULL) = (low_hundredths IS NULL) AND (stars_hundredths IS NULL) = (high_hundredths IS NULL)",
            name=op.f("ck_rating_interval_with_stars"),
        ),
        sa.CheckConstraint(
            "low_hundredths <= stars_hundredths AND stars_hundredths <= high_hundredths",
            name=op.f("ck_rating_interval"),
        ),
        sa.CheckConstraint("n >= 0", name=op.f("ck_rating_n")),
        sa.CheckConstraint("stars_hundredths BETWEEN 100 AND 500", name=op.f("ck_rating_stars")),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_rating_institution_id_institution"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating")),
        sa.UniqueConstraint("code", name=op.f("uq_rating_code")),
        sa.UniqueConstraint(
            "institution_id", "as_of", "number", name=op.f("uq_rating_institution_id_as_of_number")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_rating_institution", "rating", ["institution_id", "as_of", "id"], unique=False
    )
    op.create_table(
        "standing_record",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("institution_id", BIG, nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "commendation",
                "inspection_passed",
                "late_filing",
                "complaint_upheld",
                "dispute_upheld",
                "inspection_fault",
                "sanction",
                "false_records",
                "correction",
                "withdrawal",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("points", BIG, nullable=False),
        sa.Column("policy_version", BIG, nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=True),
        sa.Column("subject_code", sa.Text(), nullable=True),
        sa.Column(
            "component",
            sa.Enum(
                "completion",
                "assessment",
                "employment",
                "disputes",
                name="component",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("successes", BIG, nullable=True),
        sa.Column("trials", BIG, nullable=True),
        sa.Column("withdraws_id", BIG, nullable=True),
        sa.Column("recorded_by", BIG, nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(component IS NOT NULL) = (kind = 'correction')",
            name=op.f("ck_standing_record_correction_names_a_component"),
        ),
        sa.CheckConstraint(
            "(withdraws_id IS NULL) = (kind <> 'withdrawal')",
            name=op.f("ck_standing_record_withdrawal_names_a_fact"),
        ),
        sa.CheckConstraint("points BETWEEN -100 AND 100", name=op.f("ck_standing_record_points")),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= happened_on",
            name=op.f("ck_standing_record_dates"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_standing_record_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["user.id"], name=op.f("fk_standing_record_recorded_by_user")
        ),
        sa.ForeignKeyConstraint(
            ["withdraws_id"],
            ["standing_record.id"],
            name=op.f("fk_standing_record_withdraws_id_standing_record"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing_record")),
        sa.UniqueConstraint("code", name=op.f("uq_standing_record_code")),
        sa.UniqueConstraint("withdraws_id", name=op.f("uq_standing_record_withdraws_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_standing_record_institution", "standing_record", ["institution_id", "id"], unique=False
    )
    op.create_table(
        "institution_rating",
        sa.Column("institution_id", BIG, nullable=False),
        sa.Column("rating_id", BIG, nullable=False),
        sa.Column(
            "grade",
            sa.Enum(
                "A",
                "B",
                "C",
                "D",
                name="grade",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("stars_hundredths", BIG, nullable=True),
        sa.Column("low_hundredths", BIG, nullable=True),
        sa.Column("high_hundredths", BIG, nullable=True),
        sa.Column("n", BIG, nullable=False),
        sa.Column("is_barred", sa.Boolean(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_institution_rating_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["rating_id"], ["rating.id"], name=op.f("fk_institution_rating_rating_id_rating")
        ),
        sa.PrimaryKeyConstraint("institution_id", name=op.f("pk_institution_rating")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_institution_rating_grade",
        "institution_rating",
        ["grade", "institution_id"],
        unique=False,
    )
    op.create_index(
        "ix_institution_rating_stars",
        "institution_rating",
        ["stars_hundredths", "institution_id"],
        unique=False,
    )
    op.create_table(
        "rating_appeal",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("institution_id", BIG, nullable=False),
        sa.Column("record_id", BIG, nullable=True),
        sa.Column("rating_id", BIG, nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "filed",
                "upheld",
                "rejected",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("filed_by", BIG, nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("decided_by", BIG, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("correcting_record_id", BIG, nullable=True),
        sa.CheckConstraint(
            "(state = 'filed') = (decided_at IS NULL)", name=op.f("ck_rating_appeal_decided")
        ),
        sa.CheckConstraint(
            "(record_id IS NULL) <> (rating_id IS NULL)", name=op.f("ck_rating_appeal_one_subject")
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> filed_by", name=op.f("ck_rating_appeal_two_people")
        ),
        sa.ForeignKeyConstraint(
            ["correcting_record_id"],
            ["standing_record.id"],
            name=op.f("fk_rating_appeal_correcting_record_id_standing_record"),
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user.id"], name=op.f("fk_rating_appeal_decided_by_user")
        ),
        sa.ForeignKeyConstraint(
            ["filed_by"], ["user.id"], name=op.f("fk_rating_appeal_filed_by_user")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_rating_appeal_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["rating_id"], ["rating.id"], name=op.f("fk_rating_appeal_rating_id_rating")
        ),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["standing_record.id"],
            name=op.f("fk_rating_appeal_record_id_standing_record"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating_appeal")),
        sa.UniqueConstraint("code", name=op.f("uq_rating_appeal_code")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_rating_appeal_institution", "rating_appeal", ["institution_id", "id"], unique=False
    )
    op.create_index(
        "ix_rating_appeal_state", "rating_appeal", ["state", "filed_at", "id"], unique=False
    )
    op.create_index(
        "uq_rating_appeal_open_rating",
        "rating_appeal",
        ["rating_id"],
        unique=True,
        sqlite_where=sa.text("state = 'filed'"),
        postgresql_where=sa.text("state = 'filed'"),
    )
    op.create_index(
        "uq_rating_appeal_open_record",
        "rating_appeal",
        ["record_id"],
        unique=True,
        sqlite_where=sa.text("state = 'filed'"),
        postgresql_where=sa.text("state = 'filed'"),
    )
    op.create_table(
        "training_outcome",
        sa.Column("id", BIG, nullable=False),
        sa.Column("institution_id", BIG, nullable=False),
        sa.Column("course_id", BIG, nullable=True),
        sa.Column("field_code", sa.Text(), nullable=True),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("period_ends_on", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("started", BIG, nullable=True),
        sa.Column("completed", BIG, nullable=True),
        sa.Column("employed_q2", BIG, nullable=True),
        sa.Column("employed_q2_of", BIG, nullable=True),
        sa.Column("employed_q4", BIG, nullable=True),
        sa.Column("employed_q4_of", BIG, nullable=True),
        sa.Column("employed_q8", BIG, nullable=True),
        sa.Column("employed_q8_of", BIG, nullable=True),
        sa.Column("wage_q2_fen", BIG, nullable=True),
        sa.Column("wage_q2_of", BIG, nullable=True),
        sa.Column("wage_q4_fen", BIG, nullable=True),
        sa.Column("wage_q4_of", BIG, nullable=True),
        sa.Column("wage_q8_fen", BIG, nullable=True),
        sa.Column("wage_q8_of", BIG, nullable=True),
        sa.Column(
            "wage_kind",
            sa.Enum(
                "median",
                "average",
                name="wage_kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("wage_months", BIG, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "completed IS NULL OR completed >= 0", name=op.f("ck_training_outcome_completed")
        ),
        sa.CheckConstraint(
            "employed_q2 BETWEEN 0 AND employed_q2_of", name=op.f("ck_training_outcome_employed_q2")
        ),
        sa.CheckConstraint(
            "employed_q4 BETWEEN 0 AND employed_q4_of", name=op.f("ck_training_outcome_employed_q4")
        ),
        sa.CheckConstraint(
            "employed_q8 BETWEEN 0 AND employed_q8_of", name=op.f("ck_training_outcome_employed_q8")
        ),
        sa.CheckConstraint(
            "started IS NULL OR started >= completed", name=op.f("ck_training_outcome_started")
        ),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_training_outcome_course_id_course")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_training_outcome_institution_id_institution"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_outcome")),
        sa.UniqueConstraint(
            "source", "source_key", name=op.f("uq_training_outcome_source_source_key")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_training_outcome_course", "training_outcome", ["course_id"], unique=False)
    op.create_index(
        "ix_training_outcome_institution",
        "training_outcome",
        ["institution_id", "course_id", "field_code"],
        unique=False,
    )
