"""Granting a quota and more places of one: proposed by one officer, signed by another."""

from __future__ import annotations

from datetime import date

from marketplace.audit.operations import record_event
from marketplace.employers.models import Employer
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.money import Money
from marketplace.foundation.text import tidy
from marketplace.funds.entries import available
from marketplace.funds.models import Allotment
from marketplace.funds.queries import get_allotment, paths_upwards
from marketplace.jurisdictions.queries import get_jurisdiction
from marketplace.ledger.operations import post_entry
from marketplace.ledger.queries import find_account_ids, get_balance_fen, lock_balances
from marketplace.quotas.entries import entry_for_places
from marketplace.quotas.models import QuotaStep
from marketplace.quotas.operations.steps import REASON_MAX, add_step
from marketplace.quotas.queries.quotas import (
    find_open_step,
    find_same_proposal,
    lock_employer,
    lock_quota,
    sum_places_of_year,
)
from marketplace.quotas.rules import (
    GrantFacts,
    QuotaSize,
    SigningFacts,
    last_day_to_name,
    places_of,
    refusals_for_grant,
    refusals_for_signing,
)
from marketplace.quotas.states import QuotaStepKind, QuotaStepState
from marketplace.vouchers.models import EnterpriseQuota
from marketplace.vouchers.queries.schemes import (
    SchemeInForce,
    find_scheme_in_force,
    get_offer,
    get_scheme,
)
from marketplace.vouchers.states import QuotaState


def propose_quota(
    employer_id: int,
    *,
    scheme_id: int,
    allotment_id: int,
    size: QuotaSize,
    ends_on: date,
    reason: str,
    actor_id: int,
) -> EnterpriseQuota:
    """First signature under a quota of the scheme as it is in force today; nothing is set aside.

    The same again by the same officer, while it waits, is the quota that waits. Refuses
    `scheme_not_in_force`, `quota_reason_needed` and what `refusals_for_grant` names.
    """
    employer, offer = lock_employer(employer_id), _offer_of_today(scheme_id)
    allotment = get_allotment(allotment_id)
    places = places_of(offer.policy, size)
    earlier = find_same_proposal(
        employer.id,
        scheme_version_id=offer.version.id,
        allotment_id=allotment.id,
        places=places,
        ends_on=ends_on,
        actor_id=actor_id,
    )
    if earlier is not None:
        return earlier
    facts = _facts(employer, offer, allotment, size=size, ends_on=ends_on, step_id=None)
    _refuse(refusals_for_grant(facts), reason)
    quota = EnterpriseQuota(
        code=new_code("EQ"),
        employer_id=employer.id,
        scheme_version_id=offer.version.id,
        allotment_id=allotment.id,
        state=QuotaState.PROPOSED,
        places=0,
        used=0,
        value_fen=offer.policy.face_value_fen,
        ends_on=ends_on,
        created_by=actor_id,
        created_at=clock.now(),
    )
    db.session.add(quota)
    db.session.flush()
    add_step(quota, QuotaStepKind.GRANT, places, reason, actor_id)
    _record("quota.proposed", quota, actor_id, places=places, reason=tidy(reason))
    return quota


def propose_raise(quota_id: int, *, size: QuotaSize, reason: str, actor_id: int) -> QuotaStep:
    """First signature under more places, with a reason.

    Refuses `quota_not_in_force`, `quota_step_open` and what `refusals_for_grant` names.
    """
    employer = lock_employer(_employer_id_of(quota_id))
    quota = lock_quota(quota_id)
    if quota.state is not QuotaState.IN_FORCE:
        raise Refused(Refusal("quota_not_in_force"))
    if find_open_step(quota.id) is not None:
        raise Refused(Refusal("quota_step_open"))
    offer, allotment = get_offer(quota.scheme_version_id), get_allotment(quota.allotment_id)
    facts = _facts(employer, offer, allotment, size=size, ends_on=quota.ends_on, step_id=None)
    _refuse(refusals_for_grant(facts), reason)
    places = places_of(offer.policy, size)
    step = add_step(quota, QuotaStepKind.RAISE, places, reason, actor_id)
    _record("quota.raise_proposed", quota, actor_id, places=places, reason=tidy(reason))
    return step


