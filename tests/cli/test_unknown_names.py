"""A command that is given a name which stands for nothing says so in one line."""

from __future__ import annotations

import json

import pytest

from marketplace.foundation.db import write_transaction
from tests.factories.people import make_officer

pytestmark = pytest.mark.sqlite


@pytest.mark.parametrize(
    "words",
    [
        "benefits approve PB-NOBODY",
        "benefits reject PB-NOBODY --reason x",
        "benefits withdraw BN-NOBODY --reason x",
        "benefits prepare BN-NOBODY",
    ],
)
def test_an_unknown_name_is_refused_and_not_a_traceback(app, words):
    with write_transaction():
        login = make_officer().login
    answer = app.test_cli_runner().invoke(args=[*words.split(), "--by", login, "--json"])
    assert answer.exit_code == 1
    assert [one["code"] for one in json.loads(answer.stdout)["refused"]] == ["not_found"]
    assert answer.stderr.count("\n") == 1
    assert "Not found, or not within your places" in answer.stderr
