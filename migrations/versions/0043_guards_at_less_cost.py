"""The same guards at less cost on PostgreSQL: fewer look-ups for each posting and redemption.

Revision: 0043, after 0042

Every refusal stays, in the same words:

- A posting carries the number its connection drew last: asked by the trigger's condition, so that
  a function is entered only to refuse. That its entry is not complete yet is asked once for all
  postings of a statement, where their balances move.
- `prove_entry` asks everything in one query, and about reversals only where there is one.
- A redemption pays what was earned, nothing for a sign-in voucher and nothing against a hold: asked
  once for all that a statement writes, instead of three times for each.
- `book_at_once` is what `book_entries` was, in four statements instead of seven and given arrays
  instead of JSON. It holds the accounts before it writes, in the order of their codes: before, the
  foreign key of each posting marked an account's row while somebody else was changing it, and
  PostgreSQL wrote down anew who had marked it for everybody who came. `book_entries` stays for
  processes of the release before that are still running.

SQLite compiles its triggers into the statement; nothing of this changes there.
"""

from alembic import op

revision = "0043"
down_revision = "0042"

NO = "USING ERRCODE = 'integrity_constraint_violation'"
CHECK = "USING ERRCODE = 'check_violation'"

REFUSE_LATE_POSTING = f"""
CREATE OR REPLACE FUNCTION refuse_late_posting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM journal_entry WHERE id = NEW.entry_id) THEN
    RAISE EXCEPTION 'entry is complete' {NO};
  ELSIF NEW.entry_id <> currval('journal_entry_number') THEN
    RAISE EXCEPTION 'entry number was not drawn here' {NO};
  END IF;
  RETURN NEW;
END $$
"""
LATE_POSTING = """
CREATE TRIGGER posting_before_header BEFORE INSERT ON posting FOR EACH ROW {}
EXECUTE FUNCTION refuse_late_posting()
"""
NOT_DRAWN_HERE = "WHEN (NEW.entry_id <> currval('journal_entry_number'))"

MOVE = """
  UPDATE account SET balance_fen = balance_fen
    + CASE side WHEN 'debit' THEN moved.fen ELSE -moved.fen END
    FROM (SELECT account_id, sum(debit_fen - credit_fen)::bigint AS fen
            FROM added GROUP BY account_id) AS moved
    WHERE id = moved.account_id AND guarded;
  RETURN NULL;
"""
MOVE_BALANCES = f"""
CREATE OR REPLACE FUNCTION move_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE held bigint; is_complete boolean;
BEGIN
  -- Held in one order by everybody; counted, so that all are held and not the first only.
  SELECT count(*), EXISTS (SELECT 1 FROM journal_entry WHERE id IN (SELECT entry_id FROM added))
    INTO held, is_complete
    FROM (SELECT 1 FROM account WHERE id = ANY(ARRAY(SELECT account_id FROM added)) AND guarded
           ORDER BY code FOR NO KEY UPDATE) AS each_held;
  IF is_complete THEN
    RAISE EXCEPTION 'entry is complete' {NO};
  END IF;
  {MOVE}
END $$
"""
MOVE_BALANCES_BEFORE = f"""
CREATE OR REPLACE FUNCTION move_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM account WHERE id IN (SELECT account_id FROM added) AND guarded
    ORDER BY code FOR NO KEY UPDATE;
  {MOVE}
END $$
"""

NOT_THE_NEGATIVE = """(
      NOT EXISTS (SELECT 1 FROM journal_entry WHERE id = NEW.reverses_id AND reverses_id IS NULL)
      OR lines <> (SELECT count(*) FROM posting WHERE entry_id = NEW.reverses_id)
      OR EXISTS (SELECT 1 FROM posting mine WHERE mine.entry_id = NEW.id AND NOT EXISTS
           (SELECT 1 FROM posting theirs WHERE theirs.entry_id = NEW.reverses_id
            AND theirs.account_id = mine.account_id
            AND theirs.debit_fen = mine.credit_fen
            AND theirs.credit_fen = mine.debit_fen)))"""
