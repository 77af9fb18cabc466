"""Alembic's environment: one metadata, both engines, our types rendered as plain SQLAlchemy."""

from __future__ import annotations

from alembic import context
from flask import current_app

target = current_app.extensions["migrate"].db
UNMANAGED = ("course_search",)


def render_item(kind, item, _autogen):
    """Migrations import nothing of ours: an instant is a time-zoned timestamp."""
    if kind == "type" and type(item).__name__ == "UtcDateTime":
        return "sa.DateTime(timezone=True)"
    return False


def include_object(_item, name, kind, _reflected, _compare_to):
    """Search tables differ per engine and are made by hand in their migration."""
    return not (name or "").startswith(UNMANAGED)


def run() -> None:
    with target.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=target.metadata,
            render_item=render_item,
            include_object=include_object,
            render_as_batch=False,
            compare_type=False,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
