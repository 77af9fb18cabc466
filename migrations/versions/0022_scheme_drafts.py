"""Schemes in the making: drafts with two signatures, replays; the facts a voucher was given by.

Revision: 0022, after 0021

What was submitted does not change under the checker's eyes, what was published never changes,
and a finished replay keeps its figures. A published version of a scheme was immutable by custom;
now the database says so. Vouchers given one by one keep the facts of their decision, so that it
can be run again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
OPEN = "state IN ('draft', 'submitted', 'returned')"
CONTENT = ("scheme_code", "jurisdiction_id", "based_on_id", "title", "pack_text", "pack",
           "content_sha256", "written_by", "submitted_by")  # fmt: skip
KEPT = {
    # trigger: (table, columns, when they are kept, why)
    "scheme_draft_kept": (
        "scheme_draft",
        CONTENT,
        "OLD.state = 'submitted' AND NEW.state <> 'draft'",
        "what was submitted does not change under its checker",
    ),
    "scheme_draft_ended": (
        "scheme_draft",
        (*CONTENT, "state", "version_id", "decided_by", "decided_at"),
        "OLD.state IN ('published', 'discarded')",
        "a draft that was published or discarded never changes",
    ),
    "scheme_version_kept": (
        "scheme_version",
        ("scheme_id", "number", "state", "title", "policy", "content_sha256", "valid_from",
         "valid_until", "loaded_by", "loaded_at"),
        "OLD.state = 'published'",
        "a published version of a scheme never changes",
    ),
    "policy_replay_kept": (
        "policy_replay",
        ("draft_id", "pack", "content_sha256", "from_on", "until_on", "done", "total", "figures",
         "finished_at"),
        "OLD.finished_at IS NOT NULL",
        "a finished replay keeps its figures",
    ),
    "replay_line_kept": (
        "replay_line",
        ("replay_id", "voucher_id", "outcome", "old_fen", "new_fen", "reasons"),
        "1 = 1",
        "a line of a replay never changes",
    ),
    "claim_decision_kept": (
        "claim_decision",
        ("voucher_id", "facts", "decided_at"),
        "1 = 1",
        "the facts of a decision never change",
    ),
}  # fmt: skip
NEVER_DELETED = {
    "scheme_draft": "a draft is discarded, never deleted",
    "scheme_version": "a version of a scheme is never deleted",
    "policy_replay": "a replay is never deleted",
    "replay_line": "a line of a replay is never deleted",
    "claim_decision": "the facts of a decision are never deleted",
}


def upgrade() -> None:
    _drafts()
    _replays()
    op.create_table(
        "claim_decision",
        sa.Column("voucher_id", BIG, autoincrement=False, nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("decided_at", INSTANT, nullable=False),
        _key("claim_decision", "voucher_id", "voucher"),
        sa.PrimaryKeyConstraint("voucher_id", name=op.f("pk_claim_decision")),
    )
    _guards()


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    gone = {f"{table}_no_delete": table for table in NEVER_DELETED}
    for name, table in ({name: kept[0] for name, kept in KEPT.items()} | gone).items():
        if sqlite:
            op.execute(f"DROP TRIGGER {name}")
        else:
            op.execute(f"DROP TRIGGER {name} ON {table}")
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("claim_decision")
    op.drop_table("replay_line")
    op.drop_table("policy_replay")
    op.drop_table("scheme_draft")


def _id() -> sa.Column:
    return sa.Column("id", BIG, nullable=False)


def _key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}")
    )


def _check(table: str, name: str, text: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(text, name=op.f(f"ck_{table}_{name}"))


def _states(table: str, name: str, *values: str) -> sa.Column:
    return sa.Column(
        name,
        sa.Enum(
            *values,
            name=op.f(f"ck_{table}_{name}"),
            native_enum=False,
            create_constraint=True,
            length=32,
        ),
        nullable=False,
    )


def _drafts() -> None:
    table = "scheme_draft"
    op.create_table(
        table,
        _id(),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("scheme_code", sa.Text(), nullable=False),
        sa.Column("jurisdiction_id", BIG, nullable=False),
        sa.Column("based_on_id", BIG, nullable=True),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("pack_text", sa.Text(), nullable=False),
        sa.Column("pack", sa.JSON(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        _states(table, "state", "draft", "submitted", "returned", "published", "discarded"),
        sa.Column("written_by", BIG, nullable=False),
        sa.Column("submitted_by", BIG, nullable=True),
        sa.Column("submitted_at", INSTANT, nullable=True),
        sa.Column("decided_by", BIG, nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("version_id", BIG, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        _check(
            table,
            "two_people",
            "decided_by IS NULL OR (submitted_by IS NOT NULL AND decided_by <> submitted_by"
            " AND decided_by <> written_by)",
        ),
        _check(table, "published", "(state = 'published') = (version_id IS NOT NULL)"),
        _check(table, "submitted", "(submitted_by IS NULL) = (submitted_at IS NULL)"),
        _check(table, "decided", "(decided_by IS NULL) = (decided_at IS NULL)"),
        _check(table, "signed", "state NOT IN ('published', 'returned') OR decided_by IS NOT NULL"),
        _check(table, "waiting", "state <> 'submitted' OR submitted_by IS NOT NULL"),
        _check(table, "reason", "state <> 'returned' OR reason IS NOT NULL"),
        _key(table, "jurisdiction_id", "jurisdiction"),
        _key(table, "based_on_id", "scheme_version"),
        _key(table, "written_by", "user"),
        _key(table, "submitted_by", "user"),
        _key(table, "decided_by", "user"),
        _key(table, "version_id", "scheme_version"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheme_draft")),
        sa.UniqueConstraint("code", name=op.f("uq_scheme_draft_code")),
        sa.UniqueConstraint("version_id", name=op.f("uq_scheme_draft_version_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_scheme_draft_jurisdiction_id"), table, ["jurisdiction_id"])
    op.create_index("ix_scheme_draft_state", table, ["state", "id"])
    op.create_index(
        "uq_scheme_draft_open",
        table,
        ["scheme_code"],
        unique=True,
        sqlite_where=sa.text(OPEN),
        postgresql_where=sa.text(OPEN),
    )


def _replays() -> None:
    table = "policy_replay"
    op.create_table(
        table,
        _id(),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("draft_id", BIG, nullable=True),
        sa.Column("scheme_code", sa.Text(), nullable=False),
        sa.Column("jurisdiction_id", BIG, nullable=False),
        sa.Column("based_on_id", BIG, nullable=True),
        sa.Column("pack", sa.JSON(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        *(
            sa.Column(name, BIG, nullable=False)
            for name in ("last_worker_id", "last_voucher_id", "done", "total")
        ),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("requested_by", BIG, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        _check(table, "dates", "until_on >= from_on"),
        _check(table, "progress", "done >= 0 AND total >= 0"),
        _key(table, "draft_id", "scheme_draft"),
        _key(table, "jurisdiction_id", "jurisdiction"),
        _key(table, "based_on_id", "scheme_version"),
        _key(table, "requested_by", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_replay")),
        sa.UniqueConstraint("code", name=op.f("uq_policy_replay_code")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_policy_replay_draft_id"), table, ["draft_id"])
    op.create_index("ix_policy_replay_content", table, ["content_sha256", "id"])
    line = "replay_line"
    op.create_table(
        line,
        _id(),
        sa.Column("replay_id", BIG, nullable=False),
        sa.Column("voucher_id", BIG, nullable=False),
        sa.Column("jurisdiction_id", BIG, nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        _states(line, "outcome", "gains", "loses", "refused", "same"),
        sa.Column("old_fen", BIG, nullable=False),
        sa.Column("new_fen", BIG, nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        _check(line, "amounts", "old_fen >= 0 AND new_fen >= 0"),
        _key(line, "replay_id", table),
        _key(line, "voucher_id", "voucher"),
        _key(line, "jurisdiction_id", "jurisdiction"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replay_line")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_replay_line_replay", line, ["replay_id", "outcome", "id"])


def _guards() -> None:
    """What was signed, published or counted never changes, whoever writes."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name, (table, columns, condition, why) in KEPT.items():
        if sqlite:
            differs = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in columns)
            op.execute(
                f"""CREATE TRIGGER {name} BEFORE UPDATE ON {table}
                    WHEN ({condition}) AND ({differs})
                    BEGIN SELECT RAISE(ABORT, '{why}'); END"""
            )
            continue
        differs = " OR ".join(
            f"OLD.{column}::text IS DISTINCT FROM NEW.{column}::text" for column in columns
        )
        _function(name, why)
        op.execute(
            f"""CREATE TRIGGER {name} BEFORE UPDATE ON {table} FOR EACH ROW
                WHEN (({condition}) AND ({differs})) EXECUTE FUNCTION {name}()"""
        )
    for table, why in NEVER_DELETED.items():
        name = f"{table}_no_delete"
        if sqlite:
            op.execute(
                f"""CREATE TRIGGER {name} BEFORE DELETE ON {table}
                    BEGIN SELECT RAISE(ABORT, '{why}'); END"""
            )
            continue
        _function(name, why)
        op.execute(
            f"""CREATE TRIGGER {name} BEFORE DELETE ON {table} FOR EACH ROW
                EXECUTE FUNCTION {name}()"""
        )


def _function(name: str, why: str) -> None:
    op.execute(
        f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION '{why}' USING ERRCODE = 'integrity_constraint_violation'; END
            $$"""
    )
