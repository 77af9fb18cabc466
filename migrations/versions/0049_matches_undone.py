"""A bank line that was tied to the wrong payout is untied again, by two officers.

Revision: 0049, after 0048

Nothing is deleted: what tied line and payout stays, and names the signed proposal that undid it. So
a line has at most one match that counts, instead of one match. The database asks for the signed
proposal and for the entry's reversal before a match counts no more; it opens no line again that
still has one, and takes back no confirmation whose entry stands. How often a try of a payout was
taken back goes into the natural key of its next confirmation.
"""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CHECKS = {
    "state": "state IN ('proposed', 'signed', 'returned', 'withdrawn')",
    "two_people": "decided_by IS NULL OR decided_by <> proposed_by",
    "signed": "state IN ('proposed', 'withdrawn') OR decided_by IS NOT NULL",
    "explained": "state <> 'returned' OR decision_reason IS NOT NULL",
}
FIXED = ("code", "statement_line_id", "reason", "proposed_by", "proposed_at")
TIES = ("reconciliation_match", "reconciliation_share")
OF_TIE = ("id", "statement_line_id", "payout_id", "entry_id", "explanation", "matched_by",
          "matched_at")  # fmt: skip
CONFIRMED = "outcome IS NULL OR outcome <> 'confirmed' OR outcome_entry_id IS NOT NULL"
ONE_MATCH = "CONSTRAINT uq_reconciliation_match_statement_line_id UNIQUE (statement_line_id)"

STAYS = "what was proposed and signed about a match stays"
TIE_STAYS = "a match stays, and counts no more once two people undid it and its entry is reversed"
BORN = "a match counts when it is made"
TIED = "a bank line is open again only when its match is undone"
PAID = "a payout stays confirmed while its entry stands"

UNDONE = """EXISTS (SELECT 1 FROM match_undoing WHERE id = NEW.undone_id AND state = 'signed')
    AND EXISTS (SELECT 1 FROM journal_entry WHERE reverses_id = OLD.entry_id)"""
STILL_TIED = " OR ".join(
    f"EXISTS (SELECT 1 FROM {table} WHERE statement_line_id = NEW.id AND undone_id IS NULL)"
    for table in TIES
)
STANDS = """NOT EXISTS (SELECT 1 FROM payout_attempt
    JOIN journal_entry ON journal_entry.reverses_id = payout_attempt.outcome_entry_id
    WHERE payout_attempt.payout_id = NEW.id AND payout_attempt.number = OLD.attempt)"""
FORGOTTEN = """NEW.undone <> OLD.undone + 1
    OR NOT EXISTS (SELECT 1 FROM journal_entry WHERE reverses_id = OLD.outcome_entry_id)
    OR EXISTS (SELECT 1 FROM payout WHERE id = NEW.payout_id AND state = 'confirmed'
        AND attempt = NEW.number)"""

USED_UP = """
    (SELECT COALESCE(SUM(amount_fen), 0) FROM reconciliation_share
      WHERE statement_line_id = NEW.statement_line_id{live}) + NEW.amount_fen
      > (SELECT ABS(amount_fen) FROM statement_line WHERE id = NEW.statement_line_id)
    OR (SELECT COALESCE(SUM(amount_fen), 0) FROM reconciliation_share
      WHERE entry_id = NEW.entry_id{live}) + NEW.amount_fen
      > (SELECT amount_fen FROM payout WHERE id = NEW.payout_id)
    OR EXISTS (SELECT 1 FROM reconciliation_match
      WHERE (statement_line_id = NEW.statement_line_id{live}) OR entry_id = NEW.entry_id)"""
SHARED = """EXISTS (SELECT 1 FROM reconciliation_share
      WHERE (statement_line_id = NEW.statement_line_id{live}) OR entry_id = NEW.entry_id)"""
TYING = {"reconciliation_share_fits": USED_UP, "reconciliation_match_alone": SHARED}
"""As written in 0018 and 0046; here what was undone uses up nothing."""
LIVE = " AND undone_id IS NULL"
ASIDE = "a bank line that was set aside is tied to nothing"


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    _create_undoings()
    if sqlite:
        for name in (*TYING, "reconciliation_match_not_aside", "reconciliation_share_no_update"):
            op.execute(f"DROP TRIGGER {name}")
        _rebuild_matches(f", \n\t{ONE_MATCH}", "")
    else:
        op.drop_constraint("uq_reconciliation_match_statement_line_id", "reconciliation_match")
    for table in TIES:
        name = op.f(f"fk_{table}_undone_id_match_undoing")
        if sqlite:
            of = f"CONSTRAINT {name} REFERENCES match_undoing (id)"
            op.execute(f"ALTER TABLE {table} ADD COLUMN undone_id INTEGER {of}")
        else:
            op.add_column(table, sa.Column("undone_id", BIG, nullable=True))
            op.create_foreign_key(name, table, "match_undoing", ["undone_id"], ["id"])
        _index(f"ix_{table}_undone", table, "undone_id IS NOT NULL", unique=False)
    _index("uq_reconciliation_match_counts", TIES[0], "undone_id IS NULL", unique=True)
    check = op.f("ck_payout_attempt_confirmed")
    if sqlite:
        op.execute(
            "ALTER TABLE payout_attempt ADD COLUMN undone INTEGER DEFAULT 0 NOT NULL"
            f" CONSTRAINT {check} CHECK ({CONFIRMED})"
        )
        _sqlite_triggers()
    else:
        op.add_column(
            "payout_attempt", sa.Column("undone", sa.Integer(), nullable=False, server_default="0")
        )
        op.create_check_constraint(check, "payout_attempt", CONFIRMED)
        _pg_triggers()


