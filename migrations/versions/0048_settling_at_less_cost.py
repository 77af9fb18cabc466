"""A settlement's lines are judged once a statement; a person's enrollments have an index.

Revision: 0048, after 0047

- On PostgreSQL the trigger that keeps a redemption out of every settlement while its claim is
  under review asked once for each line, a third of what writing them took. It asks once for all of
  a statement now, after the foreign keys, with the same words and the same kind of error
  (docs/decisions/0139 says why after is as good as before). SQLite compiles a trigger into the
  statement: nothing changes there.
- The unique index on live enrollments holds neither those that were left nor can a question about
  one state use it: every page of a learner searched all enrollments there are.
"""

from alembic import op

revision = "0048"
down_revision = "0047"

NAME = "settlement_line_after_claim"
SAYS = "its claim is still under review"
UNDER_REVIEW = """claim_line.released_at IS NULL
    AND claim.state IN ('submitted', 'checked', 'noticed')"""
FOR_ALL = f"""SELECT 1 FROM added
    JOIN claim_line ON claim_line.redemption_id = added.redemption_id
    JOIN claim ON claim.id = claim_line.claim_id WHERE {UNDER_REVIEW}"""
FOR_EACH = f"""SELECT 1 FROM claim_line JOIN claim ON claim.id = claim_line.claim_id
    WHERE claim_line.redemption_id = NEW.redemption_id AND {UNDER_REVIEW}"""
"""As written in 0016."""


def upgrade() -> None:
    op.create_index("ix_enrollment_worker", "enrollment", ["worker_id", "id"])
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute(f"DROP TRIGGER {NAME} ON settlement_line")
    op.execute(_refusing(FOR_ALL, answers="NULL"))
    op.execute(
        f"""CREATE TRIGGER {NAME} AFTER INSERT ON settlement_line
            REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION {NAME}()"""
    )


def downgrade() -> None:
    op.drop_index("ix_enrollment_worker", "enrollment")
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute(f"DROP TRIGGER {NAME} ON settlement_line")
    op.execute(_refusing(FOR_EACH, answers="NEW"))
    op.execute(
        f"""CREATE TRIGGER {NAME} BEFORE INSERT ON settlement_line
            FOR EACH ROW EXECUTE FUNCTION {NAME}()"""
    )


def _refusing(found: str, *, answers: str) -> str:
    return f"""CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF EXISTS ({found}) THEN
          RAISE EXCEPTION '{SAYS}' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN {answers}; END $$"""
