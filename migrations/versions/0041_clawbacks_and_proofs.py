"""What people give back, proofs of fees, deadlines moved, shares of benefits, banks of the office.

Revision: 0041, after 0040

What a person owes is never less than nothing and never recovered twice; what two officers decided
about it stays. A payout pays what is left of a benefit after what was kept back of it.
"""

import sqlalchemy as sa
from alembic import op
from checks import change_enum_check

revision = "0041"
down_revision = "0040"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TYPES = {"n": BIG, "t": sa.Text(), "w": sa.String(32), "d": sa.Date(), "i": sa.DateTime(True)}
SIGNED = {
    "two_people": "decided_by IS NULL OR decided_by <> prepared_by",
    "signed": "state = 'prepared' OR decided_by IS NOT NULL",
}
BOTH_HANDS = "prepared_by:n>user prepared_at:i decided_by:n?>user decided_at:i? decision_reason:t?"
TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "benefit_clawback": (
        "code:t! benefit_id:n>benefit worker_id:n>worker amount_fen:n currency:t instalments:n"
        f" reason:t clause:t state:w {BOTH_HANDS} entry_id:n?!>journal_entry",
        {
            "state": "state IN ('prepared', 'approved', 'rejected')",
            "amount": "amount_fen > 0",
            "instalments": "instalments BETWEEN 1 AND 36",
            "booked": "(state = 'approved') = (entry_id IS NOT NULL)",
            **SIGNED,
        },
    ),
    "benefit_netting": (
        "clawback_id:n>benefit_clawback benefit_id:n>benefit amount_fen:n entry_id:n!>journal_entry"
        " netted_at:i release_entry_id:n?!>journal_entry released_at:i?",
        {
            "amount": "amount_fen > 0",
            "released": "(released_at IS NULL) = (release_entry_id IS NULL)",
        },
    ),
    "benefit_repayment": (
        "code:t! clawback_id:n>benefit_clawback kind:w amount_fen:n paid_on:d proof:t"
        f" document_id:n?>document state:w {BOTH_HANDS} entry_id:n?!>journal_entry",
        {
            "kind": "kind IN ('bank', 'deposit', 'waiver')",
            "state": "state IN ('prepared', 'booked', 'rejected', 'reversed')",
            "amount": "amount_fen > 0",
            "booked": "(state IN ('booked', 'reversed')) = (entry_id IS NOT NULL)",
            "reversed": "state <> 'reversed' OR kind = 'bank'",
            "proof": "kind <> 'deposit' OR document_id IS NOT NULL",
            **SIGNED,
        },
    ),
    "benefit_clawback_dispute": (
        "clawback_id:n>benefit_clawback words:t state:w filed_by:n>user filed_at:i due_on:d"
        " answer:t? clause:t? decided_by:n?>user decided_at:i?",
        {
            "state": "state IN ('open', 'accepted', 'rejected')",
            "answered": "(state = 'open') = (decided_by IS NULL)"
            " AND (state = 'open') = (answer IS NULL)",
            "clause": "state <> 'rejected' OR clause IS NOT NULL",
            "two_people": "decided_by IS NULL OR decided_by <> filed_by",
        },
    ),
    "fee_proof": (
        "code:t! worker_id:n>worker enrollment_id:n>enrollment allotment_id:n>allotment"
        " amount_fen:n currency:t paid_on:d receipt_number:t document_id:n>document state:w"
        " handed_in_by:n>user handed_in_at:i decided_by:n?>user decided_at:i? reason:t?",
        {
            "state": "state IN ('handed_in', 'accepted', 'rejected')",
            "amount": "amount_fen > 0",
            "decided": "(state = 'handed_in') = (decided_by IS NULL)",
            "two_people": "decided_by IS NULL OR decided_by <> handed_in_by",
            "explained": "state <> 'rejected' OR reason IS NOT NULL",
        },
    ),
    "retention_deadline": (
        "code:t! retention_id:n>retention former_due_by:d due_by:d reason:t state:w " + BOTH_HANDS,
        {
            "state": "state IN ('prepared', 'approved', 'rejected')",
            "changes": "due_by <> former_due_by",
            **SIGNED,
        },
    ),
    "clawback_proposal": (
        "code:t! retention_id:n>retention redemption_id:n>redemption institution_id:n>institution"
        " settlement_id:n>settlement amount_fen:n currency:t reason:t certificate:t state:w"
        " proposed_at:i clawback_id:n?>clawback dismissal_reason:t? prepared_by:n?>user"
        " prepared_at:i? decided_by:n?>user decided_at:i?",
        {
            "state": "state IN ('open', 'taken', 'to_dismiss', 'dismissed')",
            "amount": "amount_fen > 0",
            "taken": "(state = 'taken') = (clawback_id IS NOT NULL)",
            "dismissed": "state NOT IN ('to_dismiss', 'dismissed')"
            " OR (dismissal_reason IS NOT NULL AND prepared_by IS NOT NULL)",
            "two_people": "decided_by IS NULL OR decided_by <> prepared_by",
            "signed": "(state = 'dismissed') = (decided_by IS NOT NULL)",
        },
    ),
}
INDEXES = (
    ("ix_benefit_clawback_worker", "benefit_clawback", "worker_id id", ""),
    ("ix_benefit_clawback_benefit", "benefit_clawback", "benefit_id", ""),
    ("ix_benefit_clawback_state", "benefit_clawback", "state id", ""),
    ("ix_benefit_netting_clawback", "benefit_netting", "clawback_id id", ""),
    ("ix_benefit_netting_benefit", "benefit_netting", "benefit_id", ""),
    ("ix_benefit_repayment_clawback", "benefit_repayment", "clawback_id id", ""),
    ("ix_benefit_repayment_state", "benefit_repayment", "state id", ""),
    ("ix_benefit_clawback_dispute_clawback_id", "benefit_clawback_dispute", "clawback_id", ""),
    ("ix_fee_proof_worker_id", "fee_proof", "worker_id", ""),
    ("ix_fee_proof_allotment_id", "fee_proof", "allotment_id", ""),
    ("ix_fee_proof_state", "fee_proof", "state id", ""),
    ("uq_fee_proof_enrollment", "fee_proof", "enrollment_id", "state <> 'rejected'"),
    ("uq_fee_proof_receipt", "fee_proof", "receipt_number", "state <> 'rejected'"),
    ("ix_retention_deadline_retention", "retention_deadline", "retention_id id", ""),
    ("uq_retention_deadline_waits", "retention_deadline", "retention_id", "state = 'prepared'"),
    ("uq_clawback_proposal_retention_id", "clawback_proposal", "retention_id", ""),
    ("ix_clawback_proposal_institution", "clawback_proposal", "institution_id id", ""),
    ("ix_clawback_proposal_state", "clawback_proposal", "state id", ""),
    ("uq_benefit_clawback_dispute_open", "benefit_clawback_dispute", "clawback_id", "state = 'open'"),
)  # fmt: skip
PROPOSALS = (
    "bank_fee", "interest", "unknown_receipt", "receipt_paid_back", "unknown_payment",
    "payment_recovered", "duplicate_payment", "overpayment_repaid", "returned_payment",
    "region_clearing", "no_entry", "reversal",
)  # fmt: skip
OLD_PAYOUT = (
    "NEW.benefit_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM benefit WHERE id = NEW.benefit_id"
    " AND state = 'due' AND {} = NEW.amount_fen AND currency = NEW.currency)"
)
PAYS = "a payout pays what is due to the person"
LEFT_OF_BENEFIT = "amount_fen - netted_fen"
RECOVERED = (
    "(SELECT coalesce(sum(amount_fen), 0) FROM benefit_netting"
    " WHERE clawback_id = {0} AND released_at IS NULL)"
    " + (SELECT coalesce(sum(amount_fen), 0) FROM benefit_repayment"
    " WHERE clawback_id = {0} AND state = 'booked')"
)
TOO_MUCH_OF_NEW = (
    f"{RECOVERED.format('NEW.clawback_id')} + NEW.amount_fen >"
    " coalesce((SELECT amount_fen FROM benefit_clawback WHERE id = NEW.clawback_id"
    " AND state = 'approved'), 0)"
)
SHARE = (
    "code redemption_id institution_id settlement_id milestone percent amount_fen currency rule"
    " counts_from"
)
SHARE_CHANGED = " OR ".join(f"OLD.{name} <> NEW.{name}" for name in SHARE.split())
SHARE_MOVED = """(OLD.state NOT IN ('planned', 'held')
        AND (OLD.state <> NEW.state OR OLD.clawed_back_fen <> NEW.clawed_back_fen))
    OR (OLD.state = 'planned' AND NEW.state NOT IN ('planned', 'held', 'dropped'))
    OR (OLD.state = 'held' AND NEW.state IN ('planned', 'dropped'))
    OR NEW.clawed_back_fen < OLD.clawed_back_fen"""
