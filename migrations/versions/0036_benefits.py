"""Benefits paid to people: what is due to whom, their accounts, payouts that have a person as payee.

Revision: 0036, after 0035

A payout pays a settlement of an institution or a benefit of a person, never both; a try of it goes
to an account of that payee. What was decided of a benefit, and an account once named, never change.
"""

import sqlalchemy as sa
from alembic import op
from checks import rewrite_table

revision = "0036"
down_revision = "0035"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
KINDS = "'living', 'travel', 'assessment_fee'"
STATES = "'due', 'unfunded', 'declined', 'withdrawn'"
BENEFIT_CHECKS = {
    "kind": f"kind IN ({KINDS})",
    "state": f"state IN ({STATES})",
    "amount": "amount_fen >= 0",
    "declined": "state <> 'declined' OR amount_fen = 0",
    "due": "state <> 'due' OR (amount_fen > 0 AND entry_id IS NOT NULL)",
    "unfunded": "state <> 'unfunded' OR entry_id IS NULL",
    "withdrawn": "(state = 'withdrawn') = (withdrawn_reason IS NOT NULL)"
    " AND (withdrawn_entry_id IS NULL OR entry_id IS NOT NULL)",
}
ACCOUNT_CHECKS = {
    "state": "state IN ('in_force', 'retired')",
    "retired": "(state = 'retired') = (retired_at IS NOT NULL)",
}
PAYEE_OF_BATCH = "payee IN ('institution', 'worker')"
PAYEE_OF_PAYOUT = (
    "(benefit_id IS NULL) = (settlement_id IS NOT NULL)"
    " AND (settlement_id IS NULL) = (institution_id IS NULL)"
)
PAYEE_OF_ATTEMPT = "(worker_bank_account_id IS NULL) <> (payout_account_id IS NULL)"
MAY_BE_EMPTY = (
    ("payout", "settlement_id"),
    ("payout", "institution_id"),
    ("payout_attempt", "payout_account_id"),
)
KEPT = (
    "code", "kind", "worker_id", "enrollment_id", "redemption_id", "quote_id", "scheme_id",
    "scheme_version_id", "allotment_id", "amount_fen", "currency", "decided_on", "decided_at",
)  # fmt: skip
KEPT_OF_ACCOUNT = (
    "code", "worker_id", "number_sealed", "number_index", "number_masked", "bank_name",
    "bank_code", "payable_from", "named_by", "named_at",
)  # fmt: skip
MOVES = (
    "NOT (OLD.state = NEW.state OR NEW.state = 'withdrawn'"
    " OR (OLD.state = 'unfunded' AND NEW.state = 'due'))"
)
ON_ITS_WAY = (
    "NEW.state = 'withdrawn' AND EXISTS (SELECT 1 FROM payout WHERE benefit_id = NEW.id"
    " AND state IN ('approved', 'sent', 'confirmed'))"
)
OTHER_PAYOUT = (
    "NEW.benefit_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM benefit WHERE id = NEW.benefit_id"
    " AND state = 'due' AND amount_fen = NEW.amount_fen AND currency = NEW.currency)"
)
OTHER_PERSON = (
    "NEW.worker_bank_account_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM payout"
    " JOIN benefit ON benefit.id = payout.benefit_id"
    " JOIN worker_bank_account ON worker_bank_account.worker_id = benefit.worker_id"
    " WHERE payout.id = NEW.payout_id AND worker_bank_account.id = NEW.worker_bank_account_id)"
)
BENEFIT_SAYS = "what was decided of a benefit stays what it is"
ACCOUNT_SAYS = "the account of a person stays what it is"
PAYOUT_SAYS = "a payout pays what is due to the person"
FUNCTIONS = (
    "benefit_stays",
    "worker_bank_account_stays",
    "payout_of_person",
    "payout_attempt_of_person",
)
ATTEMPT_SAYS = "a benefit is paid to an account of its person"


