"""An institution as any source states it, in our words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from marketplace.foundation.errors import N_
from marketplace.imports.problems import register_problems

_ENDED = frozenset(
    "suspended expired withdrawn denied inactive removed revoked terminated closed disapproved "
    "archived deleted rejected 注销 暂停 撤销".split()
)
KNOWN_FROM = "known_from"
"""The feature that marks an institution no file of institutions has named yet."""


class Approval(StrEnum):
    """What the source says about an institution or a course."""

    APPROVED = "approved"
    PENDING = "pending"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class InstitutionFacts:
    """Normalised facts of one institution."""

    key: str
    name: str
    approval: Approval
    uscc: str | None = None
    jurisdiction_code: str | None = None
    kind: str | None = None
    address: str | None = None
    city: str | None = None
    county: str | None = None
    postal_code: str | None = None
    website: str | None = None
    accredited_from: date | None = None
    accredited_until: date | None = None
    features: Mapping[str, Any] = field(default_factory=dict)
    quarantine_reason: str | None = None


register_problems(
    {
        "institution_unnamed": N_(
            "The institution has no name in the file; it is kept, but not listed."
        ),
        "institution_made": N_(
            "The institution is known from this file only; it was added as %(after)s."
        ),
        "institution_missing": N_(
            "The row does not name its institution and none is known by %(before)s; "
            "the course is kept, but not listed."
        ),
        "institution_unknown": N_(
            "No institution is known by %(before)s and the row does not name one."
        ),
        "approval_expired": N_("The approval ended on %(before)s, before the date of the file."),
        "status_not_approved": N_("The status is “%(before)s”: not listed."),
        "status_unknown": N_("The status “%(before)s” is not known here: not listed."),
        "jurisdiction_unknown": N_("No place is known by the code %(before)s."),
        "uscc_invalid": N_(
            "“%(before)s” is not a unified social credit code; the institution is not listed."
        ),
        "uscc_taken": N_(
            "The unified social credit code ending in %(before)s belongs to another institution; "
            "this one is not listed."
        ),
        "zip_repaired": N_("The ZIP code “%(before)s” had lost zeros; it was read as %(after)s."),
        "zip_unreadable": N_("“%(before)s” is not a ZIP code; it was kept as it is."),
    }
)


def read_approval(raw: str, field_name: str, problems: Any) -> Approval:
    """The words sources use for a status; an empty one means still to be decided."""
    word = raw.strip().strip("\"' ").lower()
    if word in ("approved", "active", "accredited", "有效", "正常"):
        return Approval.APPROVED
    if word in ("pending", "submitted", "in review", "applied", "", "待审"):
        problems.warn("status_not_approved", field_name, raw)
        return Approval.PENDING
    problems.warn("status_not_approved" if word in _ENDED else "status_unknown", field_name, raw)
    return Approval.ENDED
