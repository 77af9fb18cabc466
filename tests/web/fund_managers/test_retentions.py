"""Money withheld until milestones, through the pages of both sides."""

from __future__ import annotations

import pytest

from marketplace.foundation.db import write_transaction
from marketplace.redemption.operations.redeem import redeem_voucher
from marketplace.retentions.operations.daily import work_through_retentions
from tests.factories.catalog import make_listed_course, make_open_course_run
from tests.factories.enrollment import attend, make_completion, run_through
from tests.factories.funds import make_place
from tests.factories.institutions import make_accredited_institution
from tests.factories.people import make_officer
from tests.factories.records import make_certificate
from tests.factories.redemption import make_case
from tests.factories.vouchers import make_pack, make_scheme, rule
from tests.pages import PageClient

STEPS = {
    "start_percent": 30,
    "finish_percent": 40,
    "certificate_percent": 20,
    "certificate_within_days": 3,
    "employment_percent": 10,
    "employment_within_days": 300,
}


def read(reader: PageClient, address: str) -> str:
    return reader.get(address).get_data(as_text=True)


@pytest.mark.sqlite
def test_what_is_withheld_is_shown_to_both_sides_and_taken_first_by_a_clawback(app, now):
    with write_transaction():
        place = make_place()
        maker, checker = (make_officer(place).login for _number in range(2))
        institution = make_accredited_institution(jurisdiction_id=place.id)
        pack = make_pack(
            payment={"attendance_min_percent": rule(80), "milestones": rule(STEPS, "第七条")}
        )
        case = make_case(
            scheme=make_scheme(pack),
            course_run=make_open_course_run(make_listed_course(institution)),
        )
        run, staff = case.run.code, case.staff.login
    first, second, school = (PageClient(app).sign_in(one) for one in (maker, checker, staff))
    for reader in (first, second, school):
        reader.speak("en")
    assert "paid in advance when the class has begun" in read(
        first, f"/fund/schemes/{pack['scheme']}"
    )
    steps = read(school, f"/institution/classes/{run}")
    assert "Paid in steps" in steps
    assert "160.00" in steps  # the certificate's share, before anything is settled
    assert "Nothing is withheld here" in school.get("/institution/retentions").get_data(
        as_text=True
    )
    with write_transaction():
        attend(case.enrollment, case.staff.id)
        run_through(case.run.id)
        make_completion(case.enrollment, case.staff.id)
        redemption = redeem_voucher(
            case.voucher.id, institution_id=institution.id, actor_id=case.staff.id
        ).code
    where = first.post(
        "/fund/settlements", {"institution_id": str(institution.id), "period": "2026-11"}
    ).location
    assert "240.00" in read(first, where)
    second.post(f"{where}/approve", {})

    both = ("/fund/retentions", first), ("/institution/retentions", school)
    for address, reader in both:
        page = read(reader, address)
        assert "Certificate issued" in page and "Employment proven" in page
        assert "goes back soon" in page
        soon = read(reader, f"{address}?state=due_soon&milestone=employment")
        assert "Nothing is withheld here" in soon
        assert run in reader.get(f"{address}?state=nonsense&page=0&class={run}").get_data(
            as_text=True
        )
        file = read(reader, f"{address}.csv")
        assert file.count(redemption) == 2
        read(reader.speak("zh_Hans_CN"), address)
        reader.speak("en")
    other = PageClient(app)
    with write_transaction():
        elsewhere = make_officer(make_place("220600", "白山市")).login
    assert redemption not in other.sign_in(elsewhere).get("/fund/retentions.csv").get_data(
        as_text=True
    )
    assert "Withheld shares that go back within 30 days: 1" in first.get("/fund/").get_data(
        as_text=True
    )
    assert "240.00" in read(school, "/institution/statement-of-account")

    shown = read(first, f"/fund/redemptions/{redemption}")
    assert "Certificate issued" in shown

    with write_transaction():
        make_certificate(case)
        work_through_retentions(0)
    released = read(school, "/institution/retentions?state=released")
    assert "The next settlement pays it." in released
    where = first.post(
        f"{where}/clawbacks",
        {"amount": "80", "instalments": "1", "reason": "冒名", "redemption": redemption},
    ).location
    second.post(f"{where}/approve", {})
    assert "80.00" in read(first, where)
    assert "Nothing is withheld here" in read(first, "/fund/retentions")
    assert "Clawed back" in read(first, "/fund/retentions?state=")
