"""Directories: listing periods kept by triggers, registers, editions of the in-demand list.

Revision: 0009, after 0008

Listing periods (`institution_listing`, `accreditation_listing`, `course_listing`) are written by
triggers on `institution`, `accreditation` and `course`, so that no writer, and no bulk import,
can list or delist something unseen. The instant is the one the writer states (`changed_at`,
`decided_at`), never before the period it closes; `recorded_at` is the database's own clock.
A period is only ever closed; versions of the registers and published entries never change.

What stood before this migration is put together from the audit trail, the versions and the
present rows, and is marked `reconstructed`.
"""

import os
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

NOW = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%f000', 'now')",
    "postgresql": "clock_timestamp()",
}
LATER = {"sqlite": "max", "postgresql": "greatest"}
NEVER_CHANGED = ("assessor_version", "assessor_scope", "qualification_version")

LISTINGS = {
    "institution": {
        "said": ("state", "name", "uscc", "kind", "city", "jurisdiction_id"),
        "watched": ("quarantine_reason",),
        "shown": "NEW.quarantine_reason IS NULL AND NEW.state <> 'applied'",
        "opens": "NEW.state = 'accredited'",
        "inserted": "NEW.changed_at",
        "updated": "NEW.changed_at",
    },
    "accreditation": {
        "said": ("institution_id", "occupation_code", "level", "valid_from", "valid_until"),
        "watched": ("state",),
        "shown": "NEW.state = 'granted'",
        "opens": "NEW.state = 'granted'",
        "inserted": "NEW.decided_at",
        "updated": "{later}(NEW.decided_at, "
        "(SELECT changed_at FROM institution WHERE id = NEW.institution_id))",
    },
    "course": {
        "said": ("state", "institution_id", "current_version_id", "occupation_id", "level"),
        "watched": ("quarantine_reason",),
        "shown": "NEW.quarantine_reason IS NULL AND NEW.current_version_id IS NOT NULL "
        "AND NEW.state IN ('listed', 'delisted')",
        "opens": "NEW.state = 'listed'",
        "inserted": "NEW.changed_at",
        "updated": "NEW.changed_at",
    },
}
"""What of a row is said in its listing, what else changes it, when it is shown at all, what opens
the first period, and which instant a change carries."""


