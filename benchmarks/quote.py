"""One person's full quote: facts gathered, rules asked, itemised, signed, saved, audited.

    python -m benchmarks.quote

The policy is the pack of Hebei, which asks the most: portability, exclusions, limits, scarcity,
blended training, an allowance. Each quote is for another course run, in a transaction of its own,
in turn with a bare transaction that writes one row of a quote's size. Milliseconds, median of all
quotes of all rounds. Checked: every quote is signed and decides the same when it is run again.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from itertools import islice
from pathlib import Path
from typing import Any

import yaml
from flask import Flask
from sqlalchemy import text

from benchmarks.harness import durable_postgres, machine, product
from marketplace.foundation.db import db, write_transaction
from marketplace.vouchers.models import Quote
from marketplace.vouchers.operations.quotes import get_quote_facts, make_quote
from marketplace.vouchers.queries.quotes import rerun_quote, verify_quote_signature
from marketplace.vouchers.queries.vouchers import get_voucher
from marketplace.vouchers.rules.quotes import quote_lines, refusals_for_quote
from tests.factories.funds import make_place
from tests.factories.voucher_rows import make_category, make_person, make_run
from tests.factories.vouchers import make_scheme, make_voucher

ROUNDS = 5
QUOTES = 40
WARM_UP = 10
PACK = Path(__file__).resolve().parents[1] / "docs" / "packs" / "hebei_2022.yaml"


def prepare() -> tuple[int, int, list[int]]:
    """A worker, a voucher, course runs."""
    with write_transaction():
        for code in ("110000", "120000", "130000"):
            make_place(code, code, above="")
        pack = yaml.safe_load(PACK.read_text(encoding="utf-8"))
        pack["fund"] = "FUND-TEST"
        scheme = make_scheme(pack)
        person = make_person(residence_id=make_place("130000").id)
        make_category(person)
        voucher = make_voucher(person.id, scheme=scheme)
        wanted = ROUNDS * QUOTES + WARM_UP
        runs = [make_run(level=5, hours=80).id for _run in range(wanted)]
        return person.id, voucher.id, runs


def compete(app: Flask, title: str) -> None:
    """Quotes, decisions alone and bare transactions in turn."""
    with app.app_context():
        worker_id, voucher_id, runs = prepare()
        waiting = iter(runs)

        def quote(run_id: int) -> None:
            with write_transaction():
                make_quote(worker_id, voucher_id=voucher_id, course_run_id=run_id, actor_id=None)

        def decide(run_id: int) -> None:
            facts = get_quote_facts(get_voucher(voucher_id), run_id)
            assert not refusals_for_quote(facts)
            quote_lines(facts)
            db.session.rollback()

        with write_transaction():
            db.session.execute(text("CREATE TABLE bare (id integer, body text)"))

        def bare(run_id: int) -> None:
            with write_transaction():
                db.session.execute(
                    text("INSERT INTO bare VALUES (:id, :body)"),
                    {"id": run_id, "body": "x" * 2_000},
                )

        for run_id in islice(waiting, WARM_UP):
            quote(run_id)
        taken: dict[str, list[tuple[float, float]]] = {
            name: [] for name in ("bare transaction", "decide", "full quote")
        }
        for _round in range(ROUNDS):
            batch = list(islice(waiting, QUOTES))
            for name, act in (
                ("bare transaction", bare),
                ("decide", decide),
                ("full quote", quote),
            ):
                taken[name] += [_milliseconds(act, run_id) for run_id in batch]
        quotes = db.session.query(Quote).all()
        assert len(quotes) == WARM_UP + ROUNDS * QUOTES
        for one in quotes:
            assert verify_quote_signature(one)
            assert rerun_quote(one) == (one.lines, ())
        db.session.remove()
        db.engine.dispose()
    _print(title, taken, len(quotes))


def _milliseconds(act: Any, run_id: int) -> tuple[float, float]:
    """By the clock, and of this process's processor time, which neighbours disturb less."""
    began, began_cpu = time.perf_counter(), time.process_time()
    act(run_id)
    return (time.perf_counter() - began) * 1_000, (time.process_time() - began_cpu) * 1_000


def _print(title: str, taken: dict[str, list[tuple[float, float]]], quotes: int) -> None:
    print(f"\n### {title}\n\n| what | median, ms | 95 % below, ms | processor, median ms |")
    print("| --- | ---: | ---: | ---: |")
    for name, figures in taken.items():
        clocked = sorted(by_clock for by_clock, _cpu in figures)
        cpu = statistics.median(cpu for _by_clock, cpu in figures)
        high = clocked[int(len(clocked) * 0.95)]
        print(f"| {name} | {statistics.median(clocked):.2f} | {high:.2f} | {cpu:.2f} |")
    checked = f"{quotes} quotes signed, each the same when decided again"
    print(f"\nChecked after the run: {checked}. {machine()}")


def main() -> None:
    """Measure, check, print tables for docs/performance.md."""
    with durable_postgres() as server:
        compete(product(server.new_database("product")), "A full quote, PostgreSQL")
    with tempfile.TemporaryDirectory() as folder:
        compete(product(f"sqlite:///{folder}/product.sqlite3"), "A full quote, SQLite")


if __name__ == "__main__":
    main()
