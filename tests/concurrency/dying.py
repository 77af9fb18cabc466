"""A process that dies on order: it forks, and the child kills itself at the n-th thing it does.

What counts is each statement before it reaches the database, the commit before it, and the
moment after it. So every point at which a machine can fail between two of them is a number.

Reads orders on standard input, one JSON a line: {"step", "arguments", "at", "careless"}; answers
{"killed": true, "point": "..."} or {"killed": false, "answer": ..., "refused": [...]}.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import event

from marketplace.app import create_app
from marketplace.foundation import clock
from marketplace.foundation.db import db, write_transaction
from marketplace.foundation.errors import Refused
from marketplace.payouts import operations as payouts
from marketplace.payouts.operations import batches
from marketplace.reconciliation.operations.matching import match_statement_lines
from marketplace.reconciliation.operations.statements import import_bank_statement
from marketplace.settlement import operations as settlement


def settle(institution_id: int, maker_id: int, _checker_id: int) -> int:
    """Prepare the institution's month."""
    return settlement.prepare_settlement(
        institution_id, period_code="2026-11", actor_id=maker_id
    ).id


def approve(settlement_id: int, _maker_id: int, checker_id: int) -> int:
    """Sign it."""
    return settlement.approve_settlement(settlement_id, actor_id=checker_id).id


def prepare(settlement_id: int, maker_id: int, _checker_id: int) -> int:
    """Put it into a batch."""
    return payouts.prepare_payout_batch([settlement_id], rail="bank_file", actor_id=maker_id).id


def sign(batch_id: int, _maker_id: int, checker_id: int) -> int:
    """Sign the batch."""
    return payouts.approve_payout_batch(batch_id, actor_id=checker_id).id


def send(batch_id: int, maker_id: int, _checker_id: int) -> int:
    """Write the file and book what left."""
    return payouts.send_payout_batch(batch_id, actor_id=maker_id).id


def bank(content: str, maker_id: int, _checker_id: int) -> str:
    """Take in the bank's statement."""
    import_bank_statement(
        base64.b64decode(content), file_name="day.xml", bank_account="MAIN", actor_id=maker_id
    )
    return content


def match(content: str, maker_id: int, _checker_id: int) -> str:
    """Book what the bank confirms."""
    match_statement_lines(actor_id=maker_id)
    return content


STEPS: dict[str, Callable[..., Any]] = {
    step.__name__: step for step in (settle, approve, prepare, sign, send, bank, match)
}


class Deaths:
    """Counts what the process does, and kills it at one of these moments; tells where before."""

    def __init__(self, at: int, *, tell: int = 1) -> None:
        self.left, self.tell = at, tell
        event.listen(db.engine, "before_cursor_execute", self._statement)
        event.listen(db.engine, "commit", lambda _connection: self._passed("commit"))
        event.listen(db.session, "after_commit", lambda _session: self._passed("after commit"))

    def _statement(self, _conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        self._passed(" ".join(statement.split())[:60])

    def _passed(self, point: str) -> None:
        self.left -= 1
        if self.left == 0:
            os.write(self.tell, (json.dumps({"killed": True, "point": point}) + "\n").encode())
            os.kill(os.getpid(), signal.SIGKILL)


def _careless() -> None:
    """The mistake the test must see: money is committed before the state that goes with it."""
    real = batches._post_sent

    def post_and_commit(*arguments: Any) -> None:
        real(*arguments)
        db.session.commit()

    batches._post_sent = post_and_commit  # type: ignore[assignment]


def _obey(order: dict[str, Any]) -> None:
    Deaths(order["at"])
    if order["careless"]:
        _careless()
    try:
        with write_transaction():
            answer = STEPS[order["step"]](*order["arguments"])
        told = {"killed": False, "answer": answer, "refused": []}
    except Refused as refused:
        told = {"killed": False, "answer": None, "refused": list(refused.codes)}
    os.write(1, (json.dumps(told) + "\n").encode())


def main(at: str) -> None:
    """Fork once for each order."""
    app = create_app()
    with app.app_context(), clock.frozen(datetime.fromisoformat(at)):
        for line in sys.stdin:
            child = os.fork()
            if child == 0:
                try:
                    _obey(json.loads(line))
                finally:
                    os._exit(0)
            os.waitpid(child, 0)


if __name__ == "__main__":
    main(sys.argv[1])
