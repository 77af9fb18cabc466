"""Filing a class with site, room and trainer from the registers."""

from __future__ import annotations

import re
from typing import Any

import pytest

from marketplace.catalog.operations.course_runs import cancel_course_run
from marketplace.catalog.queries.course_runs import find_course_run_by_code, list_lessons
from marketplace.foundation.db import write_transaction
from tests.factories.catalog import make_listed_course
from tests.factories.institutions import make_accredited_institution, make_staff
from tests.factories.teaching import make_room, make_site, make_trainer
from tests.web.institution_staff.test_course_runs import PLAN


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.get_data(as_text=True))


@pytest.fixture
def world(client):
    with write_transaction():
        school = make_accredited_institution()
        site = make_site(school, "东校区")
        made = {
            "course": make_listed_course(school),
            "site": site,
            "room": make_room(site, "201"),
            "other": make_room(site, "202"),
            "trainer": make_trainer(school, "赵老师"),
        }
        manager = make_staff(school)
    client.sign_in(manager)
    return made


def post(client, world, expect: int, **changes: Any):
    places = {
        "training_site": str(world["site"].id),
        "room": str(world["room"].id),
        "trainer": str(world["trainer"].id),
        "site": "",
    }
    path = f"/institution/courses/{world['course'].code}/course-runs"
    return client.post(path, {**PLAN, **places, **changes}, expect=expect)


def run_of(answer: Any):
    return find_course_run_by_code(answer.headers["Location"].rsplit("/", 1)[1])


def test_the_registered_site_says_where_it_is(client, world):
    client.get(f"/institution/courses/{world['course'].code}/course-runs/new")
    run = run_of(post(client, world, 303, training_site=""))
    assert (run.site, run.site_id) == ("东校区 中山路 1 号", world["site"].id)
    lessons = list_lessons(run.id)
    assert {(one.room, one.teacher) for one in lessons} == {("201", "赵老师")}
    assert {one.trainer_id for one in lessons} == {world["trainer"].id}


def test_a_line_may_name_another_room(client, world):
    lines = "2026-12-01 09:00-12:00 接线 | 202\n2026-12-02 09:00-12:00 | 赵老师"
    run = run_of(post(client, world, 303, lessons=lines, trainer=""))
    first, second = list_lessons(run.id)
    assert (first.topic, first.room, first.trainer_id) == ("接线", "202", None)
    assert (second.topic, second.room, second.teacher) == (None, "201", "赵老师")
    page = text_of(post(client.speak("en"), world, 422, lessons=lines.replace("202", "404")))
    assert "Lesson 1: no room or trainer of ours is called 404." in page


def test_a_clash_is_on_the_form_with_its_remedy(client, world):
    post(client, world, 303)
    page = text_of(post(client.speak("en"), world, 409))
    assert "Lesson 1: the room 201 is taken by lesson 1 of “低压电工”" in page
    assert "Choose another time, room or trainer for this lesson." in page


def test_without_site_or_place_it_asks_where(client, world):
    nothing = {"training_site": "", "room": "", "trainer": ""}
    page = text_of(post(client.speak("en"), world, 422, **nothing))
    assert "Say where it is held." in page


def test_a_place_with_classes_is_not_closed_until_they_are_moved_or_canceled(client, world):
    run = run_of(post(client, world, 303))
    site, room, other = (world[name].code for name in ("site", "room", "other"))
    for path in (
        f"/institution/sites/{site}/close",
        f"/institution/sites/{site}/rooms/{room}/close",
    ):
        page = client.post(path, expect=409).get_data(as_text=True)
        assert run.code in page
        assert f'href="/institution/course-runs/{run.code}"' in page
    client.post(f"/institution/sites/{site}/rooms/{other}/close")
    with write_transaction():
        cancel_course_run(run.id, reason="无人报名", actor_id=None)
    client.post(f"/institution/sites/{site}/rooms/{room}/close")
    client.post(f"/institution/sites/{site}/close")
    post(client, world, 422)
