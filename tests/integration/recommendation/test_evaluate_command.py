"""`matching evaluate`: its document, its refusals, and real logs."""

from __future__ import annotations

import json

import pytest

from tests.conftest import SHARED

LOG = "user,item\n" + "".join(
    f"u{user},t{user % 3}-{item}\n" for user in range(30) for item in range(user % 4, user % 4 + 4)
)
REAL = SHARED / "data" / "recommender" / "mooccube_interactions_ge2.csv"


@pytest.fixture
def command(app):
    def run(*arguments):
        return app.test_cli_runner().invoke(args=["matching", "evaluate", *map(str, arguments)])

    return run


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(LOG + ",t1-1\n", encoding="utf-8")
    return path


def test_one_choice_of_each_is_hidden_and_measured_beside_the_baselines(command, log):
    result = command(log, "--json")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert (document["users"], document["test_users"]) == (30, 30)
    assert document["interactions"] == 30 * 4 - 30
    assert set(document["baselines"]) == {"popularity", "item_item"}
    assert 0 < document["ndcg_at_10"] <= document["hr_at_10"] <= 1
    assert document["problems"] == [
        {"file": "log.csv", "row": 122, "code": "pair_incomplete", "message": "No user or no item."}
    ]


def test_a_test_file_decides_what_is_hidden(command, log, tmp_path):
    test = tmp_path / "test.csv"
    test.write_text("user,item\nu0,t0-0\nstranger,t0-0\n", encoding="utf-8")
    document = json.loads(command(log, "--test", test, "--json").stdout)
    assert (document["test_users"], document["interactions"]) == (1, 119)


def test_a_file_that_is_no_log_is_refused_and_nothing_is_measured(command, tmp_path):
    path = tmp_path / "empty.csv"
    path.write_text("user\nu\n", encoding="utf-8")
    result = command(path, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["refused"][0]["code"] == "log_columns"


@pytest.mark.real_data
@pytest.mark.skipif(not REAL.exists(), reason="the shared data is not here")
def test_on_real_logs_it_is_not_worse_than_the_better_baseline(command):
    document = json.loads(command(REAL, "--json").stdout)
    for measure in ("hr_at_10", "ndcg_at_10"):
        best = max(baseline[measure] for baseline in document["baselines"].values())
        assert document[measure] >= best
