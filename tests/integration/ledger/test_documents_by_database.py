"""The database writes out the very bytes that are sealed, whatever somebody typed."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from marketplace.foundation.db import db, dialect_name, write_transaction
from marketplace.ledger.entries import AccountName, EntryDraft, Line
from marketplace.ledger.operations import post_entries
from marketplace.ledger.sealing import (
    naming,
    operations,
    provers,
    proving,
    statements,
    stored,
    stretches,
    verify,
)
from marketplace.ledger.sealing.documents import entry_document
from marketplace.ledger.sealing.merkle import leaf_hash, leaf_hashes, root_hash
from marketplace.ledger.sealing.naming import AccountNames
from marketplace.ledger.sealing.operations import seal_block
from marketplace.ledger.sealing.queries import each_block, each_leaf
from marketplace.ledger.sealing.verify import verify_seals
from marketplace.ledger.states import Side
from tests.concurrency.races import pooled
from tests.factories import ledger as books
from tests.factories.corruption import damage, guards_off

AWKWARD = [chr(code) for code in (*range(1, 33), 127, 0x85, 0xA0, 0x2028, 0x2029, 0xFEFF, 0xFFFF)]
CHARACTERS = st.one_of(
    st.sampled_from([*AWKWARD, '"', "\\", "/", "'", "<", "]\x1f", "训", "𠮷", "é"]),
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
)
TEXTS = st.lists(CHARACTERS, max_size=12).map("".join)
NUMBER = count(1)


def draft(kind: str, memo: str, accounts: list[str], fen: int) -> EntryDraft:
    """Something odd in every text of an entry with two postings or more."""
    lines = [
        Line(AccountName("bank:other", f"{place}{name}"), Side.DEBIT, fen)
        for place, name in enumerate(accounts)
    ]
    paid = Line(AccountName("bank:interest", memo), Side.CREDIT, fen * len(lines))
    return EntryDraft(kind, f"{next(NUMBER)}{memo}", "CNY", books.DAY, memo, (paid, *lines))


DRAFTS = st.builds(draft, TEXTS, TEXTS, st.lists(TEXTS, min_size=1, max_size=4), st.integers(1, 99))


def forms() -> tuple[statements.Form, ...]:
    return statements.FORMS[dialect_name()]


def only_with(monkeypatch, *kept: statements.Form) -> None:
    monkeypatch.setitem(statements.FORMS, dialect_name(), kept)


def unsealed() -> list[tuple[int, bytes]]:
    return stored.list_unsealed_documents(1_000)


@settings(
    max_examples=12, deadline=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck]
)
@given(st.lists(DRAFTS, min_size=1, max_size=8))
def test_three_ways_lead_to_the_same_bytes(app, now, drafts):
    with write_transaction():
        post_entries(drafts, actor_id=7)
        documents = [document for _entry_id, document in unsealed()]
        block = seal_block(actor_id=None)
    leaves = [leaf for _height, group in each_leaf(height=block.height) for leaf in group]
    assert [entry_document(leaf.entry) for leaf in leaves] == documents
    for kept in (forms(), forms()[1:]):
        with pytest.MonkeyPatch.context() as patch:
            only_with(patch, *kept)
            [proved] = proving.prove_blocks(block.height, block.height, AccountNames())
        assert (proved.entries, proved.root) == (len(drafts), block.root), "the database differs"


def test_contents_in_lines_are_hashed_as_they_are_alone():
    contents = [b"[1]", b"", b"[2]"]
    assert leaf_hashes(contents) == [leaf_hash(content) for content in contents]
    assert root_hash(leaf_hashes([b""])) == leaf_hash(b"")


def test_the_quick_form_reads_what_is_usual_and_says_no_to_what_it_cannot_write(
    app, now, monkeypatch
):
    """Quotes and further postings are usual; a control character may be a mark of ours."""
    usual = ['memo "quoted" \\ 训练', "a", 'b"c'], ["m", "x"], ["m", "x", "x-1", "x:1"]
    with write_transaction():
        post_entries([draft("k", memo, names, 5) for memo, *names in usual], actor_id=7)
        first = seal_block(actor_id=None)
    with write_transaction():
        post_entries([draft("k", "one\x01,\x01two\n", ["a"], 5)], actor_id=7)
        odd = seal_block(actor_id=None)
    only_with(monkeypatch, forms()[0])
    assert [block.root for block in proving.prove_blocks(1, 1, AccountNames())] == [first.root]
    is_json = dialect_name() == "sqlite"
    assert [block.root for block in proving.prove_blocks(2, 2, AccountNames())] == [
        odd.root if is_json else None
    ]
    assert verify_seals().ok


def test_sealing_takes_the_quick_form_only_where_it_is_certainly_the_one_that_counts(
    app, now, monkeypatch
):
    """Each alone: a quote, a line feed, and an account that sorts before the end of another."""
    plain = draft("k", "训练é<x>", ["x", "x-1", "b"], 5)
    odd = [draft("k", 'say "x"', ["a"], 5), draft("k", "a\nb", ["a"], 5)]
    later = AccountName("bank:other", "0a b")
    lines = [Line(later, Side.DEBIT, 5), Line(AccountName("bank:other", "0a"), Side.CREDIT, 5)]
    odd.append(EntryDraft("k", "spaced", "CNY", books.DAY, None, tuple(lines)))
    with write_transaction():
        post_entries([plain, *odd], actor_id=7)
        found = unsealed()
        numbers = [number for number, _document in found]
        assert stored._plain_documents(numbers[:1], AccountNames()) == found[:1]
        for number in numbers[1:]:
            assert stored._plain_documents([number], AccountNames()) == []
        monkeypatch.setattr(stored, "_plain_documents", lambda numbers, names: [])
        assert unsealed() == found


def test_an_entry_among_much_later_ones_does_not_make_a_stretch_of_all_between(sealed, monkeypatch):
    monkeypatch.setattr(stretches, "_SPREAD_FREE", 0)
    monkeypatch.setattr(stretches, "_SPREAD_MAX", 0.9)
    blocks = provers._prove((1, 3), AccountNames())
    assert [block.root for block in blocks] == [found.root for found in each_block()]
    monkeypatch.setattr(stretches, "_SPREAD_MAX", 0)
    assert [block.root for block in proving.prove_blocks(1, 3, AccountNames())] == [None] * 3
    assert verify_seals().ok


@pytest.fixture
def sealed(app, now, monkeypatch):
    """Six entries in three blocks."""
    monkeypatch.setattr(operations, "BLOCK_ENTRIES_MAX", 2)
    monkeypatch.setattr(provers, "STRETCH_ENTRIES", 2)
    monkeypatch.setattr(provers, "SHARED_MIN", 2)
    with write_transaction():
        post_entries([draft("k", "memo", ["a"], fen) for fen in range(1, 7)], actor_id=None)
    seal_all()


def seal_all() -> None:
    block = True
    while block:
        with write_transaction():
            block = seal_block(actor_id=None)


def test_a_block_the_database_writes_in_another_way_is_read_again(sealed, monkeypatch):
    """The control: what it writes must not be believed, neither for a yes nor for a no."""
    only_with(
        monkeypatch,
        *(replace(form, heads=form.heads.replace("entry.key", "entry.kind")) for form in forms()),
    )
    assert [block.root for block in proving.prove_blocks(1, 3, AccountNames())] == [None] * 3
    report = verify_seals()
    assert (report.ok, report.entries, report.unsealed) == (True, 6, 0)


def test_several_processes_find_what_one_finds(app, sealed):
    with guards_off():
        damage("UPDATE journal_entry SET memo = 'other' WHERE id = 3")
        damage("UPDATE seal_leaf SET leaf = (SELECT leaf FROM seal_leaf WHERE entry_id = 1) "
               "WHERE entry_id = 6")  # fmt: skip
    alone = verify_seals()
    assert [found.subject for found in alone.violations] == ["entry 3", "entry 6", "block 2"]
    with pooled(app, 2) as second, second.app_context():
        assert verify_seals(processes=2) == alone


CHANGES = {
    "journal_entry": [
        "kind = kind || ' '", "key = 'other'", "currency = 'USD'", "actor_id = 8",
        "memo = NULL", "memo = ''", "memo = 'null'", "reverses_id = 1",
        "effective_on = '2026-11-19'", "posted_at = '2026-11-20 02:00:00.000001'",
    ],
    "posting": [
        "account_id = 99",
        "debit_fen = debit_fen + 1", "credit_fen = -credit_fen", "credit_fen = 0",
        "debit_fen = credit_fen, credit_fen = debit_fen",
        "debit_fen = debit_fen + 1, credit_fen = credit_fen + 1",
        "debit_fen = 0, credit_fen = 0",
    ],
}  # fmt: skip


def test_a_change_in_any_column_is_not_taken_for_what_was_sealed(sealed, monkeypatch):
    """By neither form, and each change alone; the other blocks are still what was sealed."""
    roots = [block.root for block in each_block()]
    with write_transaction() as session:
        for table in CHANGES:
            session.execute(text(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}"))
    for table, number in (
        ("journal_entry", "3"),
        ("posting", "(SELECT min(id) FROM kept_posting WHERE entry_id = 3)"),
    ):
        for change in CHANGES[table]:
            with guards_off():
                damage(f"UPDATE {table} SET {change} WHERE id = {number}")
            for form in forms():
                only_with(monkeypatch, form)
                proved = proving.prove_blocks(1, 3, AccountNames())
                assert [block.root for block in proved] == [roots[0], None, roots[2]] or (
                    [block.root for block in proved] == [None] * 3
                ), change
            columns = [part.split(" = ")[0] for part in change.split(", ")]
            with guards_off():
                for column in columns:
                    damage(f"UPDATE {table} SET {column} = (SELECT {column} FROM kept_{table} "
                           f"WHERE kept_{table}.id = {table}.id) WHERE id = {number}")  # fmt: skip
        proved = proving.prove_blocks(1, 3, AccountNames())
        assert [block.root for block in proved] == roots, "all is as it was"


@pytest.mark.postgres
def test_a_posting_that_is_on_no_side_is_missed(sealed):
    """Neither a debit nor a credit, and its account is gone: it is a posting all the same."""
    with guards_off():
        damage("ALTER TABLE posting ALTER credit_fen DROP NOT NULL")
        damage("INSERT INTO posting (entry_id, account_id, debit_fen, credit_fen)"
               " VALUES (3, 99, 1, NULL)")  # fmt: skip
    assert "entry 3" in {found.subject for found in verify_seals().violations}


@pytest.mark.sqlite
def test_bytes_planted_for_a_text_are_found(sealed):
    with guards_off():
        damage("UPDATE journal_entry SET memo = x'c328' WHERE id = 3")
    assert [found.subject for found in verify_seals().violations] == ["entry 3", "block 2"]


@pytest.mark.postgres
def test_a_line_that_is_missing_is_not_taken_from_a_text_of_the_entry_before(sealed):
    """Two rows that together write what two entries wrote: with marks in one, nothing in the
    other."""
    marks = "E'\\x01,\\x01' || "
    with guards_off():
        damage("ALTER TABLE journal_entry ALTER kind DROP NOT NULL")
        damage("UPDATE journal_entry AS entry SET currency = entry.currency || "
               f"{marks} entry.effective_on || E'\\x01\\n\\x01' || "
               f"later.kind || {marks} later.key || {marks} later.currency "
               "FROM journal_entry AS later WHERE entry.id = 3 AND later.id = 4")  # fmt: skip
        damage("UPDATE journal_entry SET kind = NULL WHERE id = 4")
    assert {found.subject for found in verify_seals().violations} == {
        "entry 3", "entry 4", "block 2",
    }  # fmt: skip


def test_names_of_accounts_are_read_again_when_too_many_are_kept(sealed, monkeypatch):
    monkeypatch.setattr(naming, "NAMES_MAX", 1)
    monkeypatch.setattr(naming, "AT_ONCE", 1)
    names = AccountNames()
    roots = [proving.prove_blocks(height, height, names)[0].root for height in (1, 2, 3)]
    assert roots == [block.root for block in each_block()]
    assert names.beginnings([b"1", b"0"])[1] == b"[null,", "no account has this number"


def test_a_leaf_of_no_block_and_an_entry_that_is_gone_are_told(sealed):
    with guards_off():
        damage("DELETE FROM posting WHERE entry_id = 4")
        damage("DELETE FROM journal_entry WHERE id = 4")
        damage("DELETE FROM seal_block WHERE height = 3")
    report = verify_seals()
    assert [(found.invariant, found.subject) for found in report.violations] == [
        (verify.ENTRIES, "entry 4"),
        (verify.CHAIN, "2 leaves"),
    ]
    assert (report.entries, report.unsealed) == (3, 0)


def test_an_entry_committed_late_is_sealed_though_later_ones_are(sealed):
    """On PostgreSQL a number is drawn before it is committed: a gap is filled afterwards."""
    with guards_off():
        damage("UPDATE posting SET entry_id = 9 WHERE entry_id = 6")
        damage("UPDATE seal_leaf SET entry_id = 9 WHERE entry_id = 6")
        damage("UPDATE journal_entry SET id = 9, key = 'nine' WHERE id = 6")
    with guards_off():
        damage("INSERT INTO journal_entry (id, kind, key, currency, effective_on, posted_at)"
               " SELECT 7, kind, 'seven', currency, effective_on, posted_at"
               " FROM journal_entry WHERE id = 1")  # fmt: skip
        damage("INSERT INTO posting (entry_id, account_id, debit_fen, credit_fen)"
               " SELECT 7, account_id, debit_fen, credit_fen"
               " FROM posting WHERE entry_id = 1")  # fmt: skip
    assert verify_seals().unsealed == 1
    seal_all()
    assert verify_seals().unsealed == 0
    assert [entry_id for entry_id, _document in unsealed()] == []
    last = db.session.execute(text("SELECT entry_id FROM seal_leaf WHERE height = 4")).scalars()
    assert last.all() == [7]