def downgrade() -> None:
    """Refused while a match is undone: it would count again."""
    undone = " UNION ".join(f"SELECT 1 FROM {table} WHERE undone_id IS NOT NULL" for table in TIES)
    if op.get_bind().execute(sa.text(undone)).first():
        raise RuntimeError("there are matches that were undone")
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name, _when, table, *_rest in _guards("", ""):
        op.execute(f"DROP TRIGGER {name}" + ("" if sqlite else f" ON {table}"))
        if not sqlite:
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_index("uq_reconciliation_match_counts", TIES[0])
    for table in TIES:
        op.drop_index(f"ix_{table}_undone", table)
    before = _sqlite_before if sqlite else _pg_before
    before()


def _drop_columns() -> None:
    op.drop_column("payout_attempt", "undone")
    for table in TIES:
        op.drop_column(table, "undone_id")
    op.drop_table("match_undoing")


def _sqlite_before() -> None:
    for name in (*TYING, "reconciliation_match_not_aside"):
        op.execute(f"DROP TRIGGER {name}")
    _drop_columns()
    last = "CONSTRAINT uq_reconciliation_match_entry_id UNIQUE (entry_id)"
    _rebuild_matches(last, f"{last}, \n\t{ONE_MATCH}")
    _sqlite_tying(live="")
    op.execute(
        """CREATE TRIGGER reconciliation_share_no_update BEFORE UPDATE ON reconciliation_share
        BEGIN SELECT RAISE(ABORT, 'reconciliation_share is append-only'); END"""
    )


def _pg_before() -> None:
    for name, condition in TYING.items():
        op.execute(_pg_tying(name, condition.format(live="")))
    op.drop_constraint(op.f("ck_payout_attempt_confirmed"), "payout_attempt", type_="check")
    _drop_columns()
    op.create_unique_constraint(
        "uq_reconciliation_match_statement_line_id", "reconciliation_match", ["statement_line_id"]
    )
    op.execute("DROP TRIGGER reconciliation_share_no_delete ON reconciliation_share")
    op.execute(
        """CREATE TRIGGER reconciliation_share_no_change BEFORE UPDATE OR DELETE
           ON reconciliation_share FOR EACH ROW EXECUTE FUNCTION reconciliation_share_stays()"""
    )


