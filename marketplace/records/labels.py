"""Words for the states of this room."""

from __future__ import annotations

from marketplace.foundation.errors import N_
from marketplace.records.states import (
    CertificateState,
    ChangeKind,
    ChangeReason,
    ChangeState,
    LookKind,
    ShareDetail,
)

CERTIFICATE_LABELS = {
    CertificateState.VALID: N_("Still valid"),
    CertificateState.VOIDED: N_("Void"),
    CertificateState.REPLACED: N_("Replaced by a newer edition"),
}
CERTIFICATE_TONES = {
    CertificateState.VALID: "done",
    CertificateState.VOIDED: "decision",
    CertificateState.REPLACED: "neutral",
}
CHANGE_KIND_LABELS = {
    ChangeKind.VOID: N_("Make it void"),
    ChangeKind.CORRECT: N_("Issue it again, corrected"),
}
CHANGE_REASON_LABELS = {
    ChangeReason.NAME_CORRECTED: N_("The name was corrected in the person's record"),
    ChangeReason.RESULT_CORRECTED: N_("Attendance or result were decided otherwise since"),
    ChangeReason.NOT_EARNED: N_("The conditions were not met"),
    ChangeReason.TRAINING_DID_NOT_TAKE_PLACE: N_("The training did not take place"),
    ChangeReason.ISSUED_IN_ERROR: N_("It was issued in error"),
}
CHANGE_STATE_LABELS = {
    ChangeState.PROPOSED: N_("Waits for a second person"),
    ChangeState.APPROVED: N_("Approved"),
    ChangeState.REJECTED: N_("Rejected"),
}
CHANGE_STATE_TONES = {
    ChangeState.PROPOSED: "waiting",
    ChangeState.APPROVED: "done",
    ChangeState.REJECTED: "decision",
}
DETAIL_LABELS = {
    ShareDetail.FULL_NAME: N_("My full name (otherwise masked)"),
    ShareDetail.ATTENDANCE: N_("Attendance and result"),
    ShareDetail.CERTIFICATE: N_("Certificate number, with the way to check it"),
    ShareDetail.AMOUNT: N_("What the voucher paid"),
}
LOOK_LABELS = {
    LookKind.LINK: N_("Opened your link"),
    LookKind.CERTIFICATE: N_("Checked a certificate"),
    LookKind.OFFICER: N_("An officer opened your record"),
    LookKind.STAFF: N_("Opened a certificate at work"),
}
