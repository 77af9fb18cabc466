"""Sealed books: what is sealed is found to be as it was, or the seals say where it is not."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from marketplace.audit.models import AuditEvent
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import NotFound, Refused
from marketplace.ledger.operations import reverse_entry
from marketplace.ledger.sealing import operations
from marketplace.ledger.sealing.anchors import read_anchors
from marketplace.ledger.sealing.operations import seal_block
from marketplace.ledger.sealing.proofs import proof_of_entry
from marketplace.ledger.sealing.queries import find_block, find_last_block, list_sealed
from marketplace.ledger.sealing.stored import list_unsealed_documents
from marketplace.ledger.sealing.verify import ANCHOR, CHAIN, ENTRIES, verify_seals
from tests.factories import ledger as books
from tests.factories.corruption import damage, guards_off

CHECKER = Path(__file__).resolve().parents[3] / "tools" / "check_proof.py"


@pytest.fixture(autouse=True)
def some_books(app, now, monkeypatch):
    """Five entries, the last one a reversal; two are sealed at a time."""
    monkeypatch.setattr(operations, "BLOCK_ENTRIES_MAX", 2)
    with write_transaction():
        books.funded(100)
        books.commit_value(30)
        reverse_entry(books.commit_value(20, "VC-2"), reason="typed wrong", actor_id=None)


def _seal_all() -> None:
    block = True
    while block:
        with write_transaction():
            block = seal_block(actor_id=None)


def _found() -> set[tuple[str, str]]:
    return {(violation.invariant, violation.subject) for violation in verify_seals().violations}


def test_blocks_hold_every_entry_once_and_chain():
    _seal_all()
    report = verify_seals()
    assert (report.ok, report.height, report.entries, report.unsealed) == (True, 3, 5, 0)
    assert find_block(2).previous_head == find_block(1).head
    assert report.head == find_last_block().head


def test_sealing_again_seals_only_what_is_new():
    _seal_all()
    head = find_last_block().head
    _seal_all()
    assert find_last_block().head == head
    with write_transaction():
        books.commit_value(5, "VC-3")
    assert verify_seals().unsealed == 1
    _seal_all()
    assert find_last_block().entries == 1
    assert verify_seals().ok


def test_a_late_number_is_searched_an_hour_back_and_everywhere_when_asked(now):
    _seal_all()
    with guards_off():
        damage("DELETE FROM seal_leaf WHERE entry_id = 1")
    assert [number for number, _said in list_unsealed_documents(9)] == [1]
    with clock.frozen(now + timedelta(minutes=61)), write_transaction():
        books.commit_value(5, "VC-3")
        seal_block(actor_id=None)
    assert list_unsealed_documents(9) == []
    assert [number for number, _said in list_unsealed_documents(9, everywhere=True)] == [1]


def test_a_sealing_leaves_an_audit_row_with_its_head():
    _seal_all()
    events = db.session.scalars(
        select(AuditEvent).where(AuditEvent.event == "ledger.sealed").order_by(AuditEvent.id)
    ).all()
    assert [event.details["entries"] for event in events] == [2, 2, 1]
    assert events[-1].details["head"] == find_last_block().head


@pytest.mark.parametrize("table", ["seal_block", "seal_leaf"])
@pytest.mark.parametrize("act", ["UPDATE {} SET height = height + 9", "DELETE FROM {}"])
def test_the_database_keeps_seals_as_they_are(table, act):
    _seal_all()
    with pytest.raises(DBAPIError, match="append-only"), write_transaction():
        db.session.execute(text(act.format(table)))


PLANTED = {
    "the memo of an entry": (
        "UPDATE journal_entry SET memo = 'other' WHERE id = 3",
        {(ENTRIES, "entry 3"), (CHAIN, "block 2")},
    ),
    "an amount, on both sides": (
        "UPDATE posting SET debit_fen = debit_fen * 2, credit_fen = credit_fen * 2 "
        "WHERE entry_id = 1",
        {(ENTRIES, "entry 1"), (CHAIN, "block 1")},
    ),
    "a posting added, in a row far from the others": (
        "INSERT INTO posting (entry_id, account_id, debit_fen, credit_fen) "
        "SELECT 1, max(id), 1, 0 FROM account",
        {(ENTRIES, "entry 1"), (CHAIN, "block 1")},
    ),
    "postings taken away": (
        "DELETE FROM posting WHERE entry_id = 4",
        {(ENTRIES, "entry 4"), (CHAIN, "block 2")},
    ),
    "a root": (
        "UPDATE seal_block SET root = head WHERE height = 1",
        {(CHAIN, "block 1")},
    ),
    "a head": (
        "UPDATE seal_block SET head = root WHERE height = 2",
        {(CHAIN, "block 2"), (CHAIN, "block 3")},
    ),
    "a leaf": (
        "UPDATE seal_leaf SET leaf = (SELECT leaf FROM seal_leaf WHERE entry_id = 1) "
        "WHERE entry_id = 2",
        {(ENTRIES, "entry 2")},
    ),
    "a leaf taken away": (
        "DELETE FROM seal_leaf WHERE entry_id = 3",
        {(ENTRIES, "entry 4"), (CHAIN, "block 2")},
    ),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_every_planted_change_is_found_where_it_is(planted):
    statement, expected = PLANTED[planted]
    _seal_all()
    with guards_off():
        damage(statement)
    assert _found() == expected


def test_a_cut_tail_agrees_with_itself_and_is_caught_by_an_anchor():
    _seal_all()
    last = find_last_block()
    anchor = json.dumps({"height": last.height, "head": last.head}).encode()
    with guards_off():
        damage("DELETE FROM seal_leaf WHERE height = 3")
        damage("DELETE FROM seal_block WHERE height = 3")
        damage("DELETE FROM posting WHERE entry_id = 5")
        damage("DELETE FROM journal_entry WHERE id = 5")
    assert verify_seals().ok, "nothing inside shows that the end is missing"
    report = verify_seals(read_anchors(anchor, name="kept.json"))
    assert [(found.invariant, found.subject) for found in report.violations] == [
        (ANCHOR, "block 3")
    ]


def test_a_rewritten_history_is_caught_by_an_anchor():
    _seal_all()
    anchors = {1: "f" * 64, 2: find_block(2).head}
    assert [found.subject for found in verify_seals(anchors).violations] == ["block 1"]


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"height": true}', b"\xff", b"[" * 9999])
def test_a_file_without_a_head_is_refused(content):
    with pytest.raises(Refused) as refused:
        read_anchors(content, name="x")
    assert refused.value.codes == ("anchor_unreadable",)


def test_an_entry_that_is_not_sealed_has_no_proof():
    with pytest.raises(NotFound):
        proof_of_entry(1)
    assert list_sealed([1, 2]) == frozenset()


def _check(tmp_path, proof, heads=None):
    files = [tmp_path / "proof.json", tmp_path / "heads.json"]
    files[0].write_text(json.dumps(proof), encoding="utf-8")
    files[1].write_text(json.dumps(heads), encoding="utf-8")
    used = files if heads is not None else files[:1]
    return subprocess.run(
        [sys.executable, "-I", str(CHECKER), *map(str, used)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_an_outsider_checks_a_proof_with_a_script_that_knows_nothing_of_us(app, tmp_path):
    _seal_all()
    answer = app.test_cli_runner().invoke(args=["ledger", "prove", "5"])
    proof = json.loads(answer.stdout)
    heads = {"blocks": [{"height": 3, "head": find_block(3).head}]}
    result = _check(tmp_path, proof, heads)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "is in block 3" in result.stdout
    forged = {**proof, "entry": proof["entry"].replace("typed wrong", "typed right")}
    assert forged["entry"] != proof["entry"]
    assert _check(tmp_path, forged, heads).returncode == 1
    other = {"blocks": [{"height": 3, "head": "0" * 64}]}
    assert "another head is published" in _check(tmp_path, proof, other).stdout


def test_commands_seal_verify_and_tell_what_is_wrong(app):
    run = app.test_cli_runner().invoke
    sealed = json.loads(run(args=["ledger", "seal", "--json"]).stdout)
    assert (sealed["ok"], sealed["entries"], sealed["height"]) == (True, 5, 3)
    verified = run(args=["ledger", "verify", "--json"])
    assert verified.exit_code == 0
    assert json.loads(verified.stdout)["head"] == sealed["head"]
    with guards_off():
        damage("UPDATE journal_entry SET memo = 'other' WHERE id = 3")
    wrong = run(args=["ledger", "verify", "--json"])
    assert wrong.exit_code == 1
    assert not json.loads(wrong.stdout)["ok"]
    assert run(args=["ledger", "prove", "99"]).exit_code == 1
