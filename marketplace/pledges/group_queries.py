"""Reading groups of employers: an office's list, what institutions see of them, who has joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select, true

from marketplace.catalog.models import Occupation
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.pledges.models import EmployerGroup, Pledge
from marketplace.pledges.states import EmployerGroupState, PledgeState

JOINED = (PledgeState.OPEN, PledgeState.OFFERED, PledgeState.CONVERTED)


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group with the words of its page and how many have joined."""

    group: EmployerGroup
    occupation: str
    place: str
    place_path: str
    joined: int
    enrolled: int


def count_joined(group_id: int) -> int:
    """How many are in line with a group, or have enrolled from it."""
    wanted = select(func.count()).where(
        Pledge.employer_group_id == group_id, Pledge.state.in_(JOINED)
    )
    return db.session.scalar(wanted) or 0


def list_employer_groups(paths: Sequence[str], page: PageRequest) -> Page[GroupRow]:
    """Groups within subtrees ('' is everywhere), the open ones first, then the newest."""
    inside = [Jurisdiction.path.startswith(path, autoescape=True) for path in paths]
    wanted = _rows().where(true() if "" in paths else or_(*inside))
    return _page_of(
        wanted.order_by(EmployerGroup.state.desc(), EmployerGroup.id.desc()), wanted, page
    )


def list_announced(area_path: str) -> list[GroupRow]:
    """Open groups within an area whose time has not passed: demand as institutions see it."""
    rows = db.session.execute(
        _rows()
        .where(
            EmployerGroup.state == EmployerGroupState.OPEN,
            EmployerGroup.starts_until >= clock.today(),
            Jurisdiction.path.startswith(area_path, autoescape=True),
        )
        .order_by(EmployerGroup.people.desc(), EmployerGroup.id)
        .limit(50)
    )
    return [GroupRow(*row) for row in rows]


def get_employer_group(code: str) -> GroupRow:
    """One group, or not found."""
    row = db.session.execute(_rows().where(EmployerGroup.code == code)).one_or_none()
    if row is None:
        raise NotFound("employer group", code)
    return GroupRow(*row)


def _rows() -> Select[*tuple[EmployerGroup, str, str, str, int, int]]:
    of_group = select(func.count()).where(Pledge.employer_group_id == EmployerGroup.id)
    joined = of_group.where(Pledge.state.in_(JOINED)).correlate(EmployerGroup).scalar_subquery()
    enrolled = (
        of_group.where(Pledge.state == PledgeState.CONVERTED)
        .correlate(EmployerGroup)
        .scalar_subquery()
    )
    return (
        select(
            EmployerGroup,
            Occupation.title,
            Jurisdiction.name,
            Jurisdiction.path,
            joined.label("joined"),
            enrolled.label("enrolled"),
        )
        .join(Occupation, Occupation.id == EmployerGroup.occupation_id)
        .join(Jurisdiction, Jurisdiction.id == EmployerGroup.jurisdiction_id)
    )


def _page_of(
    ordered: Select[*tuple[EmployerGroup, str, str, str, int, int]],
    wanted: Select[*tuple[EmployerGroup, str, str, str, int, int]],
    page: PageRequest,
) -> Page[GroupRow]:
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.execute(ordered.offset(page.offset).limit(page.limit))
    return Page([GroupRow(*row) for row in rows], total, page.number, page.limit)