def upgrade() -> None:
    _create_benefit()
    _create_worker_bank_account()
    if op.get_bind().dialect.name == "sqlite":
        _widen_payouts_sqlite()
        _guard_sqlite()
    else:
        _widen_payouts_postgresql()
        _guard_postgresql()
    op.create_index("uq_payout_benefit_id", "payout", ["benefit_id"], unique=True)
    op.create_index(
        op.f("ix_payout_attempt_worker_bank_account_id"),
        "payout_attempt",
        ["worker_bank_account_id"],
    )


def downgrade() -> None:
    """Refused while a payout has a person as payee: its history would be lost."""
    if op.get_bind().execute(sa.text("SELECT 1 FROM payout WHERE benefit_id IS NOT NULL")).first():
        raise RuntimeError("there are payouts to people")
    op.drop_index(op.f("ix_payout_attempt_worker_bank_account_id"), table_name="payout_attempt")
    op.drop_index("uq_payout_benefit_id", table_name="payout")
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in ("payout", "payout_attempt"):
        op.execute(f"DROP TRIGGER {table}_of_person" + ("" if sqlite else f" ON {table}"))
    if sqlite:  # a column that a trigger names cannot go
        op.execute("DROP TRIGGER benefit_no_withdrawal")
    op.drop_column("payout_attempt", "worker_bank_account_id")
    op.drop_column("payout", "benefit_id")
    op.drop_column("payout_batch", "payee")
    _narrow_payouts()
    op.drop_table("benefit")
    op.drop_table("worker_bank_account")
    if not sqlite:
        for name in FUNCTIONS:
            op.execute(f"DROP FUNCTION {name}()")


