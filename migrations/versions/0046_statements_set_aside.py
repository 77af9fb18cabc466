"""A bank statement that was wrongly taken in is set aside by two officers.

Revision: 0046, after 0045

Nothing is deleted: the statement keeps its lines and says since when it counts for nothing. The
database asks for the second person's signature, for lines of which none is tied to a payout or
explained, and for a month that is open; afterwards neither the statement nor a line of it comes
back, and nothing is tied to such a line. The functions that hold a line while it is tied answer
its state as well, so that a match costs no further look-up.
"""

import sqlalchemy as sa
from alembic import op
from checks import change_enum_check

revision = "0046"
down_revision = "0045"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAITS, STANDS = "state = 'proposed'", "state = 'signed'"
CHECKS = {
    "state": "state IN ('proposed', 'signed', 'returned', 'withdrawn')",
    "two_people": "decided_by IS NULL OR decided_by <> proposed_by",
    "signed": "state IN ('proposed', 'withdrawn') OR decided_by IS NOT NULL",
    "explained": "state <> 'returned' OR decision_reason IS NOT NULL",
}
LINE_STATES = ("imported", "matched", "break", "explained")
BREAK_STATES = ("open", "explained", "resolved")
FIXED = ("code", "statement_id", "reason", "proposed_by", "proposed_at")

STAYS = "what was proposed and signed about a statement stays"
SIGNED = "a statement is set aside for good, by two people, while none of its lines is booked"
LINE_SAYS = "a line is set aside with its statement, and stays so"
TIED = "a bank line that was set aside is tied to nothing"

UNSIGNED = """OLD.set_aside_at IS NOT NULL
    OR NOT EXISTS (SELECT 1 FROM statement_set_aside
        WHERE statement_id = NEW.id AND state = 'signed')
    OR EXISTS (SELECT 1 FROM statement_line
        WHERE statement_id = NEW.id AND state IN ('matched', 'explained'))
    OR EXISTS (SELECT 1 FROM period WHERE state = 'closed'
        AND first_on <= NEW.to_on AND last_on >= coalesce(NEW.from_on, NEW.to_on))
    OR EXISTS (SELECT 1 FROM statement_line AS line JOIN period
        ON line.booked_on BETWEEN period.first_on AND period.last_on
        WHERE line.statement_id = NEW.id AND period.state = 'closed')"""
LINE_MOVES = """OLD.state <> NEW.state AND (OLD.state NOT IN ('imported', 'break')
    OR NOT EXISTS (SELECT 1 FROM bank_statement
        WHERE id = NEW.statement_id AND set_aside_at IS NOT NULL))"""
IS_ASIDE = """EXISTS (SELECT 1 FROM statement_line
    WHERE id = NEW.statement_line_id AND state = 'set_aside')"""

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
TYING = {"reconciliation_share_fits": USED_UP, "reconciliation_match_alone": SHARED}
"""As written in 0018; here they ask for the state of the line they hold, too."""


def upgrade() -> None:
    op.create_table(
        "statement_set_aside",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("statement_id", BIG, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("proposed_by", BIG, nullable=False),
        sa.Column("proposed_at", sa.DateTime(True), nullable=False),
        sa.Column("decided_by", BIG, nullable=True),
        sa.Column("decided_at", sa.DateTime(True), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_statement_set_aside_{name}"))
            for name, rule in CHECKS.items()
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"],
            ["bank_statement.id"],
            name=op.f("fk_statement_set_aside_statement_id_bank_statement"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [name], ["user.id"], name=op.f(f"fk_statement_set_aside_{name}_user")
            )
            for name in ("proposed_by", "decided_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_set_aside")),
        sa.UniqueConstraint("code", name=op.f("uq_statement_set_aside_code")),
        sqlite_autoincrement=True,
    )
    for name, where in (("waits", WAITS), ("stands", STANDS)):
        op.create_index(
            f"uq_statement_set_aside_{name}",
            "statement_set_aside",
            ["statement_id"],
            unique=True,
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )
    op.add_column("bank_statement", sa.Column("set_aside_at", sa.DateTime(True), nullable=True))
    change_enum_check(
        "statement_line", "state", before=LINE_STATES, after=(*LINE_STATES, "set_aside")
    )
    change_enum_check(
        "reconciliation_break", "state", before=BREAK_STATES, after=(*BREAK_STATES, "set_aside")
    )
    if op.get_bind().dialect.name == "sqlite":
        for name, when, table, condition, says in _guards("IS NOT"):
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {when} ON {table} WHEN {condition}"
                f" BEGIN SELECT RAISE(ABORT, '{says}'); END"
            )
        for table in ("reconciliation_match", "reconciliation_share", "statement_line_sighting"):
            op.execute(
                f"CREATE TRIGGER {table}_not_aside BEFORE INSERT ON {table} WHEN {IS_ASIDE}"
                f" BEGIN SELECT RAISE(ABORT, '{TIED}'); END"
            )
        return
    for name, when, table, condition, says in _guards("IS DISTINCT FROM"):
        _pg_guard(name, when, table, condition, says)
    for name, condition in TYING.items():
        op.execute(_pg_tying(name, condition, asks_state=True))
    # Asked once for all that a statement writes, after its foreign keys have waited for whoever
    # holds the line: who sets it aside and who sees it again cannot miss each other.
    op.execute(
        f"""CREATE FUNCTION sightings_not_aside() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF EXISTS (SELECT 1 FROM added JOIN statement_line AS line
            ON line.id = added.statement_line_id WHERE line.state = 'set_aside') THEN
          RAISE EXCEPTION '{TIED}' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL; END $$"""
    )
    op.execute(
        """CREATE TRIGGER statement_line_sighting_not_aside AFTER INSERT ON statement_line_sighting
           REFERENCING NEW TABLE AS added
           FOR EACH STATEMENT EXECUTE FUNCTION sightings_not_aside()"""
    )


