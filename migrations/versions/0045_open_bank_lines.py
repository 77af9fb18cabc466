"""Bank lines that are still open have an index of their own, which a difference does not change.

Revision: 0045, after 0044

A search of matching stores each difference and says so on its line. The state of a line stood in an
index, so PostgreSQL wrote the line anew elsewhere and into all seven indexes, each time into
another page: of a million lines that was a third of the search. Whether a line is open does not
change by it. It is a column now that the database works out from the state, and the index names
it instead; with a tenth of each page left free, the new version of a line stays on its page and no
index is touched.

On PostgreSQL the table is written anew, once. SQLite works the column out when it is asked.
"""

from alembic import op

revision = "0045"
down_revision = "0044"

IS_OPEN = """
    ALTER TABLE statement_line ADD COLUMN is_open BOOLEAN
    GENERATED ALWAYS AS (state IN ('imported', 'break')) {}
"""


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if not is_sqlite:
        op.execute("ALTER TABLE statement_line SET (fillfactor = 90)")
    op.drop_index("ix_statement_line_state", "statement_line")
    op.execute(IS_OPEN.format("VIRTUAL" if is_sqlite else "STORED"))
    says = "is_open = 1" if is_sqlite else "is_open"
    op.execute(f"CREATE INDEX ix_statement_line_open ON statement_line (id) WHERE {says}")


def downgrade() -> None:
    op.drop_index("ix_statement_line_open", "statement_line")
    op.execute("ALTER TABLE statement_line DROP COLUMN is_open")
    op.create_index("ix_statement_line_state", "statement_line", ["state", "id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE statement_line RESET (fillfactor)")
