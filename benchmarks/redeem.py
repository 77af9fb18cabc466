"""Redeem one voucher at a time, 8 clients, on PostgreSQL: the whole operation, beside pgbench.

    python -m benchmarks.redeem

Every voucher belongs to a learner whose class was really taught through the product. Checked
after the run: as many redemptions as vouchers, and no invariant of the books violated.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from random import Random

from flask import Flask
from sqlalchemy import func, select

from benchmarks.harness import clients, durable_postgres, interleave, pgbench, product, report
from marketplace.demo.cast import Cast, make_schools, make_users, make_workers
from marketplace.demo.history import announce_run, at, enroll, finish, teach_a_full_room
from marketplace.demo.money import endow
from marketplace.demo.references import PACK, load_references
from marketplace.enrollment.operations.complete import complete_enrollment
from marketplace.enrollment.states import AssessmentResult
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.jurisdictions.queries import find_jurisdiction_by_code
from marketplace.redemption.models import Redemption, Reservation
from marketplace.redemption.operations.redeem import redeem_voucher
from marketplace.reporting.invariants import check_books
from marketplace.vouchers.operations.schemes import load_scheme

CLIENTS = 8
ROUNDS = 5
PER_CLIENT = 6


def prepare(app: Flask) -> list[tuple[int, int]]:
    """Learners who have completed: (voucher, institution) of each, spread over the schools."""
    today = clock.today()
    with app.app_context(), at(today - timedelta(days=60)):
        load_references()
        prefecture = find_jurisdiction_by_code("220800")
        assert prefecture is not None
        users = make_users(prefecture.id)
        endow(users, prefecture.id, years=(today.year - 1, today.year))
        with write_transaction():
            scheme_id = load_scheme(
                PACK.read_text(encoding="utf-8"), actor_id=users["admin"]
            ).scheme_id
        schools = make_schools(users, _progress)
        count = CLIENTS * ROUNDS * PER_CLIENT
        workers = make_workers(count, random=Random(7), users=users, progress=_progress)
        cast = Cast(users, prefecture.id, schools, workers)
    with app.app_context():
        return _teach_all(cast, scheme_id)


def _teach_all(cast: Cast, scheme_id: int) -> list[tuple[int, int]]:
    today = clock.today()
    share = -(-len(cast.worker_ids) // len(cast.schools))
    due: list[tuple[int, int]] = []
    for number, school in enumerate(cast.schools):
        _progress(f"class {number + 1} of {len(cast.schools)}")
        run = announce_run(
            school,
            0,
            first_on=today - timedelta(days=30),
            announced_on=today - timedelta(days=50),
            capacity=share + 1,
        )
        learners = cast.worker_ids[number * share : (number + 1) * share]
        enroll(run, learners, scheme_id=scheme_id, cast=cast, on=today - timedelta(days=40))
        teach_a_full_room(run, until=today)
        finish(run)
        with write_transaction():
            for enrollment_id in run.enrollments.values():
                complete_enrollment(
                    enrollment_id,
                    assessment=AssessmentResult.PASSED,
                    actor_id=school.manager_id,
                )
        vouchers = db.session.scalars(
            select(Reservation.voucher_id)
            .where(Reservation.enrollment_id.in_(run.enrollments.values()))
            .order_by(Reservation.id)
        ).all()
        due += [(voucher_id, school.institution_id) for voucher_id in vouchers]
    return due


def _progress(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


def main() -> None:
    """Measure, check, print a table for docs/performance.md."""
    with durable_postgres() as server:
        for name in ("product", "bench"):
            subprocess.run(
                [str(server.binaries / "createdb"), "-h", str(server.root), "-U", "postgres", name],
                check=True,
            )
        subprocess.run(
            [str(server.binaries / "pgbench"), "-i", "-q", "-s", "10", "-h", str(server.root),
             "-U", "postgres", "bench"],
            check=True, capture_output=True,
        )  # fmt: skip
        app = product(server.url("product"))
        due = prepare(app)
        waiting = iter(due)

        def redeem_round() -> float:
            shares = [[next(waiting) for _ in range(PER_CLIENT)] for _ in range(CLIENTS)]

            def work(client: int) -> int:
                for voucher_id, institution_id in shares[client]:
                    with write_transaction():
                        redeem_voucher(voucher_id, institution_id=institution_id, actor_id=None)
                return PER_CLIENT

            return clients(app, work, count=CLIENTS)

        results = interleave(
            {
                "pgbench TPC-B": lambda: pgbench(server, "bench", seconds=3),
                "redeem one voucher": redeem_round,
            },
            rounds=ROUNDS,
        )
        with app.app_context():
            books = check_books()
            redeemed = db.session.scalar(select(func.count()).select_from(Redemption))
            assert redeemed == len(due), f"{redeemed} of {len(due)} redeemed"
            assert not books.violations, books.violations
            db.engine.dispose()
        report(
            f"Redeem one voucher, {CLIENTS} clients, PostgreSQL",
            results,
            baseline="pgbench TPC-B",
            checked=f"{redeemed} redemptions of {len(due)} vouchers, books without violation",
        )


if __name__ == "__main__":
    main()
