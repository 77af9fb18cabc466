"""A course as any source states it, in our words."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.catalog.rules import CourseContent
from marketplace.foundation.errors import N_
from marketplace.imports.problems import ProblemList, register_problems
from marketplace.institutions.sources.facts import Approval, InstitutionFacts

UNKNOWN_INSTITUTION = "unknown"
"""The key under which courses wait whose row does not even carry its institution's number."""
NOT_APPROVED = "status_not_approved"


@dataclass(frozen=True, slots=True)
class CourseFacts:
    """Normalised facts of one course; `institution` only when the row itself describes it."""

    key: str
    institution_key: str
    institution: InstitutionFacts | None
    content: CourseContent
    approval: Approval
    occupation_code: str | None = None
    level: int | None = None
    quarantine_reason: str | None = None


def quarantine_reason(problems: ProblemList, approval: Approval) -> str | None:
    """Why a course is held back. One the source does not approve is not listed on release."""
    reason = problems.quarantine_reason
    return f"{reason}, {NOT_APPROVED}" if reason and approval != Approval.APPROVED else reason


register_problems(
    {
        "title_missing": N_("The course has no title; it is kept, but not listed."),
        "fee_missing": N_("No fee is stated; the course is kept, but not listed."),
        "fee_zero": N_("The fee is zero: listed as free of charge."),
        "fee_from_parts": N_(
            "The total was “%(before)s”; the sum of its parts, %(after)s, was used."
        ),
        "fee_total_differs": N_(
            "The total %(after)s is not the sum of its parts, %(before)s; the total was used."
        ),
        "fee_implausible": N_(
            "The total %(after)s and the sum of its parts %(before)s cannot both be right; "
            "the course is kept, but not listed."
        ),
        "fee_too_high": N_(
            "A fee of %(before)s is beyond belief; the course is kept, but not listed."
        ),
        "fee_per_hour_too_high": N_(
            "A fee of %(before)s for %(after)s hours is beyond belief; the course is kept, but "
            "not listed."
        ),
        "hours_missing": N_("The hours are not stated (“%(before)s”)."),
        "hours_implausible": N_("%(before)s hours are beyond belief: taken as unknown."),
        "cip_repaired": N_("The field of study “%(before)s” was read as %(after)s."),
        "cip_unreadable": N_("“%(before)s” is not a CIP code."),
        "mode_unknown": N_("The mode “%(before)s” is not known here: taken as on site."),
        "level_unreadable": N_("“%(before)s” is not a skill level from 5 to 1."),
        "occupation_unknown": N_("No occupation is known by the code %(before)s."),
        "institution_not_accredited": N_(
            "The institution %(before)s has no approval in force on the date of the file: "
            "the course is not listed."
        ),
        "institution_overruled": N_(
            "The row names the institution %(before)s; it was taken as a course of your own."
        ),
        "course_under_review": N_(
            "The course is under review and cannot be changed until that is decided; the row was "
            "left out."
        ),
        "course_fee_out_of_range": N_(
            "The fee %(before)s is not between 0 and 1,000,000.00; the row was left out."
        ),
        "course_hours_needed": N_(
            "The hours “%(before)s” are not a whole number from 1 to 5,000; the row was left out."
        ),
        "occupation_kept": N_(
            "The occupation and level of a course stay as they were drafted; “%(before)s” was "
            "not used."
        ),
        "language_unknown": N_(
            "The language “%(before)s” is not one that can be searched for; it was not used."
        ),
        "price_changed": N_("The fee changed from %(before)s to %(after)s."),
    }
)
