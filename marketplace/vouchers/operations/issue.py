"""How a voucher comes to a worker: claimed by the worker, or issued by an officer."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from sqlalchemy import select

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.money import Money
from marketplace.funding.operations.shares import commit_shares
from marketplace.funds.models import Allotment
from marketplace.ledger.operations import post_entry
from marketplace.people.models import Worker
from marketplace.people.states import WorkerCategory
from marketplace.vouchers.entries import (
    entry_for_issue,
    entry_for_pooled_issue,
    entry_for_quota_issue,
)
from marketplace.vouchers.models import ClaimDecision, Declaration, EnterpriseQuota, Voucher
from marketplace.vouchers.operations.lifecycle import end_offer, expire_voucher, move_voucher
from marketplace.vouchers.queries.facts import get_claim_facts, get_claimant
from marketplace.vouchers.queries.money import claim_spend_facts, list_claim_sources
from marketplace.vouchers.queries.person_facts import PersonFacts
from marketplace.vouchers.queries.schemes import (
    SchemeInForce,
    find_scheme_in_force,
    get_scheme,
    lock_scheme,
)
from marketplace.vouchers.queries.vouchers import find_live_voucher, lock_voucher
from marketplace.vouchers.rules.claim_facts import claim_facts_to_json
from marketplace.vouchers.rules.claims import (
    ClaimFacts,
    category_for_voucher,
    refusals_for_claim,
)
from marketplace.vouchers.states import (
    DeclarationState,
    VoucherKind,
    VoucherOrigin,
    VoucherState,
)


def claim_voucher(worker_id: int, *, scheme_id: int, actor_id: int | None) -> Voucher:
    """A worker takes a voucher of an open scheme; ready to use at once.

    A live voucher of the scheme is returned instead of a second one. Refuses what
    `refusals_for_claim` names. Entry for face value: voucher.issued, available → committed.
    """
    return _give_voucher(worker_id, scheme_id, VoucherOrigin.CLAIMED, actor_id)


def issue_voucher(worker_id: int, *, scheme_id: int, actor_id: int | None) -> Voucher:
    """An officer gives a named worker a voucher of a targeted scheme; the worker accepts it.

    Same replay, refusals and entry as a claim.
    """
    return _give_voucher(worker_id, scheme_id, VoucherOrigin.ISSUED, actor_id)


def issue_from_quota(
    quota: EnterpriseQuota,
    offer: SchemeInForce,
    allotment: Allotment,
    *,
    facts: ClaimFacts,
    worker_id: int,
    actor_id: int,
) -> Voucher:
    """Offer a voucher out of a quota, which the caller holds, to a person whom nothing refuses.

    Entry for face value: voucher.issued, set aside → committed: the place paid for it already.
    """
    voucher = _new_voucher(
        worker_id, offer, allotment, VoucherOrigin.QUOTA, facts.on, quota_id=quota.id
    )
    voucher.category = category_for_voucher(facts)
    _keep_facts(voucher, facts)
    if quota.value_fen:
        draft = entry_for_quota_issue(
            voucher.code,
            allotment_code=allotment.code,
            amount=Money(quota.value_fen, offer.fund.currency),
            effective_on=facts.on,
        )
        post_entry(draft, actor_id=actor_id)
    record_event(
        "voucher.named",
        subject_kind="voucher",
        subject_code=voucher.code,
        actor_id=actor_id,
        details={"scheme": offer.scheme.code, "quota": quota.code},
    )
    return voucher


def accept_voucher(voucher_id: int, *, worker_id: int, actor_id: int | None) -> Voucher:
    """The worker takes a voucher that was offered. Accepting twice changes nothing."""
    voucher = lock_voucher(voucher_id)
    if voucher.worker_id != worker_id:
        raise NotFound("voucher", voucher_id)
    if voucher.state is VoucherState.ACTIVE:
        return voucher
    if voucher.expires_on < clock.today():
        raise Refused(Refusal("voucher_expired", {"expires_on": voucher.expires_on}))
    move_voucher(voucher, VoucherState.ACTIVE)
    record_event(
        "voucher.accepted",
        subject_kind="voucher",
        subject_code=voucher.code,
        actor_id=actor_id,
    )
    return voucher


def decline_voucher(voucher_id: int, *, worker_id: int, actor_id: int | None) -> Voucher:
    """The worker does not want what was offered: the voucher ends, its place and money are free.

    Refusing twice changes nothing. Refuses `state_forbids` once it was accepted. Entry for face
    value: voucher.revoked.
    """
    voucher = lock_voucher(voucher_id)
    if voucher.worker_id != worker_id:
        raise NotFound("voucher", voucher_id)
    if voucher.state is VoucherState.REVOKED:
        return voucher
    return end_offer(voucher, actor_id=actor_id)


def _give_voucher(
    worker_id: int, scheme_id: int, way: VoucherOrigin, actor_id: int | None
) -> Voucher:
    today = clock.today()
    get_scheme(scheme_id)
    # One claim of a person at a time: the limits per person count rows of several schemes.
    if db.session.scalar(select(Worker.id).where(Worker.id == worker_id).with_for_update()) is None:
        raise NotFound("worker", worker_id)
    if earlier := find_live_voucher(worker_id, scheme_id=scheme_id):
        if earlier.expires_on >= today or earlier.state is VoucherState.RESERVED:
            return earlier
        expire_voucher(earlier.id, actor_id=None)
    offer = find_scheme_in_force(scheme_id, on=today)
    if offer is None:
        raise Refused(Refusal("scheme_not_in_force", {"day": today}))
    if offer.policy.category_caps:
        lock_scheme(scheme_id)
    claimant = get_claimant(worker_id)
    facts, money = get_claim_facts(claimant, offer, way=way, on=today)
    if refusals := refusals_for_claim(facts):
        raise Refused(refusals)
    allotment = money.allotment
    assert allotment is not None, "refused above otherwise"
    voucher = _new_voucher(worker_id, offer, allotment, way, today)
    voucher.category = category_for_voucher(facts)
    _keep_facts(voucher, facts)
    _note_declaration(voucher, claimant.person, facts)
    if offer.is_pooled:
        _commit_pooled_value(voucher, offer, allotment, claimant.person, actor_id)
    else:
        _commit_value(voucher, offer, allotment, actor_id)
    record_event(
        f"voucher.{way.value}",
        subject_kind="voucher",
        subject_code=voucher.code,
        actor_id=actor_id,
        details={"scheme": offer.scheme.code, "version": offer.version.number},
    )
    return voucher


def _new_voucher(
    worker_id: int,
    offer: SchemeInForce,
    allotment: Allotment,
    way: VoucherOrigin,
    today: date,
    *,
    quota_id: int | None = None,
) -> Voucher:
    policy = offer.policy
    claimed = way is VoucherOrigin.CLAIMED
    voucher = Voucher(
        code=new_code("VC", 17),
        worker_id=worker_id,
        scheme_id=offer.scheme.id,
        scheme_version_id=offer.version.id,
        allotment_id=allotment.id,
        kind=policy.kind,
        origin=way,
        state=VoucherState.ACTIVE if claimed else VoucherState.OFFERED,
        value_fen=policy.value_when_given_fen,
        issued_on=today,
        valid_from=today,
        # Day one is the day of issue: 90 days end on the 90th day.
        expires_on=today + timedelta(days=policy.validity_days.value - 1),
        # A quota is given out of one allotment, which alone pays.
        is_pooled=offer.is_pooled and quota_id is None,
        quota_id=quota_id,
        created_at=clock.now(),
        changed_at=clock.now(),
    )
    db.session.add(voucher)
    db.session.flush()
    return voucher


def _keep_facts(voucher: Voucher, facts: ClaimFacts) -> None:
    """What it was decided by, so that the decision can be run again at any time."""
    db.session.add(
        ClaimDecision(
            voucher_id=voucher.id, facts=claim_facts_to_json(facts), decided_at=clock.now()
        )
    )
    db.session.flush()


def _note_declaration(voucher: Voucher, person: PersonFacts, facts: ClaimFacts) -> None:
    """What the voucher was given on a person's word is checked later (告知承诺)."""
    days = facts.policy.declare_and_commit
    if voucher.category is None or voucher.category in facts.categories or days is None:
        return
    fact_id = person.find_declared_fact_id(WorkerCategory(voucher.category), facts.on)
    assert fact_id is not None, "it counted because it was declared"
    db.session.add(
        Declaration(
            voucher_id=voucher.id,
            category_fact_id=fact_id,
            state=DeclarationState.OPEN,
            made_at=clock.now(),
            check_by=facts.on + timedelta(days=days.value),
        )
    )
    db.session.flush()


