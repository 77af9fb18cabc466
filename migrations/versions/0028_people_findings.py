"""Three more findings: not entitled, paid for elsewhere, far more learners than usual.

Revision: 0028, after 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

KINDS = (
    "person_overlap", "trainer_overlap", "room_overlap", "long_day", "shared_device",
    "even_intervals", "same_second", "entered_late", "too_many", "travel",
    "not_seen", "head_count", "hours_short", "same_scores", "all_passed", "synced_late",
    "online_pattern", "online_pace",
)  # fmt: skip
NEW_KINDS = ("not_entitled", "benefit_repeated", "burst")


def upgrade() -> None:
    _change_check("evidence_hold", "kind", KINDS, (*KINDS, *NEW_KINDS))


def downgrade() -> None:
    """Refused while holds of these kinds stand: their reason would be lost."""
    held = "SELECT 1 FROM evidence_hold WHERE kind IN ('not_entitled', 'benefit_repeated', 'burst')"
    if op.get_bind().execute(sa.text(held)).first():
        raise RuntimeError("there are holds because of who was trained")
    _change_check("evidence_hold", "kind", (*KINDS, *NEW_KINDS), KINDS)


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
