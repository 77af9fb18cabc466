"""Suggestions, campaigns with their messages, sightings of vouchers, pledges for classes.

Revision: 0013, after 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "pledge",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("worker_id", BIG, nullable=False),
        sa.Column("occupation_id", BIG, nullable=False),
        sa.Column("jurisdiction_id", BIG, nullable=False),
        sa.Column("starts_from", sa.Date(), nullable=False),
        sa.Column("starts_until", sa.Date(), nullable=False),
        sa.Column(
            "hours",
            sa.Enum(
                "any",
                "work_hours",
                "outside_work_hours",
                name="hours",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "offered",
                "converted",
                "withdrawn",
                "lapsed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("starts_until >= starts_from", name=op.f("ck_pledge_dates")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"],
            ["jurisdiction.id"],
            name=op.f("fk_pledge_jurisdiction_id_jurisdiction"),
        ),
        sa.ForeignKeyConstraint(
            ["occupation_id"], ["occupation.id"], name=op.f("fk_pledge_occupation_id_occupation")
        ),
        sa.ForeignKeyConstraint(
            ["worker_id"], ["worker.id"], name=op.f("fk_pledge_worker_id_worker")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pledge")),
        sa.UniqueConstraint("code", name=op.f("uq_pledge_code")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_pledge_line", "pledge", ["occupation_id", "state", "id"], unique=False)
    op.create_index(
        "uq_pledge_waiting",
        "pledge",
        ["worker_id", "occupation_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('open', 'offered')"),
        postgresql_where=sa.text("state IN ('open', 'offered')"),
    )
    op.create_table(
        "suggestion_preference",
        sa.Column("id", BIG, nullable=False),
        sa.Column("worker_id", BIG, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "on", "off", name="state", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("occupation_id", BIG, nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["user.id"], name=op.f("fk_suggestion_preference_changed_by_user")
        ),
        sa.ForeignKeyConstraint(
            ["occupation_id"],
            ["occupation.id"],
            name=op.f("fk_suggestion_preference_occupation_id_occupation"),
        ),
        sa.ForeignKeyConstraint(
            ["worker_id"], ["worker.id"], name=op.f("fk_suggestion_preference_worker_id_worker")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion_preference")),
        sa.UniqueConstraint("worker_id", name=op.f("uq_suggestion_preference_worker_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "campaign",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("scheme_id", BIG, nullable=False),
        sa.Column("jurisdiction_id", BIG, nullable=False),
        sa.Column("population", sa.JSON(), nullable=False),
        sa.Column("holdout_percent", BIG, nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "in_app",
                "in_app_and_text",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "proposed",
                "running",
                "ended",
                "withdrawn",
                "discarded",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("people_expected", BIG, nullable=True),
        sa.Column("drawn_through", BIG, nullable=False),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("created_by", BIG, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", BIG, nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("launched_by", BIG, nullable=True),
        sa.Column("launched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", BIG, nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'proposed', 'discarded') OR launched_by IS NOT NULL",
            name=op.f("ck_campaign_launched"),
        ),
        sa.CheckConstraint("holdout_percent BETWEEN 0 AND 50", name=op.f("ck_campaign_holdout")),
        sa.CheckConstraint(
            "launched_by IS NULL OR (proposed_by IS NOT NULL AND launched_by <> proposed_by)",
            name=op.f("ck_campaign_two_people"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user.id"], name=op.f("fk_campaign_created_by_user")
        ),
        sa.ForeignKeyConstraint(["ended_by"], ["user.id"], name=op.f("fk_campaign_ended_by_user")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"],
            ["jurisdiction.id"],
            name=op.f("fk_campaign_jurisdiction_id_jurisdiction"),
        ),
        sa.ForeignKeyConstraint(
            ["launched_by"], ["user.id"], name=op.f("fk_campaign_launched_by_user")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["user.id"], name=op.f("fk_campaign_proposed_by_user")
        ),
        sa.ForeignKeyConstraint(
            ["scheme_id"], ["scheme.id"], name=op.f("fk_campaign_scheme_id_scheme")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("code", name=op.f("uq_campaign_code")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_campaign_jurisdiction_id"), "campaign", ["jurisdiction_id"], unique=False
    )
    op.create_index(op.f("ix_campaign_scheme_id"), "campaign", ["scheme_id"], unique=False)
    op.create_index("ix_campaign_state", "campaign", ["state", "id"], unique=False)
    op.create_table(
        "suggestion_showing",
        sa.Column("id", BIG, nullable=False),
        sa.Column("worker_id", BIG, nullable=False),
        sa.Column("course_id", BIG, nullable=False),
        sa.Column("institution_id", BIG, nullable=False),
        sa.Column("shown_on", sa.Date(), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("place", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name=op.f("fk_suggestion_showing_course_id_course")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_suggestion_showing_institution_id_institution"),
        ),
        sa.ForeignKeyConstraint(
            ["worker_id"], ["worker.id"], name=op.f("fk_suggestion_showing_worker_id_worker")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion_showing")),
        sa.UniqueConstraint(
            "worker_id",
            "course_id",
            "shown_on",
            name=op.f("uq_suggestion_showing_worker_id_course_id_shown_on"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_suggestion_showing_institution",
        "suggestion_showing",
        ["institution_id", "shown_on"],
        unique=False,
    )
    op.create_index(
        "ix_suggestion_showing_shown_on", "suggestion_showing", ["shown_on"], unique=False
    )
    op.create_table(
        "campaign_member",
        sa.Column("id", BIG, nullable=False),
        sa.Column("campaign_id", BIG, nullable=False),
        sa.Column("worker_id", BIG, nullable=False),
        sa.Column(
            "arm",
            sa.Enum(
                "treated",
                "held_out",
                name="arm",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "outcome",
            sa.Enum(
                "waiting",
                "issued",
                "held_already",
                "refused",
                "held_out",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("refusal_code", sa.Text(), nullable=True),
        sa.Column("voucher_id", BIG, nullable=True),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(outcome = 'issued') = (voucher_id IS NOT NULL)",
            name=op.f("ck_campaign_member_issued"),
        ),
        sa.CheckConstraint(
            "arm <> 'held_out' OR outcome = 'held_out'", name=op.f("ck_campaign_member_held_out")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_member_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["voucher_id"], ["voucher.id"], name=op.f("fk_campaign_member_voucher_id_voucher")
        ),
        sa.ForeignKeyConstraint(
            ["worker_id"], ["worker.id"], name=op.f("fk_campaign_member_worker_id_worker")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_member")),
        sa.UniqueConstraint(
            "campaign_id", "worker_id", name=op.f("uq_campaign_member_campaign_id_worker_id")
        ),
        sa.UniqueConstraint("voucher_id", name=op.f("uq_campaign_member_voucher_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_campaign_member_outcome",
        "campaign_member",
        ["campaign_id", "outcome", "id"],
        unique=False,
    )
    op.create_index("ix_campaign_member_worker", "campaign_member", ["worker_id"], unique=False)
    op.create_table(
        "outreach_message",
        sa.Column("id", BIG, nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("worker_id", BIG, nullable=False),
        sa.Column("voucher_id", BIG, nullable=False),
        sa.Column("campaign_id", BIG, nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "invitation",
                "reminder",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "step",
            sa.Enum(
                "not_seen",
                "not_claimed",
                "not_reserved",
                name="step",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "channel",
            sa.Enum(
                "in_app",
                "in_app_and_text",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "queued", "sent", name="state", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_outreach_message_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["voucher_id"], ["voucher.id"], name=op.f("fk_outreach_message_voucher_id_voucher")
        ),
        sa.ForeignKeyConstraint(
            ["worker_id"], ["worker.id"], name=op.f("fk_outreach_message_worker_id_worker")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outreach_message")),
        sa.UniqueConstraint(
            "batch", "voucher_id", name=op.f("uq_outreach_message_batch_voucher_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_outreach_message_campaign_id"), "outreach_message", ["campaign_id"], unique=False
    )
    op.create_index(
        "ix_outreach_message_state", "outreach_message", ["state", "batch", "id"], unique=False
    )
    op.create_index(
        "ix_outreach_message_worker", "outreach_message", ["worker_id", "created_at"], unique=False
    )
    op.create_table(
        "voucher_sighting",
        sa.Column("id", BIG, nullable=False),
        sa.Column("voucher_id", BIG, nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["voucher_id"], ["voucher.id"], name=op.f("fk_voucher_sighting_voucher_id_voucher")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher_sighting")),
        sa.UniqueConstraint("voucher_id", name=op.f("uq_voucher_sighting_voucher_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "pledge_offer",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("pledge_id", BIG, nullable=False),
        sa.Column("course_run_id", BIG, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "taken",
                "declined",
                "lapsed",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("enrollment_id", BIG, nullable=True),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'taken') = (enrollment_id IS NOT NULL)", name=op.f("ck_pledge_offer_taken")
        ),
        sa.ForeignKeyConstraint(
            ["course_run_id"],
            ["course_run.id"],
            name=op.f("fk_pledge_offer_course_run_id_course_run"),
        ),
        sa.ForeignKeyConstraint(
            ["enrollment_id"],
            ["enrollment.id"],
            name=op.f("fk_pledge_offer_enrollment_id_enrollment"),
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["user.id"], name=op.f("fk_pledge_offer_made_by_user")
        ),
        sa.ForeignKeyConstraint(
            ["pledge_id"], ["pledge.id"], name=op.f("fk_pledge_offer_pledge_id_pledge")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pledge_offer")),
        sa.UniqueConstraint("code", name=op.f("uq_pledge_offer_code")),
        sa.UniqueConstraint("enrollment_id", name=op.f("uq_pledge_offer_enrollment_id")),
        sa.UniqueConstraint(
            "pledge_id", "course_run_id", name=op.f("uq_pledge_offer_pledge_id_course_run_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_pledge_offer_due", "pledge_offer", ["state", "held_until"], unique=False)
    op.create_index("ix_pledge_offer_run", "pledge_offer", ["course_run_id", "state"], unique=False)
    op.create_index(
        "uq_pledge_offer_open",
        "pledge_offer",
        ["pledge_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    _guards()


KEPT = {
    # table: (columns, when they are kept, why)
    "campaign": (
        ("scheme_id", "jurisdiction_id", "population", "holdout_percent"),
        "OLD.state <> 'draft'",
        "a campaign keeps what its officers signed",
    ),
    "campaign_member": (
        ("campaign_id", "worker_id", "arm"),
        "TRUE",
        "a person stays in the group that was drawn",
    ),
    "voucher_sighting": (
        ("voucher_id", "seen_at"),
        "TRUE",
        "a voucher is seen for the first time once",
    ),
}


def _guards() -> None:
    """What was signed, drawn or seen never changes, whoever writes."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, (columns, condition, why) in KEPT.items():
        if sqlite:
            differs = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in columns)
            op.execute(
                f"""CREATE TRIGGER {table}_kept BEFORE UPDATE ON {table}
                    WHEN {condition} AND ({differs})
                    BEGIN SELECT RAISE(ABORT, '{why}'); END"""
            )
            continue
        differs = " OR ".join(
            f"OLD.{name}::text IS DISTINCT FROM NEW.{name}::text" for name in columns
        )
        op.execute(
            f"""CREATE FUNCTION {table}_kept() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN RAISE EXCEPTION '{why}' USING ERRCODE = 'integrity_constraint_violation'; END
                $$"""
        )
        op.execute(
            f"""CREATE TRIGGER {table}_kept BEFORE UPDATE ON {table} FOR EACH ROW
                WHEN ({condition} AND ({differs})) EXECUTE FUNCTION {table}_kept()"""
        )


