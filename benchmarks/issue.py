"""Issue vouchers to everybody who fulfils ten rules: decided, written, committed, audited.

    python -m benchmarks.issue [PEOPLE [ROUNDS]]

Half of the people fulfil all rules. The whole batch with its slices, locks, money and audit, in
turn with the driver alone writing the very same voucher rows: COPY on PostgreSQL, executemany on
SQLite, one transaction, into the same table with its constraints and indexes. Figures are people
a second: the baseline is told only the rows to write, the product finds out which. Checked after
each round: as many vouchers as people who fulfil the rules, the money committed to the fen; after
the first batch, before its vouchers make room for the next round, every invariant of the books.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import text

from benchmarks.harness import durable_postgres, interleave, product, report
from marketplace.cli.issuing import issue_batch
from marketplace.foundation import clock
from marketplace.foundation.bulk import copy_rows
from marketplace.foundation.db import db, dialect_name, write_transaction
from marketplace.foundation.money import Money
from marketplace.funds.queries import find_fund_by_code
from marketplace.people.models import CategoryFact, StatusFact, Worker
from marketplace.people.states import (
    CategoryFactState,
    EvidenceKind,
    PersonStatus,
    Sex,
    WorkerCategory,
)
from marketplace.reporting.invariants import check_books
from marketplace.vouchers.operations.batches import start_batch
from tests.factories.funds import make_county, make_fund, make_funded_allotment
from tests.factories.vouchers import face_value_pack, make_scheme, rule

PEOPLE = 200_000
ROUNDS = 5
FACE_FEN = 50_000
COUNTIES = [f"2208{number:02d}" for number in range(2, 12)]
RULES: dict[str, Any] = {
    "eligibility": {
        "age": rule({"min": 16, "max_male": 60, "max_female": 55}),
        "place": rule(["residence", "workplace"]),
        "categories": rule(["rural_migrant", "registered_unemployed", "veteran"]),
        "excluded": rule(["civil_servant", "full_time_student", "pensioner"]),
    },
    "limits": {
        "per_year_max": rule(3),
        "per_lifetime_max": rule(10),
        "one_live_voucher": rule(True),
    },
}
"""With way out, upper age, allotment and its balance: ten rules and more."""
COLUMNS = (
    "code, worker_id, scheme_id, scheme_version_id, allotment_id, kind, origin, state, value_fen,"
    " issued_on, valid_from, expires_on, category, batch_id, created_at, changed_at"
)


def make_people(people: int) -> None:
    """Everybody lives in one of ten counties; of four people one has no category, one is
    pensioned, and two fulfil the rules."""
    places = [make_county(code, f"县{code}").id for code in COUNTIES]
    now, today = clock.now(), clock.today()
    workers = (
        (
            f"W-{number:09d}",
            f"index-{number:09d}",
            date(1970, 1, 1) + timedelta(days=number % 9_000),
            Sex.FEMALE if number % 2 else Sex.MALE,
            places[number % len(places)],
        )
        for number in range(people)
    )
    names = ["code", "id_number_index", "born_on", "sex", "residence_id"]
    same = {"id_number_sealed": "x", "name_sealed": "x", "created_at": now}
    copy_rows(Worker, names, workers, same=same)
    first = db.session.execute(text("SELECT min(id) FROM worker")).scalar_one()
    kinds = list(WorkerCategory)[:2]
    facts = (
        (f"CF-{number:09d}", first + number, kinds[number // 4 % 2])
        for number in range(people)
        if number % 4 != 1
    )
    fact = {
        "evidence_kind": EvidenceKind.REGISTER_MATCH,
        "state": CategoryFactState.VERIFIED,
        "valid_from": date(2020, 1, 1),
        "declared_at": now,
    }
    copy_rows(CategoryFact, ["code", "worker_id", "category"], facts, same=fact)
    pensioners = ((first + number,) for number in range(people) if number % 4 == 3)
    status = {
        "status": PersonStatus.PENSIONER,
        "valid_from": today,
        "source": "register",
        "recorded_at": now,
    }
    copy_rows(StatusFact, ["worker_id"], pensioners, same=status)


def prepare(people: int) -> int:
    """A world without vouchers; the scheme's number."""
    with write_transaction():
        make_fund("FUND-TEST")
        make_people(people)
        scheme_id = make_scheme(face_value_pack(FACE_FEN, scheme="BENCH", **RULES)).id
    with write_transaction():
        db.session.execute(text("ANALYZE"))
    return scheme_id


