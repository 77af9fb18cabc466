"""Who is in the demo world: officers, schools, workers. All made by the real operations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import Any

from stdnum.cn import uscc as uscc_number

from marketplace.catalog.operations.courses import draft_course, list_course, submit_course
from marketplace.catalog.queries.occupations import find_occupation_by_code
from marketplace.catalog.rules import CourseContent
from marketplace.catalog.states import CourseMode
from marketplace.demo.offers import SCHOOLS, Offer, School
from marketplace.demo.persons import Person, make_person
from marketplace.demo.places import PREFECTURE
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.errors import N_
from marketplace.institutions.operations.accreditation import accredit_institution
from marketplace.institutions.operations.members import add_member
from marketplace.institutions.operations.payout_accounts import (
    propose_payout_account,
    verify_payout_account,
)
from marketplace.institutions.operations.registration import register_institution
from marketplace.institutions.states import MemberRole
from marketplace.jurisdictions.queries import find_jurisdiction_by_code
from marketplace.people.operations import (
    declare_category,
    grant_role,
    register_user,
    register_worker,
    store_document,
    verify_category_fact,
)
from marketplace.people.states import Role, WorkerCategory

DEMO_PASSWORD = "training-2026"  # noqa: S105  (printed by `make run`; exists in demo mode only)
PRIVACY_NOTICE = "2026-01"

LOGINS: tuple[tuple[str, str, str], ...] = (
    ("admin", "周敏", N_("administrator: funds, schemes, imports, users")),
    ("maker", "李国强", N_("fund officer who prepares (经办)")),
    ("checker", "赵丽华", N_("fund officer who approves (复核)")),
    ("inspector", "刘建军", N_("inspector (督导员): visits to classes, holds")),
    ("school", "王桂兰", N_("manager of 鹤城家政职业培训学校")),
    ("worker", "陈秀英", N_("job seeker with a category already verified")),
    ("learner", "何雪梅", N_("learner of a class that is held now, at the same school")),
    ("employer", "韩立新", N_("names employees for the vouchers of an enterprise (企业额度)")),
    ("examiner", "许振华", N_("enters results for an assessment body (评价机构)")),
    ("newcomer", "孙大伟", N_("job seeker who has just signed up")),
    ("applicant", "马春梅", N_("founder of a new center whose application was returned")),
)
"""Login, name, what it is for."""

_CATEGORIES = (
    WorkerCategory.RURAL_MIGRANT,
    WorkerCategory.REGISTERED_UNEMPLOYED,
    WorkerCategory.RURAL_MIGRANT,
    WorkerCategory.LIFTED_FROM_POVERTY,
    WorkerCategory.VETERAN,
    WorkerCategory.SCHOOL_LEAVER,
)


@dataclass(frozen=True, slots=True)
class Ground:
    """A room and a trainer of a demo school, for one class at a time."""

    room_id: int
    room: str
    trainer_id: int
    trainer: str


@dataclass
class SchoolInPlay:
    """A demo institution, its listed courses, where and by whom it teaches."""

    school: School
    institution_id: int
    manager_id: int
    jurisdiction_id: int
    course_ids: list[int] = field(default_factory=list)
    site_id: int | None = None
    grounds: list[Ground] = field(default_factory=list)


@dataclass
class Cast:
    """Everybody, by number."""

    users: dict[str, int]
    prefecture_id: int
    schools: list[SchoolInPlay]
    worker_ids: list[int]


Progress = Callable[[str], None]


def name_of(login: str) -> str:
    """Whose login it is."""
    return next(name for one, name, _purpose in LOGINS if one == login)


def make_users(prefecture_id: int) -> dict[str, int]:
    """The logins of the printed table, with their roles."""
    users: dict[str, int] = {}
    for login, name, _purpose in LOGINS:
        with write_transaction():
            user = register_user(login, password=DEMO_PASSWORD, name=name, locale="zh_Hans_CN")
            users[login] = user.id
    with write_transaction():
        admin_id = users["admin"]
        grant_role(admin_id, role=Role.ADMINISTRATOR, jurisdiction_id=None, actor_id=None)
        for login in ("maker", "checker"):
            grant_role(
                users[login],
                role=Role.FUND_OFFICER,
                jurisdiction_id=prefecture_id,
                actor_id=admin_id,
            )
        grant_role(
            users["inspector"],
            role=Role.INSPECTOR,
            jurisdiction_id=prefecture_id,
            actor_id=admin_id,
        )
    return users


def make_schools(users: dict[str, int], progress: Progress) -> list[SchoolInPlay]:
    """Accredited institutions with a verified payee account and listed courses."""
    schools = []
    for number, school in enumerate(SCHOOLS):
        progress(f"institution {number + 1} of {len(SCHOOLS)}")
        schools.append(_make_school(number, school, users))
    return schools


def _make_school(number: int, school: School, users: dict[str, int]) -> SchoolInPlay:
    county = find_jurisdiction_by_code(school.county_code)
    assert county is not None, "the demo places come first"
    with write_transaction():
        if number == 0:
            manager_id = users["school"]
        else:
            manager = register_user(
                f"school{number + 1}",
                password=DEMO_PASSWORD,
                name=f"{school.name}教务",
                locale="zh_Hans_CN",
            )
            manager_id = manager.id
        institution = register_institution(
            name=school.name,
            uscc=_uscc(number),
            jurisdiction_id=county.id,
            source="demo",
            source_key=f"school-{number + 1}",
            address=school.address,
            city="白城市",
            actor_id=users["admin"],
        )
        add_member(
            institution.id, user_id=manager_id, role=MemberRole.MANAGER, actor_id=users["admin"]
        )
        for occupation_code in sorted({offer.occupation_code for offer in school.offers}):
            accredit_institution(
                institution.id,
                occupation_code=occupation_code,
                level=None,
                valid_from=clock.today() - timedelta(days=30),
                valid_until=clock.today() + timedelta(days=3 * 365),
                clause="民办职业培训机构资质核准",
                actor_id=users["admin"],
            )
    _name_payee(number, institution.id, school.name, users, manager_id)
    in_play = SchoolInPlay(school, institution.id, manager_id, county.id)
    for offer in school.offers:
        in_play.course_ids.append(list_offer(in_play, offer, users["maker"]))
    return in_play


def _uscc(number: int) -> str:
    """An invented code of an area that was never assigned, with its check character."""
    body = f"91990101MA17AB{number:03d}"
    return body + str(uscc_number.calc_check_digit(body + "0"))


def _name_payee(
    number: int, institution_id: int, holder: str, users: dict[str, int], manager_id: int
) -> None:
    with write_transaction():
        account = propose_payout_account(
            institution_id,
            holder=holder,
            number=f"08820100{number + 1:07d}",
            bank_name="演示银行白城分行",
            bank_code="313247000011",
            actor_id=manager_id,
        )
    with write_transaction():
        verify_payout_account(account.id, actor_id=users["checker"])


def offered_features(offer: Offer) -> dict[str, Any]:
    """Care is taught with childcare; what needs no workshop, where wheelchairs get in."""
    found: dict[str, Any] = {"languages": ["zh"]}
    if offer.occupation_code.startswith("4-10"):
        found["childcare"] = True
    if not offer.occupation_code.startswith("6"):
        found["wheelchair"] = True
    return found


def list_offer(school: SchoolInPlay, offer: Offer, reviewer_id: int) -> int:
    """Draft, submit and list a course; returns its number."""
    occupation = find_occupation_by_code(offer.occupation_code, classification="cn-2022")
    assert occupation is not None, "the demo occupations come first"
    content = CourseContent(
        title=offer.title,
        description=offer.description,
        hours=offer.hours,
        mode=CourseMode(offer.mode),
        fee_fen=offer.fee_yuan * 100,
        currency="CNY",
        fee_parts={"tuition": offer.fee_yuan * 100},
        certificate="职业技能等级证书" if offer.level else None,
        attributes=offered_features(offer),
    )
    with write_transaction():
        course = draft_course(
            school.institution_id,
            content=content,
            occupation_id=occupation.id,
            level=offer.level,
            actor_id=school.manager_id,
        )
        submit_course(course.id, actor_id=school.manager_id)
        list_course(course.id, actor_id=reviewer_id)
    return course.id


def make_workers(
    count: int, *, random: Random, users: dict[str, int], progress: Progress
) -> list[int]:
    """Workers with a category seen and verified by an officer; the first is the login `worker`."""
    prefecture = find_jurisdiction_by_code(PREFECTURE[0] + "00")
    assert prefecture is not None, "the demo places come first"
    counties = [find_jurisdiction_by_code(school.county_code) for school in SCHOOLS]
    worker_ids: list[int] = []
    for number in range(count):
        if number % 100 == 0:
            progress(f"workers {number} of {count}")
        person = make_person(random, number + 1, youngest_on=clock.today(), ages=range(19, 50))
        county = counties[number % len(counties)]
        assert county is not None, "the demo places come first"
        user_id = users["worker"] if number == 0 else None
        if user_id:
            person = replace(person, name=name_of("worker"))
        with write_transaction():
            worker_ids.append(
                make_worker(person, county.id, user_id, random, maker_id=users["maker"])
            )
    return worker_ids


def make_worker(
    person: Person, county_id: int, user_id: int | None, random: Random, *, maker_id: int
) -> int:
    """Register a worker whose category an officer has seen proof of; returns its number."""
    worker = register_worker(
        id_number=person.id_number,
        name=person.name,
        phone=person.phone,
        residence_id=county_id,
        user_id=user_id,
        actor_id=user_id or maker_id,
        privacy_notice_version=PRIVACY_NOTICE,
    )
    document = store_document(
        worker_id=worker.id,
        file_name="证明材料.pdf",
        media_type="application/pdf",
        content=b"%PDF-1.4\n% demo evidence\n%%EOF\n",
        actor_id=user_id or maker_id,
    )
    fact = declare_category(
        worker.id,
        category=_CATEGORIES[random.randrange(len(_CATEGORIES))],
        valid_from=clock.today() - timedelta(days=200),
        valid_until=None,
        document_id=document.id,
        actor_id=user_id or maker_id,
    )
    verify_category_fact(fact.id, valid_until=None, actor_id=maker_id)
    return worker.id
