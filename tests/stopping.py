"""Whether the database itself refuses what no operation would ask of it."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from marketplace.foundation.db import db, write_transaction


def is_stopped(statement: str, **values: object) -> bool:
    """Whether it refuses this statement, by a constraint or a trigger."""
    try:
        with write_transaction():
            db.session.execute(text(statement), values)
    except IntegrityError:
        return True
    return False
