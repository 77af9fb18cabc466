"""Entries booked in one call on PostgreSQL, and balances moved once per statement.

Revision: 0029, after 0028

`book_entries` writes postings and headers as any client would, one statement each, under all the
triggers and constraints there are; a refusal by any of them undoes the whole call and answers no
row. So a booking is one round trip, and whoever gets no row books one entry after the other to
learn why. Accounts are opened on first use; a month that is not open yet is left to the caller.

`posting_moves_balance` adds up what a statement moves and touches each account once, in the order
of the codes. A batch of fifty entries against one allotment updates that account once instead of
fifty times. The balance may still never be below zero when the statement ends.

SQLite has one writer, no round trips and no triggers per statement: nothing of this changes there.

`ix_redemption_voucher_id`: how often a voucher was redeemed before is asked at each redemption,
and only standing redemptions had an index.
"""

from alembic import op

revision = "0029"
down_revision = "0028"

BOOK_ENTRIES = """
CREATE FUNCTION book_entries(entries json, lines json, posted timestamptz, actor bigint)
RETURNS TABLE (place int, entry_id bigint) LANGUAGE plpgsql ROWS 50 AS $$
#variable_conflict use_column
DECLARE numbers bigint[];
BEGIN
  IF EXISTS (SELECT 1 FROM json_to_recordset(entries) AS entry (effective_on date)
              WHERE NOT EXISTS (SELECT 1 FROM period
                                 WHERE first_on = date_trunc('month', entry.effective_on)::date))
  THEN
    RETURN;
  END IF;
  IF EXISTS (SELECT 1 FROM json_to_recordset(lines) AS line (account text)
              WHERE NOT EXISTS (SELECT 1 FROM account WHERE code = line.account)) THEN
    INSERT INTO account (code, kind, side, currency, guarded, balance_fen, opened_at)
    SELECT DISTINCT ON (account) account, kind, side, currency, guarded, 0, posted
      FROM json_to_recordset(lines)
           AS line (account text, kind text, side text, currency text, guarded boolean)
     ORDER BY account
    ON CONFLICT (code) DO NOTHING;
  END IF;
  WITH written AS (
    INSERT INTO posting (entry_id, account_id, debit_fen, credit_fen)
    SELECT CASE WHEN line.opens THEN nextval('journal_entry_number')
                ELSE currval('journal_entry_number') END, account.id, line.debit, line.credit
      FROM json_to_recordset(lines)
           AS line (nth int, opens boolean, account text, debit bigint, credit bigint)
      JOIN account ON account.code = line.account
     ORDER BY line.nth
    RETURNING posting.entry_id)
  SELECT array_agg(DISTINCT written.entry_id ORDER BY written.entry_id) INTO numbers FROM written;
  INSERT INTO journal_entry (id, kind, key, currency, effective_on, posted_at, actor_id, memo)
  SELECT numbers[entry.place], entry.kind, entry.key, entry.currency, entry.effective_on, posted,
         actor, entry.memo
    FROM json_to_recordset(entries) AS entry (
         place int, kind text, key text, currency text, effective_on date, memo text);
  RETURN QUERY
    SELECT number.place::int, number.id FROM unnest(numbers) WITH ORDINALITY AS number (id, place);
EXCEPTION WHEN integrity_constraint_violation THEN
  RETURN;
END $$
"""

MOVE_BALANCES = """
CREATE FUNCTION move_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM account WHERE id IN (SELECT account_id FROM added) AND guarded
    ORDER BY code FOR NO KEY UPDATE;
  UPDATE account SET balance_fen = balance_fen
    + CASE side WHEN 'debit' THEN moved.fen ELSE -moved.fen END
    FROM (SELECT account_id, sum(debit_fen - credit_fen)::bigint AS fen
            FROM added GROUP BY account_id) AS moved
    WHERE id = moved.account_id AND guarded;
  RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.create_index("ix_redemption_voucher_id", "redemption", ["voucher_id"])
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute(MOVE_BALANCES)
    op.execute("DROP TRIGGER posting_moves_balance ON posting")
    op.execute(
        """CREATE TRIGGER posting_moves_balance AFTER INSERT ON posting
           REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION move_balances()"""
    )
    op.execute(BOOK_ENTRIES)


def downgrade() -> None:
    op.drop_index("ix_redemption_voucher_id", "redemption")
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute("DROP FUNCTION book_entries(json, json, timestamptz, bigint)")
    op.execute("DROP TRIGGER posting_moves_balance ON posting")
    op.execute(
        """CREATE TRIGGER posting_moves_balance AFTER INSERT ON posting
           FOR EACH ROW EXECUTE FUNCTION move_balance()"""
    )
    op.execute("DROP FUNCTION move_balances()")
