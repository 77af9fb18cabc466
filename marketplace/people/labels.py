"""What people read for the states and kinds of this room."""

from __future__ import annotations

from marketplace.foundation.errors import N_
from marketplace.notices.states import register_notice_texts
from marketplace.people.states import (
    CategoryFactState,
    DecisionReason,
    Role,
    Sex,
    UserState,
    WorkerCategory,
)

CATEGORY_LABELS = {
    WorkerCategory.RURAL_MIGRANT: N_("Rural migrant worker"),
    WorkerCategory.REGISTERED_UNEMPLOYED: N_("Registered unemployed"),
    WorkerCategory.GRADUATE_OF_YEAR: N_("Graduate of this year"),
    WorkerCategory.SCHOOL_LEAVER: N_("School leaver not going on to study"),
    WorkerCategory.VETERAN: N_("Veteran"),
    WorkerCategory.DISABLED: N_("Person with a disability"),
    WorkerCategory.LIFTED_FROM_POVERTY: N_("Member of a household lifted from poverty"),
    WorkerCategory.HARD_TO_EMPLOY: N_("Person hard to employ"),
    WorkerCategory.ENTERPRISE_EMPLOYEE: N_("Employee of an enterprise"),
}
EVIDENCE_LABELS = {
    WorkerCategory.RURAL_MIGRANT: N_("No document needed; your household register may be checked."),
    WorkerCategory.REGISTERED_UNEMPLOYED: N_(
        "Employment and unemployment registration certificate"
    ),
    WorkerCategory.GRADUATE_OF_YEAR: N_("Graduation certificate, or proof from your school"),
    WorkerCategory.SCHOOL_LEAVER: N_("Graduation certificate of lower or upper secondary school"),
    WorkerCategory.VETERAN: N_("Discharge certificate or veteran card"),
    WorkerCategory.DISABLED: N_("Disability certificate"),
    WorkerCategory.LIFTED_FROM_POVERTY: N_("Proof of the village or township"),
    WorkerCategory.HARD_TO_EMPLOY: N_("Certificate of recognition as hard to employ"),
    WorkerCategory.ENTERPRISE_EMPLOYEE: N_("No document needed; social insurance may be checked."),
}
FACT_STATE_LABELS = {
    CategoryFactState.DECLARED: N_("Waiting for review"),
    CategoryFactState.VERIFIED: N_("Confirmed"),
    CategoryFactState.REFUSED: N_("Not confirmed"),
    CategoryFactState.WITHDRAWN: N_("Taken back"),
}
FACT_STATE_TONES = {
    CategoryFactState.DECLARED: "waiting",
    CategoryFactState.VERIFIED: "done",
    CategoryFactState.REFUSED: "decision",
    CategoryFactState.WITHDRAWN: "neutral",
}
DECISION_REASON_LABELS = {
    DecisionReason.EVIDENCE_UNREADABLE: N_("The evidence cannot be read."),
    DecisionReason.EVIDENCE_OF_ANOTHER: N_("The evidence is about another person."),
    DecisionReason.EVIDENCE_EXPIRED: N_("The evidence is no longer valid."),
    DecisionReason.CONDITIONS_NOT_MET: N_("The conditions of this category are not met."),
    DecisionReason.DATES_WRONG: N_("The dates do not agree with the evidence."),
    DecisionReason.OTHER: N_("Another reason."),
}
ROLE_LABELS = {
    Role.FUND_OFFICER: N_("Fund officer"),
    Role.ADMINISTRATOR: N_("Administrator"),
    Role.INSPECTOR: N_("Inspector"),
}
USER_STATE_LABELS = {
    UserState.ACTIVE: N_("in use"),
    UserState.LOCKED: N_("locked"),
    UserState.CLOSED: N_("closed"),
}
USER_STATE_TONES = {
    UserState.ACTIVE: "done",
    UserState.LOCKED: "decision",
    UserState.CLOSED: "neutral",
}
SEX_LABELS = {Sex.FEMALE: N_("female"), Sex.MALE: N_("male")}

register_notice_texts(
    {
        "category.verified": N_("Your category “%(category)s” was confirmed."),
        "category.refused": N_(
            "Your category “%(category)s” was not confirmed: %(reason)s "
            "You can declare it again with better evidence."
        ),
        "login.password_changed": N_("The password of your login was changed."),
        "login.recovery_codes_made": N_(
            "New recovery codes were made for your login; the earlier ones no longer work."
        ),
        "login.recovery_code_used": N_(
            "Somebody signed in with one of your recovery codes; %(left)s are left. "
            "If it was not you, change your password and sign out everywhere."
        ),
        "login.second_factor_removed": N_("The second factor of your login was removed."),
    }
)
