"""An employer names its people: each is decided by the rules of every voucher, and told why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from marketplace.audit.operations import record_event
from marketplace.audit.queries import count_events_of_actor
from marketplace.employers.models import Employer
from marketplace.employers.queries.employers import get_employer, is_on_record
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.stored_refusals import stored_refusal
from marketplace.foundation.text import tidy
from marketplace.funds.models import Allotment
from marketplace.funds.queries import get_allotment
from marketplace.notices.operations import send_notice
from marketplace.people.models import Worker
from marketplace.people.queries import lock_user
from marketplace.people.queries.workers import find_worker_named, lock_worker, mask_named
from marketplace.people.states import WorkerCategory
from marketplace.quotas.models import QuotaNaming
from marketplace.quotas.queries.namings import find_naming_of_voucher
from marketplace.quotas.queries.quotas import lock_quota
from marketplace.quotas.rules import (
    EmployeeFacts,
    refusals_for_employee,
    refusals_for_naming,
)
from marketplace.redemption.rules import LOOK_UP_MISSES_MAX
from marketplace.vouchers.models import EnterpriseQuota, Voucher
from marketplace.vouchers.operations.issue import issue_from_quota
from marketplace.vouchers.operations.lifecycle import expire_voucher
from marketplace.vouchers.queries.facts import (
    Claimant,
    get_available_fen,
    get_claim_facts,
    get_claimant,
)
from marketplace.vouchers.queries.schemes import SchemeInForce, get_offer, lock_scheme
from marketplace.vouchers.queries.vouchers import find_live_voucher
from marketplace.vouchers.rules.claims import ClaimFacts, refusals_for_claim
from marketplace.vouchers.states import VoucherOrigin, VoucherState

MISSED = "quota.look_up_missed"


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """Somebody as the employer's list names them: the public code or ID number, and the name."""

    number: str
    name: str


def name_employees(
    quota_id: int, people: Sequence[NamedPerson], *, document_number: str, actor_id: int
) -> list[QuotaNaming]:
    """Offer a voucher to everybody named who may have one; keep every reason against the others.

    Nobody can be searched for: number and name must both fit. A miss is recorded, and ten in an
    hour lock looking up for the login: who comes after is not looked up. Who holds a voucher of
    this quota already is answered with it. Refuses `look_ups_locked` and what
    `refusals_for_naming` names. Entries for face value: voucher.issued, set aside → committed.
    """
    quota = db.session.get_one(EnterpriseQuota, quota_id)
    offer = get_offer(quota.scheme_version_id)
    _refuse(quota, len(people), tidy(document_number))
    lock_user(actor_id)  # guesses at the same moment are counted one after the other
    found = _look_up(people, quota.code, actor_id)
    _hold_people(found, offer)
    quota = lock_quota(quota_id)
    _refuse(quota, len(people), tidy(document_number))
    act = _Naming(quota, offer, tidy(document_number)[:100], actor_id)
    namings = [act.name(person, worker) for person, worker in zip(people, found, strict=True)]
    record_event(
        "quota.people_named",
        subject_kind="quota",
        subject_code=quota.code,
        actor_id=actor_id,
        details={
            "people": len(people),
            "vouchers": act.issued,
            "document": act.document_number,
        },
    )
    return namings


def _refuse(quota: EnterpriseQuota, people: int, document_number: str) -> None:
    refusals = refusals_for_naming(
        state=quota.state,
        ends_on=quota.ends_on,
        today=clock.today(),
        people=people,
        document_number=document_number,
    )
    if refusals:
        raise Refused(refusals)


class Locked:
    """Somebody who was not looked up, because too many before were unknown."""


def _look_up(
    people: Sequence[NamedPerson], quota_code: str, actor_id: int
) -> list[Worker | Locked | None]:
    """Who they are; empty: nobody is registered so."""
    since = clock.now() - timedelta(hours=1)
    misses = count_events_of_actor(MISSED, actor_id=actor_id, since=since)
    if misses >= LOOK_UP_MISSES_MAX:
        raise Refused(Refusal("look_ups_locked"))
    found: list[Worker | Locked | None] = []
    for person in people:
        if misses >= LOOK_UP_MISSES_MAX:
            found.append(Locked())
            continue
        worker = find_worker_named(person.number, person.name)
        if worker is None:
            misses += 1
            record_event(MISSED, subject_kind="quota", subject_code=quota_code, actor_id=actor_id)
        found.append(worker)
    return found


