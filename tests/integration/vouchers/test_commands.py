"""`schemes load|show` and `vouchers expire|issue`, as scripts call them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.vouchers.models import SchemeVersion, Voucher
from marketplace.vouchers.states import VoucherState
from tests.conftest import NOW
from tests.factories.funds import make_fund, make_funded_allotment, make_place
from tests.factories.voucher_rows import make_category, make_person
from tests.factories.vouchers import (
    face_value_pack,
    make_pack,
    make_scheme,
    make_voucher,
    pack_text,
    rule,
)

PACK = "docs/packs/baicheng_2020.yaml"


@pytest.fixture
def run(app, now):
    def command(*arguments: str, expect: int = 0) -> dict:
        db.session.remove()
        result = app.test_cli_runner().invoke(args=[*arguments, "--json"])
        assert result.exit_code == expect, result.output
        return json.loads(result.stdout)

    return command


def test_a_pack_is_loaded_once_and_shown(run):
    with write_transaction():
        make_funded_allotment(make_fund("BC-SKILL"))
    first = run("schemes", "load", PACK)
    assert first["scheme"] == "BC-SKILL-2020"
    assert [version["number"] for version in first["versions"]] == [1]
    assert run("schemes", "load", PACK) == first
    assert run("schemes", "show", "BC-SKILL-2020") == first
    assert db.session.query(SchemeVersion).count() == 1


def test_a_new_version_tells_its_differences(run, tmp_path):
    with write_transaction():
        pack = make_pack(scheme="S")
        make_scheme(pack)
    file = tmp_path / "pack.yaml"
    file.write_text(pack_text({**pack, "validity_days": rule(30), "valid_from": "2026-11-20"}))
    answer = run("schemes", "load", str(file))
    assert [version["number"] for version in answer["versions"]] == [2, 1]
    assert answer["differences"] == [
        {"path": "valid_from", "before": "2020-01-01", "after": "2026-11-20"},
        {"path": "validity_days.value", "before": 90, "after": 30},
    ]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("a: [", ["pack_not_yaml"]),
        ("a: 1\na: 2\n", ["pack_duplicate_key"]),
        ("a: &x 1\nb: *x\n", ["pack_alias"]),
        ("[" * 100_000, ["pack_not_yaml"]),
        ("- 1", ["pack_not_a_mapping"]),
        ("x" * 300_000, ["pack_too_large"]),
        ("valid_from: 2026-99-99", ["pack_not_yaml"]),
    ],
)
def test_what_is_no_pack_is_refused_by_name(run, tmp_path, text, codes):
    file = tmp_path / "pack.yaml"
    file.write_text(text)
    found = [reason["code"] for reason in run("schemes", "load", str(file), expect=1)["refused"]]
    assert found[: len(codes)] == codes


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"surprise": 1}, "pack_key_unknown", "surprise"),
        ({"sources": None}, "pack_key_missing", "sources"),
        ({"valid_from": "2026-02-30"}, "pack_not_a_date", "valid_from"),
        (
            {"validity_days": {"value": "90", "clause": "x"}},
            "pack_not_integer",
            "validity_days.value",
        ),
        ({"validity_days": {"value": 90}}, "pack_key_missing", "validity_days.clause"),
        ({"jurisdiction": 220800}, "pack_not_text", "jurisdiction"),
        ({"kind": "gift"}, "pack_unknown_value", "kind"),
        ({"face_value_fen": 5}, "pack_value_not_allowed", "face_value_fen"),
        ({"rates": None}, "pack_rates_missing", "rates"),
        ({"ways_out": ["claimed", "claimed"]}, "pack_listed_twice", "ways_out"),
        ({"valid_until": "2019-01-01"}, "pack_dates_reversed", "valid_until"),
        ({"fund": "NONE"}, "pack_fund_unknown", "fund"),
        ({"jurisdiction": "999999"}, "pack_jurisdiction_unknown", "jurisdiction"),
        ({"currency": "USD"}, "pack_currency_differs", "currency"),
    ],
)
def test_each_problem_names_its_path(run, tmp_path, changes, code, field):
    with write_transaction():
        make_fund("FUND-TEST")
        make_place()
    file = tmp_path / "pack.yaml"
    file.write_text(pack_text(make_pack(**changes)))
    reasons = run("schemes", "load", str(file), expect=1)["refused"]
    assert [(reason["code"], reason["field"]) for reason in reasons] == [(code, field)]


def test_the_past_is_not_changed(run, tmp_path):
    with write_transaction():
        pack = make_pack(scheme="S")
        make_scheme(pack)
    file = tmp_path / "pack.yaml"
    file.write_text(pack_text({**pack, "validity_days": rule(30), "valid_from": "2026-11-19"}))
    reasons = run("schemes", "load", str(file), expect=1)["refused"]
    assert [reason["code"] for reason in reasons] == ["pack_backdated"]


def test_overdue_vouchers_are_ended_once(run):
    with write_transaction():
        scheme = make_scheme(face_value_pack())
        make_voucher(make_person().id, scheme=scheme)
    assert run("vouchers", "expire")["expired"] == 0
    with clock.frozen(NOW + timedelta(days=90)):
        assert run("vouchers", "expire", "--dry-run") == {"expired": 1, "dry_run": True}
        assert run("vouchers", "expire")["expired"] == 1
        assert run("vouchers", "expire")["expired"] == 0
    assert db.session.query(Voucher).one().state is VoucherState.EXPIRED


def test_a_batch_counts_what_became_of_each(run, tmp_path):
    with write_transaction():
        pack = face_value_pack(scheme="S", eligibility={"categories": rule(["veteran"])})
        make_scheme(pack)
        veteran, other = make_person(), make_person()
        make_category(veteran, "veteran")
        codes = [veteran.code, other.code, "NOBODY", veteran.code]
    file = tmp_path / "codes.txt"
    file.write_text("\n".join(codes))
    expected = {
        "issued": 1,
        "committed_fen": 50_000,
        "refusals": {"category_not_verified": 1, "worker_unknown": 1},
    }
    dry = run("vouchers", "issue", "S", "--to", str(file), "--dry-run")
    assert expected.items() <= dry.items()
    assert db.session.query(Voucher).count() == 0
    assert expected.items() <= run("vouchers", "issue", "S", "--to", str(file)).items()
    again = run("vouchers", "issue", "S", "--matching")
    assert (again["issued"], again["already_held"]) == (0, 1)
