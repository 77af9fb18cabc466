"""Where an institution is paid: proposed by one person, verified by another, held when changed."""

from __future__ import annotations

import re

from sqlalchemy import select

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.crypto import blind_index
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.signing import refuse_signature
from marketplace.foundation.text import mask_bank_account, tidy
from marketplace.institutions import errors as _errors  # noqa: F401  (registers the notices)
from marketplace.institutions.models import Institution, PayoutAccount
from marketplace.institutions.queries import (
    find_proposed_payout_account,
    find_verified_payout_account,
    list_manager_ids,
    lock_institution,
    lock_payout_account,
)
from marketplace.institutions.rules import (
    PayeeFacts,
    payee_payable_from,
    refusals_for_connected_account,
    refusals_for_payee,
)
from marketplace.institutions.states import PayoutAccountState
from marketplace.notices.operations import send_notice

PAYEE_PAGE = "/institution/payout-account"
_NUMBER_PURPOSE = "payout_account.number"


def propose_payout_account(
    institution_id: int,
    *,
    holder: str,
    number: str,
    bank_name: str,
    bank_code: str,
    actor_id: int,
    connected_account: str = "",
) -> PayoutAccount:
    """Name the account an institution wants to be paid on; nothing is paid there yet.

    A new proposal takes the place of one that waits. Where an account is in force, its contacts
    (the managers, and who named it) are told before anything changes. Refuses a holder other than
    the institution, and numbers that cannot be right. The number is encrypted and never shown
    whole again. A Stripe account is part of the payee account: to change one is to change both.
    """
    institution = lock_institution(institution_id)
    number = re.sub(r"[\s-]", "", number)
    index = blind_index(number, purpose=_NUMBER_PURPOSE)
    connected = tidy(connected_account) or None
    waiting = find_proposed_payout_account(institution_id)
    if waiting and _says(waiting) == (index, connected, actor_id):
        return waiting
    texts = (tidy(holder), number, tidy(bank_name), re.sub(r"\s", "", bank_code))
    facts = PayeeFacts(institution.name, institution.state, *texts)
    if refusals := refusals_for_payee(facts) + refusals_for_connected_account(connected):
        raise Refused(refusals)
    if waiting:
        waiting.state = PayoutAccountState.RETIRED
    proposed = PayoutAccount(
        code=new_code("PA"),
        institution_id=institution_id,
        number_index=index,
        number_masked=mask_bank_account(facts.number),
        bank_name=facts.bank_name,
        bank_code=facts.bank_code,
        connected_account=connected,
        state=PayoutAccountState.PROPOSED,
        proposed_by=actor_id,
        proposed_at=clock.now(),
    )
    proposed.holder = facts.holder
    proposed.number = facts.number
    db.session.add(proposed)
    db.session.flush()
    former = find_verified_payout_account(institution_id)
    told = _warn_former_contacts(institution, former, proposed) if former else 0
    _record("payout_account.proposed", institution, proposed, actor_id=actor_id, told=told)
    return proposed


def verify_payout_account(payout_account_id: int, *, actor_id: int) -> PayoutAccount:
    """Second signature: from now on the institution is paid there.

    The institution's first account is payable at once; one that replaces another only after a
    hold of seven days, and its managers are told. Refuses the proposer's own signature.
    """
    proposed, institution = _lock(payout_account_id)
    if proposed.state == PayoutAccountState.VERIFIED and proposed.verified_by == actor_id:
        return proposed
    _refuse_decided_or_own(proposed, actor_id)

    replaces_another = _was_ever_verified(institution.id)
    if former := find_verified_payout_account(institution.id):
        former.state = PayoutAccountState.RETIRED
        db.session.flush()
    proposed.state = PayoutAccountState.VERIFIED
    proposed.verified_by = actor_id
    proposed.verified_at = clock.now()
    proposed.payable_from = payee_payable_from(clock.today(), replaces_another=replaces_another)
    db.session.flush()
    _record("payout_account.verified", institution, proposed, actor_id=actor_id)
    _tell_managers(institution, proposed)
    return proposed


def refuse_payout_account(payout_account_id: int, *, reason: str, actor_id: int) -> PayoutAccount:
    """Decline a proposed payee account; the present one stays in force."""
    proposed, institution = _lock(payout_account_id)
    _refuse_decided_or_own(proposed, actor_id)
    reason = tidy(reason)
    if not reason:
        raise Refused(Refusal("reason_missing", field="reason"))
    proposed.state = PayoutAccountState.RETIRED
    db.session.flush()
    _record("payout_account.refused", institution, proposed, actor_id=actor_id, reason=reason)
    for user_id in {*list_manager_ids(institution.id), proposed.proposed_by}:
        params = {"number": proposed.number_masked, "reason": reason}
        send_notice(user_id, kind="payout_account_refused", params=params, link=PAYEE_PAGE)
    return proposed


def _says(waiting: PayoutAccount) -> tuple[str, str | None, int]:
    """What makes a proposal the same one, sent twice."""
    return waiting.number_index, waiting.connected_account, waiting.proposed_by


def _lock(payout_account_id: int) -> tuple[PayoutAccount, Institution]:
    """The institution first: every writer takes these two locks in the same order."""
    institution_id = db.session.scalar(
        select(PayoutAccount.institution_id).where(PayoutAccount.id == payout_account_id)
    )
    institution = lock_institution(institution_id or 0)
    return lock_payout_account(payout_account_id), institution


def _refuse_decided_or_own(proposed: PayoutAccount, actor_id: int) -> None:
    refuse_signature(
        waits=proposed.state is PayoutAccountState.PROPOSED,
        maker_id=proposed.proposed_by,
        actor_id=actor_id,
        decided=Refusal("payout_account_decided"),
    )


def _warn_former_contacts(
    institution: Institution, former: PayoutAccount, proposed: PayoutAccount
) -> int:
    """Who answers for the account in force hears of the plan before it can take effect."""
    contacts = sorted({*list_manager_ids(institution.id), former.proposed_by})
    params = {
        "number": proposed.number_masked,
        "name": institution.name,
        "old": former.number_masked,
    }
    for user_id in contacts:
        send_notice(user_id, kind="payout_account_proposed", params=params, link=PAYEE_PAGE)
    return len(contacts)


def _tell_managers(institution: Institution, payout_account: PayoutAccount) -> None:
    """Whoever did not ask for a new payee account has the days of the hold to say so."""
    params = {
        "number": payout_account.number_masked,
        "day": payout_account.payable_from,
    }
    for user_id in list_manager_ids(institution.id):
        send_notice(
            user_id,
            kind="payout_account_verified",
            params=params,
            link=PAYEE_PAGE,
        )


def _was_ever_verified(institution_id: int) -> bool:
    return (
        db.session.scalar(
            select(PayoutAccount.id)
            .where(
                PayoutAccount.institution_id == institution_id,
                PayoutAccount.verified_at.is_not(None),
            )
            .order_by(PayoutAccount.id)
            .limit(1)
        )
        is not None
    )


def _record(
    event: str,
    institution: Institution,
    payout_account: PayoutAccount,
    *,
    actor_id: int,
    reason: str | None = None,
    told: int | None = None,
) -> None:
    record_event(
        event,
        subject_kind="institution",
        subject_code=institution.code,
        actor_id=actor_id,
        reason=reason,
        details={
            "payout_account": payout_account.code,
            **({} if told is None else {"contacts_told": told}),
        },
    )
