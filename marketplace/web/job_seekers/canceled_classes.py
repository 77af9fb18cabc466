"""What a learner reads when their class was called off: why, the voucher, what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.catalog.queries.course_runs import get_course_run
from marketplace.catalog.queries.similar import SimilarRun, list_similar_runs
from marketplace.enrollment.models import Enrollment
from marketplace.redemption.queries.call_off import find_last_reservation
from marketplace.vouchers.models import Voucher
from marketplace.vouchers.states import VoucherState


@dataclass(frozen=True, slots=True)
class CanceledClass:
    """The end of a class that was not the learner's choice."""

    reason: str | None
    voucher: Voucher | None
    """The voucher that was tied to it."""
    similar: Sequence[SimilarRun]

    @property
    def is_voucher_free(self) -> bool:
        """It can be used for another class."""
        return self.voucher is not None and self.voucher.state is VoucherState.ACTIVE


def canceled_class(enrollment: Enrollment) -> CanceledClass:
    """Everything the page says about a canceled class."""
    run = get_course_run(enrollment.course_run_id)
    reserved = find_last_reservation(enrollment)
    return CanceledClass(
        reason=run.cancel_reason,
        voucher=reserved[1] if reserved else None,
        similar=list_similar_runs(run),
    )
