"""What must never happen, refused by the database itself, on both engines.

Revision: 0002, after 0001

Ledger: postings first, header last. The header's trigger proves two postings or more, debits
equal credits, one currency, an open period, and for a reversal the exact negative; a posting
whose header is there already is refused; a posting without header fails at commit (deferred
foreign key). Journal and audit rows can be neither changed nor deleted. Guarded balances are
kept by the posting trigger, move by nothing else, and are stopped at zero by a check constraint.
An account keeps its side, guard and currency; a closed period stays closed.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

APPEND_ONLY = ("journal_entry", "posting", "audit_event")


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name, body in _sqlite_triggers().items():
            op.execute(f"CREATE TRIGGER {name} {body}")
        return
    op.execute("CREATE SEQUENCE journal_entry_number")
    for name, body in PG_FUNCTIONS.items():
        op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")
    for name, (when, table, function) in _pg_triggers().items():
        each = "STATEMENT" if "TRUNCATE" in when else "ROW"
        op.execute(
            f"CREATE TRIGGER {name} {when} ON {table} FOR EACH {each} EXECUTE FUNCTION {function}()"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in _sqlite_triggers():
            op.execute(f"DROP TRIGGER IF EXISTS {name}")
        return
    for name, (_when, table, _function) in _pg_triggers().items():
        op.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")
    for name in PG_FUNCTIONS:
        op.execute(f"DROP FUNCTION IF EXISTS {name}()")
    op.execute("DROP SEQUENCE IF EXISTS journal_entry_number")


def _sqlite_triggers() -> dict[str, str]:
    """Name -> everything after the name."""
    never = {
        f"{table}_no_{act}": f"""BEFORE {act.upper()} ON {table}
            BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"""
        for table in APPEND_ONLY
        for act in ("update", "delete")
    }
    return never | SQLITE_TRIGGERS


SQLITE_TRIGGERS = {
    # INSERT OR REPLACE deletes without firing delete triggers unless a pragma says otherwise.
    "audit_event_no_replace": """BEFORE INSERT ON audit_event
        WHEN EXISTS (SELECT 1 FROM audit_event WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'audit_event is append-only'); END""",
    "posting_before_header": """BEFORE INSERT ON posting
        BEGIN
          SELECT RAISE(ABORT, 'entry is complete')
            WHERE EXISTS (SELECT 1 FROM journal_entry WHERE id = NEW.entry_id);
          SELECT RAISE(ABORT, 'posting is append-only')
            WHERE EXISTS (SELECT 1 FROM posting WHERE id = NEW.id
                          OR (entry_id = NEW.entry_id AND account_id = NEW.account_id));
        END""",
    # SQLite would keep 1.5 in an integer column.
    "posting_moves_balance": """AFTER INSERT ON posting
        BEGIN
          SELECT RAISE(ABORT, 'amounts are whole fen')
            WHERE typeof(NEW.debit_fen) <> 'integer' OR typeof(NEW.credit_fen) <> 'integer';
          UPDATE account SET balance_fen = balance_fen
            + CASE side WHEN 'debit' THEN NEW.debit_fen - NEW.credit_fen
                        ELSE NEW.credit_fen - NEW.debit_fen END
            WHERE id = NEW.account_id AND guarded;
        END""",
    "journal_entry_proved": """BEFORE INSERT ON journal_entry
        BEGIN
          SELECT RAISE(ABORT, 'journal_entry is append-only')
            WHERE EXISTS (SELECT 1 FROM journal_entry WHERE id = NEW.id);
          SELECT RAISE(ABORT, 'event is booked already')
            WHERE EXISTS (SELECT 1 FROM journal_entry WHERE kind = NEW.kind AND key = NEW.key);
          SELECT RAISE(ABORT, 'entry is reversed already')
            WHERE EXISTS (SELECT 1 FROM journal_entry WHERE reverses_id = NEW.reverses_id);
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
          SELECT RAISE(ABORT, 'reversal is not the exact negative')
            WHERE NEW.reverses_id IS NOT NULL AND (
              NOT EXISTS (SELECT 1 FROM journal_entry
                          WHERE id = NEW.reverses_id AND reverses_id IS NULL)
              OR (SELECT count(*) FROM posting WHERE entry_id = NEW.id)
                 <> (SELECT count(*) FROM posting WHERE entry_id = NEW.reverses_id)
              OR EXISTS (SELECT 1 FROM posting mine WHERE mine.entry_id = NEW.id AND NOT EXISTS
                   (SELECT 1 FROM posting theirs WHERE theirs.entry_id = NEW.reverses_id
                    AND theirs.account_id = mine.account_id
                    AND theirs.debit_fen = mine.credit_fen
                    AND theirs.credit_fen = mine.debit_fen)));
        END""",
    "account_opened_empty": """BEFORE INSERT ON account
        BEGIN
          SELECT RAISE(ABORT, 'accounts are opened empty') WHERE NEW.balance_fen <> 0;
          SELECT RAISE(ABORT, 'UNIQUE: account is open already')
            WHERE EXISTS (SELECT 1 FROM account WHERE id = NEW.id OR code = NEW.code);
        END""",
    "account_keeps_its_nature": """BEFORE UPDATE OF id, code, kind, side, currency, guarded,
            opened_at ON account
        BEGIN SELECT RAISE(ABORT, 'accounts keep their nature'); END""",
    # The newest posting of the account, while its entry has no header yet, is the only cause.
    "account_balance_by_postings": """BEFORE UPDATE OF balance_fen ON account
        WHEN NEW.balance_fen IS NOT OLD.balance_fen
        BEGIN
          SELECT RAISE(ABORT, 'balances move by postings only')
            WHERE NOT EXISTS (
              SELECT 1 FROM posting WHERE id = (SELECT max(id) FROM posting
                                                WHERE account_id = NEW.id)
              AND NEW.balance_fen - OLD.balance_fen
                  = CASE OLD.side WHEN 'debit' THEN debit_fen - credit_fen
                                  ELSE credit_fen - debit_fen END
              AND NOT EXISTS (SELECT 1 FROM journal_entry WHERE id = posting.entry_id));
        END""",
    "account_no_delete": """BEFORE DELETE ON account
        BEGIN SELECT RAISE(ABORT, 'accounts are never deleted'); END""",
    "period_stays_closed": """BEFORE UPDATE ON period WHEN OLD.state = 'closed'
        BEGIN SELECT RAISE(ABORT, 'a closed period stays closed'); END""",
    "period_no_delete": """BEFORE DELETE ON period
        BEGIN SELECT RAISE(ABORT, 'periods are never deleted'); END""",
}

_NO = "USING ERRCODE = 'integrity_constraint_violation'"

PG_FUNCTIONS = {
    "refuse_change": f"""
        BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME {_NO}; END""",
    # A posting carries the number its own connection drew last: nobody can slip one into the
    # entry another connection is still writing.
    "refuse_late_posting": f"""
        BEGIN
          IF EXISTS (SELECT 1 FROM journal_entry WHERE id = NEW.entry_id) THEN
            RAISE EXCEPTION 'entry is complete' {_NO};
          ELSIF NEW.entry_id <> currval('journal_entry_number') THEN
            RAISE EXCEPTION 'entry number was not drawn here' {_NO};
          END IF;
          RETURN NEW;
        END""",
    "move_balance": """
        BEGIN
          UPDATE account SET balance_fen = balance_fen
            + CASE side WHEN 'debit' THEN NEW.debit_fen - NEW.credit_fen
                        ELSE NEW.credit_fen - NEW.debit_fen END
          WHERE id = NEW.account_id AND guarded;
          RETURN NULL;
        END""",
    "prove_entry": f"""
        DECLARE lines bigint; difference numeric; foreign_lines bigint;
        BEGIN
          SELECT count(*), coalesce(sum(p.debit_fen) - sum(p.credit_fen), 0),
                 count(*) FILTER (WHERE a.currency <> NEW.currency)
            INTO lines, difference, foreign_lines
            FROM posting p JOIN account a ON a.id = p.account_id WHERE p.entry_id = NEW.id;
          IF lines < 2 THEN
            RAISE EXCEPTION 'entry has fewer than two postings' {_NO};
          ELSIF difference <> 0 THEN
            RAISE EXCEPTION 'entry does not balance' {_NO};
          ELSIF foreign_lines > 0 THEN
            RAISE EXCEPTION 'entry mixes currencies' {_NO};
          ELSIF EXISTS (SELECT 1 FROM period WHERE state = 'closed'
                        AND NEW.effective_on BETWEEN first_on AND last_on) THEN
            RAISE EXCEPTION 'period is closed' {_NO};
          ELSIF NEW.reverses_id IS NOT NULL AND (
              NOT EXISTS (SELECT 1 FROM journal_entry
                          WHERE id = NEW.reverses_id AND reverses_id IS NULL)
              OR lines <> (SELECT count(*) FROM posting WHERE entry_id = NEW.reverses_id)
              OR EXISTS (SELECT 1 FROM posting mine WHERE mine.entry_id = NEW.id AND NOT EXISTS
                   (SELECT 1 FROM posting theirs WHERE theirs.entry_id = NEW.reverses_id
                    AND theirs.account_id = mine.account_id
                    AND theirs.debit_fen = mine.credit_fen
                    AND theirs.credit_fen = mine.debit_fen))) THEN
            RAISE EXCEPTION 'reversal is not the exact negative' {_NO};
          END IF;
          RETURN NEW;
        END""",
    "refuse_account_opened_full": f"""
        BEGIN
          IF NEW.balance_fen <> 0 THEN
            RAISE EXCEPTION 'accounts are opened empty' {_NO};
          END IF;
          RETURN NEW;
        END""",
    "refuse_account_edit": f"""
        BEGIN
          IF (NEW.id, NEW.code, NEW.kind, NEW.side, NEW.currency, NEW.guarded, NEW.opened_at)
             IS DISTINCT FROM
             (OLD.id, OLD.code, OLD.kind, OLD.side, OLD.currency, OLD.guarded, OLD.opened_at) THEN
            RAISE EXCEPTION 'accounts keep their nature' {_NO};
          ELSIF NEW.balance_fen <> OLD.balance_fen AND pg_trigger_depth() < 2 THEN
            RAISE EXCEPTION 'balances move by postings only' {_NO};
          END IF;
          RETURN NEW;
        END""",
    "refuse_period_edit": f"""
        BEGIN
          IF TG_OP = 'DELETE' THEN
            RAISE EXCEPTION 'periods are never deleted' {_NO};
          ELSIF OLD.state = 'closed' THEN
            RAISE EXCEPTION 'a closed period stays closed' {_NO};
          END IF;
          RETURN NEW;
        END""",
}


def _pg_triggers() -> dict[str, tuple[str, str, str]]:
    """Name -> (when, table, function)."""
    append_only = {
        f"{table}_append_only": ("BEFORE UPDATE OR DELETE", table, "refuse_change")
        for table in APPEND_ONLY
    }
    kept = {
        f"{table}_no_truncate": ("BEFORE TRUNCATE", table, "refuse_change")
        for table in (*APPEND_ONLY, "account", "period")
    }
    return (
        append_only
        | kept
        | {
            "posting_before_header": ("BEFORE INSERT", "posting", "refuse_late_posting"),
            "posting_moves_balance": ("AFTER INSERT", "posting", "move_balance"),
            "journal_entry_proved": ("BEFORE INSERT", "journal_entry", "prove_entry"),
            "account_opened_empty": ("BEFORE INSERT", "account", "refuse_account_opened_full"),
            "account_keeps_its_nature": ("BEFORE UPDATE", "account", "refuse_account_edit"),
            "account_no_delete": ("BEFORE DELETE", "account", "refuse_change"),
            "period_stays_closed": ("BEFORE UPDATE OR DELETE", "period", "refuse_period_edit"),
        }
    )
