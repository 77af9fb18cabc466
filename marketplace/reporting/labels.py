"""Words for what stands in the books: kinds of entries, kinds of ledger accounts."""

from marketplace.foundation.errors import N_

ENTRY_LABELS: dict[str, str] = {
    "fund.appropriated": N_("Fund appropriated"),
    "fund.allotted": N_("Money allotted"),
    "voucher.issued": N_("Voucher issued"),
    "voucher.batch_issued": N_("Vouchers issued in a batch"),
    "voucher.expired": N_("Voucher expired"),
    "voucher.revoked": N_("Voucher revoked"),
    "voucher.reserved": N_("Voucher reserved"),
    "voucher.released": N_("Reservation released"),
    "voucher.redeemed": N_("Voucher redeemed"),
    "lot.expired": N_("Lot expired, its rest frozen"),
    "lot.returned": N_("Frozen money sent back up"),
    "advance.recovered": N_("Advance recovered"),
    "clawback.approved": N_("Clawed back"),
    "copayment.opened": N_("Co-payment opened"),
    "copayment.shared": N_("Co-payment divided with the employer"),
    "copayment.received": N_("Co-payment received"),
    "copayment.passed_on": N_("Co-payment passed on to the institution"),
    "copayment.ended": N_("Co-payment ended: the learner left"),
    "copayment.refunded": N_("Co-payment given back"),
    "clawback.netted": N_("Clawback netted"),
    "payout.sent": N_("Payout sent to the bank"),
    "payout.confirmed": N_("Payout confirmed by the bank"),
    "payout.returned": N_("Payout returned by the bank"),
    "break.settled": N_("Difference of the bank settled"),
    "clearing.approved": N_("Regions cleared"),
    "reversal": N_("Reversal"),
}

LEDGER_ACCOUNT_LABELS: dict[str, str] = {
    "fund:appropriated": N_("Fund, appropriated"),
    "fund:unallotted": N_("Fund, not yet allotted"),
    "allotment:available": N_("Allotment, available"),
    "allotment:committed": N_("Allotment, committed to vouchers"),
    "fund:frozen": N_("Fund, frozen"),
    "allotment:frozen": N_("Allotment, frozen"),
    "payable:institution": N_("Owed to the institution"),
    "receivable:institution": N_("To be recovered from the institution"),
    "advance:institution": N_("Advance to the institution"),
    "clearing:rail": N_("On its way through the bank"),
    "bank:paid": N_("Paid by the bank"),
    "bank:other": N_("Bank account, beside payouts"),
    "bank:fees": N_("Bank fees"),
    "bank:interest": N_("Bank interest"),
    "suspense:receipts": N_("Receipts that belong to nobody yet"),
    "suspense:payments": N_("Payments that are not ours, to be recovered"),
    "overpaid:institution": N_("Paid twice, to be given back"),
    "clearing:region": N_("Owed by a region to other regions"),
    "receivable:copayment": N_("Co-payment, still to be paid"),
    "payable:copayment": N_("Co-payment, to be passed on"),
    "held:copayment": N_("Co-payment in keeping"),
    "refundable:copayment": N_("Co-payment to be given back"),
}

PAYMENT_LABELS: dict[str, tuple[str, str, str]] = {
    "settlement_prepared": (
        N_("Settlement prepared"),
        N_("A second officer signs it next."),
        "waiting",
    ),
    "settlement_approved": (
        N_("Settlement approved"),
        N_("The fund office puts it into a payout batch next."),
        "waiting",
    ),
    "netted": (
        N_("Kept back"),
        N_("All of it goes to advances and clawbacks; nothing more to do."),
        "done",
    ),
    "no_payout_account": (
        N_("No verified payee account"),
        N_("Your institution gives a payee account; two officers verify it."),
        "decision",
    ),
    "account_held": (
        N_("Payee account on hold"),
        N_("A changed account is held for safety; then the fund office pays."),
        "waiting",
    ),
    "prepared": (N_("Payout prepared"), N_("A second officer signs the batch next."), "waiting"),
    "approved": (N_("Payout signed"), N_("The fund office sends the batch next."), "waiting"),
    "sent": (N_("At the bank"), N_("The bank pays; we confirm with its statement."), "waiting"),
    "confirmed": (N_("Paid"), N_("Nothing more to do."), "done"),
    "returned": (
        N_("Returned by the bank"),
        N_("Check your payee account; the fund office pays again."),
        "decision",
    ),
}
"""State of a payment to an institution: word, who acts next, tone."""
