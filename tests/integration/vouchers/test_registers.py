"""Registers that exclude: read in, told by row, asked by the rules."""

from __future__ import annotations

import json

import pytest

from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.people.models import StatusFact
from marketplace.vouchers.models import OtherSubsidy
from marketplace.vouchers.operations.issue import claim_voucher
from marketplace.vouchers.operations.quotes import make_quote
from tests.factories.voucher_rows import make_person, make_run
from tests.factories.vouchers import make_pack, make_scheme, rule


@pytest.fixture
def run(app, now, tmp_path):
    def command(name: str, text: str, *options: str, expect: int = 0) -> dict:
        db.session.remove()
        file = tmp_path / "register.csv"
        file.write_text(text, encoding="utf-8")
        arguments = ["vouchers", name, str(file), *options, "--json"]
        result = app.test_cli_runner().invoke(args=arguments)
        assert result.exit_code == expect, result.output
        return json.loads(result.stdout)

    return command


def test_a_pensioner_of_the_register_is_refused_and_a_student_who_left_is_not(run):
    with write_transaction():
        scheme_id = make_scheme(
            make_pack(eligibility={"excluded": rule(["pensioner", "full_time_student"])})
        ).id
        people = [make_person() for _ in range(2)]
        ids, codes = [one.id for one in people], [one.code for one in people]
    text = (
        "编号,身份,开始日期,结束日期\n"
        f"{codes[0]},退休人员,2026-01-01,\n"
        f"{codes[1]},full_time_student,2023-09-01,2026-06-30\n"
    )
    told = {"rows": 2, "added": 2, "changed": 0, "unchanged": 0, "problems": []}
    assert run("import-statuses", text, "--source", "社保") == told
    again = run("import-statuses", text, "--source", "社保")
    assert (again["added"], again["unchanged"]) == (0, 2)
    with pytest.raises(Refused) as refused, write_transaction():
        claim_voucher(ids[0], scheme_id=scheme_id, actor_id=None)
    assert refused.value.codes == ("person_excluded",)
    with write_transaction():
        claim_voucher(ids[1], scheme_id=scheme_id, actor_id=None)
    ended = run("import-statuses", text.replace("01,\n", "01,2026-03-31\n"), "--source", "社保")
    assert ended["changed"] == 1
    with write_transaction():
        claim_voucher(ids[0], scheme_id=scheme_id, actor_id=None)


def test_a_subsidy_for_the_same_certificate_leaves_nothing_to_pay(run):
    with write_transaction():
        person = make_person()
        pack = make_pack(limits={"other_subsidy_excludes": rule(True)})
        voucher = claim_voucher(person.id, scheme_id=make_scheme(pack).id, actor_id=None)
        course_run = make_run()
        occupation = db.session.execute(db.text("SELECT code FROM occupation")).scalar_one()
        asked = {"voucher_id": voucher.id, "course_run_id": course_run.id, "actor_id": None}
        worker_id, code = person.id, person.code
    head = "worker_code,occupation_code,level,kind,granted_on\n"
    row = f"{code},{occupation},5,技能提升补贴,2025-05-01\n"
    assert run("import-subsidies", head + row)["added"] == 1
    assert run("import-subsidies", head + row)["unchanged"] == 1
    assert db.session.query(OtherSubsidy).count() == 1
    with pytest.raises(Refused) as refused, write_transaction():
        make_quote(worker_id, **asked)
    assert refused.value.codes == ("other_subsidy_paid",)


def test_what_is_wrong_with_a_row_is_told_and_the_others_are_taken(run):
    with write_transaction():
        code = make_person().code
    text = (
        "worker_code,status,valid_from,valid_until\n"
        f"{code},pensioner,2026-01-01,2025-01-01\n"
        f"{code},sleeping,,\n"
        "NOBODY,pensioner,2026-02-30,\n"
        "NOBODY,pensioner,2026-02-01,\n"
        f"{code},公务员,2026-02-01,\n"
    )
    answer = run("import-statuses", text, "--source", "x", expect=1)
    assert [(one["row"], one["field"], one["code"]) for one in answer["problems"]] == [
        (2, "valid_until", "pack_dates_reversed"),
        (3, "status", "pack_unknown_value"),
        (3, "valid_from", "required"),
        (4, "valid_from", "not_a_date"),
        (5, "worker_code", "worker_unknown"),
    ]
    assert (answer["rows"], answer["added"]) == (5, 1)
    assert db.session.query(StatusFact).count() == 1
