"""The connection to PostgreSQL of `prepared.py`; only where there is one is the driver loaded."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.pq import ExecStatus, PipelineStatus, TransactionStatus

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
