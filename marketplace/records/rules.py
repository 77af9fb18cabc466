"""When a certificate may end, what a link may show, how a number is made. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from marketplace.foundation.errors import Refusal
from marketplace.records import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.records.states import (
    REASONS_OF,
    CertificateState,
    ChangeKind,
    ChangeReason,
    ChangeState,
)

SHARE_DAYS_MAX = 365
"""No link outlives a year: what is still needed then is shared again, knowingly."""
SHARES_MAX = 20
SHARE_TRAININGS_MAX = 200
STATUS_LIST_BITS = 131_072
"""Length of a status list: the minimum of W3C Bitstring Status List 1.0, section 2.2, so that one
bit hides among many."""
STATUS_LIST_FILLED_MAX = 98_304
"""Three quarters: beyond that a free bit is no longer found quickly at random."""


def number_of_edition(first_number: str, edition: int) -> str:
    """`CT-7M3K9PQ2XV`, then `CT-7M3K9PQ2XV-2`: a correction keeps the number people know."""
    return first_number if edition == 1 else f"{first_number}-{edition}"


def status_list_for(newest: int, *, taken: int, wanted: int) -> int:
    """The list whose bits the next certificates get: the newest, or a new one when it is full."""
    return newest if taken + wanted <= STATUS_LIST_FILLED_MAX else newest + 1


@dataclass(frozen=True, slots=True)
class ProposalFacts:
    """What a decision about proposing a change needs to know."""

    state: CertificateState
    has_open_change: bool
    kind: ChangeKind
    reason: ChangeReason
    note: str
    record_differs: bool
    """The record now says something else than the certificate."""


def refusals_for_proposal(facts: ProposalFacts) -> tuple[Refusal, ...]:
    """Every reason why this change cannot be proposed."""
    refusals = []
    if facts.state is not CertificateState.VALID:
        refusals.append(Refusal("certificate_ended"))
    if facts.has_open_change:
        refusals.append(Refusal("change_open"))
    if facts.reason not in REASONS_OF[facts.kind]:
        refusals.append(Refusal("reason_of_other_change", field="reason"))
    if not facts.note:
        refusals.append(Refusal("say_why", field="note"))
    if facts.kind is ChangeKind.CORRECT and not facts.record_differs:
        refusals.append(Refusal("nothing_to_correct"))
    return tuple(refusals)


@dataclass(frozen=True, slots=True)
class DecisionFacts:
    """What a decision about a proposed change needs to know."""

    change_state: ChangeState
    certificate_state: CertificateState
    kind: ChangeKind
    record_differs: bool
    actor_id: int
    proposed_by: int
    holder_user_id: int | None
    staff_ids: Collection[int]
    """Who works for the institution of the training."""
    is_approval: bool
    answer: str


def refusals_for_decision(facts: DecisionFacts) -> tuple[Refusal, ...]:
    """Every reason why this person cannot decide so about this proposal.

    Two people, as for every change of a result (the audits that found invented certificates all
    found one person who could do it alone).
    """
    refusals = []
    if facts.change_state is not ChangeState.PROPOSED:
        return (Refusal("change_decided"),)
    if facts.actor_id == facts.proposed_by:
        refusals.append(Refusal("same_person"))
    if facts.actor_id == facts.holder_user_id:
        refusals.append(Refusal("certificate_of_own"))
    if facts.actor_id in facts.staff_ids:
        refusals.append(Refusal("change_of_own_institution"))
    if not facts.is_approval:
        return (*refusals, *(() if facts.answer else (Refusal("say_why", field="answer"),)))
    if facts.certificate_state is not CertificateState.VALID:
        refusals.append(Refusal("certificate_ended"))
    if facts.kind is ChangeKind.CORRECT and not facts.record_differs:
        refusals.append(Refusal("nothing_to_correct"))
    return tuple(refusals)


@dataclass(frozen=True, slots=True)
class ShareFacts:
    """What a decision about a new link needs to know."""

    label: str
    trainings: int
    days: int
    live_shares: int


def refusals_for_share(facts: ShareFacts) -> tuple[Refusal, ...]:
    """Every reason why this link cannot be made."""
    refusals = []
    if not facts.label:
        refusals.append(Refusal("share_without_label", field="label"))
    if facts.trainings == 0:
        refusals.append(Refusal("share_without_training", field="trainings"))
    if facts.trainings > SHARE_TRAININGS_MAX:
        refusals.append(
            Refusal("too_many_trainings", {"limit": SHARE_TRAININGS_MAX}, field="trainings")
        )
    if not 1 <= facts.days <= SHARE_DAYS_MAX:
        refusals.append(Refusal("share_too_long", {"days": SHARE_DAYS_MAX}, field="days"))
    if facts.live_shares >= SHARES_MAX:
        refusals.append(Refusal("too_many_shares", {"limit": SHARES_MAX}))
    return tuple(refusals)


class LinkState(StrEnum):
    """Whether a link shows anything now."""

    WORKS = "works"
    EXPIRED = "expired"
    ENDED = "ended"


def link_state(*, expires_at: datetime, ended_at: datetime | None, now: datetime) -> LinkState:
    """Ended by its holder, over by itself, or neither; the last moment is still inside."""
    if ended_at is not None:
        return LinkState.ENDED
    return LinkState.EXPIRED if now > expires_at else LinkState.WORKS


def expiry(now: datetime, days: int) -> datetime:
    """When a link made now for so many days is over."""
    return now + timedelta(days=days)
