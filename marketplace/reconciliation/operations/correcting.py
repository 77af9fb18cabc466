"""How a correction of the bank's statements is proposed, taken back and sent back by officers."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy.exc import IntegrityError

from marketplace.foundation.db import db
from marketplace.foundation.deciding import write_decision
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.text import tidy

_REASON_MAX = 1_000


def words_of(reason: str) -> str:
    """An officer's reason as it is kept: tidied, at most 1,000 characters."""
    return tidy(reason)[:_REASON_MAX]


def save_correction(proposal: Any, *, waits: Refusal) -> None:
    """Write a first signature; of two makers at once the later is refused (`waits`)."""
    try:
        with db.session.begin_nested():
            db.session.add(proposal)
            db.session.flush()
    except IntegrityError as error:
        raise Refused(waits) from error


def withdraw_correction(
    proposal: Any,
    *,
    actor_id: int,
    proposed: StrEnum,
    withdrawn: StrEnum,
    decided: Refusal,
    of_another: Refusal,
) -> bool:
    """The first officer takes a proposal back before anybody signed; whether it was done now.

    Refuses `decided`, `of_another`.
    """
    if proposal.state is withdrawn and proposal.proposed_by == actor_id:
        return False
    if proposal.state is not proposed:
        raise Refused(decided)
    if proposal.proposed_by != actor_id:
        raise Refused(of_another)
    proposal.state = withdrawn
    db.session.flush()
    return True


def return_correction(
    proposal: Any,
    *,
    actor_id: int,
    returned: StrEnum,
    reason: str,
    against: tuple[Refusal, ...],
) -> None:
    """The second officer sends a proposal back. Refuses `against`."""
    if against:
        raise Refused(against)
    write_decision(proposal, returned, actor_id=actor_id, reason=reason)


def required_words(reason: str) -> str:
    """The words of a reason that has to be there. Refuses `reason_required`."""
    words = words_of(reason)
    if not words:
        raise Refused(Refusal("reason_required", field="reason"))
    return words
