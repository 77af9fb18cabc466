"""In the demonstration nobody needs the terminal, or a real person's number, to walk the loop."""

from __future__ import annotations

import re

from marketplace.demo.cast import DEMO_PASSWORD, LOGINS
from marketplace.demo.persons import spare_id_number
from marketplace.foundation.db import write_transaction
from marketplace.people.rules import IdNumber, read_id_number
from tests.factories.people import make_user


def test_the_demo_names_its_logins(app, client, monkeypatch):
    with write_transaction():
        make_user(LOGINS[0][0])
    assert DEMO_PASSWORD not in client.get("/account/sign-in").get_data(as_text=True)
    monkeypatch.setitem(app.config, "DEMO", True)
    page = client.speak("en").get("/account/sign-in").get_data(as_text=True)
    assert DEMO_PASSWORD in page
    assert f"<code>{LOGINS[0][0]}</code>" in page
    assert f"<code>{LOGINS[1][0]}</code>" not in page, "only those there are"
    client.speak("zh_Hans_CN").get("/account/sign-in")


def test_the_demo_offers_an_id_number_of_nobody(app, client, monkeypatch):
    with write_transaction():
        make_user("new-person")
    client.speak("en").sign_in("new-person")
    assert "demonstration" not in client.get("/account/identity/number").get_data(as_text=True)
    monkeypatch.setitem(app.config, "DEMO", True)
    page = client.get("/account/identity/number").get_data(as_text=True)
    number = re.search(r"belongs to nobody: (\d{17}[\dX])", page).group(1)
    assert number.startswith("990101")
    client.post("/account/identity/number", {"id_number": number})


def test_every_spare_number_is_well_formed(now):
    numbers = {spare_id_number() for _try in range(200)}
    assert len(numbers) > 190
    assert all(isinstance(read_id_number(number, on=now.date()), IdNumber) for number in numbers)
