"""The search index of courses: FTS5 on SQLite, tsvector with GIN on PostgreSQL.

Revision: 0003, after 0002

Both hold the tokens our one tokeniser makes, so both engines find the same courses. The rows are
written by the catalog's operations and can be rebuilt from the courses at any time.
"""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        # The `ascii` tokeniser leaves every character beyond ASCII alone: our tokens stay whole.
        op.execute(
            """CREATE VIRTUAL TABLE course_search USING fts5(
                 title, names, body, tokenize = "ascii tokenchars '+#'")"""
        )
    else:
        op.execute(
            """CREATE TABLE course_search (
                 course_id bigint CONSTRAINT pk_course_search PRIMARY KEY
                   CONSTRAINT fk_course_search_course_id_course
                   REFERENCES course (id) ON DELETE CASCADE,
                 words tsvector NOT NULL)"""
        )
        op.execute("CREATE INDEX ix_course_search_words ON course_search USING gin (words)")


def downgrade() -> None:
    op.execute("DROP TABLE course_search")
