"""Sites, rooms and trainers of the demo schools; one application waiting, one returned."""

from __future__ import annotations

from datetime import date, timedelta

from stdnum.cn import uscc as uscc_number

from marketplace.accreditation.models import AccreditationApplication
from marketplace.accreditation.operations.dossier import (
    LegalFacts,
    add_scope,
    apply_with_new_institution,
    attach_document,
    begin_application,
    save_legal_facts,
)
from marketplace.accreditation.operations.review import return_application, submit_application
from marketplace.accreditation.rules import DOCUMENTS_NEEDED
from marketplace.accreditation.states import DocumentKind, Step
from marketplace.demo.cast import Cast, Ground, SchoolInPlay
from marketplace.demo.history import at
from marketplace.demo.places import COUNTY_SEATS
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.jurisdictions.queries import find_jurisdiction_by_code
from marketplace.teaching.operations import (
    add_qualification,
    add_room,
    add_trainer,
    register_site,
)
from marketplace.teaching.rules import SitePlan

_SURNAMES = "林高梁宋韩唐冯董程曹"
_PDF = b"%PDF-1.4\n% demo evidence\n%%EOF\n"
_SCOPE_DAYS = 3 * 365


def make_grounds(school: SchoolInPlay) -> None:
    """A site with a room and a trainer for each class the school holds at the same time."""
    north, east = COUNTY_SEATS[school.school.county_code]
    plan = SitePlan(
        f"{school.school.name[:2]}校区",
        school.school.address,
        latitude=round(north + school.institution_id % 3 * 0.017, 3),
        longitude=round(east + school.institution_id % 4 * 0.023, 3),
        step_free=True,
    )
    by = school.manager_id
    with write_transaction():
        site = register_site(school.institution_id, plan, jurisdiction_id=None, actor_id=by)
        school.site_id = site.id
        for number in range(len(school.school.offers) + 1):
            name = f"{201 + number} 教室"
            room = add_room(site.id, name=name, capacity=60, step_free=number < 3, actor_id=by)
            surname = _SURNAMES[(school.institution_id * 3 + number) % len(_SURNAMES)]
            trainer = add_trainer(
                school.institution_id, name=f"{surname}老师", id_number=None, actor_id=by
            )
            for code in sorted({offer.occupation_code for offer in school.school.offers}):
                add_qualification(
                    trainer.id,
                    title="高级技师",
                    occupation_code=code,
                    valid_from=clock.today() - timedelta(days=1000),
                    valid_until=None,
                    actor_id=by,
                )
            school.grounds.append(Ground(room.id, room.name, trainer.id, trainer.name))


def apply_for_accreditation(cast: Cast, *, today: date) -> None:
    """A school wants more and waits; a new center applied and was sent back."""
    school = cast.schools[0]
    with at(today - timedelta(days=8)), write_transaction():
        application = begin_application(school.institution_id, actor_id=school.manager_id)
        # A trainer for what is new: babies and toddlers (育婴员).
        trainer = add_trainer(
            school.institution_id, name="孟老师", id_number=None, actor_id=school.manager_id
        )
        add_qualification(
            trainer.id,
            title="育婴员二级",
            occupation_code="4-10-01-02",
            valid_from=today - timedelta(days=700),
            valid_until=None,
            actor_id=school.manager_id,
        )
        _fill(application, "4-10-01-02", site_id=school.site_id, by=school.manager_id)
        submit_application(application.id, declared=True, actor_id=school.manager_id)
    _new_center(cast, today)


def _new_center(cast: Cast, today: date) -> None:
    county = find_jurisdiction_by_code("220882")
    assert county is not None, "the demo places come first"
    county_id, by = county.id, cast.users["applicant"]
    with at(today - timedelta(days=20)), write_transaction():
        application = apply_with_new_institution(
            name="大安焊接实训中心", uscc=_uscc("2"), jurisdiction_id=county_id, user_id=by
        )
        institution_id, application_id = application.institution_id, application.id
        plan = SitePlan("临港实训基地", "大安市临港路 8 号")
        site = register_site(institution_id, plan, jurisdiction_id=None, actor_id=by)
        add_room(site.id, name="焊接车间", capacity=20, step_free=True, actor_id=by)
        trainer = add_trainer(institution_id, name="江师傅", id_number=None, actor_id=by)
        add_qualification(
            trainer.id,
            title="焊工高级技师",
            occupation_code="6-18-02-04",
            valid_from=today - timedelta(days=900),
            valid_until=None,
            actor_id=by,
        )
        _fill(application, "6-18-02-04", site_id=site.id, by=by)
        submit_application(application_id, declared=True, actor_id=by)
    with at(today - timedelta(days=6)), write_transaction():
        reasons = {
            Step.DOCUMENTS: "消防安全证明已过期，请提交有效证明。",
            Step.SITES: "请补充焊接车间的工位数量，并注明通风设施。",
        }
        return_application(application_id, reasons=reasons, actor_id=cast.users["maker"])


def _fill(
    application: AccreditationApplication, occupation_code: str, *, site_id: int | None, by: int
) -> None:
    facts = LegalFacts(
        application.uscc or _uscc("3"),
        "private_school",
        "法人代表",
        "0436-3330000",
        application.address or "大安市临港路 8 号",
    )
    save_legal_facts(application.id, facts, actor_id=by)
    add_scope(
        application.id,
        occupation_code=occupation_code,
        level=5,
        site_id=site_id,
        valid_from=clock.today(),
        valid_until=clock.today() + timedelta(days=_SCOPE_DAYS),
        actor_id=by,
    )
    for kind in (*DOCUMENTS_NEEDED, DocumentKind.PLAN):
        attach_document(
            application.id, kind=kind, file_name=f"{kind}.pdf", content=_PDF, actor_id=by
        )


def _uscc(digit: str) -> str:
    """An invented code of an area that was never assigned, with its check character."""
    body = f"91990101MA17ABCD{digit}"
    return body + uscc_number.calc_check_digit(body + "0")
