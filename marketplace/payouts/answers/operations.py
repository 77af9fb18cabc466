"""Taking the bank's answer to a payment file: what it refused is owed again, exactly once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.payouts import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.payouts.answers.queries import (
    facts_of,
    find_batch_totals,
    has_answer,
    list_attempts,
)
from marketplace.payouts.answers.report import ReportProblem, StatusReport, read_status_report
from marketplace.payouts.answers.rules import (
    Answer,
    AttemptFacts,
    BatchTotals,
    Effect,
    answers_of,
    doubts_about,
    effect_of,
    objection_to,
)
from marketplace.payouts.models import Payout, PayoutAttempt, PayoutBankAnswer
from marketplace.payouts.operations import return_payout
from marketplace.payouts.queries import lock_payout

EVERYWHERE = ("",)


@dataclass(frozen=True, slots=True)
class AnsweredPayout:
    """What the bank said of one payout, and what came of it."""

    payout_code: str
    reference: str
    batch_code: str
    amount_fen: int
    currency: str
    status: str
    reason_code: str | None
    reason_text: str | None
    effect: Effect
    entry_id: int | None
    """The entry by which the amount is owed again."""


@dataclass(frozen=True, slots=True)
class ReportVerdict:
    """The answer to one file."""

    format: str
    message_id: str
    batch_code: str | None
    payouts: tuple[AnsweredPayout, ...]
    problems: tuple[ReportProblem, ...]

    def with_effect(self, *effects: Effect) -> list[AnsweredPayout]:
        """The payouts an answer had one of these effects on."""
        return [item for item in self.payouts if item.effect in effects]


def import_status_report(
    content: bytes, *, actor_id: int | None, paths: Sequence[str] = EVERYWHERE
) -> ReportVerdict:
    """Take in a pain.002 status report about payouts of batches inside these subtrees.

    Accepted and pending payments are recorded and stay on their way; a refused one is returned:
    debit clearing:rail, credit payable:institution, exactly once, and never after the payout was
    confirmed. A report that names another amount, sum or file than ours is not believed at all.
    Problems are answered, not raised; the same report again changes nothing.
    """
    report = read_status_report(content)
    batch = find_batch_totals(report.original_message_id, paths=paths)
    wanted = {name for payment in report.payments for name in payment.references}
    found = list_attempts(wanted | set(batch.references if batch else ()), paths=paths)
    facts = {reference: row[0] for reference, row in found.items()}
    answers, problems = answers_of(report, batch, facts)
    doubts = [
        *report.problems,
        *doubts_about(report, batch, facts),
        *(problem for problem in problems if problem.code == "answer_contradicts"),
    ]
    if doubts:
        return _verdict(report, batch, (), doubts)
    if not answers and not problems:
        words = {"message": report.original_message_id or "–"}
        problems.append(ReportProblem("answer_file_unknown", field="OrgnlMsgId", params=words))
    digest = hashlib.sha256(content).hexdigest()
    taken = []
    for answer in sorted(answers, key=lambda each: found[each.reference][1].id):
        _facts, payout, attempt = found[answer.reference]
        result = _take(answer, payout, attempt, facts[answer.reference].batch_code, actor_id)
        if isinstance(result, ReportProblem):
            problems.append(result)
        else:
            taken.append(result)
            _keep(answer, attempt, report.message_id, digest, actor_id)
    db.session.flush()
    if taken:
        _record_answers(report, taken, digest, actor_id)
    return _verdict(report, batch, taken, problems)


def _verdict(
    report: StatusReport,
    batch: BatchTotals | None,
    taken: Sequence[AnsweredPayout],
    problems: Sequence[ReportProblem],
) -> ReportVerdict:
    return ReportVerdict(
        report.format,
        report.message_id,
        batch.code if batch else None,
        tuple(taken),
        tuple(problems),
    )


def _take(
    answer: Answer, payout: Payout, attempt: PayoutAttempt, batch_code: str, actor_id: int | None
) -> AnsweredPayout | ReportProblem:
    """Look at the payout under lock, and let the answer act."""
    payout = lock_payout(payout.id)
    db.session.refresh(attempt)
    facts = facts_of(payout, attempt, batch_code)
    objection = objection_to(answer, facts)
    if objection is not None:
        return objection
    effect = effect_of(answer, facts)
    entry_id = None
    if effect in (Effect.RESTORED, Effect.KNOWN):
        entry_id = return_payout(
            payout.id,
            end_to_end_id=answer.reference,
            reason_code=answer.reason_code or "NARR",
            effective_on=clock.today(),
            actor_id=actor_id,
        )
    return _answered(answer, facts, effect, entry_id)


def _answered(
    answer: Answer, facts: AttemptFacts, effect: Effect, entry_id: int | None
) -> AnsweredPayout:
    return AnsweredPayout(
        facts.payout_code,
        facts.reference,
        facts.batch_code,
        facts.amount_fen,
        facts.currency,
        answer.status,
        answer.reason_code,
        answer.reason_text,
        effect,
        entry_id,
    )


def _keep(
    answer: Answer, attempt: PayoutAttempt, message_id: str, digest: str, actor_id: int | None
) -> None:
    if has_answer(attempt.id, digest):
        return
    db.session.add(
        PayoutBankAnswer(
            payout_attempt_id=attempt.id,
            status=answer.status,
            reason_code=answer.reason_code,
            reason_text=answer.reason_text,
            message_id=message_id,
            file_sha256=digest,
            received_by=actor_id,
            received_at=clock.now(),
        )
    )
    db.session.flush()


def _record_answers(
    report: StatusReport, taken: Sequence[AnsweredPayout], digest: str, actor_id: int | None
) -> None:
    """One event per batch that was answered."""
    for code in sorted({item.batch_code for item in taken}):
        effects = [item.effect for item in taken if item.batch_code == code]
        record_event(
            "payout_batch.answered",
            subject_kind="payout_batch",
            subject_code=code,
            actor_id=actor_id,
            details={
                "message_id": report.message_id,
                "file_sha256": digest,
                **{effect.value: effects.count(effect) for effect in Effect},
            },
        )
