"""The smallest valid site, room and trainer."""

from __future__ import annotations

from datetime import date
from itertools import count

from marketplace.institutions.models import Institution
from marketplace.teaching.models import Trainer, TrainingRoom, TrainingSite
from marketplace.teaching.operations import (
    add_qualification,
    add_room,
    add_trainer,
    register_site,
)
from marketplace.teaching.rules import SitePlan

_numbers = count(1)
QUALIFIED_FROM = date(2020, 1, 1)


def make_site(institution: Institution, name: str | None = None) -> TrainingSite:
    """A site in use, without rooms."""
    plan = SitePlan(name or f"教学点{next(_numbers)}", "中山路 1 号", step_free=True)
    return register_site(institution.id, plan, jurisdiction_id=None, actor_id=None)


def make_room(site: TrainingSite, name: str | None = None, *, capacity: int = 40) -> TrainingRoom:
    """A room of a site."""
    name = name or f"教室{next(_numbers)}"
    return add_room(site.id, name=name, capacity=capacity, step_free=True, actor_id=None)


def make_trainer(
    institution: Institution,
    name: str = "赵老师",
    *,
    id_number: str | None = None,
    occupation_code: str | None = None,
    valid_until: date | None = None,
) -> Trainer:
    """A trainer with one qualification (for any occupation, unless one is given)."""
    trainer = add_trainer(institution.id, name=name, id_number=id_number, actor_id=None)
    add_qualification(
        trainer.id,
        title="高级技师",
        occupation_code=occupation_code,
        valid_from=QUALIFIED_FROM,
        valid_until=valid_until,
        actor_id=None,
    )
    return trainer
