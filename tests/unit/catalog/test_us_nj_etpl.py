"""New Jersey's rows in our words."""

from __future__ import annotations

import pytest

from marketplace.catalog.sources.us_nj_etpl import read_cip, read_program
from marketplace.catalog.states import CourseMode
from marketplace.imports.problems import ProblemList
from marketplace.institutions.sources.facts import Approval

ROW = {
    "programid": "4608", "providerid": "49", "officialname": '"Public Safety, Basic"',
    "statusname": "Approved", "totalcost": "4430", "tuition": "4395", "fees": "0",
    "booksmaterialscost": "0", "suppliestoolscost": "0", "othercosts": "35",
    "totalclockhours": "1200", "cipcode": "430107", "name": "Career Center",
    "providerstatusname": "Approved", "zip": "8098", "distancelearning": "1",
    "certapprovalexp": "2021-06-30 00:00:00", "leadtolicense": "t", "wiaeligible": "True",
}  # fmt: skip


def read(**changes):
    problems = ProblemList(2, "4608")
    facts = read_program({**ROW, **changes}, problems, currency="USD")
    return facts, {problem.code for problem in problems.found}


def test_a_row_in_our_words():
    facts, codes = read()
    assert facts.content.title == "Public Safety, Basic"
    assert facts.content.fee_fen == 443_000
    assert facts.content.fee_parts == {"tuition": 439_500, "other": 3_500}
    assert facts.content.mode == CourseMode.BLENDED
    assert facts.content.attributes["cip"] == "43.0107"
    assert facts.content.attributes["leadtolicense"] is True
    assert facts.approval == Approval.APPROVED
    assert facts.institution.postal_code == "08098"
    assert facts.quarantine_reason is None
    assert codes == {"text_cleaned", "cip_repaired", "zip_repaired"}


def test_a_row_without_its_institution_keeps_the_number():
    facts, codes = read(name="")
    assert (facts.institution, facts.institution_key) == (None, "49")
    assert "institution_unnamed" not in codes


def test_a_row_without_any_institution_is_held_back():
    facts, _codes = read(name="", providerid="")
    assert facts.quarantine_reason == "institution_missing"


def test_a_row_without_title_is_kept_but_held_back():
    facts, _codes = read(officialname=' "" ')
    assert (facts.content.title, facts.quarantine_reason) == ("(4608)", "title_missing")


@pytest.mark.parametrize("status", ["Suspended", "Pending", "", "Whatever"])
def test_only_approved_is_approved(status):
    assert read(statusname=status)[0].approval != Approval.APPROVED


def test_a_column_that_vanished_is_not_a_zero():
    cells = {name: cell for name, cell in ROW.items() if name not in ("fees", "othercosts")}
    problems = ProblemList(2, "4608")
    facts = read_program(cells, problems, currency="USD")
    assert facts.content.fee_fen == 443_000
    assert facts.content.hours == 1200


@pytest.mark.parametrize(
    ("raw", "cip"),
    [("430107", "43.0107"), ("10101", "01.0101"), ("1.0101", "01.0101"), ("43.0107", "43.0107"),
     ("52.02", "52.0200"), ("", None), ("nursing", None)],
)  # fmt: skip
def test_fields_of_study_get_their_zeros_back(raw, cip):
    assert read_cip(raw, ProblemList(2)) == cip
