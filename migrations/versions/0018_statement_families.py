"""Statements of every kind, lines seen again, shares of a bank line, the bank's answers.

Revision: 0018, after 0017

A notification has no balances: it is counted from zero and marked by its kind. A line that an
overlapping statement brings again is a sighting, so that each statement still adds up. A share
ties one bank line to several payouts, or several lines to one payout; the database refuses more
than the line moved, more than the payout pays, and any change.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

USED_UP = """
    (SELECT COALESCE(SUM(amount_fen), 0) FROM reconciliation_share
      WHERE statement_line_id = NEW.statement_line_id) + NEW.amount_fen
      > (SELECT ABS(amount_fen) FROM statement_line WHERE id = NEW.statement_line_id)
    OR (SELECT COALESCE(SUM(amount_fen), 0) FROM reconciliation_share
      WHERE entry_id = NEW.entry_id) + NEW.amount_fen
      > (SELECT amount_fen FROM payout WHERE id = NEW.payout_id)
    OR EXISTS (SELECT 1 FROM reconciliation_match
      WHERE statement_line_id = NEW.statement_line_id OR entry_id = NEW.entry_id)"""
SHARED = """EXISTS (SELECT 1 FROM reconciliation_share
      WHERE statement_line_id = NEW.statement_line_id OR entry_id = NEW.entry_id)"""


def upgrade() -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column(
        "bank_statement", sa.Column("kind", sa.Text(), nullable=False, server_default="statement")
    )
    op.add_column("bank_statement", sa.Column("bank_account_number", sa.Text(), nullable=True))
    op.add_column("statement_line", sa.Column("movement_key", sa.Text(), nullable=True))
    op.create_index("ix_statement_line_movement_key", "statement_line", ["movement_key"])
    op.create_index(
        "ix_bank_statement_chain", "bank_statement", ["bank_account", "currency", "to_on", "id"]
    )
    op.create_table(
        "statement_line_sighting",
        sa.Column("id", big, nullable=False),
        sa.Column("statement_id", big, nullable=False),
        sa.Column("statement_line_id", big, nullable=False),
        sa.ForeignKeyConstraint(
            ["statement_id"],
            ["bank_statement.id"],
            name="fk_statement_line_sighting_statement_id_bank_statement",
        ),
        sa.ForeignKeyConstraint(
            ["statement_line_id"],
            ["statement_line.id"],
            name="fk_statement_line_sighting_statement_line_id_statement_line",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_statement_line_sighting"),
        sa.UniqueConstraint(
            "statement_id",
            "statement_line_id",
            name="uq_statement_line_sighting_statement_id_statement_line_id",
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_statement_line_sighting_statement_line_id",
        "statement_line_sighting",
        ["statement_line_id"],
    )
    _create_shares(big)
    _create_answers(big)
    if op.get_bind().dialect.name == "sqlite":
        for name, body in _sqlite_triggers().items():
            op.execute(f"CREATE TRIGGER {name} {body}")
        return
    for name, body in _pg_functions().items():
        op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
    for name, (when, table) in PG_TRIGGERS.items():
        each = "STATEMENT" if "TRUNCATE" in when else "ROW"
        op.execute(
            f"CREATE TRIGGER {name} {when} ON {table} FOR EACH {each} "
            f"EXECUTE FUNCTION {PG_FUNCTION_OF[name]}()"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in _sqlite_triggers():
            op.execute(f"DROP TRIGGER IF EXISTS {name}")
    else:
        for name, (_when, table) in PG_TRIGGERS.items():
            op.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
        for name in _pg_functions():
            op.execute(f"DROP FUNCTION IF EXISTS {name}()")
    op.drop_table("payout_bank_answer")
    op.drop_table("reconciliation_share")
    op.drop_table("statement_line_sighting")
    op.drop_index("ix_bank_statement_chain", "bank_statement")
    op.drop_index("ix_statement_line_movement_key", "statement_line")
    op.drop_column("statement_line", "movement_key")
    op.drop_column("bank_statement", "bank_account_number")
    op.drop_column("bank_statement", "kind")


def _create_shares(big: sa.types.TypeEngine) -> None:
    op.create_table(
        "reconciliation_share",
        sa.Column("id", big, nullable=False),
        sa.Column("statement_line_id", big, nullable=False),
        sa.Column("payout_id", big, nullable=False),
        sa.Column("entry_id", big, nullable=False),
        sa.Column("amount_fen", big, nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("matched_by", big, nullable=True),
        sa.Column("matched_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name="ck_reconciliation_share_amount"),
        sa.ForeignKeyConstraint(
            ["statement_line_id"],
            ["statement_line.id"],
            name="fk_reconciliation_share_statement_line_id_statement_line",
        ),
        sa.ForeignKeyConstraint(
            ["payout_id"], ["payout.id"], name="fk_reconciliation_share_payout_id_payout"
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["journal_entry.id"],
            name="fk_reconciliation_share_entry_id_journal_entry",
        ),
        sa.ForeignKeyConstraint(
            ["matched_by"], ["user.id"], name="fk_reconciliation_share_matched_by_user"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_reconciliation_share"),
        sa.UniqueConstraint(
            "statement_line_id",
            "entry_id",
            name="uq_reconciliation_share_statement_line_id_entry_id",
        ),
        sqlite_autoincrement=True,
    )
    for column in ("payout_id", "entry_id"):
        op.create_index(f"ix_reconciliation_share_{column}", "reconciliation_share", [column])


def _create_answers(big: sa.types.TypeEngine) -> None:
    op.create_table(
        "payout_bank_answer",
        sa.Column("id", big, nullable=False),
        sa.Column("payout_attempt_id", big, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("reason_text", sa.Text(), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.Text(), nullable=False),
        sa.Column("received_by", big, nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["payout_attempt_id"],
            ["payout_attempt.id"],
            name="fk_payout_bank_answer_payout_attempt_id_payout_attempt",
        ),
        sa.ForeignKeyConstraint(
            ["received_by"], ["user.id"], name="fk_payout_bank_answer_received_by_user"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_payout_bank_answer"),
        sa.UniqueConstraint(
            "payout_attempt_id",
            "file_sha256",
            name="uq_payout_bank_answer_payout_attempt_id_file_sha256",
        ),
        sqlite_autoincrement=True,
    )


def _sqlite_triggers() -> dict[str, str]:
    never = {
        f"reconciliation_share_no_{act}": f"""BEFORE {act.upper()} ON reconciliation_share
            BEGIN SELECT RAISE(ABORT, 'reconciliation_share is append-only'); END"""
        for act in ("update", "delete")
    }
    return never | {
        "reconciliation_share_fits": f"""BEFORE INSERT ON reconciliation_share
            WHEN {USED_UP}
            BEGIN SELECT RAISE(ABORT, 'bank line or payout is used up'); END""",
        "reconciliation_match_alone": f"""BEFORE INSERT ON reconciliation_match
            WHEN {SHARED}
            BEGIN SELECT RAISE(ABORT, 'bank line or payout is used up'); END""",
    }


def _pg_functions() -> dict[str, str]:
    # The lock makes two writers of one bank line wait for each other before they add up.
    lock = "PERFORM 1 FROM statement_line WHERE id = NEW.statement_line_id FOR UPDATE;"
    refuse = "RAISE EXCEPTION 'bank line or payout is used up' USING ERRCODE = 'check_violation';"
    return {
        "reconciliation_share_fits": f"""BEGIN {lock}
            IF {USED_UP} THEN {refuse} END IF; RETURN NEW; END""",
        "reconciliation_match_alone": f"""BEGIN {lock}
            IF {SHARED} THEN {refuse} END IF; RETURN NEW; END""",
        "reconciliation_share_stays": """BEGIN
            RAISE EXCEPTION 'reconciliation_share is append-only'
            USING ERRCODE = 'restrict_violation'; END""",
    }


PG_TRIGGERS = {
    "reconciliation_share_fits": ("BEFORE INSERT", "reconciliation_share"),
    "reconciliation_match_alone": ("BEFORE INSERT", "reconciliation_match"),
    "reconciliation_share_no_change": ("BEFORE UPDATE OR DELETE", "reconciliation_share"),
    "reconciliation_share_no_truncate": ("BEFORE TRUNCATE", "reconciliation_share"),
}
PG_FUNCTION_OF = {
    "reconciliation_share_fits": "reconciliation_share_fits",
    "reconciliation_match_alone": "reconciliation_match_alone",
    "reconciliation_share_no_change": "reconciliation_share_stays",
    "reconciliation_share_no_truncate": "reconciliation_share_stays",
}
