"""Lines that found their payout and are not booked yet.

Revision: 0038, after 0037

A work list that one statement fills with millions of rows and booking empties again, so it has no
foreign keys: what it names is locked and looked at again before anything is booked, lines and
tries of payouts are never deleted, and a check would cost more than the whole search.
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "found_match",
        sa.Column("statement_line_id", big, autoincrement=False, nullable=False),
        sa.Column("payout_attempt_id", big, nullable=True),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("statement_line_id", name="pk_found_match"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("found_match")