class Contest:
    """Product and driver write into the same table; the table is emptied between them."""

    def __init__(self, people: int) -> None:
        self.people, self.scheme_id = people, prepare(people)
        self.product()
        books = check_books()
        assert not books.violations, books.violations
        found = db.session.execute(text(f"SELECT {COLUMNS} FROM voucher ORDER BY id"))
        self.rows = [tuple(row) for row in found]
        db.session.rollback()

    def product(self) -> float:
        """People a second through the whole batch."""
        empty(self.people)
        began = time.perf_counter()
        with write_transaction():
            batch_id = start_batch(self.scheme_id, worker_ids=None, actor_id=None).id
        done = issue_batch(batch_id, hold=_nothing, on_progress=_nothing)
        took = time.perf_counter() - began
        assert done["issued"] == self.people // 2, done
        assert done["committed_fen"] == self.people // 2 * FACE_FEN
        return self.people / took

    def driver(self) -> float:
        """People a second when the rows are known and only written."""
        empty(self.people)
        write = _executemany if dialect_name() == "sqlite" else _copy
        began = time.perf_counter()
        with write_transaction():
            write(self.rows)
        took = time.perf_counter() - began
        written = db.session.execute(text("SELECT count(*) FROM voucher")).scalar_one()
        db.session.rollback()
        assert written == self.people // 2
        return self.people / took


def empty(people: int) -> None:
    """No vouchers, and as much money as the next batch commits: it is not given back."""
    with write_transaction():
        db.session.execute(text("DELETE FROM voucher"))
        fund = find_fund_by_code("FUND-TEST")
        for code in COUNTIES:
            make_funded_allotment(
                fund, place=make_county(code), amount=Money(FACE_FEN * people // 10, "CNY")
            )
    if dialect_name() == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as one:
            one.execute(text("VACUUM (ANALYZE) voucher"))


def _copy(rows: list[tuple[Any, ...]]) -> None:
    driver: Any = db.session.connection().connection.driver_connection
    with driver.cursor().copy(f"COPY voucher ({COLUMNS}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _executemany(rows: list[tuple[Any, ...]]) -> None:
    marks = ", ".join("?" * len(rows[0]))
    statement = f"INSERT INTO voucher ({COLUMNS}) VALUES ({marks})"
    db.session.connection().exec_driver_sql(statement, rows)


def _nothing(_done: int, _of: int) -> None:
    """Nobody is told how far it is."""


def compete(app: Flask, title: str, *, baseline: str, people: int, rounds: int) -> None:
    """Rounds in turn, a table."""
    with app.app_context():
        contest = Contest(people)
        contenders: dict[str, Callable[[], float]] = {
            baseline: contest.driver,
            "issue a batch": contest.product,
        }
        results = interleave(contenders, rounds=rounds)
        db.session.remove()
        db.engine.dispose()
    checked = (
        f"each round {people // 2:,} vouchers of {people:,} people and their money to the fen; "
        "after the first, every invariant of the books"
    )
    report(title, results, baseline=baseline, checked=checked)


def main() -> None:
    """Measure, check, print tables for docs/performance.md."""
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    people, rounds = (*numbers, *(PEOPLE, ROUNDS)[len(numbers) :])
    people -= people % 20
    with durable_postgres() as server:
        app = product(server.new_database("product"))
        title = f"Issue to {people:,} people, PostgreSQL"
        compete(app, title, baseline="bare COPY", people=people, rounds=rounds)
    with tempfile.TemporaryDirectory() as folder:
        app = product(f"sqlite:///{folder}/product.sqlite3")
        title = f"Issue to {people:,} people, SQLite"
        compete(app, title, baseline="bare executemany", people=people, rounds=rounds)


if __name__ == "__main__":
    main()
