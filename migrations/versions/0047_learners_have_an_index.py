"""A person's enrollments have an index of their own.

Revision: 0047, after 0046

The unique index on live enrollments holds neither those that were left nor can a question about
one state use it: every page of a learner searched all enrollments there are.
"""

from alembic import op

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    op.create_index("ix_enrollment_worker", "enrollment", ["worker_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_enrollment_worker", "enrollment")
