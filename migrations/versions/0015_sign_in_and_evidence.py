"""Signing in to lessons, presence by hand with two people, holds on redemptions, waiting lists.

Revision: 0015, after 0014

Attendance names more ways of proof, the device and the second person. On SQLite its table is made
again, because the list of ways is a check; no trigger hangs on it before this. Who was there by
hand without a second person before this release stays as it was: only new rows are refused.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
METHODS_BEFORE = ("voucher_scan", "staff_entry")
METHODS = (*METHODS_BEFORE, "learner_scan", "learner_code", "station", "decision")
OLD_COLUMNS = (
    "id, enrollment_id, lesson_id, state, method, reason, recorded_by, recorded_at, "
    "learner_confirmed_at, disputed_at, dispute_reason, dispute_answer, dispute_answered_at, "
    "dispute_settled_at"
)
NO_SECOND = "NEW.method = 'staff_entry' AND NEW.state = 'present' AND NEW.second_by IS NULL"
MESSAGE = "presence by hand needs a second person"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _remake_attendance(METHODS, with_proof=True)
    else:
        _widen_attendance()
    _ask_for_second_person()
    _create_sign_in()
    _create_waiting_list()
    _create_holds()
    _refuse_held_redemptions()


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER redemption_not_while_held")
    else:
        op.execute("DROP TRIGGER redemption_not_while_held ON redemption")
        op.execute("DROP FUNCTION refuse_held_redemption()")
    op.drop_table("evidence_check")
    op.drop_table("evidence_hold")
    op.drop_index(op.f("ix_attendance_device_key"), "attendance")
    op.drop_table("waiting_place")
    op.drop_table("presence_entry")
    op.drop_table("lesson_sign_in")
    # Ways of proof that the release before does not know become the nearest it does.
    newer = ", ".join(f"'{method}'" for method in METHODS if method not in METHODS_BEFORE)
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        op.execute("DROP TRIGGER attendance_second_person_insert")
        op.execute("DROP TRIGGER attendance_second_person_update")
    else:
        op.execute("DROP TRIGGER attendance_second_person ON attendance")
        op.execute("DROP FUNCTION ask_for_second_person()")
    op.execute(f"UPDATE attendance SET method = 'voucher_scan' WHERE method IN ({newer})")
    if sqlite:
        _remake_attendance(METHODS_BEFORE, with_proof=False)
        return
    for column in ("second_by", "second_at", "device_key", "code_shown_at"):
        op.drop_column("attendance", column)
    op.drop_constraint(op.f("ck_attendance_method"), "attendance", type_="check")
    op.create_check_constraint(op.f("ck_attendance_method"), "attendance", _one_of(METHODS_BEFORE))


def _one_of(methods: tuple[str, ...]) -> str:
    return "method IN ({})".format(", ".join(f"'{method}'" for method in methods))


def _proof_columns() -> list[sa.Column]:
    return [
        sa.Column("second_by", NUMBER, nullable=True),
        sa.Column("second_at", INSTANT, nullable=True),
        sa.Column("device_key", sa.Text(), nullable=True),
        sa.Column("code_shown_at", INSTANT, nullable=True),
    ]


def _widen_attendance() -> None:
    op.drop_constraint(op.f("ck_attendance_method"), "attendance", type_="check")
    op.create_check_constraint(op.f("ck_attendance_method"), "attendance", _one_of(METHODS))
    for column in _proof_columns():
        op.add_column("attendance", column)
    op.create_foreign_key(
        op.f("fk_attendance_second_by_user"), "attendance", "user", ["second_by"], ["id"]
    )
    op.create_check_constraint(
        op.f("ck_attendance_two_people"),
        "attendance",
        "second_by IS NULL OR second_by <> recorded_by",
    )


def _remake_attendance(methods: tuple[str, ...], *, with_proof: bool) -> None:
    proof: list[sa.schema.SchemaItem] = []
    if with_proof:
        proof = [
            *_proof_columns(),
            sa.ForeignKeyConstraint(
                ["second_by"], ["user.id"], name=op.f("fk_attendance_second_by_user")
            ),
            sa.CheckConstraint(
                "second_by IS NULL OR second_by <> recorded_by",
                name=op.f("ck_attendance_two_people"),
            ),
        ]
    op.drop_index(op.f("ix_attendance_lesson_id"), "attendance")
    op.create_table(
        "attendance_remade",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("enrollment_id", NUMBER, nullable=False),
        sa.Column("lesson_id", NUMBER, nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("method", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("recorded_by", NUMBER, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("learner_confirmed_at", INSTANT, nullable=True),
        sa.Column("disputed_at", INSTANT, nullable=True),
        sa.Column("dispute_reason", sa.Text(), nullable=True),
        sa.Column("dispute_answer", sa.Text(), nullable=True),
        sa.Column("dispute_answered_at", INSTANT, nullable=True),
        sa.Column("dispute_settled_at", INSTANT, nullable=True),
        *proof,
        sa.CheckConstraint("state IN ('present', 'absent')", name=op.f("ck_attendance_state")),
        sa.CheckConstraint(_one_of(methods), name=op.f("ck_attendance_method")),
        sa.ForeignKeyConstraint(
            ["enrollment_id"],
            ["enrollment.id"],
            name=op.f("fk_attendance_enrollment_id_enrollment"),
        ),
        sa.ForeignKeyConstraint(
            ["lesson_id"], ["lesson.id"], name=op.f("fk_attendance_lesson_id_lesson")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["user.id"], name=op.f("fk_attendance_recorded_by_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance")),
        sa.UniqueConstraint(
            "enrollment_id", "lesson_id", name=op.f("uq_attendance_enrollment_id_lesson_id")
        ),
        sqlite_autoincrement=True,
    )
    op.execute(
        f"INSERT INTO attendance_remade ({OLD_COLUMNS}) SELECT {OLD_COLUMNS} FROM attendance"
    )
    op.drop_table("attendance")
    op.rename_table("attendance_remade", "attendance")
    op.create_index(op.f("ix_attendance_lesson_id"), "attendance", ["lesson_id"], unique=False)


def _ask_for_second_person() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for event, when in (
            ("insert", "INSERT"),
            ("update", "UPDATE OF state, method, recorded_by, second_by"),
        ):
            op.execute(
                f"CREATE TRIGGER attendance_second_person_{event} BEFORE {when} ON attendance "
                f"WHEN {NO_SECOND} BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
            )
        return
    op.execute(
        f"""CREATE FUNCTION ask_for_second_person() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN
             IF {NO_SECOND} THEN
               RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'check_violation';
             END IF;
             RETURN NEW;
           END $$"""
    )
    op.execute(
        """CREATE TRIGGER attendance_second_person
           BEFORE INSERT OR UPDATE OF state, method, recorded_by, second_by ON attendance
           FOR EACH ROW EXECUTE FUNCTION ask_for_second_person()"""
    )


def _create_sign_in() -> None:
    op.create_table(
        "lesson_sign_in",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("lesson_id", NUMBER, nullable=False),
        sa.Column("opened_by", NUMBER, nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("closed_by", NUMBER, nullable=True),
        sa.Column("closed_at", INSTANT, nullable=True),
        *_references("lesson_sign_in", lesson_id="lesson", opened_by="user", closed_by="user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson_sign_in")),
        sa.UniqueConstraint("code", name=op.f("uq_lesson_sign_in_code")),
        sa.UniqueConstraint("lesson_id", name=op.f("uq_lesson_sign_in_lesson_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "presence_entry",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("enrollment_id", NUMBER, nullable=False),
        sa.Column("lesson_id", NUMBER, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("entered_by", NUMBER, nullable=False),
        sa.Column("entered_at", INSTANT, nullable=False),
        sa.Column("decided_by", NUMBER, nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'confirmed', 'refused')", name=op.f("ck_presence_entry_state")
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> entered_by",
            name=op.f("ck_presence_entry_two_people"),
        ),
        sa.CheckConstraint(
            "(state = 'waiting') = (decided_by IS NULL)", name=op.f("ck_presence_entry_decided")
        ),
        *_references(
            "presence_entry",
            enrollment_id="enrollment",
            lesson_id="lesson",
            entered_by="user",
            decided_by="user",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presence_entry")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_presence_entry_enrollment_id"), "presence_entry", ["enrollment_id"])
    op.create_index("ix_presence_entry_lesson", "presence_entry", ["lesson_id", "id"])
    op.create_index(
        "uq_presence_entry_waiting",
        "presence_entry",
        ["enrollment_id", "lesson_id"],
        unique=True,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )


def _references(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))
        for column, to in columns.items()
    ]


FINDINGS = (
    "person_overlap", "trainer_overlap", "room_overlap", "long_day", "shared_device",
    "even_intervals", "same_second", "entered_late", "too_many", "travel",
)  # fmt: skip


def _create_holds() -> None:
    op.create_index(op.f("ix_attendance_device_key"), "attendance", ["device_key"])
    op.create_table(
        "evidence_hold",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("finding_key", sa.Text(), nullable=False),
        sa.Column("course_run_id", NUMBER, nullable=False),
        sa.Column("enrollment_id", NUMBER, nullable=True),
        sa.Column("institution_id", NUMBER, nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("owner_id", NUMBER, nullable=True),
        sa.Column("taken_at", INSTANT, nullable=True),
        sa.Column("opened_by", NUMBER, nullable=True),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by", NUMBER, nullable=True),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("decided_by", NUMBER, nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "kind IN ({})".format(", ".join(f"'{kind}'" for kind in FINDINGS)),
            name=op.f("ck_evidence_hold_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'cleared', 'upheld')", name=op.f("ck_evidence_hold_state")
        ),
        sa.CheckConstraint(
            "(state = 'open') = (decided_by IS NULL)", name=op.f("ck_evidence_hold_decided")
        ),
        sa.CheckConstraint(
            "state = 'open' OR coalesce(length(decision_reason), 0) > 0",
            name=op.f("ck_evidence_hold_reason"),
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> answered_by",
            name=op.f("ck_evidence_hold_two_people"),
        ),
        *_references(
            "evidence_hold",
            course_run_id="course_run",
            enrollment_id="enrollment",
            institution_id="institution",
            owner_id="user",
            opened_by="user",
            answered_by="user",
            decided_by="user",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_hold")),
        sa.UniqueConstraint("code", name=op.f("uq_evidence_hold_code")),
        sa.UniqueConstraint("finding_key", name=op.f("uq_evidence_hold_finding_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_evidence_hold_run", "evidence_hold", ["course_run_id", "state"])
    op.create_index("ix_evidence_hold_enrollment", "evidence_hold", ["enrollment_id", "state"])
    op.create_index("ix_evidence_hold_worklist", "evidence_hold", ["state", "opened_at", "id"])
    op.create_table(
        "evidence_check",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("course_run_id", NUMBER, nullable=False),
        sa.Column("findings", NUMBER, nullable=False),
        sa.Column("checked_at", INSTANT, nullable=False),
        *_references("evidence_check", course_run_id="course_run"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_check")),
        sa.UniqueConstraint("course_run_id", name=op.f("uq_evidence_check_course_run_id")),
        sqlite_autoincrement=True,
    )


def _refuse_held_redemptions() -> None:
    """Whoever writes: no redemption while a hold on the learner or the class stands."""
    held = """EXISTS (
        SELECT 1 FROM enrollment JOIN evidence_hold AS hold
          ON hold.course_run_id = enrollment.course_run_id AND hold.state <> 'cleared'
         WHERE enrollment.id = NEW.enrollment_id
           AND (hold.enrollment_id IS NULL OR hold.enrollment_id = enrollment.id))"""
    message = "a hold stands against this redemption"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER redemption_not_while_held BEFORE INSERT ON redemption "
            f"WHEN {held} BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
        return
    op.execute(
        f"""CREATE FUNCTION refuse_held_redemption() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN
             IF {held} THEN
               RAISE EXCEPTION '{message}' USING ERRCODE = 'check_violation';
             END IF;
             RETURN NEW;
           END $$"""
    )
    op.execute(
        """CREATE TRIGGER redemption_not_while_held BEFORE INSERT ON redemption
           FOR EACH ROW EXECUTE FUNCTION refuse_held_redemption()"""
    )


def _create_waiting_list() -> None:
    op.create_table(
        "waiting_place",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("course_id", NUMBER, nullable=False),
        sa.Column("worker_id", NUMBER, nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("joined_at", INSTANT, nullable=False),
        sa.Column("course_run_id", NUMBER, nullable=True),
        sa.Column("offered_at", INSTANT, nullable=True),
        sa.Column("offer_until", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'offered', 'enrolled', 'lapsed', 'left')",
            name=op.f("ck_waiting_place_state"),
        ),
        sa.CheckConstraint(
            "(state = 'offered') = (offer_until IS NOT NULL AND ended_at IS NULL)",
            name=op.f("ck_waiting_place_offer"),
        ),
        sa.CheckConstraint(
            "state <> 'offered' OR course_run_id IS NOT NULL",
            name=op.f("ck_waiting_place_offered_run"),
        ),
        *_references(
            "waiting_place", course_id="course", worker_id="worker", course_run_id="course_run"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_place")),
        sa.UniqueConstraint("code", name=op.f("uq_waiting_place_code")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_waiting_place_worker_id"), "waiting_place", ["worker_id"])
    op.create_index("ix_waiting_place_list", "waiting_place", ["course_id", "state", "id"])
    op.create_index("ix_waiting_place_due", "waiting_place", ["state", "offer_until"])
    on_the_list = sa.text("state IN ('waiting', 'offered')")
    op.create_index(
        "uq_waiting_place_on_list",
        "waiting_place",
        ["course_id", "worker_id"],
        unique=True,
        sqlite_where=on_the_list,
        postgresql_where=on_the_list,
    )
