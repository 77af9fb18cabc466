"""Registers of the dead and of those in prison: nobody uses their voucher.

Revision: 0033, after 0032
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"

STATUSES = ("civil_servant", "full_time_student", "pensioner")
NEW_STATUSES = ("deceased", "imprisoned")


def upgrade() -> None:
    _change_check("status_fact", "status", STATUSES, (*STATUSES, *NEW_STATUSES))


def downgrade() -> None:
    """Refused while such facts stand: holds and refusals rest on them."""
    known = "SELECT 1 FROM status_fact WHERE status IN ('deceased', 'imprisoned')"
    if op.get_bind().execute(sa.text(known)).first():
        raise RuntimeError("there are facts about the dead or the imprisoned")
    _change_check("status_fact", "status", (*STATUSES, *NEW_STATUSES), STATUSES)


def _change_check(table: str, column: str, before: tuple[str, ...], after: tuple[str, ...]) -> None:
    """Other values in the check of an enum.

    On SQLite the check is changed in the table's text, as its documentation recommends for
    constraints that touch no stored row: a rebuild would lose what hangs on the table.
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


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return "{} IN ({})".format(column, ", ".join(f"'{value}'" for value in values))
