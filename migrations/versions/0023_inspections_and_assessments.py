"""Visits of inspectors, assessments by another party, reviews of learners.

Revision: 0023, after 0022

What an inspector submitted, what an assessment body entered and what a learner said is only ever
added to. Who saw something at a visit does not decide about the hold that came of it. New kinds
of findings and facts join the checks of their tables; on SQLite in the table's text, because a
rebuild would lose the triggers that hang on it.
"""

import sqlalchemy as sa
from alembic import op
from checks import change_enum_check

revision = "0023"
down_revision = "0022"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
FINDINGS_BEFORE = (
    "person_overlap", "trainer_overlap", "room_overlap", "long_day", "shared_device",
    "even_intervals", "same_second", "entered_late", "too_many", "travel",
)  # fmt: skip
NEW_FINDINGS = ("not_seen", "head_count", "hours_short", "same_scores", "all_passed")
FACTS_BEFORE = (
    "commendation", "inspection_passed", "late_filing", "complaint_upheld", "dispute_upheld",
    "inspection_fault", "sanction", "false_records", "correction", "withdrawal",
)  # fmt: skip
NEW_FACTS = ("evidence_upheld",)
COMPONENTS_BEFORE = ("completion", "assessment", "employment", "disputes")
NEW_COMPONENTS = ("reviews",)
METHODS = (
    "learner_scan", "learner_code", "voucher_scan", "station", "staff_entry", "decision",
)  # fmt: skip
OBSERVATIONS = (
    "in_order", "good_practice", "not_held", "other_trainer", "other_room", "other_content",
    "ended_early", "signed_for_others", "cards_kept", "fees_besides", "equipment", "safety",
    "access_refused", "other",
)  # fmt: skip
APPEND_ONLY = (
    "inspection_sighting", "inspection_observation", "inspection_document", "inspection_answer",
    "assessment_result", "learner_review",
)  # fmt: skip
WHILE = {
    "inspection_sighting": "open",
    "inspection_observation": "open",
    "inspection_document": "open",
    "inspection_answer": "submitted",
}
"""Rows of a visit are added while the visit is in this state."""
OWN_FINDING = (
    "NEW.kind IN ('not_seen', 'head_count') AND NEW.decided_by IS NOT NULL"
    " AND NEW.decided_by = NEW.opened_by"
)
SECOND_RESULT = (
    "NEW.change_id IS NULL AND EXISTS (SELECT 1 FROM assessment_result AS earlier"
    " WHERE earlier.assessment_id = NEW.assessment_id"
    " AND earlier.enrollment_id = NEW.enrollment_id)"
)
CHANGED_ALONE = (
    "NEW.change_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM assessment_change AS accepted"
    " WHERE accepted.id = NEW.change_id AND accepted.state = 'accepted')"
)
ENDED_VISIT = "OLD.state IN ('submitted', 'canceled')"
DECIDED_CHANGE = "OLD.state <> 'proposed'"


def upgrade() -> None:
    _create_visits()
    _create_assessments()
    _create_reviews()
    _widen("evidence_hold", "kind", FINDINGS_BEFORE, NEW_FINDINGS)
    _widen("standing_record", "kind", FACTS_BEFORE, NEW_FACTS)
    _widen("standing_record", "component", COMPONENTS_BEFORE, NEW_COMPONENTS)
    if op.get_bind().dialect.name == "sqlite":
        for name, body in _sqlite_triggers().items():
            op.execute(f"CREATE TRIGGER {name} {body}")
        return
    op.execute(
        """CREATE FUNCTION refuse_inspected() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
           RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'check_violation'; END $$"""
    )
    op.execute(
        """CREATE FUNCTION refuse_outside_visit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
           IF NOT EXISTS (SELECT 1 FROM inspection_visit
                          WHERE id = NEW.visit_id AND state = TG_ARGV[0]) THEN
             RAISE EXCEPTION 'the visit is not %', TG_ARGV[0] USING ERRCODE = 'check_violation';
           END IF;
           RETURN NEW; END $$"""
    )
    op.execute(
        f"""CREATE FUNCTION refuse_lone_result() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
           IF ({SECOND_RESULT}) OR ({CHANGED_ALONE}) THEN
             RAISE EXCEPTION 'a result is changed by two people'
               USING ERRCODE = 'check_violation';
           END IF;
           RETURN NEW; END $$"""
    )
    for name, body in _postgres_triggers().items():
        op.execute(f"CREATE TRIGGER {name} {body}")


