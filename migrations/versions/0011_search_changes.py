"""Search: a log of what changed, parts of a text in columns of their own, everyday words.

Revision: 0011, after 0010

`search_change` is written by triggers and by the catalog's operations; every process that keeps
the catalog's facets in memory reads it and knows what to look at again. A row names the
transaction that wrote it (PostgreSQL), because transactions end in another order than they began,
and carries a random mark, so that a restored database is never mistaken for the one before it.

On PostgreSQL title, names and body get a column and an index each: a phrase is proved on the
words of one part, and the long text of a course is read only when it is asked for.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

WATCHED = {
    # table: (kind, what is looked at again, events, columns whose change counts)
    "course": (
        "course", "id", ("UPDATE",),
        ("state", "quarantine_reason", "occupation_id", "level", "institution_id"),
    ),
    "institution": (
        "institution", "id", ("INSERT", "UPDATE"),
        ("state", "quarantine_reason", "jurisdiction_id", "name", "city", "county", "features"),
    ),
    "course_run": (
        "course", "course_id", ("INSERT", "UPDATE", "DELETE"),
        ("state", "starts_on", "ends_on", "enrollment_opens_on", "enrollment_closes_on",
         "jurisdiction_id"),
    ),
    "lesson": ("run", "course_run_id", ("UPDATE",), ("starts_at",)),
    "occupation": (
        "occupation", "id", ("INSERT", "UPDATE"),
        ("title", "parent_id", "work_types", "definition", "retired_on", "depth"),
    ),
    "shortage_list_entry": (
        "shortage", "id", ("INSERT", "UPDATE", "DELETE"),
        ("occupation_id", "jurisdiction_id", "valid_from", "valid_until", "kind", "edition_id"),
    ),
    "shortage_edition": (
        "shortage", "id", ("UPDATE",), ("state", "in_force_from", "superseded_on"),
    ),
    "institution_rating": (
        "institution", "institution_id", ("INSERT", "UPDATE"), ("stars_hundredths",),
    ),
    "jurisdiction": ("place", "id", ("UPDATE",), ("name", "path", "retired_on")),
    "synonym": (
        "synonym", "id", ("INSERT", "UPDATE", "DELETE"), ("word", "targets", "state"),
    ),
}  # fmt: skip
PARTS = ("title", "names", "body")


def upgrade() -> None:
    op.create_table(
        "synonym",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("targets", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("changed_by", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('active', 'retired')", name=op.f("ck_synonym_state")),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["user.id"], name=op.f("fk_synonym_changed_by_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_synonym")),
        sa.UniqueConstraint("code", name=op.f("uq_synonym_code")),
        sa.UniqueConstraint("word", name=op.f("uq_synonym_word")),
        sqlite_autoincrement=True,
    )
    if op.get_bind().dialect.name == "sqlite":
        _upgrade_sqlite()
    else:
        _upgrade_postgresql()


def _upgrade_sqlite() -> None:
    op.execute(
        """CREATE TABLE search_change (
             id INTEGER PRIMARY KEY AUTOINCREMENT,
             written_by INTEGER NOT NULL DEFAULT 0,
             mark INTEGER NOT NULL DEFAULT (random()),
             kind TEXT NOT NULL,
             ref_id INTEGER NOT NULL)"""
    )
    op.execute("INSERT INTO search_change (kind, ref_id) VALUES ('begun', 0)")
    for table, (kind, ref, events, columns) in WATCHED.items():
        for event in events:
            row = "OLD" if event == "DELETE" else "NEW"
            when = event
            if event == "UPDATE":
                differs = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in columns)
                when = f"UPDATE OF {', '.join(columns)} ON {table} WHEN {differs}"
            else:
                when = f"{event} ON {table}"
            op.execute(
                f"""CREATE TRIGGER {table}_{event.lower()}_searched AFTER {when}
                    BEGIN INSERT INTO search_change (kind, ref_id)
                          VALUES ('{kind}', {row}.{ref}); END"""
            )


def _upgrade_postgresql() -> None:
    op.execute(
        """CREATE TABLE search_change (
             id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_search_change PRIMARY KEY,
             written_by bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
             mark bigint NOT NULL DEFAULT ((random() * 9e15)::bigint),
             kind text NOT NULL,
             ref_id bigint NOT NULL)"""
    )
    op.execute("CREATE INDEX ix_search_change_written_by ON search_change (written_by)")
    op.execute("INSERT INTO search_change (kind, ref_id) VALUES ('begun', 0)")
    op.execute(
        """CREATE FUNCTION note_search_change() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN
             IF TG_OP = 'DELETE' THEN
               INSERT INTO search_change (kind, ref_id)
                 VALUES (TG_ARGV[0], (to_jsonb(OLD) ->> TG_ARGV[1])::bigint);
             ELSE
               INSERT INTO search_change (kind, ref_id)
                 VALUES (TG_ARGV[0], (to_jsonb(NEW) ->> TG_ARGV[1])::bigint);
             END IF;
             RETURN NULL;
           END $$"""
    )
    for table, (kind, ref, events, columns) in WATCHED.items():
        for event in events:
            when, condition = event, ""
            if event == "UPDATE":
                when = f"UPDATE OF {', '.join(columns)}"
                differs = " OR ".join(
                    f"OLD.{name}::text IS DISTINCT FROM NEW.{name}::text" for name in columns
                )
                condition = f"WHEN ({differs})"
            op.execute(
                f"""CREATE TRIGGER {table}_{event.lower()}_searched AFTER {when} ON {table}
                    FOR EACH ROW {condition}
                    EXECUTE FUNCTION note_search_change('{kind}', '{ref}')"""
            )
    _part_columns()


def _part_columns() -> None:
    """The weights told the parts apart: A title, B names, D body."""
    for part, weight in zip(PARTS, ("a", "b", "d"), strict=True):
        op.execute(f"ALTER TABLE course_search ADD COLUMN {part} tsvector NOT NULL DEFAULT ''")
        op.execute(f"UPDATE course_search SET {part} = ts_filter(words, '{{{weight}}}')")
        op.execute(f"CREATE INDEX ix_course_search_{part} ON course_search USING gin ({part})")
    op.execute("DROP INDEX ix_course_search_words")
    op.execute("ALTER TABLE course_search DROP COLUMN words")


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, (_kind, _ref, events, _columns) in WATCHED.items():
        for event in events:
            on = "" if sqlite else f" ON {table}"
            op.execute(f"DROP TRIGGER IF EXISTS {table}_{event.lower()}_searched{on}")
    op.execute("DROP TABLE search_change")
    op.drop_table("synonym")
    if not sqlite:
        op.execute("DROP FUNCTION note_search_change()")
        op.execute("ALTER TABLE course_search ADD COLUMN words tsvector NOT NULL DEFAULT ''")
        op.execute(
            """UPDATE course_search SET words = setweight(title, 'A') || setweight(names, 'B')
               || body"""
        )
        op.execute("CREATE INDEX ix_course_search_words ON course_search USING gin (words)")
        for part in PARTS:
            op.execute(f"ALTER TABLE course_search DROP COLUMN {part}")
