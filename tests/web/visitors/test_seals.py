"""The page of sealed heads, and proofs handed to those the entry belongs to."""

from __future__ import annotations

import json

import pytest

from marketplace.foundation.db import write_transaction
from marketplace.ledger.sealing.operations import seal_block
from tests.factories import ledger as books


@pytest.fixture
def some_books(app, now):
    with write_transaction():
        books.funded(100)


def test_before_the_first_sealing_the_page_says_so(client, some_books):
    page = client.get("/books/seals")
    assert "Nothing is sealed yet" in page.text or "尚无封存记录" in page.text
    assert json.loads(client.get("/books/seals.json").text) == {"blocks": []}


def test_heads_are_public_and_the_list_is_an_anchor(client, some_books):
    with write_transaction():
        head = seal_block(actor_id=None).head
    assert head in client.get("/books/seals").text
    blocks = json.loads(client.get("/books/seals.json").text)["blocks"]
    assert [(block["height"], block["head"], block["entries"]) for block in blocks] == [
        (1, head, 2)
    ]
