"""Enterprise quotas: places for vouchers an office gives an employer, used by naming employees.

Revision: 0039, after 0038

How many places are used is counted by triggers on the vouchers and can never pass what was
granted. What was decided about a quota, and who was named, is only ever added.
"""

import sqlalchemy as sa
from alembic import op
from checks import change_enum_check

revision = "0039"
down_revision = "0038"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
WAYS = ("claimed", "issued")
STATES = ("proposed", "in_force", "ended", "withdrawn", "refused")
KINDS = ("grant", "raise", "lower", "withdraw", "end")
STEP_STATES = ("proposed", "signed", "refused")
USED = "('offered', 'active', 'reserved', 'redeemed')"
STEP_STAYS = "what was decided about a quota stays what it is"
NAMING_STAYS = "who was named under a quota stays"
NOT_IN_FORCE = "a voucher needs a quota in force"
QUOTA_STAYS = "a voucher stays with its quota"


def upgrade() -> None:
    _create_quotas()
    _create_steps()
    _create_namings()
    _create_members()
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute(
        f"ALTER TABLE voucher ADD COLUMN quota_id {'INTEGER' if sqlite else 'BIGINT'}"
        " CONSTRAINT fk_voucher_quota_id_enterprise_quota REFERENCES enterprise_quota (id)"
    )
    op.create_index(
        "ix_voucher_quota",
        "voucher",
        ["quota_id", "id"],
        sqlite_where=sa.text("quota_id IS NOT NULL"),
        postgresql_where=sa.text("quota_id IS NOT NULL"),
    )
    change_enum_check("voucher", "origin", before=WAYS, after=(*WAYS, "quota"))
    if sqlite:
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade() -> None:
    """Refused while quotas were granted: money and vouchers rest on them."""
    if op.get_bind().execute(sa.text("SELECT 1 FROM enterprise_quota")).first():
        raise RuntimeError("there are enterprise quotas")
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name in ("quota_needed", "quota_counted", "quota_recounted", "quota_stays"):
        op.execute(f"DROP TRIGGER voucher_{name}" + ("" if sqlite else " ON voucher"))
    change_enum_check("voucher", "origin", before=(*WAYS, "quota"), after=WAYS)
    op.drop_index("ix_voucher_quota", table_name="voucher")
    op.drop_column("voucher", "quota_id")
    for table in ("employer_member", "quota_naming", "quota_step", "enterprise_quota"):
        op.drop_table(table)
    if not sqlite:
        for name in ("quota_step_stays", "quota_naming_stays", "voucher_quota_counts"):
            op.execute(f"DROP FUNCTION {name}()")


