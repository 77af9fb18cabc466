"""Reading sites, rooms, trainers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import func, or_, select

from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.teaching.models import (
    Trainer,
    TrainerQualification,
    TrainingRoom,
    TrainingSite,
)
from marketplace.teaching.rules import (
    QualificationPeriod,
    RoomFacts,
    SiteFacts,
    TrainerFacts,
)
from marketplace.teaching.states import PlaceState, TrainerState

SITES_MAX = 200
ROOMS_MAX = 1_000
TRAINERS_MAX = 1_000

PERSON_PURPOSE = "trainer.id_number"
"""Under which the ID number of a trainer is sealed: another fingerprint than the worker's."""


def get_site(site_id: int) -> TrainingSite:
    """One site, or 404."""
    site = db.session.get(TrainingSite, site_id)
    if site is None:
        raise NotFound("training_site")
    return site


def find_site_by_code(code: str, *, institution_id: int) -> TrainingSite | None:
    """A site of an institution by its public code."""
    return db.session.scalar(
        select(TrainingSite).where(
            TrainingSite.code == code, TrainingSite.institution_id == institution_id
        )
    )


def list_sites(institution_id: int) -> Sequence[TrainingSite]:
    """The sites of an institution: those in use first, then by name."""
    return db.session.scalars(
        select(TrainingSite)
        .where(TrainingSite.institution_id == institution_id)
        .order_by(TrainingSite.state.desc(), TrainingSite.name, TrainingSite.id)
        .limit(SITES_MAX)
    ).all()


def list_site_names(site_ids: Iterable[int | None]) -> dict[int, str]:
    """Names by id, for lists that show where something is."""
    wanted = sorted({site_id for site_id in site_ids if site_id is not None})
    if not wanted:
        return {}
    rows = db.session.execute(
        select(TrainingSite.id, TrainingSite.name)
        .where(TrainingSite.id.in_(wanted))
        .order_by(TrainingSite.id)
        .limit(len(wanted))
    )
    return {row.id: row.name for row in rows}


def lock_site(site_id: int) -> TrainingSite:
    """One site, held until the unit of work ends: no class is filed there meanwhile."""
    site = db.session.scalar(
        select(TrainingSite)
        .where(TrainingSite.id == site_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if site is None:
        raise NotFound("training_site")
    return site


def list_rooms(institution_id: int) -> Sequence[TrainingRoom]:
    """All rooms of an institution's sites, by site and name."""
    return db.session.scalars(
        select(TrainingRoom)
        .join(TrainingSite, TrainingSite.id == TrainingRoom.site_id)
        .where(TrainingSite.institution_id == institution_id)
        .order_by(TrainingRoom.site_id, TrainingRoom.name, TrainingRoom.id)
        .limit(ROOMS_MAX)
    ).all()


def find_room_by_code(code: str, *, site_id: int) -> TrainingRoom | None:
    """A room of a site by its public code."""
    return db.session.scalar(
        select(TrainingRoom).where(TrainingRoom.code == code, TrainingRoom.site_id == site_id)
    )


def find_trainer_by_code(code: str, *, institution_id: int) -> Trainer | None:
    """A trainer of an institution by their public code."""
    return db.session.scalar(
        select(Trainer).where(Trainer.code == code, Trainer.institution_id == institution_id)
    )


def list_trainers(institution_id: int) -> Sequence[Trainer]:
    """The trainers of an institution: those who teach first, then by name."""
    return db.session.scalars(
        select(Trainer)
        .where(Trainer.institution_id == institution_id)
        .order_by(Trainer.state.desc(), Trainer.name, Trainer.id)
        .limit(TRAINERS_MAX)
    ).all()


def list_qualifications_of(trainer_ids: Iterable[int]) -> dict[int, list[TrainerQualification]]:
    """What trainers may teach, by trainer, oldest first."""
    rows = db.session.scalars(
        select(TrainerQualification)
        .where(TrainerQualification.trainer_id.in_(sorted(set(trainer_ids))))
        .order_by(TrainerQualification.valid_from, TrainerQualification.id)
        .limit(10_000)
    )
    found: dict[int, list[TrainerQualification]] = {}
    for row in rows:
        found.setdefault(row.trainer_id, []).append(row)
    return found


def count_places_and_people(institution_id: int) -> tuple[int, int]:
    """How many sites are in use, and how many trainers teach."""
    sites = select(func.count()).where(
        TrainingSite.institution_id == institution_id, TrainingSite.state == PlaceState.IN_USE
    )
    trainers = select(func.count()).where(
        Trainer.institution_id == institution_id, Trainer.state == TrainerState.TEACHES
    )
    return db.session.scalar(sites) or 0, db.session.scalar(trainers) or 0


def lock_rooms(room_ids: Collection[int], *, institution_id: int) -> dict[int, RoomFacts]:
    """Rooms of an institution, held until the unit of work ends: one filing at a time."""
    rows = db.session.execute(
        select(TrainingRoom)
        .join(TrainingSite, TrainingSite.id == TrainingRoom.site_id)
        .where(TrainingRoom.id.in_(room_ids), TrainingSite.institution_id == institution_id)
        .order_by(TrainingRoom.id)
        .with_for_update(of=TrainingRoom)
        .execution_options(populate_existing=True)
    ).scalars()
    return {
        room.id: RoomFacts(room.id, room.site_id, room.name, room.capacity, room.state)
        for room in rows
    }


def lock_trainers(trainer_ids: Collection[int], *, institution_id: int) -> dict[int, TrainerFacts]:
    """Trainers of an institution, and their other records anywhere, held likewise."""
    wanted = select(Trainer.id_number_index).where(
        Trainer.id.in_(trainer_ids), Trainer.id_number_index.is_not(None)
    )
    rows = db.session.scalars(
        select(Trainer)
        .where(or_(Trainer.id.in_(trainer_ids), Trainer.id_number_index.in_(wanted)))
        .order_by(Trainer.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    own = [row for row in rows if row.id in trainer_ids and row.institution_id == institution_id]
    qualifications = list_qualifications_of(row.id for row in own)
    return {
        row.id: TrainerFacts(
            row.id,
            row.name,
            person_of(row),
            row.state,
            tuple(
                QualificationPeriod(one.occupation_code, one.valid_from, one.valid_until)
                for one in qualifications.get(row.id, ())
            ),
        )
        for row in own
    }


def person_of(trainer: Trainer) -> str:
    """One person has one mark at all institutions, when their ID number is known there."""
    return trainer.id_number_index or f"trainer:{trainer.id}"


def list_persons_of(trainer_ids: Collection[int]) -> set[str]:
    """The fingerprints of the ID numbers of trainers, as far as they are known."""
    if not trainer_ids:
        return set()
    return set(
        db.session.scalars(
            select(Trainer.id_number_index)
            .where(Trainer.id.in_(trainer_ids), Trainer.id_number_index.is_not(None))
            .order_by(Trainer.id)
            .limit(2_000)
        )
    )


def lock_site_facts(site_id: int, *, institution_id: int) -> SiteFacts:
    """The site of a class, or 404 when it is another institution's; not closed meanwhile."""
    site = db.session.scalar(
        select(TrainingSite)
        .where(TrainingSite.id == site_id, TrainingSite.institution_id == institution_id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )
    if site is None:
        raise NotFound("training_site")
    return SiteFacts(site.id, site.name, site.state)
