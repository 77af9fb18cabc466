"""What the database is asked for a stretch of entries: columns, each as one text or one string of
bytes.

Nothing is sorted and nothing joined: order and names of accounts are Python's part.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """How the database writes out a stretch: its texts as JSON, with `between` between two, or,
    where they are not `is_json`, as they are."""

    heads: str
    postings: str
    between: bytes
    is_json: bool = True


# No text for what is empty would be one text less, and another text with a line feed in it could
# stand for the one that is missing. Numbers cannot.
_POSTGRESQL_HEADS = """
    SELECT string_agg(int8send(id), '') AS keys, string_agg(id::text, ',') AS numbers,
           {kind} AS kinds, {key} AS names, {currency} AS currencies,
           string_agg(date_send(effective_on), '') AS days,
           json_agg(posted_at AT TIME ZONE 'UTC')::text AS instants,
           string_agg(coalesce(actor_id::text, 'null'), ',') AS actors,
           {memo} AS memos,
           string_agg(id::text, ',') FILTER (WHERE memo IS NULL) AS without_memo,
           string_agg(coalesce(reverses_id::text, 'null'), ',') AS reversals
      FROM journal_entry AS entry WHERE id BETWEEN :lowest AND :highest
"""
# By their sides. What is nothing on neither side is not told in full, and counted all the same.
_POSTGRESQL_POSTINGS = """
    SELECT count(*) AS postings,
           string_agg(int8send(entry_id), '') FILTER (WHERE credit_fen = 0) AS debited_entries,
           string_agg(int8send(account_id), '') FILTER (WHERE credit_fen = 0) AS debited_accounts,
           string_agg(debit_fen::text, ',') FILTER (WHERE credit_fen = 0) AS debits,
           string_agg(int8send(entry_id), '') FILTER (WHERE credit_fen <> 0) AS credited_entries,
           string_agg(int8send(account_id), '') FILTER (WHERE credit_fen <> 0)
             AS credited_accounts,
           string_agg(credit_fen::text, ',') FILTER (WHERE credit_fen <> 0 AND debit_fen = 0)
             AS credits
      FROM posting WHERE entry_id BETWEEN :lowest AND :highest
"""
_SQLITE_HEADS = """
    SELECT NULL AS keys, CAST(group_concat(id) AS BLOB) AS numbers,
           CAST(json_group_array(kind) AS BLOB) AS kinds,
           CAST(json_group_array(entry.key) AS BLOB) AS names,
           CAST(json_group_array(currency) AS BLOB) AS currencies,
           CAST(json_group_array(effective_on) AS BLOB) AS days,
           CAST(json_group_array(posted_at) AS BLOB) AS instants,
           CAST(json_group_array(actor_id) AS BLOB) AS actors,
           CAST(json_group_array(coalesce(memo, '')) AS BLOB) AS memos,
           CAST(group_concat(id) FILTER (WHERE memo IS NULL) AS BLOB) AS without_memo,
           CAST(json_group_array(reverses_id) AS BLOB) AS reversals
      FROM journal_entry AS entry WHERE id BETWEEN :lowest AND :highest
"""
# SQLite keeps anything for a number: a sum is whole only when all that was added is, so that what
# is nothing is 0 and not 0.0; and JSON tells a text from a number.
_SQLITE_POSTINGS = """
    SELECT CASE typeof(sum(debit_fen + credit_fen)) WHEN 'integer'
             THEN (SELECT count(*) FROM posting WHERE entry_id BETWEEN :lowest AND :highest)
             END AS postings,
           CAST(group_concat(entry_id) FILTER (WHERE credit_fen = 0) AS BLOB) AS debited_entries,
           CAST(json_group_array(account_id) FILTER (WHERE credit_fen = 0) AS BLOB)
             AS debited_accounts,
           CAST(json_group_array(debit_fen) FILTER (WHERE credit_fen = 0) AS BLOB) AS debits,
           CAST(group_concat(entry_id) FILTER (WHERE credit_fen <> 0) AS BLOB)
             AS credited_entries,
           CAST(json_group_array(account_id) FILTER (WHERE credit_fen <> 0) AS BLOB)
             AS credited_accounts,
           CAST(json_group_array(credit_fen) FILTER (WHERE credit_fen <> 0 AND debit_fen = 0)
             AS BLOB) AS credits
      FROM ({rows})
"""
# In order of their rows, which nearly always is that of the entries, no row is looked up. The
# count, by the index, tells when there is a posting elsewhere.
_BY_ROW = """SELECT * FROM posting
      WHERE id BETWEEN (SELECT min(id) FROM posting WHERE entry_id = :lowest)
                   AND (SELECT max(id) FROM posting WHERE entry_id = :highest)
        AND +entry_id BETWEEN :lowest AND :highest"""
_BY_ENTRY = "SELECT * FROM posting WHERE entry_id BETWEEN :lowest AND :highest ORDER BY entry_id"
_TEXTS = ("kind", "key", "currency")
_AS_IT_IS = "string_agg(coalesce(entry.{0}, ''), E'\\n')"
_AS_JSON = "json_agg(entry.{0})::text"

FORMS = {
    "postgresql": (
        Form(
            _POSTGRESQL_HEADS.format(
                **{name: _AS_IT_IS.format(name) for name in (*_TEXTS, "memo")}
            ),
            _POSTGRESQL_POSTINGS,
            between=b"\n",
            is_json=False,
        ),
        Form(
            _POSTGRESQL_HEADS.format(
                **{name: _AS_JSON.format(name) for name in _TEXTS},
                memo="json_agg(coalesce(entry.memo, ''))::text",
            ),
            _POSTGRESQL_POSTINGS,
            between=b'", "',
        ),
    ),
    "sqlite": (
        Form(_SQLITE_HEADS, _SQLITE_POSTINGS.format(rows=_BY_ROW), between=b'","'),
        Form(_SQLITE_HEADS, _SQLITE_POSTINGS.format(rows=_BY_ENTRY), between=b'","'),
    ),
}