def downgrade() -> None:
    """Refused by itself while there are findings or facts the release before does not know."""
    for table, column, new in (
        ("evidence_hold", "kind", NEW_FINDINGS),
        ("standing_record", "kind", NEW_FACTS),
        ("standing_record", "component", NEW_COMPONENTS),
    ):
        found = f"SELECT 1 FROM {table} WHERE {_one_of(column, new)}"  # noqa: S608
        if op.get_bind().execute(sa.text(found)).first():
            raise RuntimeError(f"{table} holds rows that the release before does not know")
    if op.get_bind().dialect.name == "sqlite":
        for name in _sqlite_triggers():
            op.execute(f"DROP TRIGGER IF EXISTS {name}")
    else:
        for name, body in _postgres_triggers().items():
            table = body.split(" ON ")[1].split()[0]
            op.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
        for name in ("refuse_inspected", "refuse_outside_visit", "refuse_lone_result"):
            op.execute(f"DROP FUNCTION {name}()")
    for table in (
        "review_request", "learner_review", "assessment_result", "assessment_change",
        "assessment", "assessor_member", "inspection_answer", "inspection_document",
        "inspection_observation", "inspection_sighting", "inspection_visit",
    ):  # fmt: skip
        op.drop_table(table)
    _narrow("standing_record", "component", COMPONENTS_BEFORE, NEW_COMPONENTS)
    _narrow("standing_record", "kind", FACTS_BEFORE, NEW_FACTS)
    _narrow("evidence_hold", "kind", FINDINGS_BEFORE, NEW_FINDINGS)


def _sqlite_triggers() -> dict[str, str]:
    triggers = {
        "evidence_hold_second_person": (
            f"BEFORE UPDATE OF decided_by ON evidence_hold WHEN {OWN_FINDING}"
            " BEGIN SELECT RAISE(ABORT, 'another person decides about a visit'); END"
        ),
        "inspection_visit_stays": (
            f"BEFORE UPDATE ON inspection_visit WHEN {ENDED_VISIT}"
            " BEGIN SELECT RAISE(ABORT, 'a submitted visit stays as it is'); END"
        ),
        "inspection_visit_no_delete": (
            "BEFORE DELETE ON inspection_visit"
            " BEGIN SELECT RAISE(ABORT, 'a visit is never deleted'); END"
        ),
        "inspection_visit_no_replace": (
            "BEFORE INSERT ON inspection_visit WHEN EXISTS"
            " (SELECT 1 FROM inspection_visit WHERE id = NEW.id OR code = NEW.code)"
            " BEGIN SELECT RAISE(ABORT, 'UNIQUE: the visit is there already'); END"
        ),
        "assessment_change_stays": (
            f"BEFORE UPDATE ON assessment_change WHEN {DECIDED_CHANGE}"
            " BEGIN SELECT RAISE(ABORT, 'a decided change stays as it is'); END"
        ),
        "assessment_change_no_delete": (
            "BEFORE DELETE ON assessment_change"
            " BEGIN SELECT RAISE(ABORT, 'a change is never deleted'); END"
        ),
        "assessment_result_two_people": (
            f"BEFORE INSERT ON assessment_result WHEN ({SECOND_RESULT}) OR ({CHANGED_ALONE})"
            " BEGIN SELECT RAISE(ABORT, 'a result is changed by two people'); END"
        ),
    }
    for table in APPEND_ONLY:
        for event in ("update", "delete"):
            triggers[f"{table}_no_{event}"] = (
                f"BEFORE {event.upper()} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        triggers[f"{table}_no_replace"] = (
            f"BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"
            f" BEGIN SELECT RAISE(ABORT, 'UNIQUE: {table} is append-only'); END"
        )
    for table, state in WHILE.items():
        triggers[f"{table}_while"] = (
            f"BEFORE INSERT ON {table} WHEN NOT EXISTS (SELECT 1 FROM inspection_visit"
            f" WHERE id = NEW.visit_id AND state = '{state}')"
            f" BEGIN SELECT RAISE(ABORT, 'the visit is not {state}'); END"
        )
    return triggers