def _create_undoings() -> None:
    op.create_table(
        "match_undoing",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("statement_line_id", BIG, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("proposed_by", BIG, nullable=False),
        sa.Column("proposed_at", sa.DateTime(True), nullable=False),
        sa.Column("decided_by", BIG, nullable=True),
        sa.Column("decided_at", sa.DateTime(True), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_match_undoing_{name}"))
            for name, rule in CHECKS.items()
        ),
        sa.ForeignKeyConstraint(
            ["statement_line_id"],
            ["statement_line.id"],
            name=op.f("fk_match_undoing_statement_line_id_statement_line"),
        ),
        *(
            sa.ForeignKeyConstraint([name], ["user.id"], name=op.f(f"fk_match_undoing_{name}_user"))
            for name in ("proposed_by", "decided_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_undoing")),
        sa.UniqueConstraint("code", name=op.f("uq_match_undoing_code")),
        sqlite_autoincrement=True,
    )
    _index("uq_match_undoing_waits", "match_undoing", "state = 'proposed'", unique=True)
    op.create_index("ix_match_undoing_line", "match_undoing", ["statement_line_id", "id"])


def _index(name: str, table: str, where: str, *, unique: bool) -> None:
    op.create_index(
        name,
        table,
        ["statement_line_id"],
        unique=unique,
        sqlite_where=sa.text(where),
        postgresql_where=sa.text(where),
    )


def _rebuild_matches(before: str, after: str) -> None:
    """SQLite drops no unique constraint: the table is written anew. Nothing refers to it, and the
    triggers that name it are away meanwhile."""
    connection = op.get_bind()
    told = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'reconciliation_match'"
    words = connection.exec_driver_sql(told).scalar_one()
    assert before in words, "the table reads as it was written"
    columns = ", ".join(OF_TIE)
    _head, opens, body = words.replace(before, after).partition("(")
    op.drop_index("ix_reconciliation_match_payout_id", "reconciliation_match")
    op.execute(f"CREATE TABLE match_anew {opens}{body}")
    op.execute(f"INSERT INTO match_anew ({columns}) SELECT {columns} FROM reconciliation_match")
    op.execute("DROP TABLE reconciliation_match")
    op.execute("ALTER TABLE match_anew RENAME TO reconciliation_match")
    op.create_index("ix_reconciliation_match_payout_id", "reconciliation_match", ["payout_id"])


def _guards(differs: str, is_same: str) -> list[tuple[str, str, str, str, str, str]]:
    """Name, when, table, what is asked without a query, what is asked with one, what it says: so
    that matching a million lines costs nothing more."""
    fixed = " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in FIXED)
    guards = [
        ("match_undoing_stays", "UPDATE", "match_undoing", f"OLD.state <> 'proposed' OR {fixed}",
         "", STAYS),
        ("match_undoing_no_delete", "DELETE", "match_undoing", "1 = 1", "", STAYS),
        ("reconciliation_match_no_delete", "DELETE", "reconciliation_match", "1 = 1", "",
         TIE_STAYS),
        ("statement_line_untied", "UPDATE OF state", "statement_line",
         "OLD.state = 'matched' AND NEW.state <> 'matched'", STILL_TIED, TIED),
        ("payout_confirmation_stays", "UPDATE OF state", "payout",
         "OLD.state = 'confirmed' AND NEW.state NOT IN ('confirmed', 'returned')", STANDS, PAID),
        ("payout_attempt_confirmation_stays", "UPDATE OF outcome", "payout_attempt",
         "OLD.outcome = 'confirmed' AND (NEW.outcome IS NULL"
         " OR (NEW.outcome <> 'confirmed' AND NEW.outcome NOT LIKE 'returned%'))", FORGOTTEN, PAID),
    ]  # fmt: skip
    for table in TIES:
        columns = OF_TIE if table == "reconciliation_match" else (*OF_TIE, "amount_fen")
        same = " AND ".join(f"OLD.{name} {is_same} NEW.{name}" for name in columns)
        once = f"OLD.undone_id IS NULL AND NEW.undone_id IS NOT NULL AND {same} AND {UNDONE}"
        guards += [
            (f"{table}_undone_once", "UPDATE", table, "1 = 1", f"NOT ({once})", TIE_STAYS),
            (f"{table}_born", "INSERT", table, "NEW.undone_id IS NOT NULL", "", BORN),
        ]
    return guards


def _sqlite_triggers() -> None:
    for name, when, table, first, asked, says in _guards("IS NOT", "IS"):
        condition = f"({first}) AND ({asked})" if asked else first
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {when} ON {table} WHEN {condition}"
            f" BEGIN SELECT RAISE(ABORT, '{says}'); END"
        )
    _sqlite_tying(live=LIVE)


def _sqlite_tying(*, live: str) -> None:
    for name, condition in TYING.items():
        table = name.rpartition("_")[0]
        op.execute(
            f"CREATE TRIGGER {name} BEFORE INSERT ON {table} WHEN {condition.format(live=live)}"
            " BEGIN SELECT RAISE(ABORT, 'bank line or payout is used up'); END"
        )
    op.execute(
        "CREATE TRIGGER reconciliation_match_not_aside BEFORE INSERT ON reconciliation_match"
        " WHEN EXISTS (SELECT 1 FROM statement_line"
        " WHERE id = NEW.statement_line_id AND state = 'set_aside')"
        f" BEGIN SELECT RAISE(ABORT, '{ASIDE}'); END"
    )


def _pg_triggers() -> None:
    for name, when, table, first, asked, says in _guards(
        "IS DISTINCT FROM", "IS NOT DISTINCT FROM"
    ):
        row = "OLD" if when == "DELETE" else "NEW"
        op.execute(
            f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF {asked or "true"} THEN
              RAISE EXCEPTION '{says}' USING ERRCODE = 'check_violation';
            END IF;
            RETURN {row}; END $$"""
        )
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH ROW WHEN ({first})"
            f" EXECUTE FUNCTION {name}()"
        )
    for name, condition in TYING.items():
        op.execute(_pg_tying(name, condition.format(live=LIVE)))
    op.execute("DROP TRIGGER reconciliation_share_no_change ON reconciliation_share")
    op.execute(
        """CREATE TRIGGER reconciliation_share_no_delete BEFORE DELETE ON reconciliation_share
           FOR EACH ROW EXECUTE FUNCTION reconciliation_share_stays()"""
    )


def _pg_tying(name: str, condition: str) -> str:
    """As 0046 wrote it, but for the condition."""
    return f"""CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE now_state text; BEGIN
        SELECT state INTO now_state FROM statement_line
         WHERE id = NEW.statement_line_id FOR UPDATE;
        IF now_state = 'set_aside' THEN
          RAISE EXCEPTION '{ASIDE}' USING ERRCODE = 'check_violation'; END IF;
        IF {condition} THEN
          RAISE EXCEPTION 'bank line or payout is used up' USING ERRCODE = 'check_violation';
        END IF; RETURN NEW; END $$"""
