"""Vouchers: batches, promises to be checked, statuses that exclude, other subsidies.

Revision: 0017, after 0016

A voucher says for which category it was given and which batch issued it. A batch books one entry
per allotment and slice; its vouchers name it, so that the books can be proved against them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
CATEGORIES = (
    "rural_migrant", "registered_unemployed", "graduate_of_year", "school_leaver", "veteran",
    "disabled", "lifted_from_poverty", "hard_to_employ", "enterprise_employee",
)  # fmt: skip


def upgrade() -> None:
    _status_fact()
    _issue_batch()
    _voucher_columns()
    _declaration()
    _other_subsidy()


def downgrade() -> None:
    op.drop_table("other_subsidy")
    op.drop_table("declaration")
    op.drop_index("ix_voucher_batch", table_name="voucher")
    op.execute("ALTER TABLE voucher DROP COLUMN batch_id")
    op.execute("ALTER TABLE voucher DROP COLUMN category")
    op.drop_table("issue_batch_member")
    op.drop_table("issue_batch")
    op.drop_table("status_fact")


def _id() -> sa.Column:
    return sa.Column("id", BIG, autoincrement=True, nullable=False)


def _key(table: str, column: str, named: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{named}.id"], name=op.f(f"fk_{table}_{column}_{named}")
    )


def _status_fact() -> None:
    op.create_table(
        "status_fact",
        _id(),
        sa.Column("worker_id", BIG, nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("recorded_by", BIG, nullable=True),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "status IN ('civil_servant', 'full_time_student', 'pensioner')",
            name=op.f("ck_status_fact_status"),
        ),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from", name=op.f("ck_status_fact_dates")
        ),
        _key("status_fact", "worker_id", "worker"),
        _key("status_fact", "recorded_by", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_fact")),
        sa.UniqueConstraint(
            "worker_id",
            "status",
            "valid_from",
            name=op.f("uq_status_fact_worker_id_status_valid_from"),
        ),
        sqlite_autoincrement=True,
    )


def _issue_batch() -> None:
    counts = ("last_worker_id", "slices", "total_workers", "done_workers", "issued", "held",
              "committed_fen")  # fmt: skip
    op.create_table(
        "issue_batch",
        _id(),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("scheme_version_id", BIG, nullable=False),
        sa.Column("is_for_everybody", sa.Boolean(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        *(sa.Column(name, BIG, nullable=False) for name in counts),
        sa.Column("refusals", sa.JSON(), nullable=False),
        sa.Column("requested_by", BIG, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "issued >= 0 AND held >= 0 AND committed_fen >= 0", name=op.f("ck_issue_batch_counts")
        ),
        sa.CheckConstraint("done_workers <= total_workers", name=op.f("ck_issue_batch_progress")),
        _key("issue_batch", "scheme_version_id", "scheme_version"),
        _key("issue_batch", "requested_by", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue_batch")),
        sa.UniqueConstraint("code", name=op.f("uq_issue_batch_code")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "issue_batch_member",
        sa.Column("batch_id", BIG, autoincrement=False, nullable=False),
        sa.Column("worker_id", BIG, autoincrement=False, nullable=False),
        _key("issue_batch_member", "batch_id", "issue_batch"),
        _key("issue_batch_member", "worker_id", "worker"),
        sa.PrimaryKeyConstraint("batch_id", "worker_id", name=op.f("pk_issue_batch_member")),
    )


def _voucher_columns() -> None:
    # Written out: SQLite takes a reference or a check with a new column, but not after it.
    number = "bigint" if op.get_bind().dialect.name == "postgresql" else "integer"
    known = ", ".join(f"'{name}'" for name in CATEGORIES)
    op.execute(
        "ALTER TABLE voucher ADD COLUMN category text CONSTRAINT ck_voucher_category "
        f"CHECK (category IS NULL OR category IN ({known}))"
    )
    op.execute(
        f"ALTER TABLE voucher ADD COLUMN batch_id {number} "
        "CONSTRAINT fk_voucher_batch_id_issue_batch REFERENCES issue_batch (id)"
    )
    op.create_index("ix_voucher_batch", "voucher", ["batch_id", "allotment_id"])


def _declaration() -> None:
    op.create_table(
        "declaration",
        _id(),
        sa.Column("voucher_id", BIG, nullable=False),
        sa.Column("category_fact_id", BIG, nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("check_by", sa.Date(), nullable=False),
        sa.Column("checked_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'kept', 'broken')", name=op.f("ck_declaration_state")
        ),
        sa.CheckConstraint(
            "(state = 'open') = (checked_at IS NULL)", name=op.f("ck_declaration_checked")
        ),
        _key("declaration", "voucher_id", "voucher"),
        _key("declaration", "category_fact_id", "category_fact"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declaration")),
        sa.UniqueConstraint("voucher_id", name=op.f("uq_declaration_voucher_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_declaration_state", "declaration", ["state", "check_by"])
    op.create_index("ix_declaration_category_fact_id", "declaration", ["category_fact_id"])


def _other_subsidy() -> None:
    op.create_table(
        "other_subsidy",
        _id(),
        sa.Column("worker_id", BIG, nullable=False),
        sa.Column("occupation_code", sa.Text(), nullable=False),
        sa.Column("level", BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("granted_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", BIG, nullable=True),
        sa.Column("recorded_at", INSTANT, nullable=False),
        _key("other_subsidy", "worker_id", "worker"),
        _key("other_subsidy", "recorded_by", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_other_subsidy")),
        sa.UniqueConstraint(
            "worker_id",
            "occupation_code",
            "level",
            "kind",
            name=op.f("uq_other_subsidy_worker_id_occupation_code_level_kind"),
        ),
        sqlite_autoincrement=True,
    )
