"""A statement taken in wrongly: set aside on its page by two officers, and by command."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from marketplace.foundation.db import db, write_transaction
from marketplace.funds.operations import open_bank_account
from marketplace.reconciliation.models import BankStatement
from marketplace.reconciliation.operations.matching import match_statement_lines
from marketplace.reconciliation.operations.statements import import_bank_statement
from tests.factories.bank import make_camt053, make_entry
from tests.factories.people import make_jurisdiction, make_officer
from tests.pages import PageClient


def _file(number: str, key: str = "NOBODY-1") -> bytes:
    content = make_camt053([make_entry("1.00", reference=key)], closing="999.00", key=key)
    return content.replace(b"<Id>1</Id>", f"<Id>{number}</Id>".encode())


@pytest.fixture
def office(app, now):
    """Two officers of a city and one of another, and a statement that should not be there."""
    with write_transaction():
        cities = [make_jurisdiction(code) for code in ("990100", "990200")]
        logins = [make_officer(place).login for place in (cities[0], cities[0], cities[1])]
        taken = import_bank_statement(
            _file("6200000011112222"), file_name="wrong.xml", bank_account="MAIN", actor_id=None
        )
        open_bank_account("MAIN", jurisdiction_id=cities[0].id, actor_id=None)
        match_statement_lines(actor_id=None)
        return taken.statements[0].code, logins


def test_two_officers_set_it_aside_on_its_page(app, office):
    code, logins = office
    maker, checker, stranger = (PageClient(app).speak("en").sign_in(one) for one in logins)
    page, act = f"/fund/bank-statements/{code}", f"/fund/bank-statements/{code}/set-aside"
    assert "Set this statement aside" in maker.get(page).get_data(as_text=True)
    for path in (act, f"{act}/approve", f"{act}/return", f"{act}/withdraw"):
        stranger.post(path, {"reason": "not mine"}, expect=404)
    maker.post(act, {"reason": ""})
    assert "Please say why" in maker.get(page).get_data(as_text=True)
    maker.post(act, {"reason": "the file of another account"})
    shown = maker.get(page).get_data(as_text=True)
    assert "You prepared this" in shown
    assert "Sign and set aside" not in shown
    assert "Statements to set aside: 1" in checker.get("/fund/").get_data(as_text=True)
    assert code in checker.get("/fund/bank-statements?state=to_sign").get_data(as_text=True)
    assert "Sign and set aside" in checker.get(page).get_data(as_text=True)
    checker.post(f"{act}/return", {"reason": "which account?"})
    maker.post(act, {"reason": "the file of the account that ends in 3333"})
    maker.post(f"{act}/withdraw")
    maker.post(act, {"reason": "the file of the account that ends in 3333"})
    checker.post(f"{act}/approve")
    assert "Its file can be taken in again" in checker.get(page).get_data(as_text=True)
    shown = checker.speak("zh_Hans_CN").get(page).get_data(as_text=True)
    assert "导入有误" in shown
    assert "NOBODY-1" in shown
    assert code in checker.get("/fund/bank-statements?state=set_aside").get_data(as_text=True)


def test_by_command_two_officers_too_and_account_numbers_are_compared(app, office, tmp_path):
    code, [maker, checker, stranger] = office
    path = tmp_path / "day.xml"
    path.write_bytes(_file("6200000033334444"))

    def run(*words: str) -> tuple[int, dict]:
        answer = app.test_cli_runner().invoke(args=["statements", *words, "--json"])
        db.session.rollback()
        return answer.exit_code, json.loads(answer.stdout)

    def refused(*words: str) -> list[str]:
        ended, told = run(*words)
        assert ended == 1
        return [one["code"] for one in told["refused"]]

    ended, told = run("import", str(path), "--account", "MAIN", "--refuse-other-account")
    assert (ended, [one["code"] for one in told["problems"]]) == (1, ["statement_of_other_account"])
    assert "**** 4444" in told["problems"][0]["message"]
    assert "**** 2222" in told["problems"][0]["message"]
    assert refused("set-aside", code, "--reason", "x", "--by", stranger) == ["not_found"]
    assert refused("set-aside", code, "--reason", "x", "--by", "nobody") == ["officer_unknown"]
    assert refused("set-aside", code, "--reason", " ", "--by", maker) == ["reason_required"]
    assert refused("sign-set-aside", code, "--by", checker) == ["setting_aside_decided"]
    steps = (
        (["set-aside", code, "--reason", "wrong file", "--by", maker], "to_sign"),
        (["withdraw-set-aside", code, "--by", maker], "counts"),
        (["set-aside", code, "--reason", "wrong file", "--by", maker], "to_sign"),
        (["return-set-aside", code, "--reason", "which?", "--by", checker], "counts"),
        (["set-aside", code, "--reason", "wrong file", "--by", maker], "to_sign"),
    )
    for words, state in steps:
        ended, told = run(*words)
        assert (ended, told["state"]) == (0, state)
    assert refused("sign-set-aside", code, "--by", maker) == ["same_person"]
    assert run("sign-set-aside", code, "--by", checker)[1]["state"] == "set_aside"
    assert run("list", "--state", "set_aside")[1]["total"] == 1
    # Its number decides nothing any more.
    assert run("import", str(path), "--account", "MAIN", "--refuse-other-account")[0] == 0
    # Whoever loads years of files of several accounts under one name is told, and not stopped.
    path.write_bytes(_file("6200000033335555", "NOBODY-2"))
    ended, told = run("import", str(path), "--account", "MAIN")
    assert (ended, told["problems"]) == (0, [])
    assert [one["code"] for one in told["notes"]] == ["statement_of_other_account"]
    numbers = select(BankStatement.bank_account_number).order_by(BankStatement.id)
    assert list(db.session.scalars(numbers)) == ["**** 2222", "**** 4444", "**** 5555"]
