"""Parts of a voucher's amount, earned by the completion rate; classes below their threshold.

Revision: 0034, after 0033

A redemption is the reserved amount, or the percentage of it that it says, rounded half up: a
trigger refuses any other amount, whoever writes it.
"""

import sqlalchemy as sa
from alembic import op
from checks import change_enum_check

revision = "0034"
down_revision = "0033"

COLUMNS = ("part_percent", "part_rate_percent", "part_own_percent", "part_rule")
PART = (
    "(part_percent IS NULL) = (part_rate_percent IS NULL)"
    " AND (part_percent IS NULL) = (part_own_percent IS NULL)"
    " AND (part_percent IS NULL) = (part_rule IS NULL)"
    " AND (part_percent IS NULL OR part_percent BETWEEN 1 AND 99)"
    " AND (part_own_percent IS NULL OR part_own_percent IN (part_percent, 100))"
)
EARNED = """NEW.amount_fen <> (SELECT CASE WHEN NEW.part_percent IS NULL THEN amount_fen
          WHEN amount_fen * NEW.part_percent < 50 THEN 1
          ELSE (amount_fen * NEW.part_percent + 50) / 100 END
          FROM reservation WHERE id = NEW.reservation_id)"""
EARNED_SAYS = "a redemption is what was reserved, or the part of it that was earned"
KINDS = (
    "person_overlap", "trainer_overlap", "room_overlap", "long_day", "shared_device",
    "even_intervals", "same_second", "entered_late", "too_many", "travel",
    "not_seen", "head_count", "hours_short", "same_scores", "all_passed", "synced_late",
    "online_pattern", "online_pace", "not_entitled", "benefit_repeated", "burst",
)  # fmt: skip
NEW_KINDS = ("class_below",)
OUTCOMES, NEW_OUTCOMES = ("none", "free", "ended", "consumed"), ("part",)
WATCHED = "amount_fen, reservation_id, part_percent"


def upgrade() -> None:
    change_enum_check("evidence_hold", "kind", before=KINDS, after=(*KINDS, *NEW_KINDS))
    change_enum_check("withdrawal", "outcome", before=OUTCOMES, after=(*OUTCOMES, *NEW_OUTCOMES))
    postgres = op.get_bind().dialect.name == "postgresql"
    number = "bigint" if postgres else "integer"
    op.execute(f"ALTER TABLE redemption ADD COLUMN part_rate_percent {number}")
    op.execute(f"ALTER TABLE redemption ADD COLUMN part_own_percent {number}")
    op.execute("ALTER TABLE redemption ADD COLUMN part_rule text")
    # Written out: SQLite takes a check with a new column, but not after it.
    op.execute(
        f"ALTER TABLE redemption ADD COLUMN part_percent {number}"
        f" CONSTRAINT ck_redemption_part CHECK ({PART})"
    )
    if postgres:
        _guard_postgresql()
    else:
        _guard_sqlite()


def downgrade() -> None:
    """Refused where parts were paid, or a class was held: the reason would be lost."""
    for query in (
        "SELECT 1 FROM redemption WHERE part_percent IS NOT NULL",
        "SELECT 1 FROM evidence_hold WHERE kind = 'class_below'",
        "SELECT 1 FROM withdrawal WHERE outcome = 'part'",
    ):
        if op.get_bind().execute(sa.text(query)).first():
            raise RuntimeError("there are redemptions of a part, or classes held by their scheme")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER redemption_earned ON redemption")
        op.execute("DROP FUNCTION refuse_unearned()")
    else:
        op.execute("DROP TRIGGER redemption_earned_insert")
        op.execute("DROP TRIGGER redemption_earned_update")
    for column in COLUMNS:
        op.execute(f"ALTER TABLE redemption DROP COLUMN {column}")
    change_enum_check("withdrawal", "outcome", before=(*OUTCOMES, *NEW_OUTCOMES), after=OUTCOMES)
    change_enum_check("evidence_hold", "kind", before=(*KINDS, *NEW_KINDS), after=KINDS)


def _guard_sqlite() -> None:
    for name, event in (("insert", "INSERT"), ("update", f"UPDATE OF {WATCHED}")):
        op.execute(
            f"CREATE TRIGGER redemption_earned_{name} BEFORE {event} ON redemption"
            f" WHEN {EARNED} BEGIN SELECT RAISE(ABORT, '{EARNED_SAYS}'); END"
        )


def _guard_postgresql() -> None:
    op.execute(
        f"""CREATE FUNCTION refuse_unearned() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF {EARNED} THEN
          RAISE EXCEPTION '{EARNED_SAYS}' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW; END $$"""
    )
    op.execute(
        f"CREATE TRIGGER redemption_earned BEFORE INSERT OR UPDATE OF {WATCHED} ON redemption"
        " FOR EACH ROW EXECUTE FUNCTION refuse_unearned()"
    )