def _create_benefit() -> None:
    op.create_table(
        "benefit",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("worker_id", BIG, nullable=False),
        sa.Column("enrollment_id", BIG, nullable=False),
        sa.Column("redemption_id", BIG, nullable=False),
        sa.Column("quote_id", BIG, nullable=False),
        sa.Column("scheme_id", BIG, nullable=False),
        sa.Column("scheme_version_id", BIG, nullable=False),
        sa.Column("allotment_id", BIG, nullable=False),
        sa.Column("amount_fen", BIG, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("decided_at", INSTANT, nullable=False),
        sa.Column("entry_id", BIG, nullable=True),
        sa.Column("reminded_at", INSTANT, nullable=True),
        sa.Column("withdrawn_entry_id", BIG, nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.Column("withdrawn_by", BIG, nullable=True),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_benefit_{name}"))
            for name, rule in BENEFIT_CHECKS.items()
        ),
        *(
            sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_benefit_{column}_{to}"))
            for column, to in (
                ("worker_id", "worker"),
                ("enrollment_id", "enrollment"),
                ("redemption_id", "redemption"),
                ("quote_id", "quote"),
                ("scheme_id", "scheme"),
                ("scheme_version_id", "scheme_version"),
                ("allotment_id", "allotment"),
                ("entry_id", "journal_entry"),
                ("withdrawn_entry_id", "journal_entry"),
                ("withdrawn_by", "user"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benefit")),
        sa.UniqueConstraint("code", name=op.f("uq_benefit_code")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_benefit_entry_id")),
        sa.UniqueConstraint("withdrawn_entry_id", name=op.f("uq_benefit_withdrawn_entry_id")),
        sqlite_autoincrement=True,
    )
    live = sa.text("state <> 'withdrawn'")
    op.create_index(
        "uq_benefit_live",
        "benefit",
        ["enrollment_id", "kind"],
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )
    op.create_index("ix_benefit_worker", "benefit", ["worker_id", "kind", "id"])
    op.create_index("ix_benefit_state", "benefit", ["state", "id"])
    op.create_index(op.f("ix_benefit_allotment_id"), "benefit", ["allotment_id"])
    op.create_index(op.f("ix_benefit_redemption_id"), "benefit", ["redemption_id"])


def _create_worker_bank_account() -> None:
    op.create_table(
        "worker_bank_account",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("worker_id", BIG, nullable=False),
        sa.Column("number_sealed", sa.Text(), nullable=False),
        sa.Column("number_index", sa.Text(), nullable=False),
        sa.Column("number_masked", sa.Text(), nullable=False),
        sa.Column("bank_name", sa.Text(), nullable=False),
        sa.Column("bank_code", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("payable_from", sa.Date(), nullable=False),
        sa.Column("named_by", BIG, nullable=False),
        sa.Column("named_at", INSTANT, nullable=False),
        sa.Column("retired_at", INSTANT, nullable=True),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_worker_bank_account_{name}"))
            for name, rule in ACCOUNT_CHECKS.items()
        ),
        sa.ForeignKeyConstraint(
            ["worker_id"], ["worker.id"], name=op.f("fk_worker_bank_account_worker_id_worker")
        ),
        sa.ForeignKeyConstraint(
            ["named_by"], ["user.id"], name=op.f("fk_worker_bank_account_named_by_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker_bank_account")),
        sa.UniqueConstraint("code", name=op.f("uq_worker_bank_account_code")),
        sqlite_autoincrement=True,
    )
    in_force = sa.text("state = 'in_force'")
    op.create_index(
        "uq_worker_bank_account_in_force",
        "worker_bank_account",
        ["worker_id"],
        unique=True,
        sqlite_where=in_force,
        postgresql_where=in_force,
    )
    op.create_index(op.f("ix_worker_bank_account_worker_id"), "worker_bank_account", ["worker_id"])
    op.create_index(
        op.f("ix_worker_bank_account_number_index"), "worker_bank_account", ["number_index"]
    )


def _widen_payouts_sqlite() -> None:
    """New columns are added; that old ones may be empty is said in the table's text, as SQLite's
    documentation recommends for what touches no stored row: a rebuild would lose the triggers."""
    for table, column in MAY_BE_EMPTY:
        rewrite_table(table, f"{column} INTEGER NOT NULL", f"{column} INTEGER")
    op.execute(
        "ALTER TABLE payout_batch ADD COLUMN payee VARCHAR(32) NOT NULL DEFAULT 'institution'"
        f" CONSTRAINT ck_payout_batch_payee CHECK ({PAYEE_OF_BATCH})"
    )
    op.execute(
        "ALTER TABLE payout ADD COLUMN benefit_id INTEGER"
        f" CONSTRAINT ck_payout_payee CHECK ({PAYEE_OF_PAYOUT})"
        " CONSTRAINT fk_payout_benefit_id_benefit REFERENCES benefit (id)"
    )
    op.execute(
        "ALTER TABLE payout_attempt ADD COLUMN worker_bank_account_id INTEGER"
        f" CONSTRAINT ck_payout_attempt_payee CHECK ({PAYEE_OF_ATTEMPT})"
        " CONSTRAINT fk_payout_attempt_worker_bank_account_id_worker_bank_account"
        " REFERENCES worker_bank_account (id)"
    )


def _narrow_payouts() -> None:
    for table, column in MAY_BE_EMPTY:
        if op.get_bind().dialect.name == "sqlite":
            rewrite_table(table, f"{column} INTEGER", f"{column} INTEGER NOT NULL")
        else:
            op.alter_column(table, column, nullable=False)


def _widen_payouts_postgresql() -> None:
    for table, column in MAY_BE_EMPTY:
        op.alter_column(table, column, nullable=True)
    op.add_column(
        "payout_batch",
        sa.Column("payee", sa.String(length=32), nullable=False, server_default="institution"),
    )
    op.add_column("payout", sa.Column("benefit_id", BIG, nullable=True))
    op.add_column("payout_attempt", sa.Column("worker_bank_account_id", BIG, nullable=True))
    for table, column, to in (
        ("payout", "benefit_id", "benefit"),
        ("payout_attempt", "worker_bank_account_id", "worker_bank_account"),
    ):
        op.create_foreign_key(op.f(f"fk_{table}_{column}_{to}"), table, to, [column], ["id"])
    for table, rule in (
        ("payout_batch", PAYEE_OF_BATCH),
        ("payout", PAYEE_OF_PAYOUT),
        ("payout_attempt", PAYEE_OF_ATTEMPT),
    ):
        op.create_check_constraint(op.f(f"ck_{table}_payee"), table, rule)


def _changed(columns: tuple[str, ...], *, differs: str) -> str:
    return " OR ".join(f"OLD.{column} {differs} NEW.{column}" for column in columns)


def _guard_sqlite() -> None:
    differs = "IS NOT"
    fixed = (
        f"{_changed(KEPT, differs=differs)} OR OLD.steps IS NOT NEW.steps"
        f" OR OLD.state = 'withdrawn' OR {MOVES}"
        " OR (OLD.entry_id IS NOT NULL AND OLD.entry_id IS NOT NEW.entry_id)"
    )
    for name, when, table, condition, says in (
        ("benefit_no_update", "UPDATE", "benefit", fixed, BENEFIT_SAYS),
        ("benefit_no_withdrawal", "UPDATE", "benefit", ON_ITS_WAY, BENEFIT_SAYS),
        ("benefit_no_delete", "DELETE", "benefit", "1", BENEFIT_SAYS),
        (
            "worker_bank_account_no_update",
            "UPDATE",
            "worker_bank_account",
            f"{_changed(KEPT_OF_ACCOUNT, differs=differs)} OR OLD.state = 'retired'",
            ACCOUNT_SAYS,
        ),
        ("worker_bank_account_no_delete", "DELETE", "worker_bank_account", "1", ACCOUNT_SAYS),
        ("payout_of_person", "INSERT", "payout", OTHER_PAYOUT, PAYOUT_SAYS),
        ("payout_attempt_of_person", "INSERT", "payout_attempt", OTHER_PERSON, ATTEMPT_SAYS),
    ):
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {when} ON {table} WHEN {condition}"
            f" BEGIN SELECT RAISE(ABORT, '{says}'); END"
        )


def _guard_postgresql() -> None:
    differs = "IS DISTINCT FROM"
    fixed = (
        f"{_changed(KEPT, differs=differs)} OR OLD.steps::text IS DISTINCT FROM NEW.steps::text"
        f" OR OLD.state = 'withdrawn' OR {MOVES}"
        " OR (OLD.entry_id IS NOT NULL AND OLD.entry_id IS DISTINCT FROM NEW.entry_id)"
    )
    account_fixed = f"{_changed(KEPT_OF_ACCOUNT, differs=differs)} OR OLD.state = 'retired'"
    update = "IF {} THEN RAISE EXCEPTION '{}' USING ERRCODE = 'check_violation'; END IF;"
    for table, says, condition in (
        ("benefit", BENEFIT_SAYS, f"({fixed}) OR ({ON_ITS_WAY})"),
        ("worker_bank_account", ACCOUNT_SAYS, account_fixed),
    ):
        op.execute(
            f"""CREATE FUNCTION {table}_stays() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              IF TG_OP <> 'UPDATE' THEN
                RAISE EXCEPTION '{says}' USING ERRCODE = 'check_violation';
              END IF;
              {update.format(condition, says)}
              RETURN NEW;
            END $$"""
        )
        for name, when, each in (
            ("update", "UPDATE", "ROW"),
            ("delete", "DELETE", "ROW"),
            ("truncate", "TRUNCATE", "STATEMENT"),
        ):
            op.execute(
                f"CREATE TRIGGER {table}_no_{name} BEFORE {when} ON {table}"
                f" FOR EACH {each} EXECUTE FUNCTION {table}_stays()"
            )
    for table, says, condition in (
        ("payout", PAYOUT_SAYS, OTHER_PAYOUT),
        ("payout_attempt", ATTEMPT_SAYS, OTHER_PERSON),
    ):
        op.execute(
            f"""CREATE FUNCTION {table}_of_person() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              {update.format(condition, says)}
              RETURN NEW;
            END $$"""
        )
        op.execute(
            f"CREATE TRIGGER {table}_of_person BEFORE INSERT ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {table}_of_person()"
        )
