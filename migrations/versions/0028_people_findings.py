"""Three more findings: not entitled, paid for elsewhere, far more learners than usual.

Revision: 0028, after 0027
"""

import sqlalchemy as sa
from alembic import op
from checks import change_enum_check

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
    change_enum_check("evidence_hold", "kind", before=KINDS, after=(*KINDS, *NEW_KINDS))


def downgrade() -> None:
    """Refused while holds of these kinds stand: their reason would be lost."""
    held = "SELECT 1 FROM evidence_hold WHERE kind IN ('not_entitled', 'benefit_repeated', 'burst')"
    if op.get_bind().execute(sa.text(held)).first():
        raise RuntimeError("there are holds because of who was trained")
    change_enum_check("evidence_hold", "kind", before=(*KINDS, *NEW_KINDS), after=KINDS)
