"""A longer list asks the database no more often: no page asks once more for each of its rows."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from marketplace.foundation.db import db, write_transaction
from marketplace.people.queries import list_role_scopes
from tests.factories.catalog import make_listed_course, make_open_course_run
from tests.factories.enrollment import attend, make_staff
from tests.factories.institutions import make_accredited_institution
from tests.factories.people import make_administrator, make_officer, make_user, make_worker
from tests.factories.redemption import make_case
from tests.factories.vouchers import make_scheme
from tests.pages import PageClient
from tests.statements import statements

FEW, MANY = 2, 6
STATEMENTS_MAX = 40
"""Far above what a page takes today; a page that needs more wants a query of its own."""
A_LIST = re.compile(r"\((\?, )*\?\)")
Page = tuple[str, str | None, Callable[[], object]]


pytestmark = pytest.mark.sqlite
"""What is asked does not depend on the engine."""


def courses() -> Page:
    institution = make_accredited_institution()
    return "/courses", None, lambda: make_open_course_run(make_listed_course(institution))


def institutions() -> Page:
    return "/institutions", None, make_accredited_institution


def course() -> Page:
    course = make_listed_course(make_accredited_institution())
    make_scheme()
    return f"/courses/{course.code}", None, lambda: make_open_course_run(course)


def course_of_a_learner() -> Page:
    path, _nobody, one_more = course()
    user = make_user()
    make_worker(user)
    return path, user.login, one_more


def institution() -> Page:
    institution = make_accredited_institution()
    return (
        f"/institutions/{institution.code}",
        None,
        lambda: make_open_course_run(make_listed_course(institution)),
    )


def own_course_runs() -> Page:
    institution = make_accredited_institution()
    login = make_staff(institution.id).login
    course = make_listed_course(institution)
    return "/institution/course-runs", login, lambda: make_open_course_run(course)


def roster() -> Page:
    return _class_page("")


def results() -> Page:
    return _class_page("/results")


def _class_page(rest: str) -> Page:
    scheme, run = make_scheme(), make_open_course_run()
    staff = make_staff(run.institution_id)

    def one_more() -> None:
        case = make_case(scheme=scheme, course_run=run, staff=staff)
        attend(case.enrollment, staff.id)

    return f"/institution/classes/{run.code}{rest}", staff.login, one_more


def logins() -> Page:
    return "/admin/users", make_administrator().login, make_user


def institutions_of_a_place() -> Page:
    officer = make_officer()
    place = list_role_scopes(officer.id)[0][0].jurisdiction_id
    return (
        "/fund/institutions",
        officer.login,
        lambda: make_accredited_institution(jurisdiction_id=place),
    )


PAGES = (
    courses,
    course,
    course_of_a_learner,
    institution,
    institutions,
    own_course_runs,
    roster,
    results,
    logins,
    institutions_of_a_place,
)
BUSIEST = {"course": 13, "course_of_a_learner": 23, "institution": 10}
"""With BEGIN, as many as they take today: they are read all day long."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.__name__)
def test_more_rows_take_no_more_statements(app, now, page):
    with write_transaction():
        path, login, one_more = page()
        for _row in range(FEW):
            one_more()
    client = PageClient(app)
    if login:
        client.sign_in(login)
    client.get(path)  # the first answer of a process reads more, once
    few = _asked_for(client, path)
    with write_transaction():
        for _row in range(MANY - FEW):
            one_more()
    client.get(path)  # what a process keeps of the catalog is brought up to date, once
    many = _asked_for(client, path)
    assert sorted(many) == sorted(few), "\n".join(_surplus(many, few))
    assert len(many) <= BUSIEST.get(page.__name__, STATEMENTS_MAX), "\n".join(many)


def test_a_page_that_asks_for_each_row_would_be_seen(app, now):
    """The control."""
    with statements() as few:
        db.session.execute(db.select(1))
    with statements() as many:
        for _row in range(3):
            db.session.execute(db.select(1))
    assert _surplus(many, few) == ["2 × SELECT 1"]


def _asked_for(client: PageClient, path: str) -> list[str]:
    with statements() as asked:
        client.get(path)
    return [A_LIST.sub("(?)", " ".join(statement.split())) for statement in asked]


def _surplus(many: list[str], few: list[str]) -> list[str]:
    counts = {one: many.count(one) - few.count(one) for one in sorted(set(many))}
    return [f"{count} × {one[:200]}" for one, count in counts.items() if count]
