"""Claims checked, publicised and approved before they are settled; months closed with a pack.

Revision: 0016, after 0015

`settlement_line_after_claim` keeps a redemption out of every settlement while its claim is under
review, `claim_stays_decided` keeps ends final, `period_closed_by_two` lets a month close only
after its first signature, and `period_pack_kept` keeps what was signed, `settlement_nets_within` bounds what is kept back for
advances and clawbacks; all on both engines.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CLAIM_STATES = (
    "draft", "submitted", "checked", "noticed", "approved", "settled", "returned", "rejected",
)  # fmt: skip


def _id() -> sa.Column:
    return sa.Column("id", ID, autoincrement=True, nullable=False)


def _ref(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, ID, nullable=null)


def _text(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=null)


def _at(name: str, *, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _day(name: str, *, null: bool = True) -> sa.Column:
    return sa.Column(name, sa.Date(), nullable=null)


def _flag(name: str) -> sa.Column:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _fen(name: str) -> sa.Column:
    return sa.Column(name, ID, nullable=False)


def _state(*states: str, name: str = "state", null: bool = False) -> sa.Column:
    kind = sa.Enum(*states, name=name, native_enum=False, create_constraint=True, length=32)
    return sa.Column(name, kind, nullable=null)


def _fk(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _keys(table: str, *unique: str) -> list[sa.Constraint]:
    return [
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        *(sa.UniqueConstraint(name, name=op.f(f"uq_{table}_{name}")) for name in unique),
    ]


def _partial(name: str, table: str, column: str, condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, [column], unique=True, sqlite_where=where, postgresql_where=where)


def upgrade() -> None:
    _create_claims()
    _create_lines()
    _create_policy()
    _create_closing()
    _create_receivables()
    for name, (when, table, condition, says) in TRIGGERS.items():
        _create_trigger(name, when, table, condition, says)


def downgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name, (_when, table, _condition, _says) in TRIGGERS.items():
        op.execute(f"DROP TRIGGER IF EXISTS {name}" + ("" if sqlite else f" ON {table}"))
        if not sqlite:
            op.execute(f"DROP FUNCTION IF EXISTS {name}()")
    for table in ("netting", "clawback", "advance", "period_pack", "period_check"):
        op.drop_table(table)
    op.drop_column("settlement", "netted_fen")
    for table in ("claim_policy", "claim_objection", "claim_line", "claim"):
        op.drop_table(table)


def _create_claims() -> None:
    op.create_table(
        "claim",
        _id(),
        _text("code"),
        _ref("course_run_id"),
        _ref("institution_id"),
        _ref("number"),
        _state(*CLAIM_STATES),
        _fen("amount_fen"),
        _text("currency"),
        _at("assembled_at"),
        _state("low", "medium", "high", name="tier", null=True),
        _ref("sample_size"),
        _ref("sample_percent"),
        _ref("hold_days"),
        _ref("submitted_by", null=True),
        _at("submitted_at", null=True),
        _ref("checked_by", null=True),
        _flag("checked_by_silence"),
        _at("checked_at", null=True),
        _day("notice_from"),
        _day("notice_until"),
        _ref("approved_by", null=True),
        _flag("approved_by_silence"),
        _at("approved_at", null=True),
        _day("due_on"),
        _day("settle_from"),
        _day("expected_on"),
        _at("settled_at", null=True),
        _check("claim", "amount", "amount_fen >= 0"),
        _check("claim", "two_people", "checked_by <> approved_by"),
        _check(
            "claim",
            "others_decide",
            "submitted_by <> checked_by AND submitted_by <> approved_by",
        ),
        _check(
            "claim",
            "signed",
            "state NOT IN ('approved', 'settled') OR approved_by IS NOT NULL"
            " OR approved_by_silence",
        ),
        _check(
            "claim",
            "checked",
            "state IN ('draft', 'submitted', 'returned', 'rejected') OR checked_by IS NOT NULL"
            " OR checked_by_silence",
        ),
        _check(
            "claim", "silence", "tier = 'low' OR NOT (checked_by_silence OR approved_by_silence)"
        ),
        _check("claim", "settled", "state <> 'settled' OR settled_at IS NOT NULL"),
        _fk("claim", "course_run_id", "course_run"),
        _fk("claim", "institution_id", "institution"),
        *(_fk("claim", name, "user") for name in ("submitted_by", "checked_by", "approved_by")),
        *_keys("claim", "code"),
        sa.UniqueConstraint("course_run_id", "number", name=op.f("uq_claim_course_run_id_number")),
        sqlite_autoincrement=True,
    )
    _partial("uq_claim_draft", "claim", "course_run_id", "state = 'draft'")
    op.create_index("ix_claim_institution", "claim", ["institution_id", "id"])
    op.create_index("ix_claim_state", "claim", ["state", "due_on", "id"])


def _create_lines() -> None:
    op.create_table(
        "claim_line",
        _id(),
        _ref("claim_id"),
        _ref("redemption_id"),
        _fen("amount_fen"),
        _state("standing", "returned", "rejected"),
        _flag("is_sampled"),
        _ref("seen_by", null=True),
        _text("reason", null=True),
        _ref("decided_by", null=True),
        _at("released_at", null=True),
        _at("settled_at", null=True),
        _check("claim_line", "amount", "amount_fen > 0"),
        _check("claim_line", "released", "(state = 'standing') = (released_at IS NULL)"),
        _check("claim_line", "reason", "state = 'standing' OR reason IS NOT NULL"),
        _fk("claim_line", "claim_id", "claim"),
        _fk("claim_line", "redemption_id", "redemption"),
        _fk("claim_line", "seen_by", "user"),
        _fk("claim_line", "decided_by", "user"),
        *_keys("claim_line"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_claim_line_claim_id", "claim_line", ["claim_id"])
    _partial("uq_claim_line_redemption", "claim_line", "redemption_id", "released_at IS NULL")
    op.create_table(
        "claim_objection",
        _id(),
        _ref("claim_id"),
        _text("objection"),
        _ref("recorded_by"),
        _at("recorded_at"),
        _text("finding", null=True),
        _ref("resolved_by", null=True),
        _at("resolved_at", null=True),
        _check("claim_objection", "answered", "resolved_by IS NULL OR finding IS NOT NULL"),
        _fk("claim_objection", "claim_id", "claim"),
        _fk("claim_objection", "recorded_by", "user"),
        _fk("claim_objection", "resolved_by", "user"),
        *_keys("claim_objection"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_claim_objection_claim_id", "claim_objection", ["claim_id"])


def _create_policy() -> None:
    op.create_table(
        "claim_policy",
        _id(),
        _ref("number"),
        sa.Column("settings", sa.JSON(), nullable=False),
        _text("clause"),
        _day("valid_from", null=False),
        _ref("set_by", null=True),
        _at("set_at"),
        _fk("claim_policy", "set_by", "user"),
        *_keys("claim_policy", "number"),
        sqlite_autoincrement=True,
    )


def _create_closing() -> None:
    op.create_table(
        "period_check",
        _id(),
        _ref("period_id"),
        sa.Column("items", sa.JSON(), nullable=False),
        _ref("checked_by"),
        _at("checked_at"),
        _fk("period_check", "period_id", "period"),
        _fk("period_check", "checked_by", "user"),
        *_keys("period_check"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_period_check_period_id", "period_check", ["period_id"])
    op.create_table(
        "period_pack",
        _id(),
        _ref("period_id"),
        _text("manifest"),
        _text("manifest_sha256"),
        _at("made_at"),
        _fk("period_pack", "period_id", "period"),
        *_keys("period_pack", "period_id"),
        sqlite_autoincrement=True,
    )


def _create_receivables() -> None:
    op.add_column(
        "settlement", sa.Column("netted_fen", ID, nullable=False, server_default=sa.text("0"))
    )
    op.create_table(
        "advance",
        _id(),
        _text("code"),
        _ref("course_run_id"),
        _ref("institution_id"),
        _ref("settlement_id"),
        _fen("amount_fen"),
        _fen("expected_fen"),
        _ref("percent"),
        _text("rule"),
        _day("clear_by", null=False),
        _at("paid_at", null=True),
        _at("released_at", null=True),
        _check("advance", "amount", "amount_fen > 0"),
        _check("advance", "percent", "percent BETWEEN 1 AND 50"),
        _check("advance", "share", "amount_fen * 100 <= expected_fen * percent"),
        *(_fk("advance", f"{to}_id", to) for to in ("course_run", "institution", "settlement")),
        *_keys("advance", "code", "settlement_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_advance_institution", "advance", ["institution_id", "id"])
    _partial("uq_advance_course_run", "advance", "course_run_id", "released_at IS NULL")
    op.create_table(
        "clawback",
        _id(),
        _text("code"),
        _ref("settlement_id"),
        _ref("institution_id"),
        _fen("amount_fen"),
        _text("currency"),
        _ref("instalments"),
        _text("reason"),
        _state("prepared", "approved", "rejected"),
        _ref("prepared_by"),
        _at("prepared_at"),
        _ref("decided_by", null=True),
        _at("decided_at", null=True),
        _text("decision_reason", null=True),
        _ref("entry_id", null=True),
        _check("clawback", "amount", "amount_fen > 0"),
        _check("clawback", "instalments", "instalments BETWEEN 1 AND 36"),
        _check("clawback", "two_people", "decided_by IS NULL OR decided_by <> prepared_by"),
        _check("clawback", "signed", "state = 'prepared' OR decided_by IS NOT NULL"),
        _fk("clawback", "settlement_id", "settlement"),
        _fk("clawback", "institution_id", "institution"),
        _fk("clawback", "prepared_by", "user"),
        _fk("clawback", "decided_by", "user"),
        _fk("clawback", "entry_id", "journal_entry"),
        *_keys("clawback", "code", "entry_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_clawback_settlement_id", "clawback", ["settlement_id"])
    op.create_index("ix_clawback_institution", "clawback", ["institution_id", "id"])
    op.create_table(
        "netting",
        _id(),
        _ref("settlement_id"),
        _ref("advance_id", null=True),
        _ref("clawback_id", null=True),
        _fen("amount_fen"),
        _ref("entry_id", null=True),
        _at("released_at", null=True),
        _check("netting", "amount", "amount_fen > 0"),
        _check("netting", "one_cause", "(advance_id IS NULL) <> (clawback_id IS NULL)"),
        *(_fk("netting", f"{to}_id", to) for to in ("settlement", "advance", "clawback")),
        _fk("netting", "entry_id", "journal_entry"),
        *_keys("netting", "entry_id"),
        sqlite_autoincrement=True,
    )
    for name in ("settlement_id", "advance_id", "clawback_id"):
        op.create_index(f"ix_netting_{name}", "netting", [name])


_UNDER_REVIEW = """EXISTS (
    SELECT 1 FROM claim_line JOIN claim ON claim.id = claim_line.claim_id
    WHERE claim_line.redemption_id = NEW.redemption_id AND claim_line.released_at IS NULL
      AND claim.state IN ('submitted', 'checked', 'noticed'))"""
_ENDED = "OLD.state IN ('settled', 'returned', 'rejected') AND NEW.state <> OLD.state"

TRIGGERS = {
    "settlement_line_after_claim": (
        "BEFORE INSERT", "settlement_line", _UNDER_REVIEW, "its claim is still under review",
    ),
    "claim_stays_decided": (
        "BEFORE UPDATE", "claim", _ENDED, "a claim that ended stays as it is",
    ),
    "settlement_nets_within": (
        "BEFORE UPDATE", "settlement",
        "NEW.netted_fen < 0 OR NEW.netted_fen > NEW.amount_fen",
        "a settlement keeps back at most what it is",
    ),
    "period_closed_by_two": (
        "BEFORE UPDATE", "period",
        "NEW.state = 'closed' AND NEW.closing_by IS NULL",
        "a month closes after its first signature",
    ),
    "period_pack_kept": (
        "BEFORE UPDATE", "period_pack", "1 = 1", "the pack of a closed month stays as it is",
    ),
    "period_pack_no_delete": (
        "BEFORE DELETE", "period_pack", "1 = 1", "the pack of a closed month stays as it is",
    ),
}  # fmt: skip
"""Name -> when, table, condition, what is said."""


def _create_trigger(name: str, when: str, table: str, condition: str, says: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {name} {when} ON {table} WHEN {condition}"
            f" BEGIN SELECT RAISE(ABORT, '{says}'); END"
        )
        return
    op.execute(
        f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              IF {condition} THEN
                RAISE EXCEPTION '{says}' USING ERRCODE = 'integrity_constraint_violation';
              END IF;
              RETURN NEW;
            END $$"""
    )
    op.execute(f"CREATE TRIGGER {name} {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
