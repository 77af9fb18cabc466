"""Who waits for a slot of promised money holds no other, so that nobody waits in a ring.

Revision: 0047, after 0046

When no free slot of an account had enough, 0044 waited for one that somebody held. Its money might
be too little once it was free; then the next was waited for while the first stayed held, and two
that began at different slots could wait for each other: PostgreSQL ended one of them. Seen when
eight clients redeemed whole classes out of the last of a fund's promised money.

Now a free slot is taken as before, but looked at before it is held. Where all that have enough are
held, one is waited for. Where none has enough, the account's row is waited for, which whoever deals
the money out anew holds, and the slots are looked at again. A slot that turns out to have less than
it had when it was looked at cannot be given back singly: `book_at_once` gives back all it holds and
answers no row, and the careful way takes the money. That holds every account in the order of their
codes, a slotted one with its row first and then all slots (`hold_accounts`).

What an entry moves is held where it is moved (`move_balances`), in the order of codes as ever:
`book_at_once` no longer holds the same rows before. It did since 0043 because everybody's foreign
keys marked the one row that everybody changed; since 0044 nobody changes that row, and redeeming is
a twentieth faster without.
"""

from importlib import import_module

from alembic import op

revision = "0047"
down_revision = "0046"

_before = import_module("migrations.versions.0044_slots_of_balances")
SLOTS = _before.SLOTS

# From the caller's own place on, so that two connections begin at different slots.
ENOUGH = f"""balance_slot WHERE account_id = of_account AND balance_fen >= needed
     ORDER BY (number + pg_backend_pid()) % {SLOTS}"""
TRY_EACH = f"""
    first := NULL;
    FOR each IN SELECT number FROM {ENOUGH} LOOP
      first := coalesce(first, each);
      SELECT balance_fen INTO has FROM balance_slot
       WHERE account_id = of_account AND number = each FOR NO KEY UPDATE SKIP LOCKED;
      IF has >= needed THEN
        RETURN each;
      ELSIF FOUND THEN
        RAISE lock_not_available;
      END IF;
    END LOOP;"""
HOLD_SLOT = f"""
CREATE OR REPLACE FUNCTION hold_slot(of_account bigint, needed bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE each bigint; first bigint; has bigint;
BEGIN
  FOR turn IN 1..2 LOOP{TRY_EACH}
    IF first IS NOT NULL THEN
      SELECT balance_fen INTO has FROM balance_slot
       WHERE account_id = of_account AND number = first FOR NO KEY UPDATE;
      IF has < needed THEN
        RAISE lock_not_available;
      END IF;
      RETURN first;
    ELSIF turn = 1 THEN
      PERFORM 1 FROM account WHERE id = of_account FOR NO KEY UPDATE;
    END IF;
  END LOOP;
  PERFORM 1 FROM balance_slot WHERE account_id = of_account ORDER BY number FOR NO KEY UPDATE;
  RETURN NULL;
END $$
"""
KNOW = """
  SELECT array_agg(id ORDER BY array_position(names, code)),
         (SELECT count(*) FROM period WHERE first_on = ANY(months))
    INTO ids, months_known FROM account WHERE code = ANY(names);"""
REFUSED = "WHEN integrity_constraint_violation"
BOOK_AT_ONCE = _before.BOOK_AT_ONCE.format(KNOW).replace(
    REFUSED, f"{REFUSED} OR lock_not_available"
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute(HOLD_SLOT)
    op.execute(BOOK_AT_ONCE)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute(_before.HOLD_SLOT.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
    op.execute(_before.BOOK_AT_ONCE.format(_before.HOLD))