def downgrade() -> None:
    """Refused while a statement is set aside: it would count again."""
    aside = "SELECT 1 FROM bank_statement WHERE set_aside_at IS NOT NULL"
    if op.get_bind().execute(sa.text(aside)).first():
        raise RuntimeError("there are statements set aside")
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name, _when, table, *_rest in _guards(""):
        op.execute(f"DROP TRIGGER {name}" + ("" if sqlite else f" ON {table}"))
        if not sqlite:
            op.execute(f"DROP FUNCTION {name}()")
    if sqlite:
        for table in ("reconciliation_match", "reconciliation_share", "statement_line_sighting"):
            op.execute(f"DROP TRIGGER {table}_not_aside")
    else:
        op.execute("DROP TRIGGER statement_line_sighting_not_aside ON statement_line_sighting")
        op.execute("DROP FUNCTION sightings_not_aside()")
        for name, condition in TYING.items():
            op.execute(_pg_tying(name, condition, asks_state=False))
    change_enum_check(
        "reconciliation_break", "state", before=(*BREAK_STATES, "set_aside"), after=BREAK_STATES
    )
    change_enum_check(
        "statement_line", "state", before=(*LINE_STATES, "set_aside"), after=LINE_STATES
    )
    op.drop_column("bank_statement", "set_aside_at")
    op.drop_table("statement_set_aside")


def _guards(differs: str) -> list[tuple[str, str, str, str, str]]:
    """Name, when, table, condition, what it says. What a condition asks first is asked without a
    query, so that matching a million lines costs nothing more."""
    fixed = " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in FIXED)
    return [
        (
            "statement_set_aside_stays",
            "UPDATE",
            "statement_set_aside",
            f"OLD.state <> 'proposed' OR {fixed}",
            STAYS,
        ),
        ("statement_set_aside_no_delete", "DELETE", "statement_set_aside", "1 = 1", STAYS),
        (
            "bank_statement_set_aside",
            "UPDATE",
            "bank_statement",
            f"OLD.set_aside_at {differs} NEW.set_aside_at AND ({UNSIGNED})",
            SIGNED,
        ),
        (
            "bank_statement_not_born_aside",
            "INSERT",
            "bank_statement",
            "NEW.set_aside_at IS NOT NULL",
            SIGNED,
        ),
        (
            "bank_statement_aside_no_delete",
            "DELETE",
            "bank_statement",
            "OLD.set_aside_at IS NOT NULL",
            SIGNED,
        ),
        (
            "statement_line_set_aside",
            "UPDATE OF state",
            "statement_line",
            f"'set_aside' IN (OLD.state, NEW.state) AND ({LINE_MOVES})",
            LINE_SAYS,
        ),
        (
            "statement_line_aside_no_delete",
            "DELETE",
            "statement_line",
            "OLD.state = 'set_aside'",
            LINE_SAYS,
        ),
    ]


def _pg_guard(name: str, when: str, table: str, condition: str, says: str) -> None:
    """What needs no query is the trigger's own condition: its function is entered to refuse."""
    first, _and, rest = condition.partition(" AND (")
    row = "OLD" if when == "DELETE" else "NEW"
    asked = f"({rest}" if rest else "true"
    op.execute(
        f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF {asked} THEN
          RAISE EXCEPTION '{says}' USING ERRCODE = 'check_violation';
        END IF;
        RETURN {row}; END $$"""
    )
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH ROW WHEN ({first})"
        f" EXECUTE FUNCTION {name}()"
    )


def _pg_tying(name: str, condition: str, *, asks_state: bool) -> str:
    """The lock makes two writers of one bank line wait for each other before they add up."""
    lock = "PERFORM 1 FROM statement_line WHERE id = NEW.statement_line_id FOR UPDATE;"
    declared = aside = ""
    if asks_state:
        declared = "DECLARE now_state text;"
        lock = """SELECT state INTO now_state FROM statement_line
                   WHERE id = NEW.statement_line_id FOR UPDATE;"""
        aside = f"""IF now_state = 'set_aside' THEN
            RAISE EXCEPTION '{TIED}' USING ERRCODE = 'check_violation'; END IF;"""
    return f"""CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        {declared} BEGIN {lock} {aside}
        IF {condition} THEN
          RAISE EXCEPTION 'bank line or payout is used up' USING ERRCODE = 'check_violation';
        END IF; RETURN NEW; END $$"""
