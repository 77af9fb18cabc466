"""What the audit trail says about schemes, quotes and vouchers."""

from marketplace.audit.events import register_events
from marketplace.foundation.errors import N_

register_events(
    {
        "scheme.published": N_("Scheme published"),
        "quote.made": N_("Price quoted"),
        "voucher.claimed": N_("Voucher claimed"),
        "voucher.issued": N_("Voucher issued"),
        "issue_batch.started": N_("Batch of vouchers started"),
        "issue_batch.slice_issued": N_("Vouchers of a batch issued"),
        "issue_batch.finished": N_("Batch of vouchers finished"),
        "issue_batch.revocation_asked": N_("Unclaimed vouchers of a batch to be revoked"),
        "issue_batch.vouchers_revoked": N_("Unclaimed vouchers of a batch revoked"),
        "worker.status_recorded": N_("Status that excludes noted from a register"),
        "worker.other_subsidy_recorded": N_("Another subsidy noted from a register"),
        "declaration.kept": N_("Promise checked and found true"),
        "declaration.broken": N_("Promise checked and found untrue"),
        "voucher.accepted": N_("Voucher accepted"),
        "voucher.named": N_("Voucher offered to somebody an employer named"),
        "voucher.declined": N_("Offered voucher refused by the person"),
        "voucher.expiry_announced": N_("Holders told that their vouchers end soon"),
        "voucher.expiry_acknowledged": N_("Holder knows when the voucher ends"),
        "voucher.expired": N_("Voucher expired"),
        "voucher.consumed": N_("Voucher used up by leaving a class"),
        "voucher.forgiven": N_("Voucher used up by leaving counts no longer"),
        "voucher.revoked": N_("Voucher revoked"),
    },
    subjects={
        "scheme": N_("Scheme"),
        "issue_batch": N_("Batch of vouchers"),
        "quote": N_("Quote"),
        "voucher": N_("Voucher"),
    },
)
