"""Entries proposed for differences of the bank; disputed lines; objections from the public;
clearing between regions.

Revision: 0024, after 0023

A proposal is written once: what it proposes never changes, it moves forward only, and of one
difference at most one waits and at most one stands. Its amount is that of the difference. What was
disputed, objected and answered never changes; a thread is only added to.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WHEN = sa.DateTime(timezone=True)
STAYS = ("code", "break_id", "number", "kind", "amount_fen", "currency", "payout_id", "reason",
         "proposed_by", "proposed_at", "reverses_id")  # fmt: skip
FORWARD = """(OLD.state = NEW.state OR OLD.state = 'proposed'
    OR (OLD.state = 'posted' AND NEW.state = 'reversed'))"""
AMOUNT = "(SELECT amount_fen FROM reconciliation_break WHERE id = NEW.break_id)"
DISPUTE_STAYS = ("code", "institution_id", "entry_id", "claim_line_id", "grounds", "filed_by",
                 "filed_at", "due_on")  # fmt: skip
OBJECTION_STAYS = ("code", "receipt_index", "claim_id", "grounds", "statement_sealed",
                   "statement_index", "name_sealed", "contact_sealed", "filed_at",
                   "due_on")  # fmt: skip
STAYING = {"statement_dispute": DISPUTE_STAYS, "public_objection": OBJECTION_STAYS}
THREAD = "statement_dispute_message"
TABLES = (THREAD, "statement_dispute", "public_objection", "break_proposal", "clearing_item",
          "clearing_run")  # fmt: skip
ITEM_STAYS = ("run_id", "settlement_line_id", "clawback_id", "allotment_id", "home_id", "place_id",
              "amount_fen")  # fmt: skip
RUN_STAYS = ("code", "period_code", "currency", "prepared_by", "prepared_at")


def _changed(names: tuple[str, ...], operator: str) -> str:
    return " OR ".join(f"OLD.{name} {operator} NEW.{name}" for name in names)


SQLITE_TRIGGERS = {
    "break_proposal_stays": f"""BEFORE UPDATE ON break_proposal
        WHEN {_changed(STAYS, "IS NOT")}
          OR NOT {FORWARD}
          OR (OLD.entry_id IS NOT NULL AND OLD.entry_id IS NOT NEW.entry_id)
        BEGIN SELECT RAISE(ABORT, 'a proposed entry stays what it is'); END""",
    "break_proposal_amount": f"""BEFORE INSERT ON break_proposal
        WHEN NEW.amount_fen IS NOT {AMOUNT}
        BEGIN SELECT RAISE(ABORT, 'a proposal has the amount of its difference'); END""",
    "break_proposal_no_delete": """BEFORE DELETE ON break_proposal
        BEGIN SELECT RAISE(ABORT, 'a proposed entry is never deleted'); END""",
    **{
        f"{table}_stays": f"""BEFORE UPDATE ON {table}
        WHEN {_changed(names, "IS NOT")} OR OLD.state <> 'open'
        BEGIN SELECT RAISE(ABORT, 'what was said and decided stays'); END"""
        for table, names in STAYING.items()
    },
    **{
        f"{table}_no_delete": f"""BEFORE DELETE ON {table}
        BEGIN SELECT RAISE(ABORT, 'what was said and decided stays'); END"""
        for table in STAYING
    },
    "clearing_run_stays": f"""BEFORE UPDATE ON clearing_run
        WHEN {_changed(RUN_STAYS, "IS NOT")} OR OLD.state IN ('approved', 'rejected')
        BEGIN SELECT RAISE(ABORT, 'a decided clearing stays'); END""",
    "clearing_item_stays": f"""BEFORE UPDATE ON clearing_item
        WHEN {_changed(ITEM_STAYS, "IS NOT")} OR OLD.released_at IS NOT NULL
        BEGIN SELECT RAISE(ABORT, 'a cleared line stays'); END""",
    **{
        f"{table}_no_delete": f"""BEFORE DELETE ON {table}
        BEGIN SELECT RAISE(ABORT, 'a clearing is never deleted'); END"""
        for table in ("clearing_run", "clearing_item")
    },
    f"{THREAD}_no_update": f"""BEFORE UPDATE ON {THREAD}
        BEGIN SELECT RAISE(ABORT, 'a message stays'); END""",
    f"{THREAD}_no_delete": f"""BEFORE DELETE ON {THREAD}
        BEGIN SELECT RAISE(ABORT, 'a message stays'); END""",
}
PG_FUNCTIONS = {
    "break_proposal_stays": f"""BEGIN
        IF TG_OP = 'DELETE' THEN
          RAISE EXCEPTION 'a proposed entry is never deleted' USING ERRCODE = 'check_violation';
        END IF;
        IF {_changed(STAYS, "IS DISTINCT FROM")}
           OR NOT {FORWARD}
           OR (OLD.entry_id IS NOT NULL AND OLD.entry_id IS DISTINCT FROM NEW.entry_id) THEN
          RAISE EXCEPTION 'a proposed entry stays what it is' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW; END""",
    "break_proposal_amount": f"""BEGIN
        IF NEW.amount_fen IS DISTINCT FROM {AMOUNT} THEN
          RAISE EXCEPTION 'a proposal has the amount of its difference'
            USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW; END""",
    **{
        f"{table}_stays": f"""BEGIN
        IF TG_OP = 'DELETE' OR OLD.state <> 'open'
           OR {_changed(names, "IS DISTINCT FROM")} THEN
          RAISE EXCEPTION 'what was said and decided stays' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW; END"""
        for table, names in STAYING.items()
    },
    "clearing_run_stays": f"""BEGIN
        IF TG_OP = 'DELETE' OR OLD.state IN ('approved', 'rejected')
           OR {_changed(RUN_STAYS, "IS DISTINCT FROM")} THEN
          RAISE EXCEPTION 'a decided clearing stays' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW; END""",
    "clearing_item_stays": f"""BEGIN
        IF TG_OP = 'DELETE' OR OLD.released_at IS NOT NULL
           OR {_changed(ITEM_STAYS, "IS DISTINCT FROM")} THEN
          RAISE EXCEPTION 'a cleared line stays' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW; END""",
    f"{THREAD}_stays": """BEGIN
        RAISE EXCEPTION 'a message stays' USING ERRCODE = 'check_violation';
        END""",
}
PG_TRIGGERS = {
    "break_proposal_stays": ("BEFORE UPDATE OR DELETE", "break_proposal"),
    "break_proposal_amount": ("BEFORE INSERT", "break_proposal"),
    **{
        f"{table}_stays": ("BEFORE UPDATE OR DELETE", table)
        for table in (*STAYING, THREAD, "clearing_run", "clearing_item")
    },
}


def upgrade() -> None:
    _create_break_proposal()
    _create_disputes()
    _create_objections()
    _create_clearing()
    if op.get_bind().dialect.name == "sqlite":
        for name, body in SQLITE_TRIGGERS.items():
            op.execute(f"CREATE TRIGGER {name} {body}")
        return
    for name, body in PG_FUNCTIONS.items():
        op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
    for name, (when, table) in PG_TRIGGERS.items():
        op.execute(
            f"CREATE TRIGGER {name} {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
        )


def downgrade() -> None:
    """Refused by itself while proposals exist: signatures and answers would be lost."""
    for table in TABLES:
        if op.get_bind().execute(sa.text(f"SELECT 1 FROM {table} LIMIT 1")).first():
            raise RuntimeError(f"there are rows in {table}")
    if op.get_bind().dialect.name != "sqlite":
        for name, (_when, table) in PG_TRIGGERS.items():
            op.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
        for name in PG_FUNCTIONS:
            op.execute(f"DROP FUNCTION IF EXISTS {name}()")
    for table in TABLES:
        op.drop_table(table)


def _create_break_proposal() -> None:
    states = ("proposed", "posted", "returned", "withdrawn", "reversed")
    kinds = ("bank_fee", "interest", "unknown_receipt", "receipt_paid_back", "unknown_payment",
             "payment_recovered", "duplicate_payment", "overpayment_repaid", "returned_payment",
             "region_clearing", "no_entry", "reversal")  # fmt: skip
    op.create_table(
        "break_proposal",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("break_id", BIG, nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("suggested_kind", sa.Text(), nullable=True),
        sa.Column("amount_fen", BIG, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("payout_id", BIG, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("proposed_by", BIG, nullable=False),
        sa.Column("proposed_at", WHEN, nullable=False),
        sa.Column("decided_by", BIG, nullable=True),
        sa.Column("decided_at", WHEN, nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("entry_id", BIG, nullable=True),
        sa.Column("reverses_id", BIG, nullable=True),
        sa.CheckConstraint(_one_of("kind", kinds), name=op.f("ck_break_proposal_kind")),
        sa.CheckConstraint(_one_of("state", states), name=op.f("ck_break_proposal_state")),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_break_proposal_amount")),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> proposed_by",
            name=op.f("ck_break_proposal_two_people"),
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'withdrawn') OR decided_by IS NOT NULL",
            name=op.f("ck_break_proposal_signed"),
        ),
        sa.CheckConstraint(
            "state <> 'returned' OR decision_reason IS NOT NULL",
            name=op.f("ck_break_proposal_explained"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('posted', 'reversed') OR kind IN ('no_entry', 'reversal')"
            " OR entry_id IS NOT NULL",
            name=op.f("ck_break_proposal_booked"),
        ),
        sa.CheckConstraint(
            "(kind = 'reversal') = (reverses_id IS NOT NULL)",
            name=op.f("ck_break_proposal_reverses"),
        ),
        *_foreign_keys("break_proposal", {
            "break_id": "reconciliation_break", "payout_id": "payout", "proposed_by": "user",
            "decided_by": "user", "entry_id": "journal_entry", "reverses_id": "break_proposal",
        }),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_break_proposal")),
        sa.UniqueConstraint("code", name=op.f("uq_break_proposal_code")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_break_proposal_entry_id")),
        sa.UniqueConstraint("break_id", "number", name=op.f("uq_break_proposal_break_id_number")),
        sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_index("ix_break_proposal_state", "break_proposal", ["state", "id"])
    _unique_while("uq_break_proposal_waits", "break_proposal", ["break_id"], "state = 'proposed'")
    _unique_while(
        "uq_break_proposal_stands",
        "break_proposal",
        ["break_id"],
        "state = 'posted' AND reverses_id IS NULL",
    )


def _create_disputes() -> None:
    grounds = ("amount_wrong", "missing", "not_ours", "twice", "not_received", "kept_back", "other")
    states = ("open", "accepted", "rejected", "withdrawn")
    follow_ups = ("corrected", "line_returned", "next_settlement")
    op.create_table(
        "statement_dispute",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("institution_id", BIG, nullable=False),
        sa.Column("entry_id", BIG, nullable=True),
        sa.Column("claim_line_id", BIG, nullable=True),
        sa.Column("grounds", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("filed_by", BIG, nullable=False),
        sa.Column("filed_at", WHEN, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("owner_id", BIG, nullable=True),
        sa.Column("follow_up", sa.String(length=32), nullable=True),
        sa.Column("correction_entry_id", BIG, nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("clause", sa.Text(), nullable=True),
        sa.Column("decided_by", BIG, nullable=True),
        sa.Column("decided_at", WHEN, nullable=True),
        *_checks("statement_dispute", {
            "grounds": _one_of("grounds", grounds),
            "state": _one_of("state", states),
            "follow_up": _one_of("follow_up", follow_ups),
            "one_line": "(entry_id IS NULL) <> (claim_line_id IS NULL)",
            "answered": "state NOT IN ('accepted', 'rejected')"
                        " OR (decided_by IS NOT NULL AND answer IS NOT NULL)",
            "clause": "state <> 'rejected' OR clause IS NOT NULL",
            "follow_up_named": "state <> 'accepted' OR follow_up IS NOT NULL",
            "corrected": "follow_up <> 'corrected' OR correction_entry_id IS NOT NULL",
            "two_people": "decided_by IS NULL OR decided_by <> filed_by",
        }),
        *_foreign_keys("statement_dispute", {
            "institution_id": "institution", "entry_id": "journal_entry",
            "claim_line_id": "claim_line", "filed_by": "user", "owner_id": "user",
            "correction_entry_id": "journal_entry", "decided_by": "user",
        }),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_dispute")),
        sa.UniqueConstraint("code", name=op.f("uq_statement_dispute_code")),
        sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_index(
        op.f("ix_statement_dispute_institution_id"), "statement_dispute", ["institution_id"]
    )
    op.create_index("ix_statement_dispute_state", "statement_dispute", ["state", "due_on", "id"])
    for name, columns in (("entry", ["institution_id", "entry_id"]),
                          ("claim_line", ["claim_line_id"])):  # fmt: skip
        _unique_while(
            f"uq_statement_dispute_{name}", "statement_dispute", columns, "state = 'open'"
        )
    op.create_table(
        THREAD,
        sa.Column("id", BIG, nullable=False),
        sa.Column("dispute_id", BIG, nullable=False),
        sa.Column("is_from_office", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("document_id", BIG, nullable=True),
        sa.Column("written_by", BIG, nullable=False),
        sa.Column("written_at", WHEN, nullable=False),
        *_foreign_keys(THREAD, {
            "dispute_id": "statement_dispute", "document_id": "document", "written_by": "user",
        }),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{THREAD}")),
        sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_index(op.f(f"ix_{THREAD}_dispute_id"), THREAD, ["dispute_id"])


def _create_objections() -> None:
    grounds = ("not_trained", "not_held", "other_person", "money_back", "other")
    op.create_table(
        "public_objection",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("receipt_index", sa.Text(), nullable=False),
        sa.Column("claim_id", BIG, nullable=False),
        sa.Column("grounds", sa.String(length=32), nullable=False),
        sa.Column("statement_sealed", sa.Text(), nullable=False),
        sa.Column("statement_index", sa.Text(), nullable=False),
        sa.Column("name_sealed", sa.Text(), nullable=True),
        sa.Column("contact_sealed", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("filed_at", WHEN, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("owner_id", BIG, nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("clause", sa.Text(), nullable=True),
        sa.Column("decided_by", BIG, nullable=True),
        sa.Column("decided_at", WHEN, nullable=True),
        *_checks("public_objection", {
            "grounds": _one_of("grounds", grounds),
            "state": _one_of("state", ("open", "upheld", "dismissed")),
            "answered": "state = 'open' OR (decided_by IS NOT NULL AND answer IS NOT NULL)",
            "clause": "state <> 'dismissed' OR clause IS NOT NULL",
        }),
        *_foreign_keys("public_objection", {
            "claim_id": "claim", "owner_id": "user", "decided_by": "user",
        }),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_objection")),
        sa.UniqueConstraint("code", name=op.f("uq_public_objection_code")),
        sa.UniqueConstraint("receipt_index", name=op.f("uq_public_objection_receipt_index")),
        sa.UniqueConstraint(
            "claim_id", "statement_index", name=op.f("uq_public_objection_claim_id_statement_index")
        ),
        sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_index("ix_public_objection_state", "public_objection", ["state", "due_on", "id"])


def _create_clearing() -> None:
    op.create_table(
        "clearing_run",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("period_code", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("prepared_by", BIG, nullable=True),
        sa.Column("prepared_at", WHEN, nullable=False),
        sa.Column("signed_by", BIG, nullable=True),
        sa.Column("signed_at", WHEN, nullable=True),
        sa.Column("decided_by", BIG, nullable=True),
        sa.Column("decided_at", WHEN, nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("entry_id", BIG, nullable=True),
        *_checks("clearing_run", {
            "state": _one_of("state", ("prepared", "signed", "approved", "rejected")),
            "two_people": "decided_by IS NULL OR decided_by <> signed_by",
            "signed": "state NOT IN ('signed', 'approved') OR signed_by IS NOT NULL",
            "decided": "state NOT IN ('approved', 'rejected') OR decided_by IS NOT NULL",
            "explained": "state <> 'rejected' OR decision_reason IS NOT NULL",
        }),
        *_foreign_keys("clearing_run", {
            "prepared_by": "user", "signed_by": "user", "decided_by": "user",
            "entry_id": "journal_entry",
        }),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clearing_run")),
        sa.UniqueConstraint("code", name=op.f("uq_clearing_run_code")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_clearing_run_entry_id")),
        sqlite_autoincrement=True,
    )  # fmt: skip
    _unique_while(
        "uq_clearing_run_period", "clearing_run", ["period_code", "currency"], "state <> 'rejected'"
    )
    op.create_table(
        "clearing_item",
        sa.Column("id", BIG, nullable=False),
        sa.Column("run_id", BIG, nullable=False),
        sa.Column("settlement_line_id", BIG, nullable=True),
        sa.Column("clawback_id", BIG, nullable=True),
        sa.Column("allotment_id", BIG, nullable=False),
        sa.Column("home_id", BIG, nullable=False),
        sa.Column("place_id", BIG, nullable=False),
        sa.Column("amount_fen", BIG, nullable=False),
        sa.Column("released_at", WHEN, nullable=True),
        *_checks("clearing_item", {
            "one_cause": "(settlement_line_id IS NULL) <> (clawback_id IS NULL)",
            "amount": "(settlement_line_id IS NOT NULL AND amount_fen > 0)"
                      " OR (clawback_id IS NOT NULL AND amount_fen < 0)",
            "two_regions": "home_id <> place_id",
        }),
        *_foreign_keys("clearing_item", {
            "run_id": "clearing_run", "settlement_line_id": "settlement_line",
            "clawback_id": "clawback", "allotment_id": "allotment", "home_id": "jurisdiction",
            "place_id": "jurisdiction",
        }),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clearing_item")),
        sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_index(op.f("ix_clearing_item_run_id"), "clearing_item", ["run_id"])
    for name, columns in (("settlement_line", ["settlement_line_id"]),
                          ("clawback", ["clawback_id", "allotment_id"])):  # fmt: skip
        _unique_while(f"uq_clearing_item_{name}", "clearing_item", columns, "released_at IS NULL")


def _checks(table: str, conditions: dict[str, str]) -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))
        for name, condition in conditions.items()
    ]


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


def _foreign_keys(table: str, targets: dict[str, str]) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            [column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}")
        )
        for column, target in targets.items()
    ]


def _unique_while(name: str, table: str, columns: list[str], condition: str) -> None:
    op.create_index(
        name,
        table,
        columns,
        unique=True,
        sqlite_where=sa.text(condition),
        postgresql_where=sa.text(condition),
    )