DAY_STAYS = "OLD.due_by <> NEW.due_by"
DAY_SIGNED = """(OLD.due_by <> NEW.due_by AND (OLD.state <> 'held' OR NOT EXISTS (
        SELECT 1 FROM retention_deadline WHERE retention_id = NEW.id AND state = 'approved'
           AND former_due_by = OLD.due_by AND due_by = NEW.due_by)))"""
SHARE_SAYS = "a withheld share stays what it is"
STAYS = "what was decided about money taken back stays"
TOO_MUCH_SAYS = "no more is recovered than is owed"
KEPT = {
    "benefit_clawback": "code benefit_id worker_id amount_fen currency instalments reason clause"
    " prepared_by prepared_at",
    "benefit_netting": "clawback_id benefit_id amount_fen entry_id netted_at",
    "benefit_repayment": "code clawback_id kind amount_fen paid_on proof document_id prepared_by"
    " prepared_at",
    "benefit_clawback_dispute": "clawback_id words filed_by filed_at due_on",
    "fee_proof": "code worker_id enrollment_id allotment_id amount_fen currency paid_on"
    " receipt_number document_id handed_in_by handed_in_at",
    "retention_deadline": "code retention_id former_due_by due_by reason prepared_by prepared_at",
    "clawback_proposal": "code retention_id redemption_id institution_id settlement_id amount_fen"
    " currency reason certificate proposed_at",
}
ENDED = {
    "benefit_clawback": "OLD.state <> 'prepared'",
    "benefit_netting": "OLD.released_at IS NOT NULL",
    "benefit_repayment": "NOT (OLD.state = 'prepared' OR (OLD.state = 'booked'"
    " AND NEW.state = 'reversed'))",
    "benefit_clawback_dispute": "OLD.state <> 'open'",
    "fee_proof": "OLD.state <> 'handed_in'",
    "retention_deadline": "OLD.state <> 'prepared'",
    "clawback_proposal": "OLD.state = 'dismissed'",
}
ON_ITS_WAY = (
    "OLD.netted_fen <> NEW.netted_fen AND EXISTS (SELECT 1 FROM payout WHERE benefit_id = NEW.id"
    " AND state <> 'returned')"
)
ON_ITS_WAY_SAYS = "what is kept back of a benefit stays once it is being paid"


