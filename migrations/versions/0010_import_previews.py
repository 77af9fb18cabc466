"""Previews of imports: what would change, whose import it is, what was decided.

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column(
        "import_run", sa.Column("purpose", sa.Text(), nullable=False, server_default="apply")
    )
    op.add_column("import_run", sa.Column("decision", sa.Text(), nullable=True))
    op.add_column("import_run", sa.Column("institution_id", big, nullable=True))
    op.create_index("ix_import_run_institution_id", "import_run", ["institution_id"])
    op.create_table(
        "import_difference",
        sa.Column("id", big, nullable=False),
        sa.Column("import_run_id", big, nullable=False),
        sa.Column("row_number", big, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_run_id"],
            ["import_run.id"],
            name="fk_import_difference_import_run_id_import_run",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_import_difference"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_import_difference_run", "import_difference", ["import_run_id", "verdict", "id"]
    )


def downgrade() -> None:
    op.drop_table("import_difference")
    op.drop_index("ix_import_run_institution_id", "import_run")
    op.drop_column("import_run", "institution_id")
    op.drop_column("import_run", "decision")
    op.drop_column("import_run", "purpose")
