"""Lessons without network: devices, bundles, files taken in; two more ways of proof, one finding.

Revision: 0025, after 0024

A presence has `synced_at` exactly when it came from a device without network. A file taken in is
one row for good, a device keeps its key, a bundle what it was made for.
"""

import sqlalchemy as sa
from alembic import op
from checks import change_enum_check

revision = "0025"
down_revision = "0024"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
METHODS = (
    "voucher_scan", "staff_entry", "learner_scan", "learner_code", "station", "decision",
)  # fmt: skip
OFFLINE = ("offline_voucher", "offline_code")
KINDS = (
    "person_overlap", "trainer_overlap", "room_overlap", "long_day", "shared_device",
    "even_intervals", "same_second", "entered_late", "too_many", "travel",
    "not_seen", "head_count", "hours_short", "same_scores", "all_passed",
)  # fmt: skip
NEW_KINDS = ("synced_late",)
UNMARKED = "(NEW.method IN ('offline_voucher', 'offline_code')) <> (NEW.synced_at IS NOT NULL)"
UNMARKED_SAYS = "offline presence, and only that, says when it was synced"
STAYS = {
    "offline_device_stays": (
        "offline_device",
        "code, institution_id, public_key",
        "OLD.code <> NEW.code OR OLD.institution_id <> NEW.institution_id"
        " OR OLD.public_key <> NEW.public_key",
    ),
    "offline_bundle_stays": ("offline_bundle", "", "1 = 1"),
    "offline_upload_stays": ("offline_upload", "", "1 = 1"),
}
"""Trigger -> table, the columns it watches (all if empty), and when it refuses."""
TABLES = ("offline_upload", "offline_bundle", "offline_device")


def upgrade() -> None:
    op.add_column("attendance", sa.Column("synced_at", INSTANT, nullable=True))
    change_enum_check("attendance", "method", before=METHODS, after=(*METHODS, *OFFLINE))
    change_enum_check("evidence_hold", "kind", before=KINDS, after=(*KINDS, *NEW_KINDS))
    _create_tables()
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def downgrade() -> None:
    """Refused by itself while presences or holds of these kinds stand: their proof would be lost."""
    for query in (
        "SELECT 1 FROM attendance WHERE method IN ('offline_voucher', 'offline_code')",
        "SELECT 1 FROM evidence_hold WHERE kind = 'synced_late'",
    ):
        if op.get_bind().execute(sa.text(query)).first():
            raise RuntimeError("there are presences from devices without network")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER attendance_synced_insert")
        op.execute("DROP TRIGGER attendance_synced_update")
    else:
        op.execute("DROP TRIGGER attendance_synced ON attendance")
        op.execute("DROP FUNCTION mark_offline_presence()")
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION offline_rows_stay()")
    change_enum_check("evidence_hold", "kind", before=(*KINDS, *NEW_KINDS), after=KINDS)
    change_enum_check("attendance", "method", before=(*METHODS, *OFFLINE), after=METHODS)
    op.drop_column("attendance", "synced_at")


def _guard_sqlite() -> None:
    for event, when in (("insert", "INSERT"), ("update", "UPDATE OF method, synced_at")):
        op.execute(
            f"CREATE TRIGGER attendance_synced_{event} BEFORE {when} ON attendance "
            f"WHEN {UNMARKED} BEGIN SELECT RAISE(ABORT, '{UNMARKED_SAYS}'); END"
        )
    for name, (table, columns, wrong) in STAYS.items():
        of = f" OF {columns}" if columns else ""
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table} stays what it is'); END"
        op.execute(f"CREATE TRIGGER {name} BEFORE UPDATE{of} ON {table} WHEN {wrong} {refuse}")
        op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}")


def _guard_postgresql() -> None:
    op.execute(
        f"""CREATE FUNCTION mark_offline_presence() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF {UNMARKED} THEN
            RAISE EXCEPTION '{UNMARKED_SAYS}' USING ERRCODE = 'check_violation';
          END IF;
          RETURN NEW;
        END $$"""
    )
    op.execute(
        """CREATE TRIGGER attendance_synced
        BEFORE INSERT OR UPDATE OF method, synced_at ON attendance
        FOR EACH ROW EXECUTE FUNCTION mark_offline_presence()"""
    )
    op.execute(
        """CREATE FUNCTION offline_rows_stay() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION '% stays what it is', TG_TABLE_NAME USING ERRCODE = 'check_violation';
        END $$"""
    )
    for name, (table, columns, wrong) in STAYS.items():
        of = f" OF {columns}" if columns else ""
        call = "EXECUTE FUNCTION offline_rows_stay()"
        op.execute(
            f"CREATE TRIGGER {name} BEFORE UPDATE{of} ON {table} FOR EACH ROW WHEN ({wrong}) {call}"
        )
        op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} FOR EACH ROW {call}")
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            f" FOR EACH STATEMENT {call}"
        )


def _create_tables() -> None:
    op.create_table(
        "offline_device",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("institution_id", BIG, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("registered_by", BIG, nullable=False),
        sa.Column("registered_at", INSTANT, nullable=False),
        sa.Column("revoked_by", BIG, nullable=True),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "(revoked_by IS NULL) = (revoked_at IS NULL)", name=op.f("ck_offline_device_revoked")
        ),
        *_references(
            "offline_device", institution_id="institution", registered_by="user", revoked_by="user"
        ),
        *_keys("offline_device", "code", "public_key"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "offline_bundle",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("lesson_id", BIG, nullable=False),
        sa.Column("device_id", BIG, nullable=False),
        sa.Column("issued_by", BIG, nullable=False),
        sa.Column("issued_at", INSTANT, nullable=False),
        *_references(
            "offline_bundle", lesson_id="lesson", device_id="offline_device", issued_by="user"
        ),
        *_keys("offline_bundle", "code"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "offline_upload",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("bundle_id", BIG, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        *(
            sa.Column(name, BIG, nullable=False)
            for name in ("record_count", "accepted", "known", "refused")
        ),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("closed_at", INSTANT, nullable=False),
        sa.Column("uploaded_by", BIG, nullable=False),
        sa.Column("uploaded_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "accepted >= 0 AND known >= 0 AND refused >= 0"
            " AND accepted + known + refused = record_count",
            name=op.f("ck_offline_upload_counted"),
        ),
        *_references("offline_upload", bundle_id="offline_bundle", uploaded_by="user"),
        *_keys("offline_upload", "code", "digest"),
        sqlite_autoincrement=True,
    )
    for table, column in (
        ("offline_device", "institution_id"),
        ("offline_bundle", "lesson_id"),
        ("offline_bundle", "device_id"),
        ("offline_upload", "bundle_id"),
    ):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _references(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))
        for column, to in columns.items()
    ]


def _keys(table: str, *unique: str) -> list[sa.Constraint]:
    return [
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        *(sa.UniqueConstraint(column, name=op.f(f"uq_{table}_{column}")) for column in unique),
    ]
