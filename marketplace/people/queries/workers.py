"""Reading workers, within the places a reader is responsible for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.orm import aliased

from marketplace.audit.models import AuditEvent
from marketplace.foundation import crypto
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound
from marketplace.foundation.paging import Page, PageRequest
from marketplace.foundation.text import mask_id_number, mask_name, mask_phone, tidy
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.people.models import IdentityCheck, Worker
from marketplace.people.queries.paging import page_of
from marketplace.people.queries.users import REVEALING_EVENTS
from marketplace.people.rules import normal_id_number

ID_NUMBER_PURPOSE = "worker.id_number"
PHONE_PURPOSE = "worker.phone"


def get_worker(worker_id: int) -> Worker:
    """A worker by number."""
    worker = db.session.get(Worker, worker_id)
    if worker is None:
        raise NotFound("worker")
    return worker


@dataclass(frozen=True, slots=True)
class WorkerMasks:
    """A person as pages show them: enough to recognise, too little to misuse."""

    name: str
    number: str
    phone: str


def seal_id_number(worker_id: int, *, purpose: str) -> str:
    """The fingerprint of a person's ID number as another register keeps it; the number stays here.

    To tell whether a trainer or an examiner is the same person as a worker.
    """
    return crypto.blind_index(get_worker(worker_id).id_number, purpose=purpose)


def get_masks(worker: Worker) -> WorkerMasks:
    """The masked name, ID number and telephone number of a worker."""
    return WorkerMasks(
        mask_name(worker.name),
        mask_id_number(worker.id_number),
        mask_phone(worker.phone) if worker.phone else "–",
    )


def lock_worker(worker_id: int) -> Worker:
    """A worker, held until the unit of work ends."""
    worker = db.session.scalar(
        select(Worker)
        .where(Worker.id == worker_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if worker is None:
        raise NotFound("worker")
    return worker


def find_worker_by_id_number(id_number: str) -> Worker | None:
    """The one record of an ID number, found by its blind index."""
    index = crypto.blind_index(normal_id_number(id_number), purpose=ID_NUMBER_PURPOSE)
    return db.session.scalar(select(Worker).where(Worker.id_number_index == index))


def find_worker_named(number: str, name: str) -> Worker | None:
    """The worker with exactly this public code or ID number *and* this name; what fits only in
    part looks like what does not exist."""
    worker = db.session.scalar(select(Worker).where(Worker.code == number.strip().upper()))
    worker = worker or find_worker_by_id_number(number)
    return worker if worker is not None and worker.name == tidy(name) else None


def mask_named(number: str, name: str) -> str:
    """What somebody typed to name a person, masked like a person."""
    code = number.strip().upper()
    shown = code[:14] if code.startswith("W-") else mask_id_number(normal_id_number(number))
    return f"{mask_name(tidy(name))} {shown}"[:80]


def list_user_ids_of_workers(worker_ids: Collection[int]) -> dict[int, int]:
    """The logins of workers who have one, by worker: whom a notice can reach."""
    rows = db.session.execute(
        select(Worker.id, Worker.user_id)
        .where(Worker.id.in_(worker_ids), Worker.user_id.is_not(None))
        .order_by(Worker.id)
        .limit(len(worker_ids) or 1)
    )
    return {worker_id: user_id for worker_id, user_id in rows if user_id is not None}


def list_phones(worker_ids: Collection[int]) -> dict[int, str]:
    """The telephone numbers of those who gave one, opened: for messages, never for a page."""
    rows = db.session.scalars(
        select(Worker)
        .where(Worker.id.in_(worker_ids), Worker.phone_sealed.is_not(None))
        .order_by(Worker.id)
        .limit(len(worker_ids) or 1)
    )
    return {worker.id: worker.phone for worker in rows}


def list_worker_names(worker_ids: Collection[int]) -> dict[int, str]:
    """The names of some workers, opened; callers mask them unless their page needs them."""
    if not worker_ids:
        return {}
    rows = db.session.scalars(
        select(Worker).where(Worker.id.in_(set(worker_ids))).order_by(Worker.id).limit(1000)
    )
    return {worker.id: worker.name for worker in rows}


def list_worker_masks(worker_ids: Collection[int]) -> dict[int, WorkerMasks]:
    """Some workers as pages show them, by worker."""
    if not worker_ids:
        return {}
    rows = db.session.scalars(
        select(Worker).where(Worker.id.in_(set(worker_ids))).order_by(Worker.id).limit(2000)
    )
    return {worker.id: get_masks(worker) for worker in rows}


def in_subtrees(paths: Collection[str]) -> ColumnElement[bool]:
    """The condition that a worker lives or works within one of the subtrees ('' is everywhere)."""
    if "" in paths:
        return true()
    if not paths:
        return false()
    place = aliased(Jurisdiction)
    inside = (
        select(place.id)
        .where(or_(*(place.path.startswith(path, autoescape=True) for path in paths)))
        .scalar_subquery()
    )
    return or_(Worker.residence_id.in_(inside), Worker.workplace_id.in_(inside))


def find_worker_in_scope(code: str, paths: Collection[str]) -> Worker | None:
    """A worker by public code, for an officer of these subtrees."""
    return db.session.scalar(select(Worker).where(Worker.code == code, in_subtrees(paths)))


def list_identity_checks(worker_id: int) -> Sequence[IdentityCheck]:
    """How a worker's identity was proved, newest first."""
    return db.session.scalars(
        select(IdentityCheck)
        .where(IdentityCheck.worker_id == worker_id)
        .order_by(IdentityCheck.id.desc())
        .limit(20)
    ).all()


def list_views_of_worker(worker_code: str, page: PageRequest) -> Page[AuditEvent]:
    """Who opened this person's full data, newest first: for the person themself.

    A document's viewing is written under its worker too, so that one list tells all.
    """
    return page_of(
        select(AuditEvent)
        .where(
            AuditEvent.subject_kind == "worker",
            AuditEvent.subject_code == worker_code,
            AuditEvent.event.in_(REVEALING_EVENTS),
        )
        .order_by(AuditEvent.id.desc()),
        page,
    )
