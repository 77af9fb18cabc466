"""What matching found is kept as sixty line numbers in a row, a bit for each that is meant.

Revision: 0040, after 0039

The work list of 0038 cost as much to write as to find: a row and a key for each of a million
lines. Lines that have to be looked at singly, which are few, keep a row of their own. No foreign keys, for the reasons given there. What stands on the old
list is carried over; going back leaves an empty one, since its lines are still open and the next
search finds them again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "found_piece",
        sa.Column("id", BIG, nullable=False),
        sa.Column("statement_id", BIG, nullable=False),
        sa.Column("block", BIG, nullable=False),
        sa.Column("line_count", BIG, nullable=False),
        sa.Column("lines", BIG, nullable=False),
        sa.CheckConstraint("line_count BETWEEN 1 AND 60", name=op.f("ck_found_piece_lines")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_found_piece")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_found_piece_block", "found_piece", ["block"])
    op.create_table(
        "doubtful_line",
        sa.Column("statement_line_id", BIG, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("statement_line_id", name=op.f("pk_doubtful_line")),
        sqlite_autoincrement=True,
    )
    together = "sum(1 << (line.id % 60))"
    if op.get_bind().dialect.name == "postgresql":
        together = "bit_or(1::bigint << (line.id % 60)::integer)"
    op.execute(
        f"""
        INSERT INTO found_piece (statement_id, block, line_count, lines)
        SELECT line.statement_id, line.id / 60, count(*), {together}
          FROM found_match JOIN statement_line AS line ON line.id = found_match.statement_line_id
         WHERE found_match.verdict = 'confirms'
         GROUP BY line.statement_id, line.id / 60
        """  # noqa: S608 (constants)
    )
    op.execute(
        "INSERT INTO doubtful_line SELECT statement_line_id FROM found_match WHERE verdict = 'asks'"
    )
    op.drop_table("found_match")


def downgrade() -> None:
    op.create_table(
        "found_match",
        sa.Column("statement_line_id", BIG, autoincrement=False, nullable=False),
        sa.Column("payout_attempt_id", BIG, nullable=True),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("statement_line_id", name="pk_found_match"),
        sqlite_autoincrement=True,
    )
    op.drop_table("doubtful_line")
    op.drop_table("found_piece")
