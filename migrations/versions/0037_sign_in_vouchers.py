"""Vouchers for sign-in only: worth nothing, by the database too.

Revision: 0037, after 0036

One kind more in the check of vouchers; a voucher of it is worth 0 and shared by no funds. Only its
reservation reserves 0, without any entry, and nothing is redeemed with it. On SQLite the checks
are changed in the table's text, because a rebuild would lose the triggers that hang on it.
"""

import sqlalchemy as sa
from alembic import op
from checks import change_check

revision = "0037"
down_revision = "0036"

KINDS = "kind IN ('face_value', 'entitlement')"
NEW_KINDS = "kind IN ('face_value', 'entitlement', 'sign_in')"
VALUE = "value_fen IS NULL OR value_fen >= 0"
NEW_VALUE = (
    "(value_fen IS NULL OR value_fen >= 0) AND (kind <> 'sign_in'"
    " OR (value_fen IS NOT NULL AND value_fen = 0 AND NOT is_pooled))"
)
AMOUNT = "amount_fen > 0"
NEW_AMOUNT = "amount_fen > 0 OR (amount_fen = 0 AND entry_id IS NULL AND release_entry_id IS NULL)"
CHECKS = (
    ("voucher", "kind", KINDS, NEW_KINDS),
    ("voucher", "value", VALUE, NEW_VALUE),
    ("reservation", "amount", AMOUNT, NEW_AMOUNT),
)
SIGN_IN = "SELECT 1 FROM voucher WHERE id = NEW.voucher_id AND kind = 'sign_in'"
RESERVATION_SAYS = "a sign-in voucher reserves nothing, every other one something"
REDEMPTION_SAYS = "a sign-in voucher pays nothing"


def upgrade() -> None:
    for table, name, before, after in CHECKS:
        change_check(table, name, before=before, after=after)
    if op.get_bind().dialect.name == "sqlite":
        for event, when in (("insert", "INSERT"), ("update", "UPDATE OF amount_fen, voucher_id")):
            op.execute(
                f"CREATE TRIGGER reservation_sign_in_{event} BEFORE {when} ON reservation"
                f" WHEN (NEW.amount_fen = 0) <> (EXISTS ({SIGN_IN}))"
                f" BEGIN SELECT RAISE(ABORT, '{RESERVATION_SAYS}'); END"
            )
            op.execute(
                f"CREATE TRIGGER redemption_sign_in_{event} BEFORE {when} ON redemption"
                f" WHEN EXISTS ({SIGN_IN})"
                f" BEGIN SELECT RAISE(ABORT, '{REDEMPTION_SAYS}'); END"
            )
        return
    for table, wrong, says in (
        ("reservation", f"(NEW.amount_fen = 0) <> (EXISTS ({SIGN_IN}))", RESERVATION_SAYS),
        ("redemption", f"EXISTS ({SIGN_IN})", REDEMPTION_SAYS),
    ):
        op.execute(
            f"""CREATE FUNCTION {table}_of_sign_in() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              IF {wrong} THEN
                RAISE EXCEPTION '{says}' USING ERRCODE = 'check_violation';
              END IF;
              RETURN NEW;
            END $$"""
        )
        op.execute(
            f"""CREATE TRIGGER {table}_sign_in
            BEFORE INSERT OR UPDATE OF amount_fen, voucher_id ON {table}
            FOR EACH ROW EXECUTE FUNCTION {table}_of_sign_in()"""
        )


def downgrade() -> None:
    """Refused while there are such vouchers or schemes: the release before cannot read them."""
    for found in (
        "SELECT 1 FROM voucher WHERE kind = 'sign_in'",
        """SELECT 1 FROM scheme_version
           WHERE CAST(policy AS TEXT) LIKE '%"kind": "sign_in"%'""",
    ):
        if op.get_bind().execute(sa.text(found)).first():
            raise RuntimeError("there are vouchers or schemes for sign-in only")
    if op.get_bind().dialect.name == "sqlite":
        for table in ("reservation", "redemption"):
            for event in ("insert", "update"):
                op.execute(f"DROP TRIGGER {table}_sign_in_{event}")
    else:
        for table in ("reservation", "redemption"):
            op.execute(f"DROP TRIGGER {table}_sign_in ON {table}")
            op.execute(f"DROP FUNCTION {table}_of_sign_in()")
    for table, name, before, after in reversed(CHECKS):
        change_check(table, name, before=after, after=before)
