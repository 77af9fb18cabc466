"""The balance of promised money in several rows, so that redemptions of one fund pass each other.

Revision: 0044, after 0043

Every redemption takes from the account of what its allotment has promised. That account's balance
is one row, which the first to redeem held until its commit; all others waited (docs/decisions/0157).

On PostgreSQL such an account now keeps its balance in its own row and in sixteen slots beside it.
What comes in goes to the row. What goes out is taken from a slot that nobody holds and that has
enough; where no slot has enough, row and slots are held together and the money is dealt out anew.
No row may fall below zero, so the sum cannot; what all of them together do not have is refused by
the account's own check, in the same words as ever.

`move_balances` moves one account after the other, in the order of their codes; `book_at_once` and
`hold_accounts` hold them in that order, each with its slot or slots, so that whoever waits for a
slot holds nothing that comes after it. Slots are written by `move_balances` only.

SQLite has one writer and nobody who waits: its slots stay empty, and cannot be written.

A process of the release before sees of such an account what lies in its own row only, until it
ends; it books correctly, since the booking is the database's.
"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NO = "USING ERRCODE = 'integrity_constraint_violation'"
ONLY_BY_POSTINGS = "balances move by postings only"
SLOTS = 16
SLOTTED = "kind = 'allotment:committed'"

# From the caller's own place on, so that two connections begin at different slots.
ENOUGH = f"""SELECT number INTO found FROM balance_slot
   WHERE account_id = of_account AND balance_fen >= needed
   ORDER BY (number + pg_backend_pid()) % {SLOTS} LIMIT 1 FOR NO KEY UPDATE"""
HOLD_SLOT = f"""
CREATE FUNCTION hold_slot(of_account bigint, needed bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE found bigint;
BEGIN
  {ENOUGH} SKIP LOCKED;
  IF found IS NULL THEN
    {ENOUGH};
  END IF;
  IF found IS NULL THEN
    PERFORM 1 FROM account WHERE id = of_account FOR NO KEY UPDATE;
    PERFORM 1 FROM balance_slot WHERE account_id = of_account ORDER BY number FOR NO KEY UPDATE;
  END IF;
  RETURN found;
END $$
"""
TAKE_FROM_SLOTS = f"""
CREATE FUNCTION take_from_slots(of_account bigint, needed bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE slot bigint := hold_slot(of_account, needed); rest bigint; each bigint;
BEGIN
  IF slot IS NOT NULL THEN
    UPDATE balance_slot SET balance_fen = balance_fen - needed
     WHERE account_id = of_account AND number = slot;
    RETURN;
  END IF;
  SELECT balance_fen - needed
         + coalesce((SELECT sum(balance_fen) FROM balance_slot WHERE account_id = of_account), 0)
    INTO rest FROM account WHERE id = of_account;
  each := greatest(rest, 0) / {SLOTS + 1};
  INSERT INTO balance_slot (account_id, number, balance_fen)
  SELECT of_account, number, each FROM generate_series(0, {SLOTS - 1}) AS number
  ON CONFLICT (account_id, number) DO UPDATE SET balance_fen = excluded.balance_fen;
  UPDATE account SET balance_fen = rest - {SLOTS} * each WHERE id = of_account;
END $$
"""
HOLD_ACCOUNTS = f"""
CREATE FUNCTION hold_accounts(ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE one record;
BEGIN
  FOR one IN SELECT id, {SLOTTED} AS is_slotted FROM account
              WHERE id = ANY(ids) AND guarded ORDER BY code
  LOOP
    PERFORM 1 FROM account WHERE id = one.id FOR NO KEY UPDATE;
    IF one.is_slotted THEN
      PERFORM 1 FROM balance_slot WHERE account_id = one.id ORDER BY number FOR NO KEY UPDATE;
    END IF;
  END LOOP;
END $$
"""
REFUSE_SLOT_EDIT = f"""
CREATE FUNCTION refuse_slot_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '{ONLY_BY_POSTINGS}' {NO};
END $$
"""

IS_COMPLETE = f"""IF {{}} THEN
    RAISE EXCEPTION 'entry is complete' {NO};
  END IF;"""
ADDED_TO_COMPLETE = """EXISTS (SELECT 1 FROM journal_entry
             WHERE id IN (SELECT entry_id FROM added))"""
GREW = "CASE side WHEN 'debit' THEN moved.fen ELSE -moved.fen END"
MOVE_BALANCES = f"""
CREATE OR REPLACE FUNCTION move_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE one record;
BEGIN
  {IS_COMPLETE.format(ADDED_TO_COMPLETE)}
  -- In one order by everybody, so that two that move the same accounts wait instead of deadlocking.
  FOR one IN
    SELECT id, {SLOTTED} AS is_slotted, {GREW} AS grew
      FROM (SELECT account_id, sum(debit_fen - credit_fen)::bigint AS fen
              FROM added GROUP BY account_id) AS moved
      JOIN account ON id = moved.account_id AND guarded
     ORDER BY code
  LOOP
    IF one.is_slotted AND one.grew < 0 THEN
      PERFORM take_from_slots(one.id, -one.grew);
    ELSE
      UPDATE account SET balance_fen = balance_fen + one.grew WHERE id = one.id;
    END IF;
  END LOOP;
  RETURN NULL;
END $$
"""
MOVE_BALANCES_BEFORE = f"""
CREATE OR REPLACE FUNCTION move_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE held bigint; is_complete boolean;
BEGIN
  -- Held in one order by everybody; counted, so that all are held and not the first only.
  SELECT count(*), {ADDED_TO_COMPLETE}
    INTO held, is_complete
    FROM (SELECT 1 FROM account WHERE id = ANY(ARRAY(SELECT account_id FROM added)) AND guarded
           ORDER BY code FOR NO KEY UPDATE) AS each_held;
  {IS_COMPLETE.format("is_complete")}
  UPDATE account SET balance_fen = balance_fen + {GREW}
    FROM (SELECT account_id, sum(debit_fen - credit_fen)::bigint AS fen
            FROM added GROUP BY account_id) AS moved
    WHERE id = moved.account_id AND guarded;
  RETURN NULL;
END $$
"""

HOLD = f"""
  FOR one IN
    SELECT id, guarded, {SLOTTED} AS is_slotted, {GREW} AS grew
      FROM (SELECT names[account] AS name, sum(debit - credit)::bigint AS fen
              FROM unnest(accounts, debits, credits) AS line (account, debit, credit)
             GROUP BY account) AS moved
      JOIN account ON code = moved.name AND guarded
     ORDER BY code
  LOOP
    IF one.is_slotted AND one.grew < 0 THEN
      PERFORM hold_slot(one.id, -one.grew);
    ELSE
      PERFORM 1 FROM account WHERE id = one.id FOR NO KEY UPDATE;
    END IF;
  END LOOP;
  SELECT array_agg(id ORDER BY array_position(names, code)),
         (SELECT count(*) FROM period WHERE first_on = ANY(months))
    INTO ids, months_known FROM account WHERE code = ANY(names);"""
HOLD_BEFORE = """
  SELECT array_agg(id ORDER BY array_position(names, code)),
         (SELECT count(*) FROM period WHERE first_on = ANY(months))
    INTO ids, months_known
    FROM (SELECT * FROM (SELECT id, code FROM account WHERE code = ANY(names) AND guarded
                          ORDER BY code FOR NO KEY UPDATE) AS held
          UNION ALL SELECT id, code FROM account WHERE code = ANY(names) AND NOT guarded) AS known;"""
BOOK_AT_ONCE = """
CREATE OR REPLACE FUNCTION book_at_once(
  months date[], names text[], account_kinds text[], sides text[], guards boolean[],
  account_currencies text[], opens boolean[], accounts int[], debits bigint[], credits bigint[],
  kinds text[], keys text[], currencies text[], days date[], memos text[],
  posted timestamptz, actor bigint)
RETURNS bigint[] LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE ids bigint[]; numbers bigint[]; months_known bigint; one record;
BEGIN{}
  IF months_known < cardinality(months) THEN
    RETURN NULL;
  ELSIF ids IS NULL OR cardinality(ids) < cardinality(names) THEN
    INSERT INTO account (code, kind, side, currency, guarded, balance_fen, opened_at)
    SELECT code, kind, side, currency, guarded, 0, posted
      FROM unnest(names, account_kinds, sides, account_currencies, guards)
           AS new (code, kind, side, currency, guarded)
     ORDER BY code
    ON CONFLICT (code) DO NOTHING;
    SELECT array_agg(id ORDER BY array_position(names, code)) INTO ids
      FROM account WHERE code = ANY(names);
  END IF;
  WITH written AS (
    INSERT INTO posting (entry_id, account_id, debit_fen, credit_fen)
    SELECT CASE WHEN line.opens THEN nextval('journal_entry_number')
                ELSE currval('journal_entry_number') END, ids[line.account], line.debit, line.credit
      FROM unnest(opens, accounts, debits, credits) AS line (opens, account, debit, credit)
    RETURNING entry_id)
  SELECT array_agg(DISTINCT entry_id ORDER BY entry_id) INTO numbers FROM written;
  INSERT INTO journal_entry (id, kind, key, currency, effective_on, posted_at, actor_id, memo)
  SELECT entry.id, entry.kind, entry.key, entry.currency, entry.day, posted, actor, entry.memo
    FROM unnest(numbers, kinds, keys, currencies, days, memos)
         AS entry (id, kind, key, currency, day, memo);
  RETURN numbers;
EXCEPTION WHEN integrity_constraint_violation THEN
  RETURN NULL;
END $$
"""
SQLITE_GUARD = f"""
CREATE TRIGGER balance_slot_stays_empty BEFORE INSERT ON balance_slot
BEGIN SELECT RAISE(ABORT, '{ONLY_BY_POSTINGS}'); END
"""


def upgrade() -> None:
    op.create_table(
        "balance_slot",
        sa.Column("account_id", BIG, autoincrement=False, nullable=False),
        sa.Column("number", BIG, autoincrement=False, nullable=False),
        sa.Column("balance_fen", BIG, nullable=False),
        sa.CheckConstraint(
            f"number BETWEEN 0 AND {SLOTS - 1}", name=op.f("ck_balance_slot_number")
        ),
        sa.CheckConstraint("balance_fen >= 0", name=op.f("ck_balance_slot_not_negative")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_balance_slot_account_id_account")
        ),
        sa.PrimaryKeyConstraint("account_id", "number", name=op.f("pk_balance_slot")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(SQLITE_GUARD)
        return
    # Room for each row's next versions on its own page.
    op.execute("ALTER TABLE balance_slot SET (fillfactor = 40)")
    for function in (HOLD_SLOT, TAKE_FROM_SLOTS, HOLD_ACCOUNTS, REFUSE_SLOT_EDIT, MOVE_BALANCES):
        op.execute(function)
    op.execute(BOOK_AT_ONCE.format(HOLD))
    op.execute(
        """CREATE TRIGGER balance_slot_by_postings BEFORE INSERT OR UPDATE OR DELETE ON balance_slot
           FOR EACH ROW WHEN (pg_trigger_depth() < 1) EXECUTE FUNCTION refuse_slot_edit()"""
    )
    op.execute(
        """CREATE TRIGGER balance_slot_no_truncate BEFORE TRUNCATE ON balance_slot
           FOR EACH STATEMENT EXECUTE FUNCTION refuse_slot_edit()"""
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.drop_table("balance_slot")
        return
    op.execute(BOOK_AT_ONCE.format(HOLD_BEFORE))
    op.execute(MOVE_BALANCES_BEFORE)
    op.execute("ALTER TABLE account DISABLE TRIGGER account_keeps_its_nature")
    op.execute(
        """UPDATE account SET balance_fen = balance_fen + slots.fen
             FROM (SELECT account_id, sum(balance_fen)::bigint AS fen
                     FROM balance_slot GROUP BY account_id) AS slots
            WHERE id = slots.account_id"""
    )
    op.execute("ALTER TABLE account ENABLE TRIGGER account_keeps_its_nature")
    op.drop_table("balance_slot")
    for function in (
        "take_from_slots(bigint, bigint)", "hold_slot(bigint, bigint)", "hold_accounts(bigint[])",
        "refuse_slot_edit()",
    ):  # fmt: skip
        op.execute(f"DROP FUNCTION {function}")
