"""The smallest row of any table: required columns filled, parents made on demand.

For rooms a test only needs to exist. What a test is about is made by real operations.
"""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

from sqlalchemy import Column, Enum
from sqlalchemy.types import JSON, LargeBinary

from marketplace.foundation import clock
from marketplace.foundation.db import UtcDateTime, db
from marketplace.people.models import User

_serial = count(1)


def make_row(model: Any, **values: Any) -> Any:
    """A row of the model; columns not given get a valid value of their type."""
    row = model()
    for column in model.__table__.columns:
        name = column.name.removesuffix("_sealed")
        if column.name != "id" and not {column.name, name} & set(values):
            # A sealed column is filled through its field, which encrypts.
            values[name if hasattr(model, name) else column.name] = _value(column)
    for name in ("code", *values):  # sealed fields need the code first
        if name in values and values[name] is not None:
            setattr(row, name, values[name])
    db.session.add(row)
    db.session.flush()
    return row


def _value(column: Column[Any]) -> Any:
    if column.nullable or column.default is not None:
        return None
    if column.foreign_keys:
        return _parent(column)
    if isinstance(column.type, Enum):
        return column.type.python_type(column.type.enums[0])
    if isinstance(column.type, JSON):
        return {}
    if isinstance(column.type, LargeBinary):
        return b"x"
    if isinstance(column.type, UtcDateTime):
        return clock.now()
    kind = column.type.python_type
    made = {str: lambda: f"X-{next(_serial)}", date: clock.today}
    return made.get(kind, lambda: 1)()


def _parent(column: Column[Any]) -> int:
    target = next(iter(column.foreign_keys)).column.table
    model = next(mapper.class_ for mapper in User.registry.mappers if mapper.local_table is target)
    return int(make_row(model).id)
