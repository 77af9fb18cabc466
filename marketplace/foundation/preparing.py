"""The connection to PostgreSQL of `prepared.py` and the questions of `direct.py`: several in one
round trip. Only where there is a PostgreSQL is the driver loaded."""

from __future__ import annotations

import select
from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, PipelineStatus, TransactionStatus

_OPEN = (TransactionStatus.INTRANS, TransactionStatus.INERROR)


class PreparingConnection(psycopg.Connection[Any]):
    """A connection whose rollback leaves prepared statements alone."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.direct: dict[str, bytes] = {}
        """By its text, the name of each statement that `ask_server` has prepared."""

    def commit(self) -> None:
        """Keep the unit of work, when SQLAlchemy is told to; what is out of the ordinary is left
        to psycopg."""
        if not self._end(b"COMMIT"):
            super().commit()

    def rollback(self) -> None:
        """Undo the unit of work; a connection that is lost or in a pipeline is left to psycopg."""
        if not self._end(b"ROLLBACK"):
            super().rollback()

    def _deallocate(self, name: bytes | None) -> Any:
        """psycopg has the server forget one of its statements, or, without a name, all."""
        if name is None:
            self.direct.clear()
        yield from super()._deallocate(name)

    def _end(self, command: bytes) -> bool:
        server = self.pgconn
        if server.pipeline_status != PipelineStatus.OFF:
            return False
        if server.transaction_status == TransactionStatus.IDLE:
            return True
        if server.transaction_status not in _OPEN:
            return False
        with self.lock:
            result = server.exec_(command)
        if result.status != ExecStatus.COMMAND_OK:
            if server.status == ConnStatus.BAD:
                raise psycopg.OperationalError(result.error_message.decode(errors="replace"))
            raise error_from_result(result)
        return True


def ask_server(
    connection: PreparingConnection, questions: Sequence[tuple[str, Sequence[Any]]]
) -> list[list[Any]]:
    """The rows of several statements (`$1` for the first value), run in this order, in one round
    trip; they begin the transaction where none is open. Raises what psycopg raises.

    A connection that is left in the middle (a signal, a lost server) is closed: nobody else may
    read the answers meant for us.
    """
    with connection.lock:
        try:
            results = _ask(connection, questions)
        except BaseException:
            connection.pgconn.finish()
            raise
    for result in results:
        if result.status == ExecStatus.FATAL_ERROR:
            raise error_from_result(result)
    rows = []
    read = Transformer(connection)
    for result in results[-len(questions) :]:  # before them may be that of BEGIN
        read.set_pgresult(result)
        rows.append(read.load_rows(0, result.ntuples, tuple) if result.nfields else [])
    return rows


def _ask(
    connection: PreparingConnection, questions: Sequence[tuple[str, Sequence[Any]]]
) -> list[Any]:
    server = connection.pgconn
    refused = _prepare(connection, [text for text, _values in questions])
    if refused:
        return [refused]
    server.enter_pipeline_mode()
    if server.transaction_status == TransactionStatus.IDLE:
        server.send_query_params(b"BEGIN", None)
    for text, values in questions:
        server.send_query_prepared(connection.direct[text], [_text(value) for value in values])
    server.pipeline_sync()
    results = _results(server)
    server.exit_pipeline_mode()
    return results


def _prepare(connection: PreparingConnection, texts: Sequence[str]) -> Any:
    """Have the server read statements it does not know yet; its refusal, or nothing."""
    for text in texts:
        if text not in connection.direct:
            name = f"direct_{len(connection.direct)}".encode()
            result = connection.pgconn.prepare(name, text.encode())
            if result.status != ExecStatus.COMMAND_OK:
                return result
            connection.direct[text] = name
    return None


def _results(server: Any) -> list[Any]:
    """What the statements of a pipeline answered. Other threads run while the server works."""
    waiting = select.poll()
    waiting.register(server.socket, select.POLLIN)
    found: list[Any] = []
    while server.flush():
        waiting.modify(server.socket, select.POLLIN | select.POLLOUT)
        waiting.poll()
        server.consume_input()
    waiting.modify(server.socket, select.POLLIN)
    while True:
        while server.is_busy():
            waiting.poll()
            server.consume_input()
        result = server.get_result()
        if result is None:
            if server.status == ConnStatus.BAD:
                raise psycopg.OperationalError("the connection is lost")
        elif result.status == ExecStatus.PIPELINE_SYNC:
            return found
        else:
            found.append(result)


def _text(value: Any) -> bytes | None:
    """A value as PostgreSQL reads it; the statement says of which type it is."""
    if value is None:
        return None
    if isinstance(value, list):
        return b"{" + b",".join(map(_item, value)) + b"}"
    if isinstance(value, date):  # an instant too
        return value.isoformat().encode()
    return str(value).encode()


def _item(value: Any) -> bytes:
    """A value within an array."""
    if value is None:
        return b"NULL"
    if isinstance(value, str):
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}"'.encode()
    written = _text(value)
    assert written is not None, "nothing is written as NULL"
    return written
