"""The smallest valid entry of a register and edition of a list."""

from __future__ import annotations

from datetime import date
from typing import Any

from marketplace.catalog.models import Occupation, ShortageEdition
from marketplace.catalog.states import ShortageEntryKind
from marketplace.directories.models import Assessor, Qualification
from marketplace.directories.operations.assessors import AssessorContent, add_assessor
from marketplace.directories.operations.qualifications import (
    QualificationContent,
    register_qualification,
)
from marketplace.directories.operations.shortage import (
    add_shortage_entries,
    draft_shortage_edition,
    propose_shortage_edition,
    publish_shortage_edition,
)
from marketplace.directories.rules import RegisterChange
from marketplace.directories.states import QualificationKind
from marketplace.foundation import clock
from tests.factories.catalog import make_occupation
from tests.factories.institutions import make_uscc


def make_change(**changes: Any) -> RegisterChange:
    """From today, with a reason and a document."""
    values = {"effective_on": clock.today(), "reason": "首批", "clause": "测试〔2026〕1号"}
    return RegisterChange(**{**values, **changes})


def make_assessor_content(**changes: Any) -> AssessorContent:
    """A body that may assess one occupation at two levels."""
    values: dict[str, Any] = {"name": "测试技能评价中心", "jurisdiction_id": None, **changes}
    values.setdefault("uscc", make_uscc())
    if "scope" not in values:
        occupation = make_occupation()
        values["scope"] = ((occupation.id, 5), (occupation.id, 4))
    return AssessorContent(**values)


def make_assessor(**changes: Any) -> Assessor:
    """A listed assessment body."""
    return add_assessor(make_assessor_content(**changes), make_change(), actor_id=None)


def make_qualification(**changes: Any) -> Qualification:
    """A listed qualification."""
    values: dict[str, Any] = {
        "name": "电工（五级）",
        "kind": QualificationKind.SKILL_LEVEL,
        "jurisdiction_id": None,
        "occupation_id": None,
        "level": 5,
        "issuer": "测试技能评价中心",
        **changes,
    }
    return register_qualification(QualificationContent(**values), make_change(), actor_id=None)


def make_draft_edition(
    jurisdiction_id: int | None = None, *, occupations: tuple[Occupation, ...] = ()
) -> ShortageEdition:
    """An edition that is being prepared."""
    edition = draft_shortage_edition(jurisdiction_id, clause=None, actor_id=None)
    if occupations:
        add_entries(edition, *(occupation.code for occupation in occupations))
    return edition


def add_entries(edition: ShortageEdition, *codes: str, **changes: Any) -> None:
    """Occupations on an edition, in demand unless said otherwise."""
    values: dict[str, Any] = {
        "kind": ShortageEntryKind.ADD,
        "jurisdiction_id": None,
        "uplift_percent": None,
        "clause": None,
        "actor_id": None,
        **changes,
    }
    add_shortage_entries(edition.id, occupation_codes=codes, **values)


def make_published_edition(
    jurisdiction_id: int | None = None,
    *,
    occupations: tuple[Occupation, ...],
    in_force_from: date | None = None,
) -> ShortageEdition:
    """An edition in force."""
    edition = make_draft_edition(jurisdiction_id, occupations=occupations)
    propose_shortage_edition(
        edition.id, in_force_from=in_force_from or clock.today(), actor_id=None
    )
    return publish_shortage_edition(edition.id, actor_id=None)
