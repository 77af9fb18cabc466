"""Disputed lines of an account or a claim: filed by the institution, answered by the office."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.exc import IntegrityError

from marketplace.audit.operations import record_event
from marketplace.claims.models import Claim, ClaimLine
from marketplace.claims.operations.decide import return_claim_line
from marketplace.claims.states import IN_REVIEW, ClaimLineState
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import tidy
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import list_manager_ids
from marketplace.ledger.queries import is_entry_on
from marketplace.notices.operations import send_notice
from marketplace.people.operations.documents import keep_file, read_kept_file
from marketplace.settlement import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.settlement.models import StatementDispute, StatementDisputeMessage
from marketplace.settlement.queries.disputes import (
    MESSAGES_MAX,
    count_dispute_messages,
    find_open_dispute,
    find_own_claim_line,
    get_dispute_document,
    lock_dispute,
)
from marketplace.settlement.rules.disputes import (
    ANSWER_DAYS,
    WORDS_MAX,
    DecisionOnDispute,
    FilingFacts,
    refusals_for_dispute_decision,
    refusals_for_filing,
    refusals_for_message,
)
from marketplace.settlement.states import DisputeGrounds, DisputeState, FollowUp

OWN_BOOKS = (
    "payable:institution",
    "receivable:institution",
    "advance:institution",
    "retention:institution",
)


@dataclass(frozen=True, slots=True)
class Attached:
    """A file beside the words."""

    file_name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class DisputedLine:
    """An entry of the statement of account, or a line of a claim."""

    entry_id: int | None = None
    claim_line_id: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the office decides about a dispute."""

    state: DisputeState
    answer: str
    clause: str = ""
    follow_up: FollowUp | None = None
    correction_entry_id: int | None = None


def file_dispute(
    institution_id: int,
    line: DisputedLine,
    *,
    grounds: DisputeGrounds,
    body: str,
    attached: Attached | None,
    actor_id: int,
) -> StatementDispute:
    """The institution disputes a line; the office answers within ten days. Books nothing.

    Refuses `dispute_not_own_line`, `dispute_open_already`, `dispute_words_required`, and files
    that are no photo or PDF.
    """
    facts = FilingFacts(
        is_own_line=_is_own_line(institution_id, line),
        is_open_already=find_open_dispute(
            institution_id, entry_id=line.entry_id, claim_line_id=line.claim_line_id
        )
        is not None,
        words=tidy(body),
    )
    if refusals := refusals_for_filing(facts):
        raise Refused(refusals)
    dispute = StatementDispute(
        code=new_code("SD"),
        institution_id=institution_id,
        entry_id=line.entry_id,
        claim_line_id=line.claim_line_id,
        grounds=grounds,
        state=DisputeState.OPEN,
        filed_by=actor_id,
        filed_at=clock.now(),
        due_on=clock.today() + timedelta(days=ANSWER_DAYS),
    )
    try:
        with db.session.begin_nested():
            db.session.add(dispute)
            db.session.flush()
    except IntegrityError as error:  # filed twice at the same moment
        raise Refused(Refusal("dispute_open_already")) from error
    _say(dispute, body, attached, actor_id=actor_id, is_from_office=False)
    _record("dispute.filed", dispute, actor_id, {"grounds": grounds.value})
    return dispute


def write_to_dispute(
    dispute_id: int,
    *,
    body: str,
    attached: Attached | None,
    actor_id: int,
    is_from_office: bool,
) -> StatementDispute:
    """Add to the thread, for both sides to read; the other side is told.

    Refuses `dispute_decided_already`, `dispute_words_required`, `dispute_thread_full`.
    """
    dispute = lock_dispute(dispute_id)
    if refusals := refusals_for_message(dispute.state, tidy(body)):
        raise Refused(refusals)
    if count_dispute_messages(dispute.id) >= MESSAGES_MAX:
        raise Refused(Refusal("dispute_thread_full"))
    _say(dispute, body, attached, actor_id=actor_id, is_from_office=is_from_office)
    if is_from_office:
        _tell_institution(dispute, "dispute.message", {})
    elif dispute.owner_id is not None:
        _tell(dispute.owner_id, dispute, "dispute.message", {}, "/fund/statement-disputes")
    _record("dispute.message", dispute, actor_id, {})
    return dispute


def take_dispute(dispute_id: int, *, actor_id: int) -> StatementDispute:
    """An officer makes it theirs to look into. Refuses `dispute_decided_already`."""
    dispute = lock_dispute(dispute_id)
    if dispute.state is not DisputeState.OPEN:
        raise Refused(Refusal("dispute_decided_already"))
    if dispute.owner_id != actor_id:
        dispute.owner_id = actor_id
        db.session.flush()
        _record("dispute.taken", dispute, actor_id, {})
    return dispute


def withdraw_dispute(dispute_id: int, *, actor_id: int) -> StatementDispute:
    """The institution takes it back. Refuses `dispute_decided_already`."""
    dispute = lock_dispute(dispute_id)
    if dispute.state is not DisputeState.OPEN:
        raise Refused(Refusal("dispute_decided_already"))
    dispute.state = DisputeState.WITHDRAWN
    db.session.flush()
    _record("dispute.withdrawn", dispute, actor_id, {})
    return dispute


