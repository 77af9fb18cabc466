"""Registers of the dead and of those in prison: nobody uses their voucher.

Revision: 0033, after 0032
"""

import sqlalchemy as sa
from alembic import op
from checks import change_enum_check

revision = "0033"
down_revision = "0032"

STATUSES = ("civil_servant", "full_time_student", "pensioner")
NEW_STATUSES = ("deceased", "imprisoned")


def upgrade() -> None:
    change_enum_check("status_fact", "status", before=STATUSES, after=(*STATUSES, *NEW_STATUSES))


def downgrade() -> None:
    """Refused while such facts stand: holds and refusals rest on them."""
    known = "SELECT 1 FROM status_fact WHERE status IN ('deceased', 'imprisoned')"
    if op.get_bind().execute(sa.text(known)).first():
        raise RuntimeError("there are facts about the dead or the imprisoned")
    change_enum_check("status_fact", "status", before=(*STATUSES, *NEW_STATUSES), after=STATUSES)