def _postgres_triggers() -> dict[str, str]:
    def refuse(words: str) -> str:
        return f"EXECUTE FUNCTION refuse_inspected('{words}')"

    triggers = {
        "evidence_hold_second_person": (
            f"BEFORE UPDATE OF decided_by ON evidence_hold FOR EACH ROW WHEN ({OWN_FINDING}) "
            + refuse("another person decides about a visit")
        ),
        "inspection_visit_stays": (
            f"BEFORE UPDATE ON inspection_visit FOR EACH ROW WHEN ({ENDED_VISIT}) "
            + refuse("a submitted visit stays as it is")
        ),
        "inspection_visit_no_delete": (
            "BEFORE DELETE ON inspection_visit FOR EACH ROW " + refuse("a visit is never deleted")
        ),
        "assessment_change_stays": (
            f"BEFORE UPDATE ON assessment_change FOR EACH ROW WHEN ({DECIDED_CHANGE}) "
            + refuse("a decided change stays as it is")
        ),
        "assessment_change_no_delete": (
            "BEFORE DELETE ON assessment_change FOR EACH ROW " + refuse("a change is never deleted")
        ),
        "assessment_result_two_people": (
            "BEFORE INSERT ON assessment_result FOR EACH ROW EXECUTE FUNCTION refuse_lone_result()"
        ),
    }
    for table in (*APPEND_ONLY, "inspection_visit", "assessment_change"):
        triggers[f"{table}_no_truncate"] = (
            f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT " + refuse(f"{table} is append-only")
        )
    for table in APPEND_ONLY:
        triggers[f"{table}_stays"] = f"BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW " + refuse(
            f"{table} is append-only"
        )
    for table, state in WHILE.items():
        triggers[f"{table}_while"] = (
            f"BEFORE INSERT ON {table} FOR EACH ROW"
            f" EXECUTE FUNCTION refuse_outside_visit('{state}')"
        )
    return triggers


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return "{} IN ({})".format(column, ", ".join(f"'{value}'" for value in values))


def _widen(table: str, column: str, before: tuple[str, ...], new: tuple[str, ...]) -> None:
    change_enum_check(table, column, before=before, after=(*before, *new))


def _narrow(table: str, column: str, before: tuple[str, ...], new: tuple[str, ...]) -> None:
    change_enum_check(table, column, before=(*before, *new), after=before)


def _references(table: str, **columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))
        for column, to in columns.items()
    ]


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _table(name: str, *parts: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        sa.Column("id", NUMBER, nullable=False),
        *parts,
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sqlite_autoincrement=True,
    )


