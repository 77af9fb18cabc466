"""A match with the wrong payout: undone on the page of its line by two officers, and by command."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from marketplace.foundation.db import db, write_transaction
from marketplace.funds.operations import open_bank_account
from marketplace.payouts.models import PayoutAttempt, PayoutBatch
from marketplace.people.models import User
from marketplace.reconciliation.models import StatementLine
from marketplace.reconciliation.operations.matching import match_statement_lines
from marketplace.reconciliation.operations.statements import import_bank_statement
from tests.factories.bank import make_camt053, make_entry
from tests.factories.people import make_jurisdiction, make_officer
from tests.factories.settlement import Officers, make_sent_batch
from tests.pages import PageClient


@pytest.fixture
def office(app, now):
    """Two officers of a city and one of another, and a line tied to a payout of the city."""
    with write_transaction():
        city, other = make_jurisdiction(), make_jurisdiction("990200")
        logins = [make_officer(place).login for place in (city, city, other)]
        ids = list(db.session.scalars(select(User.id).where(User.login.in_(logins))))
        batch = make_sent_batch(Officers(ids[0], ids[1]), (120_000,))
        reference = db.session.scalars(select(PayoutAttempt.end_to_end_id)).one()
        content = make_camt053([make_entry("1200.00", reference=reference)], opening="2200.00")
        import_bank_statement(content, file_name="f", bank_account="MAIN", actor_id=None)
        open_bank_account("MAIN", jurisdiction_id=city.id, actor_id=None)
        match_statement_lines(actor_id=None)
        return db.session.scalars(select(StatementLine.code)).one(), batch.code, logins


def test_two_officers_undo_it_on_the_page_of_its_line(app, office):
    code, batch, logins = office
    maker, checker, stranger = (PageClient(app).speak("en").sign_in(one) for one in logins)
    page, work = f"/fund/reconciliation/lines/{code}", "/fund/reconciliation/undoings"
    act = f"{page}/undo"
    assert code in maker.get(f"/fund/payout-batches/{batch}").get_data(as_text=True)
    assert "Undo this match" in maker.get(page).get_data(as_text=True)
    stranger.get(page, expect=404)
    for path in (act, f"{act}/approve", f"{act}/return", f"{act}/withdraw"):
        stranger.post(path, {"reason": "not mine"}, expect=404)
    maker.post(act, {"reason": " "})
    assert "Please say why" in maker.get(page).get_data(as_text=True)
    for step in ("return", "withdraw", "approve"):
        maker.post(act, {"reason": "the same amount, another payout"})
        told = maker.get(page).get_data(as_text=True)
        assert "You prepared this" in told
        assert "Sign and undo" not in told
        who = maker if step == "withdraw" else checker
        if step == "approve":
            assert "Matches to undo: 1" in checker.get("/fund/").get_data(as_text=True)
            assert code in checker.get(work).get_data(as_text=True)
            assert "Sign and undo" in checker.get(page).get_data(as_text=True)
        who.post(f"{act}/{step}", {"reason": "which payout?"})
    told = checker.get(page).get_data(as_text=True)
    assert "the same amount, another payout" in told
    assert "This line is tied to no payout" in told
    assert "undone on" in checker.get(f"/fund/payout-batches/{batch}").get_data(as_text=True)
    assert "曾经匹配" in checker.speak("zh_Hans_CN").get(page).get_data(as_text=True)
    assert code in checker.get(f"{work}?state=all").get_data(as_text=True)


def test_by_command_two_officers_too(app, office):
    code, _batch, [maker, checker, stranger] = office

    def run(*words: str) -> tuple[int, dict]:
        answer = app.test_cli_runner().invoke(args=["unmatch", *words, "--json"])
        db.session.rollback()
        return answer.exit_code, json.loads(answer.stdout)

    def refused(*words: str) -> list[str]:
        ended, told = run(*words)
        assert ended == 1
        return [one["code"] for one in told["refused"]]

    assert refused("propose", code, "--reason", "x", "--by", stranger) == ["not_found"]
    assert refused("propose", code, "--reason", " ", "--by", maker) == ["reason_required"]
    assert refused("sign", code, "--by", checker) == ["undoing_decided"]
    steps = (
        (["propose", code, "--reason", "wrong payout", "--by", maker], "to_sign"),
        (["withdraw", code, "--by", maker], "matched"),
        (["propose", code, "--reason", "wrong payout", "--by", maker], "to_sign"),
        (["return", code, "--reason", "which?", "--by", checker], "matched"),
        (["propose", code, "--reason", "wrong payout", "--by", maker], "to_sign"),
    )
    for words, state in steps:
        ended, told = run(*words)
        assert (ended, told["state"], told["against"]) == (0, state, [])
    assert run("list")[1]["undoings"][0]["reason"] == "wrong payout"
    assert refused("sign", code, "--by", maker) == ["same_person"]
    told = run("sign", code, "--by", checker)[1]
    assert (told["state"], told["payouts"], told["against"]) == ("break", [], ["match_not_there"])
    assert told["undone"][0]["state"] == "sent"
    assert run("list")[1]["total"] == 0
    assert run("show", code)[1] == told
    assert db.session.scalars(select(PayoutBatch.state)).one() == "sent"