PERIOD_CLOSED = """EXISTS (SELECT 1 FROM period WHERE state = 'closed'
                      AND NEW.effective_on BETWEEN first_on AND last_on)"""
LINES_OF_ENTRY = """count(*), coalesce(sum(p.debit_fen) - sum(p.credit_fen), 0),
         count(*) FILTER (WHERE a.currency <> NEW.currency)"""
PROVE_ENTRY = f"""
CREATE OR REPLACE FUNCTION prove_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE lines bigint; difference numeric; foreign_lines bigint; is_closed boolean;
BEGIN
  SELECT {LINES_OF_ENTRY}, {PERIOD_CLOSED}
    INTO lines, difference, foreign_lines, is_closed
    FROM posting p JOIN account a ON a.id = p.account_id WHERE p.entry_id = NEW.id;
  IF lines < 2 THEN
    RAISE EXCEPTION 'entry has fewer than two postings' {NO};
  ELSIF difference <> 0 THEN
    RAISE EXCEPTION 'entry does not balance' {NO};
  ELSIF foreign_lines > 0 THEN
    RAISE EXCEPTION 'entry mixes currencies' {NO};
  ELSIF is_closed THEN
    RAISE EXCEPTION 'period is closed' {NO};
  END IF;
  IF NEW.reverses_id IS NOT NULL THEN
    IF {NOT_THE_NEGATIVE} THEN
      RAISE EXCEPTION 'reversal is not the exact negative' {NO};
    END IF;
  END IF;
  RETURN NEW;
END $$
"""
PROVE_ENTRY_BEFORE = f"""
CREATE OR REPLACE FUNCTION prove_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE lines bigint; difference numeric; foreign_lines bigint;
BEGIN
  SELECT {LINES_OF_ENTRY}
    INTO lines, difference, foreign_lines
    FROM posting p JOIN account a ON a.id = p.account_id WHERE p.entry_id = NEW.id;
  IF lines < 2 THEN
    RAISE EXCEPTION 'entry has fewer than two postings' {NO};
  ELSIF difference <> 0 THEN
    RAISE EXCEPTION 'entry does not balance' {NO};
  ELSIF foreign_lines > 0 THEN
    RAISE EXCEPTION 'entry mixes currencies' {NO};
  ELSIF {PERIOD_CLOSED} THEN
    RAISE EXCEPTION 'period is closed' {NO};
  ELSIF NEW.reverses_id IS NOT NULL AND {NOT_THE_NEGATIVE} THEN
    RAISE EXCEPTION 'reversal is not the exact negative' {NO};
  END IF;
  RETURN NEW;
END $$
"""

HELD_SAYS = "a hold stands against this redemption"
EARNED_SAYS = "a redemption is what was reserved, or the part of it that was earned"
SIGN_IN_SAYS = "a sign-in voucher pays nothing"
REDEMPTIONS_STAND = f"""
CREATE FUNCTION refuse_redemptions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE sign_in boolean; unearned boolean; held boolean;
BEGIN
  SELECT bool_or(voucher.kind = 'sign_in'),
         bool_or(added.amount_fen <> CASE
           WHEN added.part_percent IS NULL THEN reservation.amount_fen
           WHEN reservation.amount_fen * added.part_percent < 50 THEN 1
           ELSE (reservation.amount_fen * added.part_percent + 50) / 100 END),
         bool_or(EXISTS (
           SELECT 1 FROM evidence_hold AS hold
            WHERE hold.course_run_id = enrollment.course_run_id AND hold.state <> 'cleared'
              AND (hold.enrollment_id IS NULL OR hold.enrollment_id = enrollment.id)))
    INTO sign_in, unearned, held
    FROM added
    LEFT JOIN voucher ON voucher.id = added.voucher_id
    LEFT JOIN reservation ON reservation.id = added.reservation_id
    LEFT JOIN enrollment ON enrollment.id = added.enrollment_id;
  IF held THEN
    RAISE EXCEPTION '{HELD_SAYS}' {CHECK};
  ELSIF unearned THEN
    RAISE EXCEPTION '{EARNED_SAYS}' {CHECK};
  ELSIF sign_in THEN
    RAISE EXCEPTION '{SIGN_IN_SAYS}' {CHECK};
  END IF;
  RETURN NULL;
END $$
"""
REDEMPTION_TRIGGERS = {
    "redemption_earned": ("amount_fen, reservation_id, part_percent", "refuse_unearned"),
    "redemption_sign_in": ("amount_fen, voucher_id", "redemption_of_sign_in"),
}

