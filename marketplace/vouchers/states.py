"""States of vouchers and scheme versions."""

from enum import StrEnum

from marketplace.people.states import PersonStatus


class VoucherState(StrEnum):
    OFFERED = "offered"
    ACTIVE = "active"
    RESERVED = "reserved"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    REVOKED = "revoked"


VOUCHER_TRANSITIONS: dict[VoucherState, frozenset[VoucherState]] = {
    VoucherState.OFFERED: frozenset(
        {VoucherState.ACTIVE, VoucherState.EXPIRED, VoucherState.REVOKED}
    ),
    VoucherState.ACTIVE: frozenset(
        {VoucherState.RESERVED, VoucherState.EXPIRED, VoucherState.REVOKED}
    ),
    VoucherState.RESERVED: frozenset(
        {VoucherState.REDEEMED, VoucherState.ACTIVE, VoucherState.EXPIRED}
    ),
    # Only through a reversal entry; the voucher is then tied to its enrollment again.
    VoucherState.REDEEMED: frozenset({VoucherState.RESERVED}),
    VoucherState.EXPIRED: frozenset(),
    VoucherState.REVOKED: frozenset(),
}


class VoucherKind(StrEnum):
    FACE_VALUE = "face_value"
    """A fixed amount, committed when issued (面值券)."""
    ENTITLEMENT = "entitlement"
    """No amount until a course is chosen; the subsidy rate gives it (抵用券)."""
    SIGN_IN = "sign_in"
    """Sign-in only (打卡券, Shanghai 2021-10): worth nothing, so that training nobody subsidises is
    recorded too. It commits, reserves and pays no money and counts as no support."""

    @property
    def pays(self) -> bool:
        """Whether a voucher of this kind is worth money at all."""
        return self is not VoucherKind.SIGN_IN


class VoucherOrigin(StrEnum):
    CLAIMED = "claimed"
    ISSUED = "issued"
    QUOTA = "quota"
    """Named by the person's employer, out of an enterprise quota."""


class EmployeeProof(StrEnum):
    """What shows that somebody works for the employer who names them."""

    VERIFIED_CATEGORY = "verified_category"
    """The category `enterprise_employee` is verified on the day."""
    EMPLOYER_ON_RECORD = "employer_on_record"
    """A recorded employment or agreement names this very employer."""


class QuotaState(StrEnum):
    """Where an enterprise quota stands."""

    PROPOSED = "proposed"
    """The first officer has signed."""
    IN_FORCE = "in_force"
    ENDED = "ended"
    """Its last day has passed; unused places are over."""
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    """The second officer did not sign."""


class SchemeVersionState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class DeclarationState(StrEnum):
    """What became of a promise a voucher was given on (告知承诺)."""

    OPEN = "open"
    KEPT = "kept"
    """The later check confirmed it."""
    BROKEN = "broken"
    """It was not true: the voucher is taken back, or an officer has to act."""


class CostBearer(StrEnum):
    """Who bears what it costs that somebody leaves a class."""

    WORKER = "worker"
    """The voucher is used up: it counts as one of the person's, and nobody is paid by it."""
    INSTITUTION = "institution"
    """The class was not what was promised: the voucher is free again."""
    NOBODY = "nobody"
    """In time, or nobody's fault (不可抗力): the voucher is free again."""


class SwapPrice(StrEnum):
    """At which price somebody changes to another class."""

    OF_THE_DAY = "of_the_day"
    KEPT = "kept_for_same_course"
    """The amounts of the first quote, where course and fee are the same; else of the day."""


class Milestone(StrEnum):
    """Where on the way of a training a share of the voucher's amount becomes due."""

    START = "start"
    FINISH = "finish"
    CERTIFICATE = "certificate"
    EMPLOYMENT = "employment"


class Award(StrEnum):
    """What a course ends with, where it has no skill level (专项职业能力、合格证)."""

    SPECIAL_ABILITY = "special_ability"
    COMPLETION = "completion"


class OwnShareOfPart(StrEnum):
    """What is earned of the own share where only a part of the voucher's amount is."""

    BY_PART = "by_part"
    """The same percentage; the rest is not asked for, or goes back."""
    WHOLE = "whole"
    """All of it, as agreed with the class."""


class ClassCounts(StrEnum):
    """Who of a class counts towards its threshold."""

    COMPLETED = "completed"
    """Attended as much as the voucher asks, and passed the assessment where it asks for one, or at
    least did not fail it."""
    ATTENDED = "attended"
    """Attended as much as the voucher asks, whatever the assessment says."""


class ClassBelow(StrEnum):
    """What happens to the money of a class below its threshold."""

    HOLD = "hold"
    """An officer looks at it and decides."""
    REFUSE = "refuse"


NEVER_ENTITLED = (PersonStatus.DECEASED, PersonStatus.IMPRISONED)
"""Whatever a scheme says: audits found vouchers in the names of both (docs/trust.md, A07)."""
CHOSEN_STATUSES = tuple(status for status in PersonStatus if status not in NEVER_ENTITLED)
"""What a scheme may exclude or leave in."""