def _commit_value(
    voucher: Voucher, offer: SchemeInForce, allotment: Allotment, actor_id: int | None
) -> None:
    if voucher.kind is not VoucherKind.FACE_VALUE:
        return
    assert voucher.value_fen, "a face-value voucher has a value"
    draft = entry_for_issue(
        voucher.code,
        allotment_code=allotment.code,
        amount=Money(voucher.value_fen, offer.fund.currency),
        effective_on=voucher.issued_on,
    )
    post_entry(draft, actor_id=actor_id)


def _commit_pooled_value(
    voucher: Voucher,
    offer: SchemeInForce,
    allotment: Allotment,
    person: PersonFacts,
    actor_id: int | None,
) -> None:
    """Several funds promise the face value, each in its turn and scope."""
    if voucher.kind is not VoucherKind.FACE_VALUE:
        return
    assert voucher.value_fen, "a face-value voucher has a value"
    currency = offer.fund.currency
    commit_shares(
        voucher.id,
        Money(voucher.value_fen, currency),
        sources=list_claim_sources(person, offer, allotment, on=voucher.issued_on),
        facts=claim_spend_facts(person, offer, on=voucher.issued_on),
        draft=partial(
            entry_for_pooled_issue,
            voucher.code,
            currency=currency,
            effective_on=voucher.issued_on,
        ),
        actor_id=actor_id,
    )
