"""What must never happen, refused by the database itself, on both engines.

Revision: 0002, after 0001

Ledger: postings first, header last. The header's trigger proves two postings or more, debits
equal credits, one currency, an open period; a posting whose header is there already is refused; a
posting without header fails at commit (deferred foreign key). Journal and audit rows can be
neither changed nor deleted. Guarded balances are kept by the posting trigger and stopped at zero
by a check constraint.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

APPEND_ONLY = ("journal_entry", "posting", "audit_event")


def upgrade() -> None:
    for statement in _statements(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    for statement in _undo(op.get_bind().dialect.name):
        op.execute(statement)


def _statements(dialect: str) -> list[str]:
    return _sqlite() if dialect == "sqlite" else _postgresql()


def _undo(dialect: str) -> list[str]:
    if dialect == "sqlite":
        names = [f"{table}_no_{act}" for table in APPEND_ONLY for act in ("update", "delete")]
        names += ["posting_before_header", "posting_moves_balance", "journal_entry_proved"]
        return [f"DROP TRIGGER IF EXISTS {name}" for name in names]
    drops = [
        f"DROP TRIGGER IF EXISTS {table}_append_only{suffix} ON {table}"
        for table in APPEND_ONLY
        for suffix in ("", "_truncate")
    ]
    return drops + [
        "DROP TRIGGER IF EXISTS posting_before_header ON posting",
        "DROP TRIGGER IF EXISTS posting_moves_balance ON posting",
        "DROP TRIGGER IF EXISTS journal_entry_proved ON journal_entry",
        "DROP TRIGGER IF EXISTS account_balance_by_postings ON account",
        "DROP FUNCTION IF EXISTS refuse_change()",
        "DROP FUNCTION IF EXISTS refuse_late_posting()",
        "DROP FUNCTION IF EXISTS move_balance()",
        "DROP FUNCTION IF EXISTS prove_entry()",
        "DROP FUNCTION IF EXISTS refuse_balance_edit()",
        "DROP SEQUENCE IF EXISTS journal_entry_number",
    ]


def _sqlite() -> list[str]:
    never = [
        f"""CREATE TRIGGER {table}_no_{act} BEFORE {act.upper()} ON {table}
            BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"""
        for table in APPEND_ONLY
        for act in ("update", "delete")
    ]
    return never + [
        """CREATE TRIGGER posting_before_header BEFORE INSERT ON posting
           WHEN EXISTS (SELECT 1 FROM journal_entry WHERE id = NEW.entry_id)
           BEGIN SELECT RAISE(ABORT, 'entry is complete'); END""",
        """CREATE TRIGGER posting_moves_balance AFTER INSERT ON posting
           BEGIN
             UPDATE account SET balance_fen = balance_fen
               + CASE side WHEN 'debit' THEN NEW.debit_fen - NEW.credit_fen
                           ELSE NEW.credit_fen - NEW.debit_fen END
             WHERE id = NEW.account_id AND guarded;
           END""",
        """CREATE TRIGGER journal_entry_proved BEFORE INSERT ON journal_entry
           BEGIN
             SELECT RAISE(ABORT, 'entry has fewer than two postings')
               WHERE (SELECT count(*) FROM posting WHERE entry_id = NEW.id) < 2;
             SELECT RAISE(ABORT, 'entry does not balance')
               WHERE (SELECT sum(debit_fen) - sum(credit_fen) FROM posting
                      WHERE entry_id = NEW.id) <> 0;
             SELECT RAISE(ABORT, 'entry mixes currencies')
               WHERE EXISTS (SELECT 1 FROM posting JOIN account ON account.id = account_id
                             WHERE entry_id = NEW.id AND account.currency <> NEW.currency);
             SELECT RAISE(ABORT, 'period is closed')
               WHERE EXISTS (SELECT 1 FROM period WHERE state = 'closed'
                             AND NEW.effective_on BETWEEN first_on AND last_on);
           END""",
    ]


def _postgresql() -> list[str]:
    functions = [
        "CREATE SEQUENCE journal_entry_number",
        """CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
                 USING ERRCODE = 'integrity_constraint_violation'; END $$""",
        """CREATE FUNCTION refuse_late_posting() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN
             IF EXISTS (SELECT 1 FROM journal_entry WHERE id = NEW.entry_id) THEN
               RAISE EXCEPTION 'entry is complete'
                     USING ERRCODE = 'integrity_constraint_violation';
             END IF;
             RETURN NEW;
           END $$""",
        """CREATE FUNCTION move_balance() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN
             UPDATE account SET balance_fen = balance_fen
               + CASE side WHEN 'debit' THEN NEW.debit_fen - NEW.credit_fen
                           ELSE NEW.credit_fen - NEW.debit_fen END
             WHERE id = NEW.account_id AND guarded;
             RETURN NULL;
           END $$""",
        """CREATE FUNCTION prove_entry() RETURNS trigger LANGUAGE plpgsql AS $$
           DECLARE lines bigint; difference numeric; foreign_lines bigint;
           BEGIN
             SELECT count(*), coalesce(sum(p.debit_fen) - sum(p.credit_fen), 0),
                    count(*) FILTER (WHERE a.currency <> NEW.currency)
               INTO lines, difference, foreign_lines
               FROM posting p JOIN account a ON a.id = p.account_id WHERE p.entry_id = NEW.id;
             IF lines < 2 THEN
               RAISE EXCEPTION 'entry has fewer than two postings'
                     USING ERRCODE = 'integrity_constraint_violation';
             ELSIF difference <> 0 THEN
               RAISE EXCEPTION 'entry does not balance'
                     USING ERRCODE = 'integrity_constraint_violation';
             ELSIF foreign_lines > 0 THEN
               RAISE EXCEPTION 'entry mixes currencies'
                     USING ERRCODE = 'integrity_constraint_violation';
             ELSIF EXISTS (SELECT 1 FROM period WHERE state = 'closed'
                           AND NEW.effective_on BETWEEN first_on AND last_on) THEN
               RAISE EXCEPTION 'period is closed'
                     USING ERRCODE = 'integrity_constraint_violation';
             END IF;
             RETURN NEW;
           END $$""",
        """CREATE FUNCTION refuse_balance_edit() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN
             IF NEW.balance_fen <> OLD.balance_fen AND pg_trigger_depth() < 2 THEN
               RAISE EXCEPTION 'balances move by postings only'
                     USING ERRCODE = 'integrity_constraint_violation';
             END IF;
             RETURN NEW;
           END $$""",
    ]
    triggers = [
        statement
        for table in APPEND_ONLY
        for statement in (
            f"""CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
                FOR EACH ROW EXECUTE FUNCTION refuse_change()""",
            f"""CREATE TRIGGER {table}_append_only_truncate BEFORE TRUNCATE ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()""",
        )
    ]
    return (
        functions
        + triggers
        + [
            """CREATE TRIGGER posting_before_header BEFORE INSERT ON posting
               FOR EACH ROW EXECUTE FUNCTION refuse_late_posting()""",
            """CREATE TRIGGER posting_moves_balance AFTER INSERT ON posting
               FOR EACH ROW EXECUTE FUNCTION move_balance()""",
            """CREATE TRIGGER journal_entry_proved BEFORE INSERT ON journal_entry
               FOR EACH ROW EXECUTE FUNCTION prove_entry()""",
            """CREATE TRIGGER account_balance_by_postings BEFORE UPDATE ON account
               FOR EACH ROW EXECUTE FUNCTION refuse_balance_edit()""",
        ]
    )
