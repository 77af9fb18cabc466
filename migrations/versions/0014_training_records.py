"""The training record: certificates, links, who looked; employers, vacancies, referrals.

Revision: 0014, after 0013

What a certificate says never changes; it can only end, once. Looks and recorded employments are
only ever added. The encrypted columns are left out of the guard, so that field keys can be
renewed.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MAY_CHANGE = {
    # table: (a row that may still change, columns that may change then)
    "certificate": (
        "OLD.state = 'valid'",
        ("state", "ended_at", "ended_reason", "holder_sealed", "token_sealed"),
    ),
    "certificate_change": (
        "OLD.state = 'proposed'",
        ("state", "decided_by", "decided_at", "answer"),
    ),
    "record_share": ("OLD.ended_at IS NULL", ("ended_at", "label_sealed")),
    "record_share_item": ("1 = 0", ()),
    "record_look": ("1 = 0", ()),
    "referral": ("OLD.state = 'made'", ("state", "ended_at", "share_id")),
    "employment": ("1 = 0", ()),
}
SEALED = ("holder_sealed", "token_sealed", "label_sealed")


def upgrade() -> None:
    _create_certificate()
    _create_certificate_change()
    _create_share()
    _create_look()
    _create_vacancies()
    _create_referrals()
    for table, (open_row, columns) in MAY_CHANGE.items():
        if op.get_bind().dialect.name == "sqlite":
            _guard_sqlite(table, open_row, columns)
        else:
            _guard_postgresql(table, open_row, columns)


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        for table in MAY_CHANGE:
            for name in ("kept", "no_truncate"):
                op.execute(f"DROP TRIGGER {table}_{name} ON {table}")
            op.execute(f"DROP FUNCTION keep_{table}()")
    for table in (
        "employment",
        "referral",
        "vacancy",
        "employer",
        "record_look",
        "record_share_item",
        "record_share",
        "certificate_change",
        "certificate",
    ):
        op.drop_table(table)  # on SQLite its triggers go with it


def _state(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _link(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name)


def _create_certificate() -> None:
    op.create_table(
        "certificate",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("completion_id", BIG, nullable=False),
        sa.Column("edition", BIG, nullable=False),
        sa.Column("worker_id", BIG, nullable=False),
        sa.Column("institution_id", BIG, nullable=False),
        sa.Column("course_run_id", BIG, nullable=False),
        sa.Column("state", _state("state", "valid", "voided", "replaced"), nullable=False),
        sa.Column("holder_sealed", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("institution_name", sa.Text(), nullable=False),
        sa.Column("course_code", sa.Text(), nullable=False),
        sa.Column("occupation_code", sa.Text(), nullable=True),
        sa.Column("level", BIG, nullable=True),
        sa.Column("hours", BIG, nullable=True),
        sa.Column("lessons_attended", BIG, nullable=False),
        sa.Column("lessons_total", BIG, nullable=False),
        sa.Column("rate_percent", BIG, nullable=False),
        sa.Column("assessment", sa.Text(), nullable=False),
        sa.Column("completed_on", sa.Date(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("token_sealed", sa.Text(), nullable=False),
        sa.Column("status_list", BIG, nullable=False),
        sa.Column("status_index", BIG, nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", BIG, nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("edition >= 1", name=op.f("ck_certificate_edition")),
        sa.CheckConstraint("rate_percent BETWEEN 0 AND 100", name=op.f("ck_certificate_rate")),
        sa.CheckConstraint(
            "(state = 'valid') = (ended_at IS NULL)", name=op.f("ck_certificate_ended")
        ),
        sa.CheckConstraint(
            "status_list >= 0 AND status_index >= 0", name=op.f("ck_certificate_place")
        ),
        _link("certificate", "completion_id", "completion"),
        _link("certificate", "worker_id", "worker"),
        _link("certificate", "institution_id", "institution"),
        _link("certificate", "course_run_id", "course_run"),
        _link("certificate", "issued_by", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("code", name=op.f("uq_certificate_code")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_certificate_token_hash")),
        sa.UniqueConstraint(
            "completion_id", "edition", name=op.f("uq_certificate_completion_id_edition")
        ),
        sa.UniqueConstraint(
            "status_list", "status_index", name=op.f("uq_certificate_status_list_status_index")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_certificate_valid",
        "certificate",
        ["completion_id"],
        unique=True,
        sqlite_where=sa.text("state = 'valid'"),
        postgresql_where=sa.text("state = 'valid'"),
    )
    op.create_index("ix_certificate_worker", "certificate", ["worker_id", "id"])
    op.create_index("ix_certificate_institution", "certificate", ["institution_id", "id"])


def _create_certificate_change() -> None:
    op.create_table(
        "certificate_change",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("certificate_id", BIG, nullable=False),
        sa.Column("kind", _state("kind", "void", "correct"), nullable=False),
        sa.Column(
            "reason",
            _state(
                "reason",
                "name_corrected",
                "result_corrected",
                "not_earned",
                "training_did_not_take_place",
                "issued_in_error",
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", _state("state", "proposed", "approved", "rejected"), nullable=False),
        sa.Column("proposed_by", BIG, nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", BIG, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> proposed_by",
            name=op.f("ck_certificate_change_two_people"),
        ),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_at IS NULL)",
            name=op.f("ck_certificate_change_decided"),
        ),
        sa.CheckConstraint(
            "state = 'proposed' OR decided_by IS NOT NULL",
            name=op.f("ck_certificate_change_decider"),
        ),
        _link("certificate_change", "certificate_id", "certificate"),
        _link("certificate_change", "proposed_by", "user"),
        _link("certificate_change", "decided_by", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_change")),
        sa.UniqueConstraint("code", name=op.f("uq_certificate_change_code")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_certificate_change_certificate_id"), "certificate_change", ["certificate_id"]
    )
    op.create_index(
        "uq_certificate_change_open",
        "certificate_change",
        ["certificate_id"],
        unique=True,
        sqlite_where=sa.text("state = 'proposed'"),
        postgresql_where=sa.text("state = 'proposed'"),
    )


def _create_share() -> None:
    op.create_table(
        "record_share",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("worker_id", BIG, nullable=False),
        sa.Column("label_sealed", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_record_share_dates")),
        _link("record_share", "worker_id", "worker"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_share")),
        sa.UniqueConstraint("code", name=op.f("uq_record_share_code")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_record_share_token_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_record_share_worker", "record_share", ["worker_id", "id"])
    op.create_table(
        "record_share_item",
        sa.Column("id", BIG, nullable=False),
        sa.Column("share_id", BIG, nullable=False),
        sa.Column("enrollment_id", BIG, nullable=False),
        _link("record_share_item", "share_id", "record_share"),
        _link("record_share_item", "enrollment_id", "enrollment"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_share_item")),
        sa.UniqueConstraint(
            "share_id", "enrollment_id", name=op.f("uq_record_share_item_share_id_enrollment_id")
        ),
        sqlite_autoincrement=True,
    )


def _create_look() -> None:
    op.create_table(
        "record_look",
        sa.Column("id", BIG, nullable=False),
        sa.Column("worker_id", BIG, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "kind", _state("kind", "link", "certificate", "officer", "staff"), nullable=False
        ),
        sa.Column("share_id", BIG, nullable=True),
        sa.Column("certificate_id", BIG, nullable=True),
        sa.Column("actor_id", BIG, nullable=True),
        sa.Column("institution_id", BIG, nullable=True),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind <> 'link' OR share_id IS NOT NULL", name=op.f("ck_record_look_link")
        ),
        sa.CheckConstraint(
            "kind <> 'certificate' OR certificate_id IS NOT NULL",
            name=op.f("ck_record_look_certificate"),
        ),
        sa.CheckConstraint(
            "kind <> 'officer' OR (actor_id IS NOT NULL AND purpose IS NOT NULL)",
            name=op.f("ck_record_look_officer"),
        ),
        _link("record_look", "worker_id", "worker"),
        _link("record_look", "share_id", "record_share"),
        _link("record_look", "certificate_id", "certificate"),
        _link("record_look", "actor_id", "user"),
        _link("record_look", "institution_id", "institution"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_look")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_record_look_worker", "record_look", ["worker_id", "id"])
    op.create_index("ix_record_look_share", "record_look", ["share_id", "id"])


def _create_vacancies() -> None:
    op.create_table(
        "employer",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("uscc", sa.Text(), nullable=True),
        sa.Column("website", sa.Text(), nullable=True),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employer")),
        sa.UniqueConstraint("code", name=op.f("uq_employer_code")),
        sa.UniqueConstraint("source", "source_key", name=op.f("uq_employer_source_source_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "vacancy",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("employer_id", BIG, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("occupation_id", BIG, nullable=True),
        sa.Column("level", BIG, nullable=True),
        sa.Column("jurisdiction_id", BIG, nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("wage_fen_min", BIG, nullable=True),
        sa.Column("wage_fen_max", BIG, nullable=True),
        sa.Column("openings", BIG, nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("state", _state("state", "open", "closed"), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("level BETWEEN 1 AND 5", name=op.f("ck_vacancy_level")),
        sa.CheckConstraint("openings BETWEEN 1 AND 10000", name=op.f("ck_vacancy_openings")),
        sa.CheckConstraint(
            "wage_fen_min >= 0 AND wage_fen_max >= wage_fen_min", name=op.f("ck_vacancy_wage")
        ),
        _link("vacancy", "employer_id", "employer"),
        _link("vacancy", "occupation_id", "occupation"),
        _link("vacancy", "jurisdiction_id", "jurisdiction"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vacancy")),
        sa.UniqueConstraint("code", name=op.f("uq_vacancy_code")),
        sa.UniqueConstraint("source", "source_key", name=op.f("uq_vacancy_source_source_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_vacancy_open", "vacancy", ["state", "valid_until", "id"])
    op.create_index("ix_vacancy_employer", "vacancy", ["employer_id", "id"])
    op.create_index("ix_vacancy_occupation", "vacancy", ["occupation_id", "state"])


def _create_referrals() -> None:
    op.create_table(
        "referral",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("vacancy_id", BIG, nullable=False),
        sa.Column("worker_id", BIG, nullable=False),
        sa.Column("share_id", BIG, nullable=True),
        sa.Column(
            "state",
            _state("state", "made", "withdrawn", "employed", "not_employed"),
            nullable=False,
        ),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'made') = (ended_at IS NULL)", name=op.f("ck_referral_ended")),
        _link("referral", "vacancy_id", "vacancy"),
        _link("referral", "worker_id", "worker"),
        _link("referral", "share_id", "record_share"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
        sa.UniqueConstraint("code", name=op.f("uq_referral_code")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_referral_live",
        "referral",
        ["worker_id", "vacancy_id"],
        unique=True,
        sqlite_where=sa.text("state = 'made'"),
        postgresql_where=sa.text("state = 'made'"),
    )
    op.create_index("ix_referral_worker", "referral", ["worker_id", "id"])
    op.create_index("ix_referral_vacancy", "referral", ["vacancy_id", "id"])
    op.create_table(
        "employment",
        sa.Column("id", BIG, nullable=False),
        sa.Column("referral_id", BIG, nullable=False),
        sa.Column(
            "evidence",
            _state(
                "evidence", "contract", "social_insurance", "employer_confirmed", "self_declared"
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", BIG, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        _link("employment", "referral_id", "referral"),
        _link("employment", "recorded_by", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employment")),
        sa.UniqueConstraint(
            "referral_id", "evidence", name=op.f("uq_employment_referral_id_evidence")
        ),
        sqlite_autoincrement=True,
    )


def _guard_sqlite(table: str, open_row: str, columns: tuple[str, ...]) -> None:
    known = [name for (_, name, *_rest) in op.get_bind().exec_driver_sql(
        f"PRAGMA table_info({table})"
    )]  # fmt: skip
    kept = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in known if name not in columns)
    ended = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in columns if name not in SEALED)
    wrong = f"({kept})" + (f" OR (NOT ({open_row}) AND ({ended}))" if ended else "")
    for name, when in {
        "kept": f"BEFORE UPDATE ON {table} WHEN {wrong}",
        "no_delete": f"BEFORE DELETE ON {table}",
        # INSERT OR REPLACE deletes without firing delete triggers.
        "no_replace": f"BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)",
    }.items():
        op.execute(
            f"CREATE TRIGGER {table}_{name} {when} "
            f"BEGIN SELECT RAISE(ABORT, '{table} keeps what it said'); END"
        )


def _guard_postgresql(table: str, open_row: str, columns: tuple[str, ...]) -> None:
    loose = ", ".join(f"'{name}'" for name in columns)
    sealed = ", ".join(f"'{name}'" for name in columns if name in SEALED)

    def same(names: str) -> str:
        without = f" - ARRAY[{names}]::text[]"
        return f"to_jsonb(NEW){without} IS NOT DISTINCT FROM to_jsonb(OLD){without}"

    op.execute(
        f"CREATE FUNCTION keep_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'UPDATE' AND {same(sealed)} THEN RETURN NEW; END IF; "
        f"IF TG_OP = 'UPDATE' AND ({open_row}) AND {same(loose)} THEN RETURN NEW; END IF; "
        f"RAISE EXCEPTION '{table} keeps what it said'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION keep_{table}()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
