"""States of a certificate, of a change of one, and of a link to a record."""

from enum import StrEnum


class CertificateState(StrEnum):
    VALID = "valid"
    VOIDED = "voided"
    """It should not have been issued; it proves nothing any more."""
    REPLACED = "replaced"
    """Another edition of the same certificate says it correctly."""


class ChangeKind(StrEnum):
    VOID = "void"
    CORRECT = "correct"
    """Issue it again from the record as it stands now; the earlier edition ends."""


class ChangeReason(StrEnum):
    """Why a certificate is to end."""

    NAME_CORRECTED = "name_corrected"
    RESULT_CORRECTED = "result_corrected"
    """Attendance or result were decided otherwise since."""
    NOT_EARNED = "not_earned"
    TRAINING_DID_NOT_TAKE_PLACE = "training_did_not_take_place"
    ISSUED_IN_ERROR = "issued_in_error"


REASONS_OF = {
    ChangeKind.VOID: (
        ChangeReason.NOT_EARNED,
        ChangeReason.TRAINING_DID_NOT_TAKE_PLACE,
        ChangeReason.ISSUED_IN_ERROR,
    ),
    ChangeKind.CORRECT: (ChangeReason.NAME_CORRECTED, ChangeReason.RESULT_CORRECTED),
}
"""Which reasons go with which change."""


class ChangeState(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"


class ShareDetail(StrEnum):
    """What a link shows besides course, institution, dates and state of the chosen trainings."""

    FULL_NAME = "full_name"
    ATTENDANCE = "attendance"
    CERTIFICATE = "certificate"
    AMOUNT = "amount"


class LookKind(StrEnum):
    """How somebody came to see a part of a record."""

    LINK = "link"
    CERTIFICATE = "certificate"
    """The public page of a certificate, by its QR code or address."""
    OFFICER = "officer"
    """An officer opened the record, for a stated purpose."""
    STAFF = "staff"
    """An officer or the institution opened a certificate in their own pages."""
