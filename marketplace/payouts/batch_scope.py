"""Which batches an officer's places hold whole."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, func, literal, not_, select

from marketplace.benefits.models import Benefit
from marketplace.funds.models import Allotment
from marketplace.institutions.models import Institution
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.payouts.models import Payout, PayoutAttempt
from marketplace.settlement.queries import in_subtrees


def reaching_outside(paths: Sequence[str]) -> Select[int]:
    """Batches with a payout outside these subtrees: they belong to an officer further up.

    A payout to an institution belongs to its place, one to a person to that of the allotment.
    """
    return (
        select(PayoutAttempt.batch_id)
        .join(Payout, Payout.id == PayoutAttempt.payout_id)
        .outerjoin(Institution, Institution.id == Payout.institution_id)
        .outerjoin(Benefit, Benefit.id == Payout.benefit_id)
        .outerjoin(Allotment, Allotment.id == Benefit.allotment_id)
        .outerjoin(
            Jurisdiction,
            Jurisdiction.id
            == func.coalesce(Institution.jurisdiction_id, Allotment.jurisdiction_id),
        )
        .where(not_(in_subtrees(paths)) | (Jurisdiction.id.is_(None) & literal("" not in paths)))
    )