def upgrade() -> None:
    for table, (columns, checks) in TABLES.items():
        _create(table, columns.split(), checks)
    for name, table, columns, where in INDEXES:
        condition = sa.text(where) if where else None
        op.create_index(
            name,
            table,
            columns.split(),
            unique=name.startswith("uq"),
            sqlite_where=condition,
            postgresql_where=condition,
        )
    _clear_lines_by("settlement_line_id", "allotment_id")
    _add_number("benefit", "netted_fen", check="netted_fen BETWEEN 0 AND amount_fen")
    no = "0" if op.get_bind().dialect.name == "sqlite" else "false"
    op.execute(f"ALTER TABLE benefit ADD COLUMN is_split BOOLEAN NOT NULL DEFAULT {no}")
    _add_reference("break_proposal", "benefit_clawback_id", "benefit_clawback")
    change_enum_check(
        "break_proposal", "kind", before=PROPOSALS, after=(*PROPOSALS, "person_repaid")
    )
    _guard()


def downgrade() -> None:
    """Refused while money was taken back from people: it rests on these rows."""
    if op.get_bind().execute(sa.text("SELECT 1 FROM benefit_clawback")).first():
        raise RuntimeError("there are clawbacks from people")
    for name, _act, table, *_rest in _guards():
        _drop_guard(name, table)
    _replace_guard("payout_of_person", "payout", "INSERT", OLD_PAYOUT.format("amount_fen"), PAYS)
    _replace_share_guard(DAY_STAYS)
    change_enum_check(
        "break_proposal", "kind", before=(*PROPOSALS, "person_repaid"), after=PROPOSALS
    )
    op.drop_column("break_proposal", "benefit_clawback_id")
    _clear_lines_by("settlement_line_id")
    _drop_number("benefit", "netted_fen")
    _drop_number("benefit", "is_split")
    for table in reversed(TABLES):
        op.drop_table(table)


def _clear_lines_by(*columns: str) -> None:
    """A settled line is cleared once: of several funds that paid it together, once for each."""
    live, name = sa.text("released_at IS NULL"), "uq_clearing_item_settlement_line"
    op.drop_index(name, table_name="clearing_item")
    op.create_index(
        name, "clearing_item", list(columns), unique=True, sqlite_where=live, postgresql_where=live
    )


