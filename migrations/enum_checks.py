"""Other values in the check of an enum column, for migrations on both engines."""

from __future__ import annotations

from collections.abc import Sequence

from alembic import op


def change_enum_check(
    table: str, column: str, *, before: Sequence[str], after: Sequence[str]
) -> None:
    """Let a column take other values; rows that hold a value which goes must be gone already.

    On SQLite the check is changed in the table's text, as its documentation recommends for
    constraints that touch no stored row: a rebuild would lose the triggers that hang on the table.
    Fails where the check does not read as `before` says.
    """
    connection = op.get_bind()
    name = f"ck_{table}_{column}"
    if connection.dialect.name != "sqlite":
        op.drop_constraint(op.f(name), table, type_="check")
        op.create_check_constraint(op.f(name), table, _one_of(column, after))
        return
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema=ON")
    changed = connection.exec_driver_sql(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?)"
        " WHERE type = 'table' AND name = ? AND instr(sql, ?) > 0",
        (_one_of(column, before), _one_of(column, after), table, _one_of(column, before)),
    )
    assert changed.rowcount == 1, f"the check {name} reads as it was written"
    connection.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema=OFF")


def _one_of(column: str, values: Sequence[str]) -> str:
    return "{} IN ({})".format(column, ", ".join(f"'{value}'" for value in values))
