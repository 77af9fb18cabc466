"""`demo load`: the synthetic prefecture and its recent past."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import func, select

from marketplace.demo import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.demo.accreditation import apply_for_accreditation, make_grounds
from marketplace.demo.benefits import pay_people
from marketplace.demo.campaigns import make_campaigns
from marketplace.demo.cast import (
    DEMO_PASSWORD,
    LOGINS,
    Cast,
    make_schools,
    make_users,
    make_workers,
)
from marketplace.demo.choices import make_choices
from marketplace.demo.claims import claim_run, open_claims
from marketplace.demo.classroom import let_examiner_in, make_classroom
from marketplace.demo.directories import make_directories
from marketplace.demo.earmarked import add_grant, endow_veterans
from marketplace.demo.history import (
    announce_run,
    at,
    complete_and_redeem,
    enroll,
    finish,
    teach,
    teach_with_one_phone,
)
from marketplace.demo.inspections import make_inspections
from marketplace.demo.money import endow, pay, settle_month
from marketplace.demo.offers import SCHOOLS
from marketplace.demo.pledges import make_pledges
from marketplace.demo.quotas import EMPLOYEES, SCHOOL, make_employer
from marketplace.demo.ratings import fill_the_files, import_outcomes
from marketplace.demo.references import PACK, PACK_IN_STEPS, PACK_OF_FIRMS, load_references
from marketplace.demo.reviews import make_reviews
from marketplace.demo.scales import SCALES, Scale
from marketplace.demo.steps import LEARNERS, teach_in_steps
from marketplace.demo.vacancies import import_vacancies
from marketplace.foundation import clock
from marketplace.foundation.db import Base, db, write_transaction
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import seeded
from marketplace.jurisdictions.queries import find_jurisdiction_by_code
from marketplace.people.queries import find_user_by_login
from marketplace.vouchers.operations.schemes import load_scheme

Progress = Callable[[str], None]


def load_demo_world_once(*, progress: Progress) -> None:
    """Make the small world unless it is there already."""
    if find_user_by_login(LOGINS[0][0]) is None:
        progress("Making the demo world (once) …")
        load_demo_world(seed=1, scale="small", progress=progress)


def load_demo_world(*, seed: int, scale: str, progress: Progress) -> dict[str, int]:
    """Make a world from a seed; returns how many rows each table holds.

    Refuses `demo_needs_empty` when anybody is registered already.
    """
    if find_user_by_login(LOGINS[0][0]) is not None:
        raise Refused(Refusal("demo_needs_empty"))
    today = clock.today()
    random = Random(seed)
    with seeded(Random(seed + 1)):
        size = SCALES[scale]
        first_month = _months_before(today, size.past_months)
        beginning = first_month - timedelta(days=60)
        cast, scheme_id = _begin(beginning, size, random, years=_years(beginning, today),
                                 progress=progress)  # fmt: skip
        with at(beginning):
            endow_veterans(cast, scheme_id=scheme_id, years=_years(beginning, today))
            steps_id, firms_id = (_load(pack, cast) for pack in (PACK_IN_STEPS, PACK_OF_FIRMS))
        progress("a class paid in steps")
        _pay_in_steps(cast, size, scheme_id=steps_id, first_month=first_month, today=today)
        for months_ago in range(size.past_months, 0, -1):
            month = _months_before(today, months_ago)
            progress(f"month {month:%Y-%m}")
            _live_month(cast, month, months_ago, size, scheme_id=scheme_id, today=today)
        with at(today - timedelta(days=5)):
            add_grant(cast, today=today)
        progress("classes of today")
        _open_present(cast, size, scheme_id=scheme_id, steps_id=steps_id, today=today)
        make_choices(cast, scheme_id=scheme_id, today=today)
        slot = size.past_months + 2
        learners = {number: _learners(cast, number, size, slot=slot) for number in (1, 2)}
        open_claims(cast, learners, scheme_id=scheme_id, today=today)
        employees = _learners(cast, SCHOOL, size, slot=slot)[:EMPLOYEES]
        make_employer(cast, employees, scheme_id=firms_id, today=today)
        progress("inspections, campaigns")
        make_inspections(cast, today=today)
        make_campaigns(cast, scheme_id=scheme_id, today=today)
        make_pledges(cast, today=today)
        progress("reviews, the class of this hour")
        make_reviews(cast, today=today)
        let_examiner_in(cast)
        make_classroom(cast, scheme_id=scheme_id, today=today)
        progress("outcomes, files, ratings")
        import_outcomes(cast, on=today - timedelta(days=60))
        fill_the_files(cast, today=today)
        apply_for_accreditation(cast, today=today)
        import_vacancies(cast, on=today - timedelta(days=2))
    return count_rows()


def count_rows() -> dict[str, int]:
    """Rows per table."""
    return {
        table.name: db.session.scalar(select(func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
    }


def logins_text() -> str:
    """The table of demo logins that `make run` prints."""
    lines = [f"  {login:<10} {purpose}" for login, _name, purpose in LOGINS]
    return "\n".join([f"Demo logins (password of all: {DEMO_PASSWORD})", *lines])


def list_logins() -> list[tuple[str, str]]:
    """The demo logins there are, each with what it is for; none where no demo world was made."""
    return [
        (login, purpose)
        for login, _name, purpose in LOGINS
        if find_user_by_login(login) is not None
    ]


def _begin(
    beginning: date, size: Scale, random: Random, *, years: tuple[int, ...], progress: Progress
) -> tuple[Cast, int]:
    with at(beginning):
        load_references()
        prefecture = find_jurisdiction_by_code("220800")
        assert prefecture is not None, "the demo places were just imported"
        prefecture_id = prefecture.id
        users = make_users(prefecture_id)
        endow(users, prefecture_id, years=years)
        with write_transaction():
            version = load_scheme(PACK.read_text(encoding="utf-8"), actor_id=users["admin"])
            scheme_id = version.scheme_id
        schools = make_schools(users, progress)
        for school in schools:
            make_grounds(school)
        count = len(SCHOOLS) * size.workers_per_run * (size.past_months + 2) + 6
        worker_ids = make_workers(count, random=random, users=users, progress=progress)
        make_directories(users, prefecture_id)
    return Cast(users, prefecture_id, schools, worker_ids), scheme_id


def _load(pack: Path, cast: Cast) -> int:
    with write_transaction():
        return load_scheme(pack.read_text(encoding="utf-8"), actor_id=cast.users["admin"]).scheme_id


def _pay_in_steps(
    cast: Cast, size: Scale, *, scheme_id: int, first_month: date, today: date
) -> None:
    """The login `worker` and some who are in no other class."""
    others = _learners(cast, 0, size, slot=size.past_months + 2)
    learners = [cast.worker_ids[0], *others][:LEARNERS]
    run = teach_in_steps(cast, learners, scheme_id=scheme_id, first_month=first_month, today=today)
    decided_on = run.last_on + timedelta(days=4)
    pay_people(cast, learners, decided_on=decided_on, paid_on=first_month + timedelta(days=9))


def _live_month(
    cast: Cast, month: date, months_ago: int, size: Scale, *, scheme_id: int, today: date
) -> None:
    """Each school teaches its first course in that month, redeems, is settled and paid."""
    taught: list[int] = []
    paid_on = min(_next_month(month) + timedelta(days=2), today - timedelta(days=1))
    for number, school in enumerate(cast.schools):
        run = announce_run(
            school, 0, first_on=month + timedelta(days=4), announced_on=month - timedelta(days=20),
            capacity=max(20, size.workers_per_run),
        )  # fmt: skip
        learners = _learners(cast, number, size, slot=months_ago)
        enroll(run, learners, scheme_id=scheme_id, cast=cast, on=month - timedelta(days=10))
        teach(run, until=today)
        finish(run)
        redeemed_on = run.last_on + timedelta(days=3)
        if complete_and_redeem(run, on=redeemed_on):
            taught.append(school.institution_id)
            if months_ago > 1 or number < len(cast.schools) - 1:
                claim_run(cast, run, redeemed_on=redeemed_on, settled_on=paid_on)
    # The last school's latest month waits for its officer, so that the demo has work to do.
    ready = taught[:-1] if months_ago == 1 else taught
    pay(cast, settle_month(cast, ready, month=month, on=paid_on), on=paid_on)


def _open_present(cast: Cast, size: Scale, *, scheme_id: int, steps_id: int, today: date) -> None:
    """A class finished and waiting, classes running, and places open for enrollment.

    The last school's class is paid in steps: the advance of its beginning is due.
    """
    for number, school in enumerate(cast.schools):
        if len(school.course_ids) > 2 and number == 0:
            waiting = announce_run(
                school, 2, first_on=today - timedelta(days=12),
                announced_on=today - timedelta(days=30), capacity=20,
            )  # fmt: skip
            learners = _learners(cast, number, size, slot=0)
            enroll(waiting, learners, scheme_id=scheme_id, cast=cast,
                   on=today - timedelta(days=20))  # fmt: skip
            teach(waiting, until=today)
            finish(waiting)
        else:
            running = announce_run(
                school, 1, first_on=today - timedelta(days=4),
                announced_on=today - timedelta(days=25), capacity=20,
            )  # fmt: skip
            learners = _learners(cast, number, size, slot=0)
            paid_by = steps_id if number == len(cast.schools) - 1 else scheme_id
            enroll(running, learners, scheme_id=paid_by, cast=cast,
                   on=today - timedelta(days=15))  # fmt: skip
            keep = teach_with_one_phone if number == 1 else teach
            keep(running, until=today - timedelta(days=1))
        for course_number in range(len(school.course_ids)):
            announce_run(
                school,
                course_number,
                first_on=today + timedelta(days=10 + 3 * course_number),
                announced_on=today - timedelta(days=1),
                capacity=20,
                ground_number=course_number + 1,
            )


def _learners(cast: Cast, school_number: int, size: Scale, *, slot: int) -> list[int]:
    """Nobody is in two classes: each (month, school) has its own stretch of the workers."""
    per_slot = len(cast.schools) * size.workers_per_run
    start = (slot - 1) * per_slot if slot else (size.past_months) * per_slot
    start += school_number * size.workers_per_run
    return cast.worker_ids[start : start + size.workers_per_run]


def _months_before(day: date, months: int) -> date:
    """The first day of the month that many months ago."""
    index = day.year * 12 + day.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)


def _next_month(day: date) -> date:
    return _months_before(day, -1)


def _years(first: date, last: date) -> tuple[int, ...]:
    return tuple(range(first.year, last.year + 1))