BOOK_AT_ONCE = """
CREATE FUNCTION book_at_once(
  months date[], names text[], account_kinds text[], sides text[], guards boolean[],
  account_currencies text[], opens boolean[], accounts int[], debits bigint[], credits bigint[],
  kinds text[], keys text[], currencies text[], days date[], memos text[],
  posted timestamptz, actor bigint)
RETURNS bigint[] LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE ids bigint[]; numbers bigint[]; months_known bigint;
BEGIN
  SELECT array_agg(id ORDER BY array_position(names, code)),
         (SELECT count(*) FROM period WHERE first_on = ANY(months))
    INTO ids, months_known
    FROM (SELECT * FROM (SELECT id, code FROM account WHERE code = ANY(names) AND guarded
                          ORDER BY code FOR NO KEY UPDATE) AS held
          UNION ALL SELECT id, code FROM account WHERE code = ANY(names) AND NOT guarded) AS known;
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


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    op.execute(REFUSE_LATE_POSTING)
    _replace_late_posting(NOT_DRAWN_HERE)
    op.execute(MOVE_BALANCES)
    op.execute(PROVE_ENTRY)
    op.execute(BOOK_AT_ONCE)
    op.execute(REDEMPTIONS_STAND)
    op.execute(
        """CREATE TRIGGER redemption_stands AFTER INSERT ON redemption
           REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_redemptions()"""
    )
    op.execute("DROP TRIGGER redemption_not_while_held ON redemption")
    for name, (watched, function) in REDEMPTION_TRIGGERS.items():
        op.execute(f"DROP TRIGGER {name} ON redemption")
        op.execute(
            f"CREATE TRIGGER {name} BEFORE UPDATE OF {watched} ON redemption"
            f" FOR EACH ROW EXECUTE FUNCTION {function}()"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    for name, (watched, function) in REDEMPTION_TRIGGERS.items():
        op.execute(f"DROP TRIGGER {name} ON redemption")
        op.execute(
            f"CREATE TRIGGER {name} BEFORE INSERT OR UPDATE OF {watched} ON redemption"
            f" FOR EACH ROW EXECUTE FUNCTION {function}()"
        )
    op.execute(
        """CREATE TRIGGER redemption_not_while_held BEFORE INSERT ON redemption
           FOR EACH ROW EXECUTE FUNCTION refuse_held_redemption()"""
    )
    op.execute("DROP TRIGGER redemption_stands ON redemption")
    op.execute("DROP FUNCTION refuse_redemptions()")
    op.execute(
        "DROP FUNCTION book_at_once(date[], text[], text[], text[], boolean[], text[], boolean[],"
        " int[], bigint[], bigint[], text[], text[], text[], date[], text[], timestamptz, bigint)"
    )
    op.execute(PROVE_ENTRY_BEFORE)
    op.execute(MOVE_BALANCES_BEFORE)
    _replace_late_posting("")


def _replace_late_posting(condition: str) -> None:
    op.execute("DROP TRIGGER posting_before_header ON posting")
    op.execute(LATE_POSTING.format(condition))
