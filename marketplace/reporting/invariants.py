"""Every invariant over the live data: the checks of all rooms, in the order money flows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from marketplace.benefits import checks as benefits_checks
from marketplace.claims import checks as claims_checks
from marketplace.clearing import checks as clearing_checks
from marketplace.copayments import checks as copayments_checks
from marketplace.directories import checks as directories_checks
from marketplace.foundation.violations import Check, Violation
from marketplace.funding import checks as funding_checks
from marketplace.funds import checks as funds_checks
from marketplace.ledger import checks as ledger_checks
from marketplace.ledger.queries import count_entries, count_entries_by_kind, count_postings
from marketplace.payouts import checks as payouts_checks
from marketplace.people import checks as people_checks
from marketplace.quotas import checks as quotas_checks
from marketplace.reconciliation import checks as reconciliation_checks
from marketplace.records import checks as records_checks
from marketplace.redemption import checks as redemption_checks
from marketplace.retentions import checks as retentions_checks
from marketplace.settlement import checks as settlement_checks
from marketplace.vouchers import checks as vouchers_checks

ENTRY_KINDS = frozenset(
    {
        "fund.appropriated",
        "fund.allotted",
        "lot.expired",
        "lot.returned",
        "quota.set_aside",
        "quota.released",
        "voucher.issued",
        "voucher.batch_issued",
        "voucher.expired",
        "voucher.revoked",
        "voucher.reserved",
        "voucher.released",
        "voucher.redeemed",
        "advance.recovered",
        "retention.held",
        "retention.released",
        "retention.returned",
        "clawback.approved",
        "clawback.netted",
        "benefit.due",
        "benefit.withdrawn",
        "benefit.clawed_back",
        "benefit.netted",
        "benefit.repaid",
        "benefit.waived",
        "payout.sent",
        "payout.confirmed",
        "payout.returned",
        "break.settled",
        "clearing.approved",
        "copayment.opened",
        "copayment.shared",
        "copayment.received",
        "copayment.passed_on",
        "stripe.moved",
        "copayment.ended",
        "copayment.refunded",
        "reversal",
    }
)
"""Every business event that moves money. An entry of another kind has no known cause."""


def entries_have_a_known_kind() -> Iterator[Violation]:
    """17: every entry has a business cause."""
    for kind, count in sorted(count_entries_by_kind().items()):
        if kind not in ENTRY_KINDS:
            yield Violation(
                "17 business cause", f"kind {kind}", f"{count} entries of no known kind"
            )


ALL_CHECKS: tuple[tuple[Check, ...], ...] = (
    ledger_checks.CHECKS,
    (entries_have_a_known_kind,),
    directories_checks.CHECKS,
    funds_checks.CHECKS,
    funding_checks.CHECKS,
    vouchers_checks.CHECKS,
    quotas_checks.CHECKS,
    redemption_checks.CHECKS,
    copayments_checks.CHECKS,
    benefits_checks.CHECKS,
    claims_checks.CHECKS,
    retentions_checks.CHECKS,
    settlement_checks.CHECKS,
    clearing_checks.CHECKS,
    payouts_checks.CHECKS,
    reconciliation_checks.CHECKS,
    people_checks.CHECKS,
    records_checks.CHECKS,
)
"""One line per room; a room with a `checks` drawer belongs here (a test says so)."""


@dataclass(frozen=True, slots=True)
class BooksCheck:
    """The answer of `ledger check`."""

    entries: int
    postings: int
    violations: tuple[Violation, ...]

    @property
    def ok(self) -> bool:
        return not self.violations


def check_books() -> BooksCheck:
    """Run every check of every room."""
    found = [violation for room in ALL_CHECKS for check in room for violation in check()]
    return BooksCheck(count_entries(), count_postings(), tuple(found))
