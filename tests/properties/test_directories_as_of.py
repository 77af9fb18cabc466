"""The directory as of any day equals a naive replay of what happened until its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import literal, select, update

from marketplace.catalog.models import Course, Occupation, ShortageEdition, ShortageListEntry
from marketplace.catalog.operations.courses import delist_course
from marketplace.catalog.queries.shortage import is_in_demand
from marketplace.catalog.states import ShortageEditionState, ShortageEntryKind, ShortageTier
from marketplace.directories.queries.all_directories import get_directory
from marketplace.directories.queries.demand import find_demand
from marketplace.directories.queries.listings import ALL, DirectoryQuery, list_directory
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.foundation.paging import PageRequest
from marketplace.institutions.operations.registration import (
    bar_institution,
    reinstate_institution,
    suspend_institution,
    withdraw_institution,
)
from tests.conftest import NOW
from tests.factories.catalog import make_listed_course
from tests.factories.funds import make_place
from tests.factories.institutions import make_accredited_institution

ACTS = ("suspend", "reinstate", "bar", "withdraw", "delist", "bulk_delist", "bulk_list")
steps = st.lists(
    st.tuples(st.sampled_from(ACTS), st.integers(min_value=0, max_value=60)),
    min_size=1,
    max_size=10,
)
quick = settings(
    max_examples=15,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
counter = count(1)


@dataclass
class Replay:
    """Every state, with the instant from which it held."""

    institution: list[tuple[datetime, str]] = field(default_factory=list)
    course: list[tuple[datetime, str]] = field(default_factory=list)

    def at_the_end_of(self, day: date) -> tuple[str | None, str | None]:
        def last(log):
            held = [state for at, state in log if clock.local_date(at) <= day]
            return held[-1] if held else None

        institution, course = last(self.institution), last(self.course)
        if course == "listed" and institution != "accredited":
            course = "paused"
        return institution, course


def _state(name: str, code: str, on: date) -> str | None:
    _name, directory = get_directory(name)
    query = DirectoryQuery(on, text=code, state=ALL)
    rows = list_directory(directory, query, PageRequest(1, 5)).items
    return rows[0]["state"] if rows else None


def _act(act: str, institution_id: int, course_id: int, replay: Replay) -> None:
    operations = {
        "suspend": (suspend_institution, "suspended"),
        "reinstate": (reinstate_institution, "accredited"),
        "bar": (bar_institution, "barred"),
        "withdraw": (withdraw_institution, "withdrawn"),
    }
    if act in operations:
        operation, state = operations[act]
        operation(institution_id, reason="测试", actor_id=None)
        replay.institution.append((clock.now(), state))
    elif act == "delist":
        delist_course(course_id, reason="测试", actor_id=None)
        replay.course.append((clock.now(), "delisted"))
    else:
        # As an import does it: one statement of Core, no operation of ours.
        state = "listed" if act == "bulk_list" else "delisted"
        db.session.execute(
            update(Course)
            .where(Course.id == course_id)
            .values(state=state, changed_at=clock.now())
            .execution_options(synchronize_session=False)
        )
        replay.course.append((clock.now(), state))


@quick
@given(steps=steps, offset=st.integers(min_value=-3, max_value=200))
def test_any_day_equals_a_naive_replay(app, steps, offset):
    at = NOW
    replay = Replay([(at, "accredited")], [(at, "listed")])
    with clock.frozen(at), write_transaction():
        institution = make_accredited_institution()
        course = make_listed_course(institution)
    codes = institution.code, course.code
    ids = institution.id, course.id
    for act, hours in steps:
        at += timedelta(hours=7 * hours)
        with clock.frozen(at):
            try:
                with write_transaction():
                    _act(act, *ids, replay)
            except Refused:
                continue
    days = {clock.local_date(NOW) + timedelta(days=offset), clock.local_date(at)}
    days |= {clock.local_date(at) - timedelta(days=1) for at, _state in replay.institution}
    days |= {clock.local_date(at) for at, _state in replay.course}
    for day in days:
        found = (_state("institutions", codes[0], day), _state("courses", codes[1], day))
        assert found == replay.at_the_end_of(day), (day, replay)


entries = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.integers(0, 3),
        st.sampled_from(list(ShortageEntryKind)),
        st.integers(0, 40),
        st.integers(0, 40) | st.none(),
    ),
    max_size=8,
)


@quick
@given(entries=entries, place=st.integers(0, 3), depth=st.integers(0, 3), day=st.integers(0, 60))
def test_the_set_query_decides_as_the_rule_does(app, entries, place, depth, day):
    begins, number = date(2026, 1, 1), next(counter)
    with clock.frozen(NOW), write_transaction():
        county = make_place("220822", "通榆县", above="220800")
        paths = ["/", *(f"{part}/" for part in _prefixes(county.path))]
        places = [None, *(_place_of(path) for path in paths[1:])]
        chain = _chain(number)
        for at, of, kind, first, length in entries:
            first_on = begins + timedelta(days=first)
            edition = ShortageEdition(
                code=f"SL-{number}-{next(counter)}", tier=ShortageTier.PROVINCE,
                jurisdiction_id=places[at], state=ShortageEditionState.DRAFT, source="own",
                in_force_from=first_on, created_at=clock.now(),
            )  # fmt: skip
            db.session.add(edition)
            db.session.flush()
            db.session.add(
                ShortageListEntry(
                    occupation_id=chain[of], jurisdiction_id=places[at], kind=kind,
                    valid_from=first_on, edition_id=edition.id,
                    valid_until=None if length is None else first_on + timedelta(days=length),
                )
            )  # fmt: skip
            db.session.flush()
            edition.state = ShortageEditionState.PUBLISHED
            db.session.flush()
    path = "" if place == 0 else paths[place]
    on = begins + timedelta(days=day)
    by_rule = find_demand(chain[depth], place_path=path, on=on).in_demand
    by_query = db.session.scalar(
        select(is_in_demand(Occupation.id.expression, literal(path), on)).where(
            Occupation.id == chain[depth]
        )
    )
    assert bool(by_query) == by_rule


def _prefixes(path: str) -> list[str]:
    parts = path.strip("/").split("/")
    return ["/" + "/".join(parts[: n + 1]) for n in range(len(parts))]


def _place_of(path: str) -> int:
    return make_place(path.strip("/").rpartition("/")[2]).id


def _chain(number: int) -> list[int]:
    """A fresh branch of the classification: group within group, four deep."""
    parent, ids = None, []
    for depth in range(1, 5):
        occupation = Occupation(
            classification="cn-2022", code=f"{number}-{depth}", title="组", depth=depth,
            parent_id=parent, work_types=[], marks=[],
        )  # fmt: skip
        db.session.add(occupation)
        db.session.flush()
        parent = occupation.id
        ids.append(occupation.id)
    return ids
