"""PostgreSQL: what was prepared stays prepared when a unit of work is rolled back.

Every request that only reads ends with a rollback. psycopg then forgets all statements it has
prepared and has the server drop them, so that none ever lived to its second request and the server
planned each anew: two thirds of a price's time (docs/decisions/0130). PostgreSQL itself keeps
prepared statements over a rollback and plans them again when a table changes.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, event

PREPARED_MAX = 400
"""The busy pages and operations ask about so many different statements; psycopg keeps 100."""


@event.listens_for(Engine, "do_connect")
def _connect(dialect: Any, _record: Any, arguments: Any, options: Any) -> Any:
    if dialect.driver != "psycopg":
        return None
    # 9 MiB in every process, which on SQLite nobody needs.
    from marketplace.foundation.preparing import PreparingConnection

    connection = PreparingConnection.connect(*arguments, **options)
    connection.prepared_max = PREPARED_MAX
    return connection
