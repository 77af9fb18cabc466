"""Sites, trainers, applications for accreditation with their history, dated standing.

Revision: 0008, after 0007

The history of applications and the facts of standing are append-only on both engines. Columns
are added in place: on SQLite a rebuilt table would lose the triggers that hang on it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

REFERENCES = (
    ("accreditation", "site_id", "training_site"),
    ("course_run", "site_id", "training_site"),
    ("lesson", "room_id", "training_room"),
    ("lesson", "trainer_id", "trainer"),
)
"""New columns of older tables: table, column, what it names."""
APPEND_ONLY = ("application_event", "institution_state_fact")


def upgrade() -> None:
    op.create_table(
        "calendar_day",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_working", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_day")),
        sa.UniqueConstraint("day", name=op.f("uq_calendar_day_day")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "review_limit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column(
            "working_days", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("set_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("working_days BETWEEN 1 AND 250", name=op.f("ck_review_limit_days")),
        sa.ForeignKeyConstraint(["set_by"], ["user.id"], name=op.f("fk_review_limit_set_by_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_limit")),
        sa.UniqueConstraint("valid_from", name=op.f("uq_review_limit_valid_from")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "accreditation_application",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "institution_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "returned",
                "granted",
                "rejected",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("uscc", sa.Text(), nullable=True),
        sa.Column("legal_form", sa.Text(), nullable=True),
        sa.Column("representative_sealed", sa.Text(), nullable=True),
        sa.Column("contact_sealed", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column(
            "declared_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "days_allowed", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "days_used", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("counting_from", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("begun_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "decided_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state <> 'submitted' OR due_on IS NOT NULL",
            name=op.f("ck_accreditation_application_clock"),
        ),
        sa.ForeignKeyConstraint(
            ["begun_by"], ["user.id"], name=op.f("fk_accreditation_application_begun_by_user")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user.id"], name=op.f("fk_accreditation_application_decided_by_user")
        ),
        sa.ForeignKeyConstraint(
            ["declared_by"], ["user.id"], name=op.f("fk_accreditation_application_declared_by_user")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_accreditation_application_institution_id_institution"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accreditation_application")),
        sa.UniqueConstraint("code", name=op.f("uq_accreditation_application_code")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_accreditation_application_worklist",
        "accreditation_application",
        ["state", "due_on", "id"],
        unique=False,
    )
    op.create_index(
        "uq_accreditation_application_open",
        "accreditation_application",
        ["institution_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('draft', 'submitted', 'returned')"),
        postgresql_where=sa.text("state IN ('draft', 'submitted', 'returned')"),
    )
    op.create_table(
        "institution_state_fact",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "institution_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "previous_state",
            sa.Enum(
                "applied",
                "accredited",
                "suspended",
                "barred",
                "withdrawn",
                name="previous_state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "applied",
                "accredited",
                "suspended",
                "barred",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column(
            "decided_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user.id"], name=op.f("fk_institution_state_fact_decided_by_user")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_institution_state_fact_institution_id_institution"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution_state_fact")),
        sa.UniqueConstraint("code", name=op.f("uq_institution_state_fact_code")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_institution_state_fact_day",
        "institution_state_fact",
        ["institution_id", "effective_on", "id"],
        unique=False,
    )
    op.create_table(
        "trainer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "institution_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("id_number_index", sa.Text(), nullable=True),
        sa.Column("id_number_masked", sa.Text(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "teaches",
                "left",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_trainer_institution_id_institution"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trainer")),
        sa.UniqueConstraint("code", name=op.f("uq_trainer_code")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_trainer_id_number_index"), "trainer", ["id_number_index"], unique=False
    )
    op.create_index(
        "uq_trainer_person",
        "trainer",
        ["institution_id", "id_number_index"],
        unique=True,
        sqlite_where=sa.text("state = 'teaches'"),
        postgresql_where=sa.text("state = 'teaches'"),
    )
    op.create_table(
        "training_site",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "institution_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column(
            "jurisdiction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("step_free", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "in_use",
                "closed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(latitude IS NULL) = (longitude IS NULL)", name=op.f("ck_training_site_coordinates")
        ),
        sa.CheckConstraint(
            "latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180",
            name=op.f("ck_training_site_on_earth"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_training_site_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"],
            ["jurisdiction.id"],
            name=op.f("fk_training_site_jurisdiction_id_jurisdiction"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_site")),
        sa.UniqueConstraint("code", name=op.f("uq_training_site_code")),
        sa.UniqueConstraint(
            "institution_id", "name", name=op.f("uq_training_site_institution_id_name")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_training_site_jurisdiction_id"), "training_site", ["jurisdiction_id"], unique=False
    )
    op.create_table(
        "application_document",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "application_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "license",
                "premises",
                "safety",
                "trainers",
                "plan",
                "other",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["accreditation_application.id"],
            name=op.f("fk_application_document_application_id_accreditation_application"),
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["document.id"],
            name=op.f("fk_application_document_document_id_document"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_document")),
        sa.UniqueConstraint("document_id", name=op.f("uq_application_document_document_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_application_document_application_id"),
        "application_document",
        ["application_id"],
        unique=False,
    )
    op.create_table(
        "application_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "application_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "begun",
                "submitted",
                "returned",
                "granted",
                "rejected",
                "withdrawn",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("clause", sa.Text(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["user.id"], name=op.f("fk_application_event_actor_id_user")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["accreditation_application.id"],
            name=op.f("fk_application_event_application_id_accreditation_application"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_event")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_application_event_application_id"),
        "application_event",
        ["application_id"],
        unique=False,
    )
    op.create_table(
        "application_scope",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "application_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("occupation_code", sa.Text(), nullable=False),
        sa.Column("level", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("site_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_application_scope_dates")),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["accreditation_application.id"],
            name=op.f("fk_application_scope_application_id_accreditation_application"),
        ),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["training_site.id"],
            name=op.f("fk_application_scope_site_id_training_site"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application_scope")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_application_scope_application_id"),
        "application_scope",
        ["application_id"],
        unique=False,
    )
    op.create_table(
        "trainer_qualification",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "trainer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("occupation_code", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("added_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from",
            name=op.f("ck_trainer_qualification_dates"),
        ),
        sa.ForeignKeyConstraint(
            ["added_by"], ["user.id"], name=op.f("fk_trainer_qualification_added_by_user")
        ),
        sa.ForeignKeyConstraint(
            ["trainer_id"], ["trainer.id"], name=op.f("fk_trainer_qualification_trainer_id_trainer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trainer_qualification")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_trainer_qualification_trainer_id"),
        "trainer_qualification",
        ["trainer_id"],
        unique=False,
    )
    op.create_table(
        "training_room",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("site_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("capacity", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("step_free", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "in_use",
                "closed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("capacity BETWEEN 1 AND 2000", name=op.f("ck_training_room_capacity")),
        sa.ForeignKeyConstraint(
            ["site_id"], ["training_site.id"], name=op.f("fk_training_room_site_id_training_site")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_room")),
        sa.UniqueConstraint("code", name=op.f("uq_training_room_code")),
        sa.UniqueConstraint("site_id", "name", name=op.f("uq_training_room_site_id_name")),
        sqlite_autoincrement=True,
    )

    op.add_column("accreditation", sa.Column("application_code", sa.Text(), nullable=True))
    number = "bigint" if op.get_bind().dialect.name == "postgresql" else "integer"
    for table, column, named in REFERENCES:
        # Written out: SQLite takes a reference with a new column, but not after it.
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN {column} {number} "
            f"CONSTRAINT fk_{table}_{column}_{named} REFERENCES {named} (id)"
        )
        op.create_index(f"ix_{table}_{column}", table, [column])
    _refuse_changes()


def downgrade() -> None:
    _allow_changes()
    for table, column, _named in reversed(REFERENCES):
        op.drop_index(f"ix_{table}_{column}", table_name=table)
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    op.execute("ALTER TABLE accreditation DROP COLUMN application_code")

    op.drop_table("training_room")
    op.drop_index(op.f("ix_trainer_qualification_trainer_id"), table_name="trainer_qualification")
    op.drop_table("trainer_qualification")
    op.drop_index(op.f("ix_application_scope_application_id"), table_name="application_scope")
    op.drop_table("application_scope")
    op.drop_index(op.f("ix_application_event_application_id"), table_name="application_event")
    op.drop_table("application_event")
    op.drop_index(op.f("ix_application_document_application_id"), table_name="application_document")
    op.drop_table("application_document")
    op.drop_index(op.f("ix_training_site_jurisdiction_id"), table_name="training_site")
    op.drop_table("training_site")
    op.drop_index(
        "uq_trainer_person",
        table_name="trainer",
        sqlite_where=sa.text("state = 'teaches'"),
        postgresql_where=sa.text("state = 'teaches'"),
    )
    op.drop_index(op.f("ix_trainer_id_number_index"), table_name="trainer")
    op.drop_table("trainer")
    op.drop_index("ix_institution_state_fact_day", table_name="institution_state_fact")
    op.drop_table("institution_state_fact")
    op.drop_index(
        "uq_accreditation_application_open",
        table_name="accreditation_application",
        sqlite_where=sa.text("state IN ('draft', 'submitted', 'returned')"),
        postgresql_where=sa.text("state IN ('draft', 'submitted', 'returned')"),
    )
    op.drop_index("ix_accreditation_application_worklist", table_name="accreditation_application")
    op.drop_table("accreditation_application")
    op.drop_table("review_limit")
    op.drop_table("calendar_day")


def _refuse_changes() -> None:
    for table in APPEND_ONLY:
        if op.get_bind().dialect.name == "sqlite":
            for act in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
            # INSERT OR REPLACE deletes without firing delete triggers.
            op.execute(
                f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
                f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        else:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
            )
            op.execute(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )


def _allow_changes() -> None:
    for table in APPEND_ONLY:
        if op.get_bind().dialect.name == "sqlite":
            for act in ("update", "delete", "replace"):
                op.execute(f"DROP TRIGGER {table}_no_{act}")
        else:
            for name in ("append_only", "no_truncate"):
                op.execute(f"DROP TRIGGER {table}_{name} ON {table}")