def _create_quotas() -> None:
    op.create_table(
        "enterprise_quota",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        *_refs("employer_id", "scheme_version_id", "allotment_id", "created_by"),
        _word("state"),
        sa.Column("places", BIG, nullable=False),
        sa.Column("used", BIG, nullable=False),
        sa.Column("value_fen", BIG, nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        _check("enterprise_quota", "state", _one_of("state", STATES)),
        _check("enterprise_quota", "places", "used BETWEEN 0 AND places"),
        _check("enterprise_quota", "value", "value_fen > 0"),
        _check(
            "enterprise_quota",
            "ended",
            "(state IN ('ended', 'withdrawn', 'refused')) = (ended_at IS NOT NULL)",
        ),
        *_keys(
            "enterprise_quota",
            employer_id="employer",
            scheme_version_id="scheme_version",
            allotment_id="allotment",
            created_by="user",
        ),
        sa.UniqueConstraint("code", name=op.f("uq_enterprise_quota_code")),
        sqlite_autoincrement=True,
    )
    for name, columns in (
        ("ix_enterprise_quota_employer", ["employer_id", "id"]),
        ("ix_enterprise_quota_allotment", ["allotment_id", "id"]),
        ("ix_enterprise_quota_state_ends_on", ["state", "ends_on"]),
    ):
        op.create_index(name, "enterprise_quota", columns)


def _create_steps() -> None:
    op.create_table(
        "quota_step",
        sa.Column("id", BIG, nullable=False),
        *_refs("quota_id"),
        sa.Column("number", BIG, nullable=False),
        _word("kind"),
        _word("state"),
        sa.Column("places", BIG, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        *_refs("proposed_by", null=True),
        sa.Column("proposed_at", INSTANT, nullable=False),
        *_refs("decided_by", null=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        *_refs("entry_id", null=True),
        _check("quota_step", "kind", _one_of("kind", KINDS)),
        _check("quota_step", "state", _one_of("state", STEP_STATES)),
        _check("quota_step", "places", "places > 0 OR kind IN ('withdraw', 'end')"),
        _check("quota_step", "decided", "(state = 'proposed') = (decided_at IS NULL)"),
        _check(
            "quota_step",
            "two_people",
            "kind NOT IN ('grant', 'raise') OR state <> 'signed'"
            " OR (proposed_by IS NOT NULL AND decided_by IS NOT NULL"
            " AND decided_by <> proposed_by)",
        ),
        *_keys(
            "quota_step",
            quota_id="enterprise_quota",
            proposed_by="user",
            decided_by="user",
            entry_id="journal_entry",
        ),
        sa.UniqueConstraint("quota_id", "number", name=op.f("uq_quota_step_quota_id_number")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_quota_step_open",
        "quota_step",
        ["quota_id"],
        unique=True,
        sqlite_where=sa.text("state = 'proposed'"),
        postgresql_where=sa.text("state = 'proposed'"),
    )


def _create_namings() -> None:
    op.create_table(
        "quota_naming",
        sa.Column("id", BIG, nullable=False),
        *_refs("quota_id"),
        *_refs("worker_id", null=True),
        sa.Column("shown_as", sa.Text(), nullable=False),
        sa.Column("document_number", sa.Text(), nullable=False),
        *_refs("voucher_id", null=True),
        sa.Column("refusals", sa.JSON(), nullable=False),
        *_refs("named_by"),
        sa.Column("named_at", INSTANT, nullable=False),
        *_keys(
            "quota_naming",
            quota_id="enterprise_quota",
            worker_id="worker",
            voucher_id="voucher",
            named_by="user",
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_quota_naming_quota", "quota_naming", ["quota_id", "id"])
    op.create_index("ix_quota_naming_voucher", "quota_naming", ["voucher_id"])


def _create_members() -> None:
    op.create_table(
        "employer_member",
        sa.Column("id", BIG, nullable=False),
        *_refs("employer_id", "user_id", "recorded_by"),
        sa.Column("document_number", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        *_keys("employer_member", employer_id="employer", user_id="user", recorded_by="user"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_employer_member_user",
        "employer_member",
        ["user_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_employer_member_employer", "employer_member", ["employer_id", "id"])


def _refs(*names: str, null: bool = False) -> list[sa.Column[int]]:
    return [sa.Column(name, BIG, nullable=null) for name in names]


def _word(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(32), nullable=False)


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _keys(table: str, **references: str) -> list[sa.Constraint]:
    return [
        *(
            sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))
            for column, to in references.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def _guard_sqlite() -> None:
    for name, when, act in _triggers():
        op.execute(f"CREATE TRIGGER {name} {when} BEGIN {act}; END")


def _triggers() -> list[tuple[str, str, str]]:
    stays = "SELECT RAISE(ABORT, '{}')".format
    is_used = f"(NEW.state IN {USED}) - (OLD.state IN {USED})"
    return [
        (
            "quota_step_no_update",
            "BEFORE UPDATE ON quota_step WHEN OLD.state <> 'proposed'",
            stays(STEP_STAYS),
        ),
        ("quota_step_no_delete", "BEFORE DELETE ON quota_step", stays(STEP_STAYS)),
        ("quota_naming_no_update", "BEFORE UPDATE ON quota_naming", stays(NAMING_STAYS)),
        ("quota_naming_no_delete", "BEFORE DELETE ON quota_naming", stays(NAMING_STAYS)),
        (
            "voucher_quota_needed",
            "BEFORE INSERT ON voucher WHEN NEW.quota_id IS NOT NULL AND NOT EXISTS"
            " (SELECT 1 FROM enterprise_quota WHERE id = NEW.quota_id AND state = 'in_force')",
            stays(NOT_IN_FORCE),
        ),
        (
            "voucher_quota_counted",
            "AFTER INSERT ON voucher WHEN NEW.quota_id IS NOT NULL",
            f"UPDATE enterprise_quota SET used = used + (NEW.state IN {USED})"
            " WHERE id = NEW.quota_id",
        ),
        (
            "voucher_quota_recounted",
            f"AFTER UPDATE OF state ON voucher WHEN NEW.quota_id IS NOT NULL AND {is_used} <> 0",
            f"UPDATE enterprise_quota SET used = used + {is_used} WHERE id = NEW.quota_id",
        ),
        (
            "voucher_quota_stays",
            "BEFORE UPDATE OF quota_id ON voucher WHEN NEW.quota_id IS NOT OLD.quota_id",
            stays(QUOTA_STAYS),
        ),
    ]


def _guard_postgresql() -> None:
    for table, says in (("quota_step", STEP_STAYS), ("quota_naming", NAMING_STAYS)):
        op.execute(
            f"""CREATE FUNCTION {table}_stays() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              RAISE EXCEPTION '{says}' USING ERRCODE = 'check_violation';
            END $$"""
        )
        only = "WHEN (OLD.state <> 'proposed') " if table == "quota_step" else ""
        op.execute(
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}"
            f" FOR EACH ROW {only}EXECUTE FUNCTION {table}_stays()"
        )
        for name, each in (("delete", "ROW"), ("truncate", "STATEMENT")):
            op.execute(
                f"CREATE TRIGGER {table}_no_{name} BEFORE {name.upper()} ON {table}"
                f" FOR EACH {each} EXECUTE FUNCTION {table}_stays()"
            )
    op.execute(
        f"""CREATE FUNCTION voucher_quota_counts() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE change integer := (NEW.state IN {USED})::integer;
        BEGIN
          IF TG_NAME = 'voucher_quota_stays' THEN
            RAISE EXCEPTION '{QUOTA_STAYS}' USING ERRCODE = 'check_violation';
          ELSIF TG_NAME = 'voucher_quota_needed' THEN
            IF NOT EXISTS (SELECT 1 FROM enterprise_quota
                           WHERE id = NEW.quota_id AND state = 'in_force' FOR UPDATE) THEN
              RAISE EXCEPTION '{NOT_IN_FORCE}' USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
          ELSIF TG_OP = 'UPDATE' THEN
            change := change - (OLD.state IN {USED})::integer;
          END IF;
          IF change <> 0 THEN
            UPDATE enterprise_quota SET used = used + change WHERE id = NEW.quota_id;
          END IF;
          RETURN NULL;
        END $$"""
    )
    given = "NEW.quota_id IS NOT NULL"
    for name, when, condition in (
        ("needed", "BEFORE INSERT", given),
        ("counted", "AFTER INSERT", given),
        ("recounted", "AFTER UPDATE OF state", given),
        ("stays", "BEFORE UPDATE OF quota_id", "NEW.quota_id IS DISTINCT FROM OLD.quota_id"),
    ):
        op.execute(
            f"CREATE TRIGGER voucher_quota_{name} {when} ON voucher FOR EACH ROW"
            f" WHEN ({condition}) EXECUTE FUNCTION voucher_quota_counts()"
        )


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return "{} IN ({})".format(column, ", ".join(f"'{value}'" for value in values))
