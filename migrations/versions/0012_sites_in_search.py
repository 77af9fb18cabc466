"""Search: a site that is put on the map, moved or closed is looked at again.

Revision: 0012, after 0011

Distances are taken from the coordinates of training sites. Whoever keeps the catalog in memory
reads an institution and its courses again when one of its sites changes.

What refers to a version of a course gets an index: an import writes courses before their versions,
and while such references wait, SQLite looks through every referring row at each version that comes
(the last thousand of 57,000 took 18 seconds, and 0.03 with the index).
"""

from alembic import op

revision = "0012"
down_revision = "0011"

COLUMNS = ("latitude", "longitude", "state", "jurisdiction_id")


INDEXES = (
    ("course_listing", "version_id"),
    ("course_decision", "course_version_id"),
    ("course_run", "course_version_id"),
)


def upgrade() -> None:
    for table, column in INDEXES:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    if op.get_bind().dialect.name == "sqlite":
        differs = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in COLUMNS)
        for event, when in (
            ("insert", "INSERT ON training_site"),
            ("update", f"UPDATE OF {', '.join(COLUMNS)} ON training_site WHEN {differs}"),
        ):
            op.execute(
                f"""CREATE TRIGGER training_site_{event}_searched AFTER {when}
                    BEGIN INSERT INTO search_change (kind, ref_id)
                          VALUES ('institution', NEW.institution_id); END"""
            )
        return
    differs = " OR ".join(f"OLD.{name}::text IS DISTINCT FROM NEW.{name}::text" for name in COLUMNS)
    for event, when, condition in (
        ("insert", "INSERT", ""),
        ("update", f"UPDATE OF {', '.join(COLUMNS)}", f"WHEN ({differs})"),
    ):
        op.execute(
            f"""CREATE TRIGGER training_site_{event}_searched AFTER {when} ON training_site
                FOR EACH ROW {condition}
                EXECUTE FUNCTION note_search_change('institution', 'institution_id')"""
        )


def downgrade() -> None:
    for table, column in INDEXES:
        op.drop_index(op.f(f"ix_{table}_{column}"), table_name=table)
    on = "" if op.get_bind().dialect.name == "sqlite" else " ON training_site"
    for event in ("insert", "update"):
        op.execute(f"DROP TRIGGER IF EXISTS training_site_{event}_searched{on}")