def _create_visits() -> None:
    table = "inspection_visit"
    _table(
        table,
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("course_run_id", NUMBER, nullable=False),
        sa.Column("institution_id", NUMBER, nullable=False),
        sa.Column("lesson_id", NUMBER, nullable=True),
        sa.Column("inspector_id", NUMBER, nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("planned_at", INSTANT, nullable=False),
        sa.Column("begun_at", INSTANT, nullable=True),
        sa.Column("head_count", NUMBER, nullable=True),
        sa.Column("is_roll_call", sa.Boolean(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("submitted_at", INSTANT, nullable=True),
        sa.Column("answer_due_on", sa.Date(), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        _check(table, "kind", _one_of("kind", ("announced", "unannounced"))),
        _check(table, "state", _one_of("state", ("planned", "open", "submitted", "canceled"))),
        _check(
            table,
            "submitted",
            "(state = 'submitted') = (submitted_at IS NOT NULL)"
            " AND (state = 'submitted') = (head_count IS NOT NULL)"
            " AND (state = 'submitted') = (answer_due_on IS NOT NULL)",
        ),
        _check(
            table,
            "on_site",
            "state NOT IN ('open', 'submitted')"
            " OR (lesson_id IS NOT NULL AND begun_at IS NOT NULL)",
        ),
        _check(table, "heads", "head_count >= 0"),
        _check(table, "canceled", "state <> 'canceled' OR coalesce(length(cancel_reason), 0) > 0"),
        *_references(
            table,
            course_run_id="course_run",
            institution_id="institution",
            lesson_id="lesson",
            inspector_id="user",
        ),
        sa.UniqueConstraint("code", name=op.f("uq_inspection_visit_code")),
    )
    op.create_index("ix_inspection_visit_inspector", table, ["inspector_id", "state", "planned_on"])
    op.create_index("ix_inspection_visit_run", table, ["course_run_id", "state"])
    op.create_index("ix_inspection_visit_institution", table, ["institution_id", "state", "id"])
    _table(
        "inspection_sighting",
        sa.Column("visit_id", NUMBER, nullable=False),
        sa.Column("enrollment_id", NUMBER, nullable=False),
        sa.Column("is_seen", sa.Boolean(), nullable=False),
        sa.Column("recorded", sa.String(32), nullable=True),
        sa.Column("method", sa.String(32), nullable=True),
        _check("inspection_sighting", "recorded", _one_of("recorded", ("present", "absent"))),
        _check("inspection_sighting", "method", _one_of("method", METHODS)),
        *_references(
            "inspection_sighting", visit_id="inspection_visit", enrollment_id="enrollment"
        ),
        sa.UniqueConstraint(
            "visit_id", "enrollment_id", name=op.f("uq_inspection_sighting_visit_id_enrollment_id")
        ),
    )
    op.create_index(
        op.f("ix_inspection_sighting_enrollment_id"), "inspection_sighting", ["enrollment_id"]
    )
    _table(
        "inspection_observation",
        sa.Column("visit_id", NUMBER, nullable=False),
        sa.Column("observation", sa.String(32), nullable=False),
        _check("inspection_observation", "observation", _one_of("observation", OBSERVATIONS)),
        *_references("inspection_observation", visit_id="inspection_visit"),
        sa.UniqueConstraint(
            "visit_id", "observation", name=op.f("uq_inspection_observation_visit_id_observation")
        ),
    )
    _table(
        "inspection_document",
        sa.Column("visit_id", NUMBER, nullable=False),
        sa.Column("document_id", NUMBER, nullable=False),
        *_references("inspection_document", visit_id="inspection_visit", document_id="document"),
        sa.UniqueConstraint("document_id", name=op.f("uq_inspection_document_document_id")),
    )
    _table(
        "inspection_answer",
        sa.Column("visit_id", NUMBER, nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_by", NUMBER, nullable=False),
        sa.Column("answered_at", INSTANT, nullable=False),
        *_references("inspection_answer", visit_id="inspection_visit", answered_by="user"),
    )
    for child in ("inspection_document", "inspection_answer"):
        op.create_index(op.f(f"ix_{child}_visit_id"), child, ["visit_id"])


def _create_assessments() -> None:
    _table(
        "assessor_member",
        sa.Column("assessor_id", NUMBER, nullable=False),
        sa.Column("user_id", NUMBER, nullable=False),
        sa.Column("added_by", NUMBER, nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("removed_by", NUMBER, nullable=True),
        sa.Column("removed_at", INSTANT, nullable=True),
        *_references(
            "assessor_member",
            assessor_id="assessor",
            user_id="user",
            added_by="user",
            removed_by="user",
        ),
    )
    op.create_index(op.f("ix_assessor_member_assessor_id"), "assessor_member", ["assessor_id"])
    op.create_index(
        "uq_assessor_member_user",
        "assessor_member",
        ["user_id"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    table = "assessment"
    _table(
        table,
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("course_run_id", NUMBER, nullable=False),
        sa.Column("institution_id", NUMBER, nullable=False),
        sa.Column("assessor_id", NUMBER, nullable=False),
        sa.Column("assigned_by", NUMBER, nullable=False),
        sa.Column("assigned_at", INSTANT, nullable=False),
        sa.Column("assessed_on", sa.Date(), nullable=True),
        sa.Column("submitted_by", NUMBER, nullable=True),
        sa.Column("submitted_at", INSTANT, nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        _check(table, "state", _one_of("state", ("assigned", "submitted", "canceled"))),
        _check(
            table,
            "submitted",
            "(state = 'submitted') = (submitted_by IS NOT NULL)"
            " AND (state = 'submitted') = (assessed_on IS NOT NULL)",
        ),
        _check(table, "two_people", "submitted_by IS NULL OR submitted_by <> assigned_by"),
        _check(table, "canceled", "state <> 'canceled' OR coalesce(length(cancel_reason), 0) > 0"),
        *_references(
            table,
            course_run_id="course_run",
            institution_id="institution",
            assessor_id="assessor",
            assigned_by="user",
            submitted_by="user",
        ),
        sa.UniqueConstraint("code", name=op.f("uq_assessment_code")),
    )
    op.create_index("ix_assessment_assessor", table, ["assessor_id", "state", "id"])
    op.create_index(
        "uq_assessment_live",
        table,
        ["course_run_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'canceled'"),
        postgresql_where=sa.text("state <> 'canceled'"),
    )
    change = "assessment_change"
    _table(
        change,
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("assessment_id", NUMBER, nullable=False),
        sa.Column("enrollment_id", NUMBER, nullable=False),
        sa.Column("result", sa.String(32), nullable=False),
        sa.Column("score", NUMBER, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", NUMBER, nullable=False),
        sa.Column("proposed_at", INSTANT, nullable=False),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("decided_by", NUMBER, nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        _check(change, "state", _one_of("state", ("proposed", "accepted", "rejected"))),
        _check(change, "result", _one_of("result", ("passed", "failed", "void"))),
        _check(change, "score", "score BETWEEN 0 AND 100"),
        _check(change, "decided", "(state = 'proposed') = (decided_by IS NULL)"),
        _check(change, "two_people", "decided_by IS NULL OR decided_by <> proposed_by"),
        *_references(
            change,
            assessment_id="assessment",
            enrollment_id="enrollment",
            proposed_by="user",
            decided_by="user",
        ),
        sa.UniqueConstraint("code", name=op.f("uq_assessment_change_code")),
    )
    op.create_index(
        "uq_assessment_change_open",
        change,
        ["assessment_id", "enrollment_id"],
        unique=True,
        sqlite_where=sa.text("state = 'proposed'"),
        postgresql_where=sa.text("state = 'proposed'"),
    )
    result = "assessment_result"
    _table(
        result,
        sa.Column("assessment_id", NUMBER, nullable=False),
        sa.Column("enrollment_id", NUMBER, nullable=False),
        sa.Column("result", sa.String(32), nullable=False),
        sa.Column("score", NUMBER, nullable=True),
        sa.Column("change_id", NUMBER, nullable=True),
        sa.Column("entered_by", NUMBER, nullable=False),
        sa.Column("entered_at", INSTANT, nullable=False),
        _check(result, "result", _one_of("result", ("passed", "failed", "void"))),
        _check(result, "score", "score BETWEEN 0 AND 100"),
        *_references(
            result,
            assessment_id="assessment",
            enrollment_id="enrollment",
            change_id=change,
            entered_by="user",
        ),
        sa.UniqueConstraint("change_id", name=op.f("uq_assessment_result_change_id")),
    )
    op.create_index("ix_assessment_result_batch", result, ["assessment_id", "enrollment_id", "id"])
    op.create_index("ix_assessment_result_enrollment", result, ["enrollment_id", "id"])


def _create_reviews() -> None:
    table = "learner_review"
    answers = ("overall", "teaching", "usefulness", "as_promised")
    _table(
        table,
        sa.Column("enrollment_id", NUMBER, nullable=False),
        sa.Column("course_id", NUMBER, nullable=False),
        sa.Column("institution_id", NUMBER, nullable=False),
        *(sa.Column(answer, NUMBER, nullable=False) for answer in answers),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("given_at", INSTANT, nullable=False),
        *(_check(table, answer, f"{answer} BETWEEN 1 AND 5") for answer in answers),
        *_references(
            table, enrollment_id="enrollment", course_id="course", institution_id="institution"
        ),
        sa.UniqueConstraint("enrollment_id", name=op.f("uq_learner_review_enrollment_id")),
    )
    op.create_index("ix_learner_review_institution", table, ["institution_id", "given_on"])
    op.create_index("ix_learner_review_course", table, ["course_id", "given_on"])
    _table(
        "review_request",
        sa.Column("enrollment_id", NUMBER, nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("reminded_at", INSTANT, nullable=True),
        *_references("review_request", enrollment_id="enrollment"),
        sa.UniqueConstraint("enrollment_id", name=op.f("uq_review_request_enrollment_id")),
    )
    op.create_index("ix_review_request_due", "review_request", ["reminded_at", "asked_at"])
