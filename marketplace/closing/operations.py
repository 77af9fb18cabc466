"""Closing a month: checked, signed twice, packed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from marketplace.audit.operations import record_event
from marketplace.closing.models import PeriodCheck, PeriodPack
from marketplace.closing.pack import file_hashes, manifest_text
from marketplace.closing.queries import Proofs, find_pack, has_books_outside, prove_period
from marketplace.closing.rules import checklist, refusals_for_closing
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.ledger.operations import close_period, start_closing_period
from marketplace.ledger.sealing.documents import sealed_at_text
from marketplace.ledger.sealing.naming import AccountNames
from marketplace.ledger.sealing.operations import seal_block
from marketplace.people.queries import list_user_logins
from marketplace.reporting.periods import count_entries_in, each_trial_line, get_period

if TYPE_CHECKING:
    from marketplace.ledger.models import Period


def check_period(code: str, *, actor_id: int) -> PeriodCheck:
    """Run the whole checklist and keep what was found; nothing is signed.

    What is not sealed yet is sealed first. Reads all books: minutes where they are large.
    """
    period = get_period(code)
    return _keep_check(period, _prove(period), actor_id)


def sign_closing(code: str, *, actor_id: int, paths: Sequence[str]) -> None:
    """First signature: the checklist holds, the month is announced to close.

    Refuses every item of the checklist that does not hold, `books_of_others` when money of places
    outside the signer's subtrees is in the books, and what `start_closing_period` refuses.
    """
    _refuse_others_books(paths)
    period = get_period(code)
    _require(_prove(period))
    start_closing_period(code, actor_id=actor_id)


def sign_close(code: str, *, actor_id: int, paths: Sequence[str]) -> PeriodPack:
    """Second signature, another person's: the checklist is proved again, the pack is made.

    From now on the ledger and the database refuse entries of this month; a correction is a new
    entry in an open one. Refuses as `sign_closing`, and `same_person`. Asked again by the same
    person, it answers with the pack.
    """
    _refuse_others_books(paths)
    period = get_period(code)
    if period.closed_by == actor_id and (earlier := find_pack(period.id)):
        return earlier
    proofs = _prove(period)
    _require(proofs)
    close_period(code, actor_id=actor_id)
    _keep_check(period, proofs, actor_id)
    return _make_pack(get_period(code), proofs)


def _refuse_others_books(paths: Sequence[str]) -> None:
    if has_books_outside(paths):
        raise Refused(Refusal("books_of_others"))


def _prove(period: Period) -> Proofs:
    names = AccountNames()
    while seal_block(actor_id=None, names=names) is not None:
        pass
    return prove_period(period)


def _require(proofs: Proofs) -> None:
    if refusals := refusals_for_closing(checklist(proofs.facts)):
        raise Refused(refusals)


def _keep_check(period: Period, proofs: Proofs, actor_id: int) -> PeriodCheck:
    items = {item.code: len(item.reasons) for item in checklist(proofs.facts)}
    check = PeriodCheck(
        period_id=period.id, items=items, checked_by=actor_id, checked_at=clock.now()
    )
    db.session.add(check)
    db.session.flush()
    record_event(
        "period.checked",
        subject_kind="period",
        subject_code=period.code,
        actor_id=actor_id,
        details={"findings": sum(items.values())},
    )
    return check


def _make_pack(period: Period, proofs: Proofs) -> PeriodPack:
    assert period.closing_by is not None, "the first signature came first"
    assert period.closed_by is not None, "the second has just been given"
    assert period.closed_at is not None, "with its instant"
    logins = list_user_logins({period.closing_by, period.closed_by})
    trial = list(each_trial_line(period))
    manifest = manifest_text(
        {
            "period": period.code,
            "first_on": period.first_on.isoformat(),
            "last_on": period.last_on.isoformat(),
            "closed_at": sealed_at_text(period.closed_at),
            "signatures": [logins.get(period.closing_by), logins.get(period.closed_by)],
            "checklist": {item.code: "ok" for item in checklist(proofs.facts)},
            "entries": count_entries_in(period),
            "debits": sum(line.debited_fen for line in trial),
            "credits": sum(line.credited_fen for line in trial),
            "seal": {"height": proofs.seal_height, "head": proofs.seal_head},
            "sha256": file_hashes(period.code),
        }
    )
    pack = PeriodPack(
        period_id=period.id,
        manifest=manifest,
        manifest_sha256=hashlib.sha256(manifest.encode()).hexdigest(),
        made_at=clock.now(),
    )
    db.session.add(pack)
    db.session.flush()
    return pack


def pack_is_intact(pack: PeriodPack) -> bool:
    """The books of the month still give the files whose hashes were signed."""
    content = json.loads(pack.manifest)
    return bool(content["sha256"] == file_hashes(content["period"]))
