"""Words for vacancies, referrals and evidence."""

from __future__ import annotations

from marketplace.employers.states import (
    EmploymentEvidence,
    FitReason,
    ReferralState,
    VacancyState,
)
from marketplace.foundation.errors import N_

VACANCY_LABELS = {VacancyState.OPEN: N_("Hiring now"), VacancyState.CLOSED: N_("No longer hiring")}
REFERRAL_LABELS = {
    ReferralState.MADE: N_("Referred"),
    ReferralState.WITHDRAWN: N_("Taken back"),
    ReferralState.EMPLOYED: N_("Employed"),
    ReferralState.NOT_EMPLOYED: N_("Not employed"),
}
REFERRAL_TONES = {
    ReferralState.MADE: "waiting",
    ReferralState.WITHDRAWN: "neutral",
    ReferralState.EMPLOYED: "done",
    ReferralState.NOT_EMPLOYED: "neutral",
}
EVIDENCE_LABELS = {
    EmploymentEvidence.CONTRACT: N_("Contract seen"),
    EmploymentEvidence.SOCIAL_INSURANCE: N_("Social insurance paid by the employer"),
    EmploymentEvidence.EMPLOYER_CONFIRMED: N_("Confirmed by the employer"),
    EmploymentEvidence.SELF_DECLARED: N_("Said by the worker alone"),
}
FIT_LABELS = {
    FitReason.SAME_OCCUPATION: N_("the occupation you completed"),
    FitReason.RELATED_OCCUPATION: N_("close to the occupation you completed"),
    FitReason.LEVEL_SUFFICES: N_("your level suffices"),
    FitReason.LEVEL_BELOW: N_("asks for a higher level than yours"),
    FitReason.SAME_COUNTY: N_("in your county"),
    FitReason.SAME_CITY: N_("in your city"),
}