def _create(table: str, columns: list[str], checks: dict[str, str]) -> None:
    """A table from words: `name:type`, `?` may be empty, `!` once, `>` whose row it names."""
    made: list[sa.Column | sa.Constraint] = [sa.Column("id", BIG, nullable=False)]
    for word in columns:
        name, _colon, kind = word.partition(":")
        kind, _sign, to = kind.partition(">")
        made.append(sa.Column(name, TYPES[kind[0]], nullable="?" in kind))
        if to:
            key = op.f(f"fk_{table}_{name}_{to}")
            made.append(sa.ForeignKeyConstraint([name], [f"{to}.id"], name=key))
        if "!" in kind:
            made.append(sa.UniqueConstraint(name, name=op.f(f"uq_{table}_{name}")))
    for name, rule in checks.items():
        made.append(sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}")))
    made.append(sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")))
    op.create_table(table, *made, sqlite_autoincrement=True)


def _number() -> str:
    return "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"


def _add_number(table: str, column: str, *, check: str) -> None:
    name = column.removesuffix("_fen")
    op.execute(
        f"ALTER TABLE {table} ADD COLUMN {column} {_number()} NOT NULL DEFAULT 0"
        f" CONSTRAINT ck_{table}_{name} CHECK ({check})"
    )


def _drop_number(table: str, column: str) -> None:
    op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")


def _add_reference(table: str, column: str, to: str) -> None:
    op.execute(
        f"ALTER TABLE {table} ADD COLUMN {column} {_number()}"
        f" CONSTRAINT fk_{table}_{column}_{to} REFERENCES {to} (id)"
    )


def _guards() -> list[tuple[str, str, str, str, str]]:
    """Name, when, table, condition, what it says."""
    differs = "IS NOT" if op.get_bind().dialect.name == "sqlite" else "IS DISTINCT FROM"
    found = [
        ("benefit_netting_within", "INSERT", "benefit_netting", TOO_MUCH_OF_NEW, TOO_MUCH_SAYS),
        (
            "benefit_repayment_within",
            "UPDATE",
            "benefit_repayment",
            f"NEW.state = 'booked' AND OLD.state <> 'booked' AND {TOO_MUCH_OF_NEW}",
            TOO_MUCH_SAYS,
        ),
        (
            "benefit_repayment_within_at_once",
            "INSERT",
            "benefit_repayment",
            f"NEW.state = 'booked' AND {TOO_MUCH_OF_NEW}",
            TOO_MUCH_SAYS,
        ),
        (
            "break_proposal_repays",
            "UPDATE",
            "break_proposal",
            f"OLD.benefit_clawback_id {differs} NEW.benefit_clawback_id",
            "a proposed entry stays what it is",
        ),
        ("benefit_netted_stays", "UPDATE", "benefit", ON_ITS_WAY, ON_ITS_WAY_SAYS),
    ]
    for table, names in KEPT.items():
        fixed = " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in names.split())
        found.append((f"{table}_stays", "UPDATE", table, f"{fixed} OR {ENDED[table]}", STAYS))
        found.append((f"{table}_no_delete", "DELETE", table, "1 = 1", STAYS))
    return found


def _guard() -> None:
    for guard in _guards():
        _make_guard(*guard)
    left = OLD_PAYOUT.format(LEFT_OF_BENEFIT)
    _replace_guard("payout_of_person", "payout", "INSERT", left, PAYS)
    _replace_share_guard(DAY_SIGNED)


def _replace_share_guard(day: str) -> None:
    fixed = f"{SHARE_CHANGED} OR {day} OR {SHARE_MOVED}"
    _replace_guard("retention_stays", "retention", "UPDATE", fixed, SHARE_SAYS)


def _replace_guard(name: str, table: str, act: str, condition: str, says: str) -> None:
    _drop_guard(name, table)
    _make_guard(name, act, table, condition, says)


def _make_guard(name: str, act: str, table: str, condition: str, says: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {act} ON {table} WHEN {condition}"
            f" BEGIN SELECT RAISE(ABORT, '{says}'); END"
        )
        return
    row = "OLD" if act == "DELETE" else "NEW"
    op.execute(
        f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF {condition} THEN
          RAISE EXCEPTION '{says}' USING ERRCODE = 'check_violation';
        END IF;
        RETURN {row}; END $$"""
    )
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    )


def _drop_guard(name: str, table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {name}")
        return
    op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute(f"DROP FUNCTION {name}()")
