"""Registering sites, rooms and trainers, and closing them."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.crypto import blind_index
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import mask_id_number, normal_form, tidy
from marketplace.institutions.models import Institution
from marketplace.institutions.queries import lock_institution
from marketplace.people.rules import IdNumber, read_id_number
from marketplace.teaching.models import (
    Trainer,
    TrainerQualification,
    TrainingRoom,
    TrainingSite,
)
from marketplace.teaching.queries import (
    PERSON_PURPOSE,
    get_site,
    list_qualifications_of,
    list_rooms,
    list_sites,
    list_trainers,
)
from marketplace.teaching.rules import (
    SitePlan,
    refusals_for_qualification,
    refusals_for_room,
    refusals_for_site,
    refusals_for_trainer,
)
from marketplace.teaching.states import PlaceState, TrainerState


def register_site(
    institution_id: int, plan: SitePlan, *, jurisdiction_id: int | None, actor_id: int | None
) -> TrainingSite:
    """Name a place where the institution teaches; without a place of its own, the institution's."""
    institution = lock_institution(institution_id)
    plan = _tidy_plan(plan)
    others = {normal_form(site.name) for site in list_sites(institution_id)}
    if refusals := refusals_for_site(plan, name_is_taken=normal_form(plan.name) in others):
        raise Refused(refusals)
    site = TrainingSite(
        code=new_code("TS"),
        institution_id=institution_id,
        name=plan.name,
        address=plan.address,
        jurisdiction_id=jurisdiction_id or institution.jurisdiction_id,
        latitude=plan.latitude,
        longitude=plan.longitude,
        step_free=plan.step_free,
        state=PlaceState.IN_USE,
        created_at=clock.now(),
        changed_at=clock.now(),
    )
    db.session.add(site)
    db.session.flush()
    _record("site.registered", institution, actor_id, site=site.code)
    return site


def revise_site(
    site_id: int, plan: SitePlan, *, jurisdiction_id: int | None, actor_id: int | None
) -> TrainingSite:
    """Describe a site anew; classes filed there keep the address they were filed with."""
    site, institution = _lock_site(site_id)
    plan = _tidy_plan(plan)
    others = {normal_form(one.name) for one in list_sites(institution.id) if one.id != site_id}
    if refusals := refusals_for_site(plan, name_is_taken=normal_form(plan.name) in others):
        raise Refused(refusals)
    before = {name: getattr(site, name) for name in ("name", "address", "step_free")}
    site.name, site.address, site.step_free = plan.name, plan.address, plan.step_free
    site.latitude, site.longitude = plan.latitude, plan.longitude
    site.jurisdiction_id = jurisdiction_id or site.jurisdiction_id
    site.changed_at = clock.now()
    db.session.flush()
    _record("site.revised", institution, actor_id, site=site.code, before=before)
    return site


def close_site(site_id: int, *, actor_id: int | None) -> TrainingSite:
    """File no new class there; `catalog` asks first what is filed there already."""
    return _set_site_state(site_id, PlaceState.CLOSED, "site.closed", actor_id)


def reopen_site(site_id: int, *, actor_id: int | None) -> TrainingSite:
    """Classes may be filed there again."""
    return _set_site_state(site_id, PlaceState.IN_USE, "site.reopened", actor_id)


def add_room(
    site_id: int, *, name: str, capacity: int, step_free: bool, actor_id: int | None
) -> TrainingRoom:
    """Name a room of a site and its seats; a closed one of the same name is opened again."""
    site, institution = _lock_site(site_id)
    name = tidy(name)
    same = [
        room
        for room in list_rooms(institution.id)
        if room.site_id == site_id and normal_form(room.name) == normal_form(name)
    ]
    is_taken = any(room.state == PlaceState.IN_USE for room in same)
    if refusals := refusals_for_room(name, capacity, name_is_taken=is_taken):
        raise Refused(refusals)
    if same:
        room = same[0]
        room.state, room.capacity, room.step_free = PlaceState.IN_USE, capacity, step_free
    else:
        room = TrainingRoom(
            code=new_code("RM"),
            site_id=site_id,
            name=name,
            capacity=capacity,
            step_free=step_free,
            state=PlaceState.IN_USE,
            created_at=clock.now(),
        )
        db.session.add(room)
    db.session.flush()
    _record("room.added", institution, actor_id, site=site.code, room=room.code)
    return room


def close_room(room_id: int, *, actor_id: int | None) -> TrainingRoom:
    """File no new class in a room; `catalog` asks first what is filed there already."""
    room = db.session.get(TrainingRoom, room_id)
    if room is None:
        raise NotFound("training_room")
    site, institution = _lock_site(room.site_id)
    if room.state == PlaceState.IN_USE:
        room.state = PlaceState.CLOSED
        db.session.flush()
        _record("room.closed", institution, actor_id, site=site.code, room=room.code)
    return room


