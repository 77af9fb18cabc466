"""Recovery codes of logins, and the places that our bank accounts pay for.

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "recovery_code",
        sa.Column("id", BIG, nullable=False),
        sa.Column("user_id", BIG, nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_recovery_code_user_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint(
            "user_id", "code_hash", name=op.f("uq_recovery_code_user_id_code_hash")
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "bank_account",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("jurisdiction_id", BIG, nullable=True),
        sa.Column("opened_by", BIG, nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"],
            ["jurisdiction.id"],
            name=op.f("fk_bank_account_jurisdiction_id_jurisdiction"),
        ),
        sa.ForeignKeyConstraint(
            ["opened_by"], ["user.id"], name=op.f("fk_bank_account_opened_by_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_account")),
        sa.UniqueConstraint("code", name=op.f("uq_bank_account_code")),
        sqlite_autoincrement=True,
    )
    # Accounts that statements were taken in for so far stay open to every office.
    op.execute(
        "INSERT INTO bank_account (code, opened_at)"
        " SELECT bank_account, min(imported_at) FROM bank_statement GROUP BY bank_account"
    )


def downgrade() -> None:
    op.drop_table("bank_account")
    op.drop_table("recovery_code")