def sign_step(quota_id: int, *, actor_id: int) -> EnterpriseQuota:
    """Second signature: the places can be used from now on. Again by the same officer: nothing.

    Refuses what `refusals_for_signing` and, once more, `refusals_for_grant` name. Entry for face
    value: quota.set_aside, available → set aside.
    """
    employer = lock_employer(_employer_id_of(quota_id))
    quota = lock_quota(quota_id)
    step = find_open_step(quota.id)
    if step is None:
        raise Refused(Refusal("quota_step_over"))
    offer, allotment = get_offer(quota.scheme_version_id), get_allotment(quota.allotment_id)
    lock_balances(find_account_ids([available(allotment.code)]).values())
    facts = SigningFacts(step.state, step.proposed_by, actor_id, clock.today(), quota.ends_on)
    size = QuotaSize(places=step.places)
    grant = _facts(employer, offer, allotment, size=size, ends_on=quota.ends_on, step_id=step.id)
    if refusals := (*refusals_for_signing(facts), *refusals_for_grant(grant)):
        raise Refused(refusals)
    rule = offer.policy.enterprise_quota
    if step.kind is QuotaStepKind.GRANT and rule and rule.value.name_within_days is not None:
        quota.ends_on = min(
            quota.ends_on, last_day_to_name(clock.today(), rule.value.name_within_days)
        )
    quota.places += step.places
    quota.state = QuotaState.IN_FORCE
    db.session.flush()
    if quota.value_fen:
        draft = entry_for_places(
            quota.code,
            number=step.number,
            allotment_code=allotment.code,
            amount=Money(step.places * quota.value_fen, offer.fund.currency),
            effective_on=clock.today(),
        )
        step.entry_id = post_entry(draft, actor_id=actor_id)
    _decide(step, QuotaStepState.SIGNED, actor_id)
    granted = step.kind is QuotaStepKind.GRANT
    _record("quota.granted" if granted else "quota.raised", quota, actor_id, places=step.places)
    return quota


def refuse_step(quota_id: int, *, reason: str, actor_id: int) -> EnterpriseQuota:
    """The second officer does not sign, with a reason; whoever proposed it can take it back so.

    Refuses `quota_step_over`, `quota_reason_needed`.
    """
    quota = lock_quota(quota_id)
    step = find_open_step(quota.id)
    if step is None:
        raise Refused(Refusal("quota_step_over"))
    _refuse((), reason)
    step.decision_reason = tidy(reason)[:REASON_MAX]
    _decide(step, QuotaStepState.REFUSED, actor_id)
    if step.kind is QuotaStepKind.GRANT:
        quota.state, quota.ended_at = QuotaState.REFUSED, clock.now()
        db.session.flush()
    _record("quota.step_refused", quota, actor_id, places=step.places, reason=tidy(reason))
    return quota


def _offer_of_today(scheme_id: int) -> SchemeInForce:
    get_scheme(scheme_id)
    offer = find_scheme_in_force(scheme_id, on=clock.today())
    if offer is None:
        raise Refused(Refusal("scheme_not_in_force", {"day": clock.today()}, field="scheme"))
    return offer


def _employer_id_of(quota_id: int) -> int:
    return db.session.get_one(EnterpriseQuota, quota_id).employer_id


def _facts(
    employer: Employer,
    offer: SchemeInForce,
    allotment: Allotment,
    *,
    size: QuotaSize,
    ends_on: date,
    step_id: int | None,
) -> GrantFacts:
    place = get_jurisdiction(allotment.jurisdiction_id).path
    related = place.startswith(offer.jurisdiction.path) or place in paths_upwards(
        offer.jurisdiction.path
    )
    return GrantFacts(
        today=clock.today(),
        policy=offer.policy,
        is_pooled=offer.is_pooled,
        scheme_until=offer.version.valid_until,
        size=size,
        ends_on=ends_on,
        allotment_year=allotment.fiscal_year,
        allotment_fits=allotment.fund_id == offer.fund.id and related,
        available_fen=get_balance_fen(available(allotment.code)),
        given_this_year=sum_places_of_year(
            employer.id,
            scheme_id=offer.scheme.id,
            year=allotment.fiscal_year,
            besides_step_id=step_id,
        ),
    )


def _refuse(refusals: tuple[Refusal, ...], reason: str) -> None:
    if not tidy(reason):
        refusals = (*refusals, Refusal("quota_reason_needed", field="reason"))
    if refusals:
        raise Refused(refusals)


def _decide(step: QuotaStep, state: QuotaStepState, actor_id: int) -> None:
    step.state, step.decided_by, step.decided_at = state, actor_id, clock.now()
    db.session.flush()


def _record(
    event: str, quota: EnterpriseQuota, actor_id: int, *, places: int, reason: str | None = None
) -> None:
    record_event(
        event,
        subject_kind="quota",
        subject_code=quota.code,
        actor_id=actor_id,
        reason=reason,
        details={"places": places},
    )