def _drop_guards() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table in KEPT:
        if sqlite:
            op.execute(f"DROP TRIGGER {table}_kept")
        else:
            op.execute(f"DROP TRIGGER {table}_kept ON {table}")
            op.execute(f"DROP FUNCTION {table}_kept()")


def downgrade() -> None:
    _drop_guards()
    op.drop_index(
        "uq_pledge_offer_open",
        table_name="pledge_offer",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index("ix_pledge_offer_run", table_name="pledge_offer")
    op.drop_index("ix_pledge_offer_due", table_name="pledge_offer")
    op.drop_table("pledge_offer")
    op.drop_table("voucher_sighting")
    op.drop_index("ix_outreach_message_worker", table_name="outreach_message")
    op.drop_index("ix_outreach_message_state", table_name="outreach_message")
    op.drop_index(op.f("ix_outreach_message_campaign_id"), table_name="outreach_message")
    op.drop_table("outreach_message")
    op.drop_index("ix_campaign_member_worker", table_name="campaign_member")
    op.drop_index("ix_campaign_member_outcome", table_name="campaign_member")
    op.drop_table("campaign_member")
    op.drop_index("ix_suggestion_showing_shown_on", table_name="suggestion_showing")
    op.drop_index("ix_suggestion_showing_institution", table_name="suggestion_showing")
    op.drop_table("suggestion_showing")
    op.drop_index("ix_campaign_state", table_name="campaign")
    op.drop_index(op.f("ix_campaign_scheme_id"), table_name="campaign")
    op.drop_index(op.f("ix_campaign_jurisdiction_id"), table_name="campaign")
    op.drop_table("campaign")
    op.drop_table("suggestion_preference")
    op.drop_index(
        "uq_pledge_waiting",
        table_name="pledge",
        sqlite_where=sa.text("state IN ('open', 'offered')"),
        postgresql_where=sa.text("state IN ('open', 'offered')"),
    )
    op.drop_index("ix_pledge_line", table_name="pledge")
    op.drop_table("pledge")
