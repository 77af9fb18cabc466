"""PostgreSQL: what was prepared stays prepared when a unit of work is rolled back.

Every request that only reads ends with a rollback. psycopg then forgets all statements it has
prepared and has the server drop them, so that none ever lived to its second request and the server
planned each anew: two thirds of a price's time (docs/decisions/0130). PostgreSQL itself keeps
prepared statements over a rollback and plans them again when a table changes.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.pq import ExecStatus, PipelineStatus, TransactionStatus
from sqlalchemy import Engine, event

PREPARED_MAX = 400
"""The busy pages and operations ask about so many different statements; psycopg keeps 100."""
_OPEN = (TransactionStatus.INTRANS, TransactionStatus.INERROR)


class PreparingConnection(psycopg.Connection[Any]):
    """A connection whose rollback leaves prepared statements alone."""

    def rollback(self) -> None:
        """Undo the unit of work; a connection that is lost or in a pipeline is left to psycopg."""
        in_pipeline = self.pgconn.pipeline_status != PipelineStatus.OFF
        if in_pipeline or self.pgconn.transaction_status not in _OPEN:
            super().rollback()
            return
        with self.lock:
            result = self.pgconn.exec_(b"ROLLBACK")
        if result.status != ExecStatus.COMMAND_OK:
            raise psycopg.OperationalError(result.error_message.decode(errors="replace"))


@event.listens_for(Engine, "do_connect")
def _connect(dialect: Any, _record: Any, arguments: Any, options: Any) -> Any:
    if dialect.driver != "psycopg":
        return None
    connection = PreparingConnection.connect(*arguments, **options)
    connection.prepared_max = PREPARED_MAX
    return connection
