"""Who may pay how much, and what comes back when a learner leaves. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from marketplace.copayments import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.copayments.states import Keeps, Party
from marketplace.enrollment.states import ExitReason
from marketplace.foundation.errors import Refusal
from marketplace.foundation.money import Money

KEEPS: dict[ExitReason, Keeps] = {
    ExitReason.RUN_CANCELED: Keeps.NOTHING,
    ExitReason.CLASS_CHANGED: Keeps.NOTHING,
    ExitReason.SWAPPED: Keeps.NOTHING,  # only before the class begins; the new class asks anew
    ExitReason.NO_SHOW: Keeps.ALL,
    ExitReason.NOT_REDEEMABLE: Keeps.ALL,
}
"""By the coded reason; every other one keeps the lessons begun (decision 0108)."""


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment that has arrived."""

    code: str
    party: Party
    fen: int


@dataclass(frozen=True, slots=True)
class EndFacts:
    """A co-payment when it ends. Amounts in fen."""

    reason: ExitReason | None
    """Why the learner left; empty: nobody did, the voucher paid a part."""
    lessons_begun: int
    lessons_total: int
    shares: Mapping[Party, int]
    open: Mapping[Party, int]
    """Not paid yet."""
    paid: Sequence[Paid]
    """In order of time; what was passed on to the institution is not among them."""


@dataclass(frozen=True, slots=True)
class End:
    """What becomes of a co-payment: kept, not asked for any more, given back by payment."""

    keeps: Keeps
    kept: Mapping[Party, int]
    let_go: Mapping[Party, int]
    give_back: Mapping[str, int]


def what_is_kept(reason: ExitReason, *, lessons_begun: int) -> Keeps:
    """Before the first lesson nothing, unless the learner never came; afterwards by the reason."""
    keeps = KEEPS.get(reason, Keeps.LESSONS_BEGUN)
    if keeps is Keeps.LESSONS_BEGUN and lessons_begun == 0:
        return Keeps.NOTHING
    return keeps


def settle_end(facts: EndFacts) -> End:
    """Divide what was to be paid. Each share in proportion, rounded down for who paid it;
    money goes back to whom it came from, the newest payment first."""
    assert facts.reason is not None, "somebody left"
    keeps = what_is_kept(facts.reason, lessons_begun=facts.lessons_begun)
    kept = {party: _kept_fen(keeps, share, facts) for party, share in facts.shares.items()}
    end = _divide(keeps, kept, facts)
    assert end.kept == kept, "what was paid came in payments"
    return end


def settle_part(facts: EndFacts, *, percent: int) -> End:
    """The voucher paid so many percent of its amount: as many of each share are owed, rounded down
    for who pays it. What was passed on to the institution before that stays with it."""
    kept = {party: share * percent // 100 for party, share in facts.shares.items()}
    return _divide(Keeps.PART, kept, facts)


def _divide(keeps: Keeps, wanted: Mapping[Party, int], facts: EndFacts) -> End:
    kept: dict[Party, int] = {}
    let_go: dict[Party, int] = {}
    give_back: dict[str, int] = {}
    for party, share in facts.shares.items():
        paid_fen = share - facts.open[party]
        let_go[party] = share - max(paid_fen, wanted[party])
        rest = max(paid_fen - wanted[party], 0)
        for payment in reversed([one for one in facts.paid if one.party is party]):
            part = min(rest, payment.fen)
            rest -= part
            if part:
                give_back[payment.code] = part
        kept[party] = wanted[party] + rest
    return End(keeps, kept, let_go, give_back)


def _kept_fen(keeps: Keeps, share_fen: int, facts: EndFacts) -> int:
    if keeps is Keeps.NOTHING:
        return 0
    if keeps is Keeps.ALL or facts.lessons_total == 0:
        return share_fen
    return share_fen * min(facts.lessons_begun, facts.lessons_total) // facts.lessons_total


@dataclass(frozen=True, slots=True)
class PayFacts:
    """Somebody wants to pay part or all of a share."""

    amount_fen: int
    open_fen: int
    currency: str
    is_pending: bool
    """A payment over the internet for this share has neither succeeded nor failed."""


def refusals_for_payment(facts: PayFacts) -> tuple[Refusal, ...]:
    """Every reason why this cannot be taken."""
    if facts.open_fen == 0:
        return (Refusal("copayment_nothing_open"),)
    refusals = []
    if facts.amount_fen <= 0:
        refusals.append(Refusal("copayment_amount_needed", field="amount"))
    if facts.amount_fen > facts.open_fen:
        open_ = Money(facts.open_fen, facts.currency)
        refusals.append(Refusal("copayment_too_much", {"open": open_}, field="amount"))
    if facts.is_pending:
        refusals.append(Refusal("copayment_pending"))
    return tuple(refusals)


def refusals_for_sharing(
    *, has_ended: bool, is_pending: bool, worker_paid: int, employer_paid: int,
    worker_fen: int, employer_fen: int,
) -> tuple[Refusal, ...]:  # fmt: skip
    """Every reason why the shares cannot become these: nobody has paid more than the new share."""
    refusals = []
    if has_ended:
        refusals.append(Refusal("copayment_over"))
    if is_pending:
        refusals.append(Refusal("copayment_pending"))
    if worker_paid > worker_fen or employer_paid > employer_fen:
        refusals.append(Refusal("copayment_paid_already"))
    return tuple(refusals)