def add_trainer(
    institution_id: int, *, name: str, id_number: str | None, actor_id: int | None
) -> Trainer:
    """Name who teaches. The ID number, if given, is checked and kept as a fingerprint only."""
    institution = lock_institution(institution_id)
    index, masked, refusals = _person(id_number)
    taken = index is not None and any(
        one.id_number_index == index and one.state == TrainerState.TEACHES
        for one in list_trainers(institution_id)
    )
    refusals += refusals_for_trainer(tidy(name), person_is_taken=taken)
    if refusals:
        raise Refused(refusals)
    trainer = Trainer(
        code=new_code("TR"),
        institution_id=institution_id,
        name=tidy(name),
        id_number_index=index,
        id_number_masked=masked,
        state=TrainerState.TEACHES,
        created_at=clock.now(),
    )
    db.session.add(trainer)
    db.session.flush()
    _record("trainer.added", institution, actor_id, trainer=trainer.code)
    return trainer


def end_trainer(trainer_id: int, *, actor_id: int | None) -> Trainer:
    """A trainer has left: no new class is filed with them."""
    trainer, institution = _lock_trainer(trainer_id)
    if trainer.state == TrainerState.TEACHES:
        trainer.state = TrainerState.LEFT
        trainer.ended_at = clock.now()
        db.session.flush()
        _record("trainer.ended", institution, actor_id, trainer=trainer.code)
    return trainer


def add_qualification(
    trainer_id: int,
    *,
    title: str,
    occupation_code: str | None,
    valid_from: date,
    valid_until: date | None,
    actor_id: int | None,
) -> TrainerQualification:
    """Say what entitles a trainer to teach an occupation (empty: any), from when to when."""
    trainer, institution = _lock_trainer(trainer_id)
    title = tidy(title)
    wanted = (title, occupation_code, valid_from)
    present = [
        (one.title, one.occupation_code, one.valid_from)
        for one in list_qualifications_of([trainer_id]).get(trainer_id, ())
    ]
    if refusals := refusals_for_qualification(
        title, valid_from=valid_from, valid_until=valid_until, is_taken=wanted in present
    ):
        raise Refused(refusals)
    qualification = TrainerQualification(
        trainer_id=trainer_id,
        title=title,
        occupation_code=occupation_code,
        valid_from=valid_from,
        valid_until=valid_until,
        added_by=actor_id,
        added_at=clock.now(),
    )
    db.session.add(qualification)
    db.session.flush()
    details = {"trainer": trainer.code, "occupation": occupation_code, "title": title}
    _record("trainer.qualified", institution, actor_id, **details)
    return qualification


def _person(id_number: str | None) -> tuple[str | None, str | None, tuple[Any, ...]]:
    """Fingerprint, mask and reasons against an ID number (GB 11643)."""
    if not id_number or not tidy(id_number):
        return None, None, ()
    identity = read_id_number(id_number, on=clock.today())
    if not isinstance(identity, IdNumber):
        return None, None, identity
    index = blind_index(identity.number, purpose=PERSON_PURPOSE)
    return index, mask_id_number(identity.number), ()


def _set_site_state(
    site_id: int, state: PlaceState, event: str, actor_id: int | None
) -> TrainingSite:
    site, institution = _lock_site(site_id)
    if site.state != state:
        site.state = state
        site.changed_at = clock.now()
        db.session.flush()
        _record(event, institution, actor_id, site=site.code)
    return site


def _lock_site(site_id: int) -> tuple[TrainingSite, Institution]:
    site = get_site(site_id)
    institution = lock_institution(site.institution_id)
    db.session.refresh(site, with_for_update=True)
    return site, institution


def _lock_trainer(trainer_id: int) -> tuple[Trainer, Institution]:
    trainer = db.session.scalar(select(Trainer).where(Trainer.id == trainer_id))
    if trainer is None:
        raise NotFound("trainer")
    institution = lock_institution(trainer.institution_id)
    db.session.refresh(trainer)
    return trainer, institution


def _tidy_plan(plan: SitePlan) -> SitePlan:
    return SitePlan(
        tidy(plan.name), tidy(plan.address), plan.latitude, plan.longitude, plan.step_free
    )


def _record(event: str, institution: Institution, actor_id: int | None, **details: Any) -> None:
    record_event(
        event,
        subject_kind="institution",
        subject_code=institution.code,
        actor_id=actor_id,
        details=details,
    )
