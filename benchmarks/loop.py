"""The loop of the money for very many trainings (P9): does a training cost the same at the end?

    python -m benchmarks.loop [TRAININGS [MINUTES]]

2,700 trainings unless told; a province's plan is 2,700,000. After so many minutes no further class
begins, and what was done until then is told. Progress goes to stderr.

On PostgreSQL, class by class of 450 learners: the class is redeemed, its institution's month
settled with two signatures, paid through a bank file with two more, the bank's statement taken in
and matched; what was booked is sealed every 60 classes, about a minute on a quiet machine (the
runner of jobs does so every ten minutes). Vouchers, reservations and attendance are made beforehand
by another process (`benchmarks/world.py`; issuing has a benchmark of its own), a few classes ahead,
and their making is not counted. The
first tenth of the classes is compared with the last: processor time of this process and of its
database connection, and the memory of both. Goal: at most 1.3 times, memory flat. Checked: every
invariant of the books, every seal, everything paid and confirmed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import mean

from flask import Flask
from sqlalchemy import func, select

from benchmarks.harness import (
    connection_process,
    durable_postgres,
    machine,
    processor_seconds,
    product,
)
from benchmarks.redeem import by_class
from benchmarks.world import Class, class_of, new_scheme
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.ledger.models import SealBlock
from marketplace.ledger.sealing.naming import AccountNames
from marketplace.ledger.sealing.operations import seal_block
from marketplace.ledger.sealing.verify import verify_seals
from marketplace.payouts.models import Payout, PayoutAttempt
from marketplace.payouts.operations import (
    approve_payout_batch,
    prepare_payout_batch,
    send_payout_batch,
)
from marketplace.payouts.rails.payer import DEMO_PAYER, use_payer
from marketplace.payouts.states import PayoutState
from marketplace.reconciliation.operations.matching import match_statement_lines
from marketplace.reconciliation.operations.statements import import_bank_statement
from marketplace.reporting.invariants import check_books
from marketplace.settlement.operations import approve_settlement, prepare_settlement
from tests.factories.bank import make_camt053, make_entry
from tests.factories.settlement import Officers, make_officers, make_payout_account

TRAININGS = 2_700
CLASS_SIZE = 450
TOLD_EVERY = SEALED_EVERY = 60
"""Classes; in short runs sealed every tenth of them."""


def go_round(one: Class, officers: Officers) -> None:
    """From a class that is over to money that the bank has confirmed."""
    by_class([one])
    period = f"{clock.today():%Y-%m}"
    with write_transaction():
        made = prepare_settlement(
            one.institution_id, period_code=period, actor_id=officers.maker_id
        )
        settlement_id = made.id
    with write_transaction():
        approve_settlement(settlement_id, actor_id=officers.checker_id)
    with write_transaction():
        batch = prepare_payout_batch([settlement_id], rail="bank_file", actor_id=officers.maker_id)
        batch_id = batch.id
    with write_transaction():
        approve_payout_batch(batch_id, actor_id=officers.checker_id)
    with write_transaction():
        send_payout_batch(batch_id, actor_id=officers.maker_id)
    take_in_statement(settlement_id)


def seal_new() -> None:
    """What the runner of jobs does every ten minutes."""
    block: SealBlock | None
    names = AccountNames()
    while True:
        with write_transaction():
            block = seal_block(actor_id=None, everywhere=False, names=names)
        if block is None:
            return


def take_in_statement(settlement_id: int) -> None:
    """The bank says it paid; we match."""
    reference, amount_fen = db.session.execute(
        select(PayoutAttempt.end_to_end_id, Payout.amount_fen)
        .join(Payout, Payout.id == PayoutAttempt.payout_id)
        .where(Payout.settlement_id == settlement_id)
    ).one()
    entry = make_entry(_yuan(amount_fen), reference=reference, day=clock.today().isoformat())
    opening = 100_000_000_000
    content = make_camt053(
        [entry],
        opening=_yuan(opening),
        closing=_yuan(opening - amount_fen),
        key=f"S-{settlement_id}",
    )
    with write_transaction():
        verdict = import_bank_statement(
            content, file_name="bank.xml", bank_account="bench", actor_id=None
        )
    assert not verdict.problems, verdict.problems
    with write_transaction():
        assert match_statement_lines(actor_id=None).matched == 1


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


@dataclass(frozen=True, slots=True)
class Step:
    """What one class cost, and what was held in memory after it, in MiB."""

    seconds: float
    """Of processor time, for each training: this process and its database connection."""
    process_mib: float
    connection_mib: float


def _own_mib(process_id: int | str | None) -> float:
    """What a process holds for itself: what PostgreSQL shares between connections is not its."""
    for line in Path(f"/proc/{process_id}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    return 0.0


@contextmanager
def classes_ahead(
    app: Flask, scheme_id: int, officers: Officers, number: int
) -> Iterator[Connection]:
    """Classes as another process makes them: as many ahead as the pipe holds, a dozen or so."""
    forks = get_context("fork")
    ready, made = forks.Pipe(duplex=False)
    db.session.remove()
    db.engine.dispose()

    def make() -> None:
        with app.app_context():
            for _class in range(number):
                one = class_of(scheme_id, learners=CLASS_SIZE)
                with write_transaction():
                    make_payout_account(
                        one.institution_id,
                        proposer_id=officers.maker_id,
                        verifier_id=officers.checker_id,
                    )
                db.session.remove()
                made.send(one)

    maker = forks.Process(target=make, daemon=True)
    maker.start()
    made.close()  # so that a maker that failed ends the waiting
    try:
        yield ready
    finally:
        maker.terminate()
        maker.join()


def run(app: Flask, classes: int, *, minutes: float) -> list[Step]:
    """Class by class, as many as begin within the minutes."""
    steps: list[Step] = []
    until = time.monotonic() + minutes * 60
    sealed_every = min(SEALED_EVERY, max(1, classes // 10))
    with write_transaction():
        officers = make_officers()
        scheme_id = new_scheme(classes * CLASS_SIZE)
    with classes_ahead(app, scheme_id, officers, classes) as ready:
        backend = connection_process()
        db.session.remove()
        while len(steps) < classes and time.monotonic() < until:
            one: Class = ready.recv()
            before = processor_seconds(backend)
            go_round(one, officers)
            if (len(steps) + 1) % sealed_every == 0:
                seal_new()
            seconds = (processor_seconds(backend) - before) / CLASS_SIZE
            db.session.remove()
            steps.append(Step(seconds, _own_mib("self"), _own_mib(backend)))
            if len(steps) % TOLD_EVERY == 0:
                _tell(steps[-TOLD_EVERY:], len(steps))
    return steps


def _tell(last: Sequence[Step], done: int) -> None:
    print(
        f"{clock.now():%H:%M:%S} {done * CLASS_SIZE:,} trainings,"
        f" {mean(one.seconds for one in last) * 1e3:.2f} ms each,"
        f" {last[-1].process_mib:.0f} and {last[-1].connection_mib:.0f} MiB",
        file=sys.stderr,
        flush=True,
    )


def check(classes: int) -> str:
    """Everything paid, booked and sealed."""
    seal_new()
    confirmed = select(func.count()).where(Payout.state == PayoutState.CONFIRMED)
    assert db.session.scalar(confirmed) == classes
    books = check_books()
    assert not books.violations, books.violations[:3]
    seals = verify_seals()
    assert seals.ok, seals.violations
    assert not seals.unsealed
    return f"{classes} payouts confirmed, {seals.entries:,} entries sealed, books in order"


def _ends(values: Sequence[float]) -> tuple[float, float]:
    """The mean of the first and of the last tenth, at least two; the very first warms up."""
    tenth = max(2, len(values) // 10)
    return mean(values[1 : 1 + tenth]), mean(values[-tenth:])


def _row(what: str, values: Sequence[float], *, digits: int = 0) -> str:
    first, last = _ends(values)
    return f"| {what} | {first:.{digits}f} | {last:.{digits}f} | **{last / first:.2f} ×** |"


def table(steps: Sequence[Step]) -> str:
    """First tenth and last, for docs/performance.md."""
    trainings = len(steps) * CLASS_SIZE
    rows = (
        f"\n### The loop for {trainings:,} trainings (P9, goal ≤ 1.3 ×, memory flat)\n",
        "| | first tenth | last tenth | growth |\n| --- | ---: | ---: | ---: |",
        _row("processor time, ms a training", [one.seconds * 1e3 for one in steps], digits=2),
        _row("memory of the process, MiB", [one.process_mib for one in steps]),
        _row("memory of its connection, MiB", [one.connection_mib for one in steps]),
    )
    return "\n".join(rows)


def main() -> None:
    """Measure, check, print a table for docs/performance.md."""
    trainings = int(sys.argv[1]) if len(sys.argv) > 1 else TRAININGS
    minutes = float(sys.argv[2]) if len(sys.argv) > 2 else inf
    classes = max(4, trainings // CLASS_SIZE)
    began = time.perf_counter()
    with durable_postgres() as server:
        app = product(server.new_database("product"), pool_size=1)
        with app.app_context():
            db.engine.dispose()
            use_payer(DEMO_PAYER)
            steps = run(app, classes, minutes=minutes)
            looped = time.perf_counter()
            print(table(steps), flush=True)
            checked = check(len(steps))
            db.session.remove()
            db.engine.dispose()
    counted = sum(one.seconds for one in steps) * CLASS_SIZE / 60
    print(
        f"\n{(looped - began) / 60:.1f} minutes with the making, of them {counted:.1f} of processor"
        f" time in the loop; {(time.perf_counter() - looped) / 60:.1f} minutes of checks."
        f" Checked: {checked}. {machine()}"
    )


if __name__ == "__main__":
    main()
