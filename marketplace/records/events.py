"""What the audit trail says about certificates and links."""

from marketplace.audit.events import register_codes, register_events
from marketplace.foundation.errors import N_
from marketplace.records.labels import CHANGE_KIND_LABELS, CHANGE_REASON_LABELS

register_events(
    {
        "certificate.issued": N_("Certificate issued"),
        "certificate.change_proposed": N_("Change of a certificate proposed"),
        "certificate.change_rejected": N_("Change of a certificate rejected"),
        "certificate.voided": N_("Certificate made void"),
        "certificate.replaced": N_("Certificate replaced by a corrected edition"),
        "record_share.created": N_("Link to a training record made"),
        "record_share.ended": N_("Link to a training record ended"),
        "record.opened": N_("Training record opened by an officer"),
        "record.exported": N_("Training record exported by its owner"),
    },
    subjects={
        "certificate": N_("Certificate"),
        "record_share": N_("Link to a training record"),
    },
)
register_codes("kind", CHANGE_KIND_LABELS)
register_codes("cause", CHANGE_REASON_LABELS)
