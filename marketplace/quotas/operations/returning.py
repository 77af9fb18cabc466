"""Giving unused places back: lowered or withdrawn by an officer, or over by the last day.

Vouchers that were given stay with their people whatever becomes of the quota.
"""

from __future__ import annotations

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.money import Money
from marketplace.foundation.text import tidy
from marketplace.funds.queries import get_allotment, get_fund
from marketplace.ledger.operations import post_entry
from marketplace.quotas.entries import entry_for_unused_places
from marketplace.quotas.operations.steps import add_step
from marketplace.quotas.queries.quotas import count_steps, find_open_step, lock_quota
from marketplace.quotas.rules import ReturnFacts, refusals_for_return
from marketplace.quotas.states import QuotaStepKind, QuotaStepState
from marketplace.vouchers.models import EnterpriseQuota
from marketplace.vouchers.states import QuotaState

OVER = "到期"
"""Why the runner ends a quota, as its trail keeps it."""


def lower_quota(quota_id: int, *, places: int, reason: str, actor_id: int) -> EnterpriseQuota:
    """Take some unused places back. Refuses what `refusals_for_return` names.

    Entry for face value: quota.released, set aside → available.
    """
    quota = lock_quota(quota_id)
    _refuse(quota, places, reason)
    _return_places(quota, QuotaStepKind.LOWER, places, reason, actor_id)
    _record("quota.lowered", quota, actor_id, places=places, reason=tidy(reason))
    return quota


def withdraw_quota(quota_id: int, *, reason: str, actor_id: int) -> EnterpriseQuota:
    """Nobody can be named any more; all unused places go back. Again changes nothing.

    Refuses what `refusals_for_return` names. Entry for face value: quota.released.
    """
    quota = lock_quota(quota_id)
    if quota.state is QuotaState.WITHDRAWN:
        return quota
    _refuse(quota, None, reason)
    places = quota.left
    _return_places(quota, QuotaStepKind.WITHDRAW, places, reason, actor_id)
    _end(quota, QuotaState.WITHDRAWN)
    _record("quota.withdrawn", quota, actor_id, places=places, reason=tidy(reason))
    return quota


def end_quota(quota_id: int) -> tuple[EnterpriseQuota, int]:
    """The last day has passed: unused places are over. How many they were; again changes nothing.

    A step that nobody signed in time is refused by its date. Refuses `quota_not_due`. Entry for
    face value: quota.released.
    """
    quota = lock_quota(quota_id)
    if quota.ended_at is not None:
        return quota, 0
    if quota.ends_on >= clock.today():
        raise Refused(Refusal("quota_not_due", {"day": quota.ends_on}))
    if step := find_open_step(quota.id):
        step.state, step.decided_at = QuotaStepState.REFUSED, clock.now()
        step.decision_reason = OVER
        db.session.flush()
    if quota.state is QuotaState.PROPOSED:
        _end(quota, QuotaState.REFUSED)
        _record("quota.ended", quota, None, places=0)
        return quota, 0
    places = quota.left
    _return_places(quota, QuotaStepKind.END, places, OVER, None)
    _end(quota, QuotaState.ENDED)
    _record("quota.ended", quota, None, places=places)
    return quota, places


def _refuse(quota: EnterpriseQuota, places: int | None, reason: str) -> None:
    facts = ReturnFacts(
        state=quota.state,
        has_open_step=find_open_step(quota.id) is not None,
        places=places,
        left=quota.left,
        reason=tidy(reason),
    )
    if refusals := refusals_for_return(facts):
        raise Refused(refusals)


def _return_places(
    quota: EnterpriseQuota, kind: QuotaStepKind, places: int, reason: str, actor_id: int | None
) -> None:
    quota.places -= places
    entry_id = None
    if places and quota.value_fen:
        allotment = get_allotment(quota.allotment_id)
        draft = entry_for_unused_places(
            quota.code,
            number=count_steps(quota.id) + 1,
            allotment_code=allotment.code,
            amount=Money(places * quota.value_fen, get_fund(allotment.fund_id).currency),
            effective_on=clock.today(),
        )
        entry_id = post_entry(draft, actor_id=actor_id)
    add_step(quota, kind, places, reason, actor_id, entry_id=entry_id, is_signed=True)


def _end(quota: EnterpriseQuota, state: QuotaState) -> None:
    quota.state, quota.ended_at = state, clock.now()
    db.session.flush()


def _record(
    event: str,
    quota: EnterpriseQuota,
    actor_id: int | None,
    *,
    places: int,
    reason: str | None = None,
) -> None:
    record_event(
        event,
        subject_kind="quota",
        subject_code=quota.code,
        actor_id=actor_id,
        reason=reason,
        details={"places": places},
    )
