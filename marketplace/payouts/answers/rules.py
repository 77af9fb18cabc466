"""What an answer of the bank may do to a payout. Pure.

Codes: ISO 20022 external code sets ExternalPaymentGroupStatus and
ExternalPaymentTransactionStatus.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from marketplace.payouts.answers.report import (
    LevelStatus,
    PaymentStatus,
    ReportProblem,
    StatusReport,
)
from marketplace.payouts.states import PayoutState

REJECTED = frozenset({"RJCT", "CANC", "BLCK"})
ACCEPTED = frozenset({"ACCC", "ACCP", "ACFC", "ACIS", "ACSC", "ACSP", "ACTC", "ACWC", "ACWP"})
PENDING = frozenset({"PDNG", "RCVD", "PATC", "ACPD"})
PARTLY = "PART"


class Effect(StrEnum):
    """What came of an answer."""

    ACCEPTED = "accepted"
    PENDING = "pending"
    RESTORED = "restored"
    """Refused now: the amount is owed again."""
    KNOWN = "known"
    """Refused, and owed again since an earlier answer."""


@dataclass(frozen=True, slots=True)
class AttemptFacts:
    """A try of a payout that the bank speaks of, as it stands."""

    reference: str
    payout_code: str
    batch_code: str
    amount_fen: int
    currency: str
    payout_state: PayoutState
    is_present_attempt: bool
    outcome: str | None


@dataclass(frozen=True, slots=True)
class BatchTotals:
    """The file of ours that the report answers."""

    code: str
    count: int
    sum_fen: int
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the bank says of one payment of ours, its level worked out."""

    reference: str
    status: str
    reason_code: str | None
    reason_text: str | None
    row: int | None = None


def answers_of(
    report: StatusReport, batch: BatchTotals | None, attempts: Mapping[str, AttemptFacts]
) -> tuple[list[Answer], list[ReportProblem]]:
    """One answer for each payment the report speaks of, by name or with its whole message.

    Problems: references that are not ours, statuses that are no codes, contradictions.
    """
    answers: dict[str, Answer] = {}
    problems: list[ReportProblem] = []
    for payment in report.payments:
        answer = _named(payment, report, attempts, problems)
        if answer is None:
            continue
        before = answers.setdefault(answer.reference, answer)
        if before.status != answer.status:
            words = {"reference": answer.reference}
            problems.append(ReportProblem("answer_contradicts", payment.row, "TxSts", words))
    level = _level_for_all(report)
    if level is not None and level.status and batch is not None:
        common = (level.status, level.reason_code, level.reason_text)
        rest = [reference for reference in batch.references if reference not in answers]
        answers |= {reference: Answer(reference, *common) for reference in rest}
    return _known_statuses(answers, problems), problems


def _known_statuses(answers: dict[str, Answer], problems: list[ReportProblem]) -> list[Answer]:
    known = []
    for answer in answers.values():
        if answer.status in REJECTED | ACCEPTED | PENDING:
            known.append(answer)
        else:
            words = {"status": answer.status or "–"}
            problems.append(ReportProblem("answer_status_unknown", answer.row, "TxSts", words))
    return known


def doubts_about(
    report: StatusReport, batch: BatchTotals | None, attempts: Mapping[str, AttemptFacts]
) -> list[ReportProblem]:
    """Why nothing of a report is believed: it names other amounts or another file than ours."""
    doubts = []
    for payment in report.payments:
        attempt = _attempt_of(payment, attempts)
        if attempt is None:
            continue
        words = {"reference": attempt.reference, "batch": attempt.batch_code}
        if payment.amount_fen is not None and (
            payment.amount_fen != attempt.amount_fen or payment.currency != attempt.currency
        ):
            doubts.append(ReportProblem("answer_amount_differs", payment.row, "InstdAmt", words))
        if report.original_message_id not in (None, attempt.batch_code):
            doubts.append(ReportProblem("answer_other_batch", payment.row, "OrgnlMsgId", words))
    levels = [report.message, *report.blocks] if batch else []
    for level in levels:
        if level is not None and batch is not None:
            wrong_sum = level.sum_fen not in (None, batch.sum_fen)
            wrong_count = level.count not in (None, batch.count)
            if wrong_sum or wrong_count:
                words = {"batch": batch.code}
                doubts.append(
                    ReportProblem("answer_sum_differs", field="OrgnlCtrlSum", params=words)
                )
    return doubts


def objection_to(answer: Answer, facts: AttemptFacts) -> ReportProblem | None:
    """Why this answer cannot be taken for this payout now."""
    words = {"payout": facts.payout_code, "reference": answer.reference}
    outcome = facts.outcome or ""
    is_refusal = answer.status in REJECTED
    if outcome == "confirmed":
        # Money that was seen to leave comes back by a bank statement, never by a message.
        code = "answer_after_confirmation" if is_refusal else None
    elif outcome.startswith("returned"):
        code = None if is_refusal else "answer_after_return"
    elif facts.payout_state != PayoutState.SENT or not facts.is_present_attempt:
        code = "answer_before_sending"
    else:
        code = None
    return ReportProblem(code, answer.row, "TxSts", words) if code else None


def effect_of(answer: Answer, facts: AttemptFacts) -> Effect:
    """What an answer without objection does."""
    if answer.status in REJECTED:
        is_back = (facts.outcome or "").startswith("returned")
        return Effect.KNOWN if is_back else Effect.RESTORED
    return Effect.PENDING if answer.status in PENDING else Effect.ACCEPTED


def _named(
    payment: PaymentStatus,
    report: StatusReport,
    attempts: Mapping[str, AttemptFacts],
    problems: list[ReportProblem],
) -> Answer | None:
    attempt = _attempt_of(payment, attempts)
    if attempt is None:
        words = {"reference": ", ".join(payment.references) or "–"}
        problems.append(
            ReportProblem("answer_reference_unknown", payment.row, "OrgnlEndToEndId", words)
        )
        return None
    above = _level_above(payment, report)
    status = payment.status or (above.status if above else None) or ""
    if above is not None and above.status in REJECTED and status in ACCEPTED:
        words = {"reference": attempt.reference}
        problems.append(ReportProblem("answer_contradicts", payment.row, "TxSts", words))
    return Answer(
        attempt.reference,
        status,
        payment.reason_code or (above.reason_code if above else None),
        payment.reason_text or (above.reason_text if above else None),
        payment.row,
    )


def _attempt_of(
    payment: PaymentStatus, attempts: Mapping[str, AttemptFacts]
) -> AttemptFacts | None:
    """The try both references name; two that name different ones name none."""
    found = {attempts[name].reference for name in payment.references if name in attempts}
    return attempts[found.pop()] if len(found) == 1 else None


def _level_above(payment: PaymentStatus, report: StatusReport) -> LevelStatus | None:
    block = report.blocks[payment.block] if payment.block < len(report.blocks) else None
    if block is not None and block.status:
        return block
    return report.message


def _level_for_all(report: StatusReport) -> LevelStatus | None:
    """The status that counts for payments not named: of the message, else of its one block."""
    if report.message is not None and report.message.status not in (None, PARTLY):
        return report.message
    blocks = [block for block in report.blocks if block.status]
    return blocks[0] if len(blocks) == 1 and blocks[0].status != PARTLY else None