def _hold_people(found: Sequence[Worker | Locked | None], offer: SchemeInForce) -> None:
    """The people in one order, what is overdue of theirs ended, and the caps of the scheme; only
    then the quota: whoever ends a voucher holds it before its quota, too."""
    for worker_id in sorted({one.id for one in found if isinstance(one, Worker)}):
        lock_worker(worker_id)
        earlier = find_live_voucher(worker_id, scheme_id=offer.scheme.id)
        is_over = earlier is not None and earlier.expires_on < clock.today()
        if earlier is not None and is_over and earlier.state is not VoucherState.RESERVED:
            expire_voucher(earlier.id, actor_id=None)
    if offer.policy.category_caps:
        lock_scheme(offer.scheme.id)


class _Naming:
    """One list under one quota, which the caller holds."""

    def __init__(
        self, quota: EnterpriseQuota, offer: SchemeInForce, document_number: str, actor_id: int
    ) -> None:
        self.quota, self.offer = quota, offer
        self.document_number, self.actor_id = document_number, actor_id
        self.employer: Employer = get_employer(quota.employer_id)
        self.allotment: Allotment = get_allotment(quota.allotment_id)
        self.left, self.issued = quota.left, 0

    def name(self, person: NamedPerson, worker: Worker | Locked | None) -> QuotaNaming:
        """A voucher, or every reason why not."""
        if isinstance(worker, Locked):
            return self._keep(person, None, None, (Refusal("look_ups_locked"),))
        if worker is None:
            remedy = "remedy_quota_person_unknown"
            return self._keep(person, None, None, (Refusal("quota_person_unknown", remedy=remedy),))
        held = find_live_voucher(worker.id, scheme_id=self.offer.scheme.id)
        if held is not None and held.quota_id == self.quota.id:
            return find_naming_of_voucher(held.id) or self._keep(person, worker, held, ())
        claimant = get_claimant(worker.id)
        facts = self._claim_facts(claimant)
        refusals = (
            *refusals_for_employee(self._employee_facts(worker, facts, holds=held is not None)),
            *refusals_for_claim(facts),
        )
        if refusals:
            return self._keep(person, worker, None, refusals)
        voucher = issue_from_quota(
            self.quota, self.offer, self.allotment, facts=facts, worker_id=worker.id,
            actor_id=self.actor_id,
        )  # fmt: skip
        self.left, self.issued = self.left - 1, self.issued + 1
        self._tell(worker, voucher)
        return self._keep(person, worker, voucher, ())

    def _claim_facts(self, claimant: Claimant) -> ClaimFacts:
        """The facts of any voucher, but the quota's own allotment pays, out of what was set aside
        for its places."""
        facts, _money = get_claim_facts(
            claimant, self.offer, way=VoucherOrigin.QUOTA, on=clock.today()
        )
        kept_fen = self.quota.value_fen
        money_fen = get_available_fen(self.allotment) if kept_fen is None else kept_fen
        return replace(facts, allotment_found=True, available_fen=money_fen)

    def _employee_facts(self, worker: Worker, facts: ClaimFacts, *, holds: bool) -> EmployeeFacts:
        return EmployeeFacts(
            policy=self.offer.policy,
            holds_voucher=holds,
            is_verified_employee=WorkerCategory.ENTERPRISE_EMPLOYEE in facts.categories,
            is_on_record=is_on_record(worker.id, employer=self.employer),
            left=self.left,
            places=self.quota.places,
        )

    def _keep(
        self,
        person: NamedPerson,
        worker: Worker | None,
        voucher: Voucher | None,
        refusals: tuple[Refusal, ...],
    ) -> QuotaNaming:
        naming = QuotaNaming(
            quota_id=self.quota.id,
            worker_id=worker.id if worker else None,
            shown_as=mask_named(person.number, person.name),
            document_number=self.document_number,
            voucher_id=voucher.id if voucher else None,
            refusals=[stored_refusal(refusal) for refusal in refusals],
            named_by=self.actor_id,
            named_at=clock.now(),
        )
        db.session.add(naming)
        db.session.flush()
        return naming

    def _tell(self, worker: Worker, voucher: Voucher) -> None:
        if worker.user_id is None:
            return
        send_notice(
            worker.user_id,
            kind="quota.named",
            params={"employer": self.employer.name, "title": self.offer.version.title},
            link=f"/me/vouchers/{voucher.code}",
        )
