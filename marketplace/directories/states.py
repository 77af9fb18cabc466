"""States and kinds of what the directories list."""

from enum import StrEnum


class DirectoryName(StrEnum):
    """The five public directories, as addresses and exports name them."""

    COURSES = "courses"
    INSTITUTIONS = "institutions"
    ASSESSORS = "assessors"
    QUALIFICATIONS = "qualifications"
    IN_DEMAND = "in-demand"


class RegisterState(StrEnum):
    """Whether a version of a register's entry says that it is listed or that it has ended."""

    LISTED = "listed"
    RETIRED = "retired"


class ListingBasis(StrEnum):
    """How a listing period is known."""

    RECORDED = "recorded"
    RECONSTRUCTED = "reconstructed"


class QualificationKind(StrEnum):
    """Kinds of proof a training may lead to (H §24-25, N 三(四), G §9)."""

    VOCATIONAL_QUALIFICATION = "vocational_qualification"
    SKILL_LEVEL = "skill_level"
    SPECIAL_ABILITY = "special_ability"
    TRAINING_CERTIFICATE = "training_certificate"
    SPECIAL_OPERATION = "special_operation"
    INDUSTRY_CREDENTIAL = "industry_credential"
    LICENCE = "licence"
    DEGREE = "degree"