def upgrade() -> None:
    _create_tables()
    _create_register_tables()
    _create_listing_tables()
    _extend_shortage_entries()
    _reconstruct(op.get_bind())
    if op.get_bind().dialect.name == "sqlite":
        for name, body in _sqlite_triggers().items():
            op.execute(f"CREATE TRIGGER {name} {body}")
        return
    for name, body in _pg_functions().items():
        op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
    for name, (when, table, function) in _pg_triggers().items():
        op.execute(
            f"CREATE TRIGGER {name} {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in _sqlite_triggers():
            op.execute(f"DROP TRIGGER IF EXISTS {name}")
    else:
        for name, (_when, table, _function) in _pg_triggers().items():
            op.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
        for name in _pg_functions():
            op.execute(f"DROP FUNCTION IF EXISTS {name}()")
    for table in LISTINGS:
        op.drop_table(f"{table}_listing")
    op.drop_table("assessor_scope")
    op.drop_table("assessor_version")
    op.drop_table("assessor")
    op.drop_table("qualification_version")
    op.drop_table("qualification")
    op.execute("DELETE FROM shortage_list_entry WHERE edition_id IS NOT NULL")
    op.drop_index("ix_shortage_list_entry_edition_id", table_name="shortage_list_entry")
    with op.batch_alter_table("shortage_list_entry") as batch:
        batch.drop_constraint(op.f("ck_shortage_list_entry_uplift"), type_="check")
        batch.drop_constraint(op.f("ck_shortage_list_entry_kind"), type_="check")
        batch.drop_constraint(
            op.f("fk_shortage_list_entry_edition_id_shortage_edition"), type_="foreignkey"
        )
        for column in ("edition_id", "kind", "uplift_percent", "clause"):
            batch.drop_column(column)
    op.drop_table("shortage_edition")


def _create_tables() -> None:
    op.create_table(
        "shortage_edition",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "tier",
            sa.Enum(
                "province",
                "city",
                "local",
                name="tier",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "jurisdiction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "proposed",
                "published",
                "discarded",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("in_force_from", sa.Date(), nullable=True),
        sa.Column("superseded_on", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=True),
        sa.Column("clause", sa.Text(), nullable=True),
        sa.Column("content_sha256", sa.Text(), nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column(
            "created_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "proposed_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "published_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state <> 'published' OR in_force_from IS NOT NULL",
            name=op.f("ck_shortage_edition_dated"),
        ),
        sa.CheckConstraint(
            "published_by IS NULL OR published_by <> proposed_by",
            name=op.f("ck_shortage_edition_two_people"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user.id"], name=op.f("fk_shortage_edition_created_by_user")
        ),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"],
            ["jurisdiction.id"],
            name=op.f("fk_shortage_edition_jurisdiction_id_jurisdiction"),
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["user.id"], name=op.f("fk_shortage_edition_proposed_by_user")
        ),
        sa.ForeignKeyConstraint(
            ["published_by"], ["user.id"], name=op.f("fk_shortage_edition_published_by_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shortage_edition")),
        sa.UniqueConstraint("code", name=op.f("uq_shortage_edition_code")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_shortage_edition_list",
        "shortage_edition",
        ["tier", "jurisdiction_id", "in_force_from"],
        unique=False,
    )


def _create_register_tables() -> None:
    op.create_table(
        "assessor",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column(
            "jurisdiction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"],
            ["jurisdiction.id"],
            name=op.f("fk_assessor_jurisdiction_id_jurisdiction"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessor")),
        sa.UniqueConstraint("code", name=op.f("uq_assessor_code")),
        sa.UniqueConstraint("source", "source_key", name=op.f("uq_assessor_source_source_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_assessor_jurisdiction_id"), "assessor", ["jurisdiction_id"], unique=False
    )
    op.create_table(
        "qualification",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column(
            "jurisdiction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"],
            ["jurisdiction.id"],
            name=op.f("fk_qualification_jurisdiction_id_jurisdiction"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qualification")),
        sa.UniqueConstraint("code", name=op.f("uq_qualification_code")),
        sa.UniqueConstraint(
            "source", "source_key", name=op.f("uq_qualification_source_source_key")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_qualification_jurisdiction_id"), "qualification", ["jurisdiction_id"], unique=False
    )
    op.create_table(
        "assessor_version",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "assessor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "listed",
                "retired",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "jurisdiction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("uscc", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("clause", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column(
            "created_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from",
            name=op.f("ck_assessor_version_dates"),
        ),
        sa.ForeignKeyConstraint(
            ["assessor_id"], ["assessor.id"], name=op.f("fk_assessor_version_assessor_id_assessor")
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user.id"], name=op.f("fk_assessor_version_created_by_user")
        ),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"],
            ["jurisdiction.id"],
            name=op.f("fk_assessor_version_jurisdiction_id_jurisdiction"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessor_version")),
        sa.UniqueConstraint(
            "assessor_id", "number", name=op.f("uq_assessor_version_assessor_id_number")
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "qualification_version",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "qualification_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "listed",
                "retired",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "jurisdiction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "vocational_qualification",
                "skill_level",
                "special_ability",
                "training_certificate",
                "special_operation",
                "industry_credential",
                "licence",
                "degree",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "occupation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("level", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("issuer", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("clause", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column(
            "created_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "level IS NULL OR level BETWEEN 1 AND 5", name=op.f("ck_qualification_version_level")
        ),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from",
            name=op.f("ck_qualification_version_dates"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user.id"], name=op.f("fk_qualification_version_created_by_user")
        ),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"],
            ["jurisdiction.id"],
            name=op.f("fk_qualification_version_jurisdiction_id_jurisdiction"),
        ),
        sa.ForeignKeyConstraint(
            ["occupation_id"],
            ["occupation.id"],
            name=op.f("fk_qualification_version_occupation_id_occupation"),
        ),
        sa.ForeignKeyConstraint(
            ["qualification_id"],
            ["qualification.id"],
            name=op.f("fk_qualification_version_qualification_id_qualification"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qualification_version")),
        sa.UniqueConstraint(
            "qualification_id",
            "number",
            name=op.f("uq_qualification_version_qualification_id_number"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_qualification_version_occupation_id"),
        "qualification_version",
        ["occupation_id"],
        unique=False,
    )
    op.create_table(
        "assessor_scope",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "occupation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("level", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "level IS NULL OR level BETWEEN 1 AND 5", name=op.f("ck_assessor_scope_level")
        ),
        sa.ForeignKeyConstraint(
            ["occupation_id"],
            ["occupation.id"],
            name=op.f("fk_assessor_scope_occupation_id_occupation"),
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["assessor_version.id"],
            name=op.f("fk_assessor_scope_version_id_assessor_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessor_scope")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_assessor_scope_occupation_id", "assessor_scope", ["occupation_id"], unique=False
    )
    op.create_index("ix_assessor_scope_version_id", "assessor_scope", ["version_id"], unique=False)


def _create_listing_tables() -> None:
    op.create_table(
        "institution_listing",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "institution_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
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
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("uscc", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column(
            "jurisdiction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "basis",
            sa.Enum(
                "recorded",
                "reconstructed",
                name="basis",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="recorded",
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_institution_listing_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"],
            ["jurisdiction.id"],
            name=op.f("fk_institution_listing_jurisdiction_id_jurisdiction"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution_listing")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_institution_listing_institution_id",
        "institution_listing",
        ["institution_id", "from_at"],
        unique=False,
    )
    op.create_index(
        "uq_institution_listing_open",
        "institution_listing",
        ["institution_id"],
        unique=True,
        sqlite_where=sa.text("until_at IS NULL"),
        postgresql_where=sa.text("until_at IS NULL"),
    )
    op.create_table(
        "accreditation_listing",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "accreditation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "institution_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("occupation_code", sa.Text(), nullable=True),
        sa.Column("level", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "basis",
            sa.Enum(
                "recorded",
                "reconstructed",
                name="basis",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="recorded",
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["accreditation_id"],
            ["accreditation.id"],
            name=op.f("fk_accreditation_listing_accreditation_id_accreditation"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_accreditation_listing_institution_id_institution"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accreditation_listing")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_accreditation_listing_accreditation_id",
        "accreditation_listing",
        ["accreditation_id", "from_at"],
        unique=False,
    )
    op.create_index(
        "ix_accreditation_listing_institution_id",
        "accreditation_listing",
        ["institution_id", "from_at"],
        unique=False,
    )
    op.create_index(
        "uq_accreditation_listing_open",
        "accreditation_listing",
        ["accreditation_id"],
        unique=True,
        sqlite_where=sa.text("until_at IS NULL"),
        postgresql_where=sa.text("until_at IS NULL"),
    )
    op.create_table(
        "course_listing",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "course_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "submitted",
                "returned",
                "listed",
                "delisted",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "institution_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "occupation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("level", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "basis",
            sa.Enum(
                "recorded",
                "reconstructed",
                name="basis",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="recorded",
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_course_listing_course_id_course")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_course_listing_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["occupation_id"],
            ["occupation.id"],
            name=op.f("fk_course_listing_occupation_id_occupation"),
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["course_version.id"],
            name=op.f("fk_course_listing_version_id_course_version"),
            # An import writes a course before the version it names, in one unit of work.
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_listing")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_course_listing_course_id", "course_listing", ["course_id", "from_at"], unique=False
    )
    op.create_index(
        "uq_course_listing_open",
        "course_listing",
        ["course_id"],
        unique=True,
        sqlite_where=sa.text("until_at IS NULL"),
        postgresql_where=sa.text("until_at IS NULL"),
    )


def _extend_shortage_entries() -> None:
    # Nothing hangs on this table yet, so that SQLite may rebuild it with its constraints.
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    with op.batch_alter_table(
        "shortage_list_entry", table_kwargs={"sqlite_autoincrement": True}
    ) as batch:
        batch.add_column(sa.Column("edition_id", number, nullable=True))
        batch.add_column(sa.Column("kind", sa.String(32), server_default="add", nullable=False))
        batch.add_column(sa.Column("uplift_percent", number, nullable=True))
        batch.add_column(sa.Column("clause", sa.Text(), nullable=True))
        batch.create_check_constraint(
            op.f("ck_shortage_list_entry_kind"), "kind IN ('add', 'except')"
        )
        batch.create_check_constraint(
            op.f("ck_shortage_list_entry_uplift"),
            "uplift_percent IS NULL OR uplift_percent BETWEEN 1 AND 100",
        )
        batch.create_foreign_key(
            op.f("fk_shortage_list_entry_edition_id_shortage_edition"),
            "shortage_edition",
            ["edition_id"],
            ["id"],
        )
    op.create_index(
        "ix_shortage_list_entry_edition_id", "shortage_list_entry", ["edition_id", "occupation_id"]
    )


# --- triggers -----------------------------------------------------------------------------------


def _columns(table: str) -> tuple[list[str], list[str]]:
    """Names in the listing, and the values they are given."""
    said = LISTINGS[table]["said"]
    names = ["version_id" if name == "current_version_id" else name for name in said]
    return names, [f"NEW.{name}" for name in said]


def _at(table: str, act: str, engine: str) -> str:
    return LISTINGS[table][act].format(later=LATER[engine])


def _opening(table: str, at: str, engine: str) -> str:
    """The statement that opens a period when the row is to be shown."""
    names, values = _columns(table)
    spec, key = LISTINGS[table], f"{table}_id"
    return f"""INSERT INTO {table}_listing
          ({key}, {", ".join(names)}, from_at, until_at, recorded_at, basis)
        SELECT NEW.id, {", ".join(values)},
          {LATER[engine]}({at}, coalesce((SELECT max(until_at) FROM {table}_listing
                                          WHERE {key} = NEW.id), {at})),
          NULL, {NOW[engine]}, 'recorded'
        WHERE {spec["shown"]} AND ({spec["opens"]}
          OR EXISTS (SELECT 1 FROM {table}_listing WHERE {key} = NEW.id))"""


def _closing(table: str, at: str, engine: str) -> str:
    return f"""UPDATE {table}_listing SET until_at = {LATER[engine]}(from_at, {at})
        WHERE {table}_id = NEW.id AND until_at IS NULL"""


def _changed(table: str, differs: str) -> str:
    watched = (*LISTINGS[table]["said"], *LISTINGS[table]["watched"])
    return " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in watched)


def _watched(table: str) -> str:
    return ", ".join((*LISTINGS[table]["said"], *LISTINGS[table]["watched"]))


def _kept(table: str) -> str:
    """Every column of a listing but its end."""
    return ", ".join(["id", f"{table}_id", *_columns(table)[0], "from_at", "recorded_at", "basis"])


def _sqlite_triggers() -> dict[str, str]:
    """Name -> everything after the name."""
    found = {}
    for table in LISTINGS:
        opened, moved = (_at(table, act, "sqlite") for act in ("inserted", "updated"))
        listing = f"{table}_listing"
        found[f"{listing}_opens"] = (
            f"AFTER INSERT ON {table} BEGIN {_opening(table, opened, 'sqlite')}; END"
        )
        found[f"{listing}_follows"] = (
            f"AFTER UPDATE OF {_watched(table)} ON {table} WHEN {_changed(table, 'IS NOT')}"
            f" BEGIN {_closing(table, moved, 'sqlite')}; {_opening(table, moved, 'sqlite')}; END"
        )
        found[f"{listing}_keeps"] = (
            f"BEFORE UPDATE OF {_kept(table)} ON {listing}"
            f" BEGIN SELECT RAISE(ABORT, '{listing} is append-only'); END"
        )
        found[f"{listing}_closes_once"] = (
            f"BEFORE UPDATE OF until_at ON {listing} WHEN OLD.until_at IS NOT NULL"
            f" BEGIN SELECT RAISE(ABORT, '{listing} is append-only'); END"
        )
        found[f"{listing}_no_delete"] = (
            f"BEFORE DELETE ON {listing} BEGIN SELECT RAISE(ABORT, '{listing} is append-only'); END"
        )
    for table in NEVER_CHANGED:
        for act in ("update", "delete"):
            found[f"{table}_no_{act}"] = (
                f"BEFORE {act.upper()} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    for act, row in (("insert", "NEW"), ("update", "OLD"), ("delete", "OLD")):
        found[f"shortage_list_entry_published_no_{act}"] = (
            f"BEFORE {act.upper()} ON shortage_list_entry WHEN EXISTS (SELECT 1 FROM"
            f" shortage_edition WHERE id = {row}.edition_id AND state = 'published')"
            f" BEGIN SELECT RAISE(ABORT, 'a published edition is never changed'); END"
        )
    found["shortage_edition_stays"] = (
        "BEFORE UPDATE OF state, tier, jurisdiction_id, in_force_from ON shortage_edition"
        " WHEN OLD.state = 'published'"
        " BEGIN SELECT RAISE(ABORT, 'a published edition is never changed'); END"
    )
    found["shortage_edition_no_delete"] = (
        "BEFORE DELETE ON shortage_edition WHEN OLD.state = 'published'"
        " BEGIN SELECT RAISE(ABORT, 'a published edition is never changed'); END"
    )
    return found


_NO = "USING ERRCODE = 'integrity_constraint_violation'"


def _pg_functions() -> dict[str, str]:
    found = {}
    for table in LISTINGS:
        opened, moved = (_at(table, act, "postgresql") for act in ("inserted", "updated"))
        found[f"follow_{table}_listing"] = f"""
            BEGIN
              IF TG_OP = 'INSERT' THEN
                {_opening(table, opened, "postgresql")};
              ELSIF {_changed(table, "IS DISTINCT FROM")} THEN
                {_closing(table, moved, "postgresql")};
                {_opening(table, moved, "postgresql")};
              END IF;
              RETURN NULL;
            END"""
        kept = [name.strip() for name in _kept(table).split(",")]
        found[f"keep_{table}_listing"] = f"""
            BEGIN
              IF TG_OP = 'DELETE' OR OLD.until_at IS NOT NULL
                 OR ({", ".join(f"NEW.{name}" for name in kept)})
                    IS DISTINCT FROM ({", ".join(f"OLD.{name}" for name in kept)}) THEN
                RAISE EXCEPTION '{table}_listing is append-only' {_NO};
              END IF;
              RETURN NEW;
            END"""
    found["keep_published_entries"] = f"""
        BEGIN
          IF EXISTS (SELECT 1 FROM shortage_edition WHERE state = 'published' AND id =
                     CASE TG_OP WHEN 'INSERT' THEN NEW.edition_id ELSE OLD.edition_id END) THEN
            RAISE EXCEPTION 'a published edition is never changed' {_NO};
          END IF;
          RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
        END"""
    found["keep_published_edition"] = f"""
        BEGIN
          IF OLD.state = 'published' AND (TG_OP = 'DELETE'
             OR (NEW.state, NEW.tier, NEW.jurisdiction_id, NEW.in_force_from)
                IS DISTINCT FROM (OLD.state, OLD.tier, OLD.jurisdiction_id, OLD.in_force_from))
          THEN
            RAISE EXCEPTION 'a published edition is never changed' {_NO};
          END IF;
          RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
        END"""
    return found


def _pg_triggers() -> dict[str, tuple[str, str, str]]:
    """Name -> (when, table, function)."""
    found = {}
    for table in LISTINGS:
        found[f"{table}_listing_follows"] = (
            f"AFTER INSERT OR UPDATE OF {_watched(table)}",
            table,
            f"follow_{table}_listing",
        )
        found[f"{table}_listing_keeps"] = (
            "BEFORE UPDATE OR DELETE",
            f"{table}_listing",
            f"keep_{table}_listing",
        )
    for table in NEVER_CHANGED:
        found[f"{table}_append_only"] = ("BEFORE UPDATE OR DELETE", table, "refuse_change")
    found["shortage_list_entry_published"] = (
        "BEFORE INSERT OR UPDATE OR DELETE",
        "shortage_list_entry",
        "keep_published_entries",
    )
    found["shortage_edition_stays"] = (
        "BEFORE UPDATE OR DELETE",
        "shortage_edition",
        "keep_published_edition",
    )
    return found


# --- what stood before --------------------------------------------------------------------------

PIECE = 1_000
INSTITUTION_EVENTS = {
    "accreditation.granted": "accredited",
    "institution.reinstated": "accredited",
    "institution.suspended": "suspended",
    "institution.barred": "barred",
    "institution.withdrawn": "withdrawn",
}
COURSE_EVENTS = {"course.listed": "listed", "course.delisted": "delisted"}


def _reconstruct(bind: sa.Connection) -> None:
    """Listing periods of what is there already, from what is still known."""
    known = sa.MetaData()
    known.reflect(
        bind,
        only=[
            "institution", "accreditation", "course", "course_version", "audit_event",
            "institution_listing", "accreditation_listing", "course_listing",
        ],
    )  # fmt: skip
    tables = known.tables
    if not bind.execute(sa.select(tables["institution"].c.id).limit(1)).first():
        return
    now = bind.scalar(sa.select(sa.func.now()))
    _reconstruct_institutions(bind, tables, now)
    _reconstruct_accreditations(bind, tables, now)
    _reconstruct_courses(bind, tables, now)


def _events(bind, tables, kind, events):
    """Subject code -> (instant, state, details), oldest first."""
    audit = tables["audit_event"]
    rows = bind.execute(
        sa.select(audit.c.subject_code, audit.c.at, audit.c.event, audit.c.details)
        .where(audit.c.subject_kind == kind, audit.c.event.in_(events))
        .order_by(audit.c.id)
    )
    found: dict[str, list] = {}
    for row in rows:
        found.setdefault(row.subject_code, []).append(
            (row.at, events[row.event], row.details or {})
        )
    return found


def _write(bind, listing, rows, now) -> None:
    for start in range(0, len(rows), PIECE):
        bind.execute(
            listing.insert(),
            [
                {**row, "recorded_at": now, "basis": "reconstructed"}
                for row in rows[start : start + PIECE]
            ],
        )


def _periods(steps):
    """(instant, what) in order -> (from, until, what), the last one open; empty ones left out."""
    steps = sorted(steps, key=lambda step: step[0])
    for index, (begun, what) in enumerate(steps):
        ended = steps[index + 1][0] if index + 1 < len(steps) else None
        if ended is None or ended > begun:
            yield begun, ended, what


def _reconstruct_institutions(bind, tables, now) -> None:
    """State by the audit trail; what no event explains is taken to have stood since the start."""
    table = tables["institution"]
    events = _events(bind, tables, "institution", INSTITUTION_EVENTS)
    shown = sa.select(table).where(table.c.state != "applied", table.c.quarantine_reason.is_(None))
    rows = []
    for institution in bind.execute(shown.order_by(table.c.id)):
        steps = [(at, state) for at, state, _details in events.get(institution.code, [])]
        if not steps or steps[0][1] != "accredited":
            steps.insert(0, (institution.created_at, "accredited"))
        if steps[-1][1] != institution.state:
            steps.append((max(institution.changed_at, steps[-1][0]), institution.state))
        same = {
            name: getattr(institution, name)
            for name in LISTINGS["institution"]["said"]
            if name != "state"
        }
        rows += [
            {"institution_id": institution.id, **same, "state": state, "from_at": begun,
             "until_at": ended}
            for begun, ended, state in _periods(steps)
        ]  # fmt: skip
    _write(bind, tables["institution_listing"], rows, now)


def _reconstruct_accreditations(bind, tables, now) -> None:
    """Granted since the decision; revoked when the audit trail says so, else not claimed."""
    table = tables["accreditation"]
    revoked = {
        details.get("accreditation"): at
        for events in _events(
            bind, tables, "institution", {"accreditation.revoked": "revoked"}
        ).values()
        for at, _state, details in events
    }
    rows = []
    for row in bind.execute(sa.select(table).order_by(table.c.id)):
        ended = None if row.state == "granted" else revoked.get(row.code)
        if row.state == "granted" or ended is not None:
            said = {name: getattr(row, name) for name in LISTINGS["accreditation"]["said"]}
            rows.append(
                {"accreditation_id": row.id, **said, "from_at": row.decided_at, "until_at": ended}
            )
    _write(bind, tables["accreditation_listing"], rows, now)


def _reconstruct_courses(bind, tables, now) -> None:
    """By the audit trail; an imported course since the day it was listed, version by version."""
    table, version = tables["course"], tables["course_version"]
    events = _events(bind, tables, "course", COURSE_EVENTS)
    shown = sa.select(table).where(
        table.c.quarantine_reason.is_(None),
        table.c.current_version_id.is_not(None),
        table.c.state.in_(("listed", "delisted")),
    )
    last_id = 0
    while True:
        piece = bind.execute(
            shown.where(table.c.id > last_id).order_by(table.c.id).limit(PIECE)
        ).all()
        if not piece:
            return
        last_id = piece[-1].id
        versions: dict[int, list] = {}
        for row in bind.execute(
            sa.select(version.c.id, version.c.course_id, version.c.number, version.c.created_at)
            .where(version.c.course_id.in_([course.id for course in piece]))
            .order_by(version.c.course_id, version.c.number)
        ):
            versions.setdefault(row.course_id, []).append(row)
        rows = [
            {"course_id": course.id, "state": state, "institution_id": course.institution_id,
             "version_id": version_id, "occupation_id": course.occupation_id,
             "level": course.level, "from_at": begun, "until_at": ended}
            for course in piece
            for begun, ended, (state, version_id) in _periods(
                _course_steps(bind, course, versions[course.id], events.get(course.code, []))
            )
        ]  # fmt: skip
        _write(bind, tables["course_listing"], rows, now)


def _course_steps(bind, course, versions, events):
    by_number = {row.number: row.id for row in versions}
    steps = []
    for at, state, details in events:
        present = steps[-1][1][1] if steps else course.current_version_id
        steps.append((at, (state, by_number.get(details.get("version"), present))))
    if not steps and course.state == "listed" and course.listed_on is not None:
        listed_at = _instant(bind, course.listed_on)
        in_force = [row for row in versions if row.id <= course.current_version_id]
        steps = [(max(row.created_at, listed_at), ("listed", row.id)) for row in in_force]
    now_said = (course.state, course.current_version_id)
    if steps and steps[-1][1] != now_said:
        steps.append((max(course.changed_at, steps[-1][0]), now_said))
    return steps


def _instant(bind, day):
    """The beginning of a local day, as this engine returns instants."""
    zone = ZoneInfo(os.environ.get("TIMEZONE", "Asia/Shanghai"))
    begun = datetime.combine(day, time(), zone).astimezone(UTC)
    return begun.replace(tzinfo=None) if bind.dialect.name == "sqlite" else begun