def decide_dispute_of_line(dispute_id: int, verdict: Verdict, *, actor_id: int) -> StatementDispute:
    """The office answers with reasons: rejected with its clause, or accepted with what follows.

    Accepted as `line_returned` the claim line is returned in the same unit of work; as `corrected`
    the later entry that corrects it is named. Refuses `dispute_decided_already`, `same_person`,
    `dispute_words_required`, `dispute_clause_required`, `dispute_follow_up_required`,
    `dispute_line_not_returnable`, `dispute_correction_unknown`, and what returning refuses.
    """
    dispute = lock_dispute(dispute_id)
    found = _claim_line(dispute)
    correction = verdict.correction_entry_id
    facts = DecisionOnDispute(
        state=dispute.state,
        wanted=verdict.state,
        filed_by=dispute.filed_by,
        actor_id=actor_id,
        answer=tidy(verdict.answer),
        clause=tidy(verdict.clause),
        follow_up=verdict.follow_up,
        is_claim_line=found is not None,
        line_stands=found is not None
        and found[0].state is ClaimLineState.STANDING
        and found[1].state in IN_REVIEW,
        correction_is_later=correction is not None
        and correction > (dispute.entry_id or 0)
        and _is_on_own_books(dispute.institution_id, correction),
    )
    if refusals := refusals_for_dispute_decision(facts):
        raise Refused(refusals)
    accepted = verdict.state is DisputeState.ACCEPTED
    if accepted and verdict.follow_up is FollowUp.LINE_RETURNED and found:
        line, claim = found
        return_claim_line(claim.id, line_id=line.id, reason=facts.answer, actor_id=actor_id)
    dispute.state = verdict.state
    dispute.answer = facts.answer[:WORDS_MAX]
    dispute.clause = facts.clause[:300] or None
    dispute.follow_up = verdict.follow_up if accepted else None
    if accepted and verdict.follow_up is FollowUp.CORRECTED:
        dispute.correction_entry_id = correction
    dispute.decided_by = actor_id
    dispute.decided_at = clock.now()
    db.session.flush()
    follows = dispute.follow_up.value if dispute.follow_up else None
    _record(f"dispute.{verdict.state.value}", dispute, actor_id, {"follow_up": follows})
    _tell_institution(dispute, f"dispute.{verdict.state.value}", {"reason": facts.answer[:300]})
    return dispute


def read_dispute_document(
    dispute: StatementDispute, *, document_code: str, actor_id: int
) -> tuple[bytes, str, str]:
    """A file of the thread with its type and name; who opened it is recorded."""
    document = get_dispute_document(dispute.id, document_code)
    _record("dispute.document_opened", dispute, actor_id, {"document": document.code})
    return read_kept_file(document.id), document.media_type, document.file_name


def _say(
    dispute: StatementDispute,
    body: str,
    attached: Attached | None,
    *,
    actor_id: int,
    is_from_office: bool,
) -> None:
    document_id = None
    if attached is not None:
        document_id = keep_file(
            file_name=attached.file_name,
            content=attached.content,
            worker_id=None,
            actor_id=actor_id,
        ).id
    db.session.add(
        StatementDisputeMessage(
            dispute_id=dispute.id,
            is_from_office=is_from_office,
            body=tidy(body)[:WORDS_MAX],
            document_id=document_id,
            written_by=actor_id,
            written_at=clock.now(),
        )
    )
    db.session.flush()


def _is_own_line(institution_id: int, line: DisputedLine) -> bool:
    if line.claim_line_id is not None:
        found = find_own_claim_line(line.claim_line_id, institution_id=institution_id)
        return found is not None
    return line.entry_id is not None and _is_on_own_books(institution_id, line.entry_id)


def _is_on_own_books(institution_id: int, entry_id: int) -> bool:
    code = db.session.get_one(Institution, institution_id).code
    return any(is_entry_on(entry_id, account_code=f"{kind}:{code}") for kind in OWN_BOOKS)


def _claim_line(dispute: StatementDispute) -> tuple[ClaimLine, Claim] | None:
    if dispute.claim_line_id is None:
        return None
    found = find_own_claim_line(dispute.claim_line_id, institution_id=dispute.institution_id)
    if found is None:
        raise NotFound("claim_line", dispute.claim_line_id)
    return found


def _record(
    event: str, dispute: StatementDispute, actor_id: int, details: dict[str, object]
) -> None:
    record_event(
        event,
        subject_kind="statement_dispute",
        subject_code=dispute.code,
        actor_id=actor_id,
        reason=dispute.answer,
        details={"entry_id": dispute.entry_id, "claim_line": dispute.claim_line_id, **details},
    )


def _tell_institution(dispute: StatementDispute, kind: str, params: dict[str, object]) -> None:
    for manager_id in list_manager_ids(dispute.institution_id):
        _tell(manager_id, dispute, kind, params, "/institution/disputes")


def _tell(
    user_id: int, dispute: StatementDispute, kind: str, params: dict[str, object], where: str
) -> None:
    send_notice(
        user_id,
        kind=kind,
        params={"dispute": dispute.code, **params},
        link=f"{where}/{dispute.code}",
    )
