"""How a statement is answered. What reads a whole table for each row of another takes a county
of 200 rows no time, and one of 200,000 an hour."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, text

from marketplace.foundation.db import db

Step = tuple[int, int, int, str]
"""Of a plan: its number, the step it belongs to, nothing, what is done."""


@contextmanager
def plans() -> Iterator[list[tuple[str, list[Step]]]]:
    """The reading statements of the block, each with its plan."""
    found: list[tuple[str, list[Step]]] = []

    def note(connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if statement.startswith(("SELECT", "WITH")):
            driver = connection.connection.driver_connection
            plan = driver.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
            found.append((statement, plan))

    engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


def scans(plan: Sequence[Step]) -> list[str]:
    """Steps that read a whole table."""
    return [what for _number, _parent, _nothing, what in plan if _is_scan(what)]


def repeated_scans(plan: Sequence[Step]) -> list[str]:
    """Steps that read a whole table for each row of the step before or around them."""
    does, belongs_to = {step[0]: step[3] for step in plan}, {step[0]: step[1] for step in plan}
    loops: dict[int, list[str]] = defaultdict(list)
    for _number, parent, _nothing, what in plan:
        if what.startswith(("SCAN", "SEARCH")):
            loops[parent].append(what)
    found = []
    for parent, steps in loops.items():
        is_repeated, around = False, parent
        while around in does:
            is_repeated |= does[around].startswith("CORRELATED")
            around = belongs_to[around]
        found += [
            what for place, what in enumerate(steps) if _is_scan(what) and (is_repeated or place)
        ]
    return found


def _is_scan(what: str) -> bool:
    # A list given by name is a table to SQLite, too.
    return what.startswith("SCAN") and "CONSTANT ROW" not in what and "json_each" not in what


def kept_plan(act: Callable[[], object]) -> str:
    """How PostgreSQL answers the one statement of `act` once it keeps its plan for all values, as
    it does of what is asked often; tables without rows count as large."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        asked.append((statement, values))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    [(statement, values)] = asked
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", statement)))
    numbered = re.sub(
        r"%\((\w+)\)s", lambda found: f"${names.index(found.group(1)) + 1}", statement
    )
    given = ", ".join(f"'{values[name]}'" for name in names)
    for setting in ("plan_cache_mode = force_generic_plan", "enable_seqscan = off"):
        db.session.execute(text(f"SET LOCAL {setting}"))
    driver = db.session.connection().connection.driver_connection
    assert driver is not None
    driver.execute(f"PREPARE kept AS {numbered}")
    try:
        return "\n".join(line for (line,) in driver.execute(f"EXPLAIN EXECUTE kept({given})"))
    finally:
        driver.execute("DEALLOCATE kept")
