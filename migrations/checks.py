"""Other words in the check of a column or table, for migrations on both engines."""

from __future__ import annotations

from collections.abc import Sequence

from alembic import op


def change_enum_check(
    table: str, column: str, *, before: Sequence[str], after: Sequence[str]
) -> None:
    """Let a column take other values; rows that hold a value which goes must be gone already."""
    change_check(table, column, before=_one_of(column, before), after=_one_of(column, after))


def change_check(table: str, name: str, *, before: str, after: str) -> None:
    """Put another condition into the check `ck_<table>_<name>`; stored rows must fulfil it.

    On SQLite the check is changed in the table's text, as its documentation recommends for
    constraints that touch no stored row: a rebuild would lose the triggers that hang on the table.
    """
    connection = op.get_bind()
    full_name = f"ck_{table}_{name}"
    if connection.dialect.name != "sqlite":
        op.drop_constraint(op.f(full_name), table, type_="check")
        op.create_check_constraint(op.f(full_name), table, after)
        return
    old, new = (f"CONSTRAINT {full_name} CHECK ({text})" for text in (before, after))
    rewrite_table(table, old, new)


def rewrite_table(table: str, before: str, after: str) -> None:
    """Put another text into a table of SQLite; stored rows must fit it. Fails where the table does
    not read as `before` says."""
    connection = op.get_bind()
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema=ON")
    changed = connection.exec_driver_sql(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?)"
        " WHERE type = 'table' AND name = ? AND instr(sql, ?) > 0",
        (before, after, table, before),
    )
    assert changed.rowcount == 1, f"{table} reads as it was written"
    connection.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema=OFF")


def _one_of(column: str, values: Sequence[str]) -> str:
    return "{} IN ({})".format(column, ", ".join(f"'{value}'" for value in values))
