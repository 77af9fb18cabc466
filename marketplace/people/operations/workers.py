"""Workers: registered once per ID number; their data opened for a stated purpose only."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from marketplace.audit.operations import record_event
from marketplace.foundation import clock, crypto
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.text import tidy
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.people.models import IdentityCheck, Worker
from marketplace.people.queries.users import count_reveals_since, lock_user
from marketplace.people.queries.workers import (
    ID_NUMBER_PURPOSE,
    PHONE_PURPOSE,
    find_worker_by_id_number,
    get_worker,
    lock_worker,
)
from marketplace.people.rules import (
    REVEALS_PER_HOUR,
    WORKING_AGE,
    IdNumber,
    age_on,
    normal_phone,
    read_id_number,
    refusals_for_name,
    refusals_for_phone,
)
from marketplace.people.states import CheckOutcome


def register_worker(
    *,
    id_number: str,
    name: str,
    phone: str | None,
    residence_id: int | None,
    user_id: int | None,
    actor_id: int | None,
    privacy_notice_version: str,
) -> Worker:
    """Enter a person of working age, once per resident ID number.

    The same login with the same number again gets the same worker. Refuses a number that is not
    well formed, one that somebody registered before (without saying who), people under 16, and
    a registration without the privacy notice. An unknown county code is noted, never refused.
    """
    identity = read_id_number(id_number, on=clock.today())
    tidy_name, reachable = tidy(name), normal_phone(phone) if phone else None
    refusals = _refusals_for_person(identity, tidy_name, reachable, privacy_notice_version)
    if refusals or not isinstance(identity, IdNumber):
        raise Refused(refusals)
    if residence_id is not None and db.session.get(Jurisdiction, residence_id) is None:
        raise Refused(Refusal("residence_unknown", field="residence"))
    if earlier := _find_earlier(identity.number, user_id):
        return earlier
    worker = Worker(
        code=new_code("W"),
        user_id=user_id,
        id_number=identity.number,
        id_number_index=crypto.blind_index(identity.number, purpose=ID_NUMBER_PURPOSE),
        name=tidy_name,
        phone=reachable,
        phone_index=crypto.blind_index(reachable, purpose=PHONE_PURPOSE) if reachable else None,
        born_on=identity.born_on,
        sex=identity.sex,
        residence_id=residence_id,
        privacy_notice_version=privacy_notice_version,
        privacy_notice_at=clock.now(),
        created_at=clock.now(),
    )
    try:
        with db.session.begin_nested():
            db.session.add(worker)
    except IntegrityError as error:  # registered between our look and our write
        raise Refused(Refusal("id_number_taken", field="id_number")) from error
    _note_format_check(worker, identity)
    _record("worker.registered", worker, actor_id=actor_id)
    return worker


def change_phone(worker_id: int, *, phone: str, actor_id: int) -> None:
    """Note a new telephone number."""
    worker = lock_worker(worker_id)
    reachable = normal_phone(phone)
    if refusals := refusals_for_phone(reachable):
        raise Refused(refusals)
    worker.phone = reachable
    worker.phone_index = crypto.blind_index(reachable, purpose=PHONE_PURPOSE)
    db.session.flush()
    _record("worker.phone_changed", worker, actor_id=actor_id)


def change_place(worker_id: int, *, kind: str, jurisdiction_id: int | None, actor_id: int) -> None:
    """Note where a person lives (`residence`) or works (`workplace`); officers there are
    responsible from now on."""
    assert kind in ("residence", "workplace")
    worker = lock_worker(worker_id)
    if jurisdiction_id is not None and db.session.get(Jurisdiction, jurisdiction_id) is None:
        raise Refused(Refusal("residence_unknown", field="place"))
    setattr(worker, f"{kind}_id", jurisdiction_id)
    db.session.flush()
    _record(f"worker.{kind}_changed", worker, actor_id=actor_id)


def reveal_id_number(worker_id: int, *, purpose: str, actor_id: int) -> str:
    """Open a person's ID number for an officer, for a stated purpose; the person can see it.

    Refuses `purpose_needed`, and more than 200 people per hour and login (`too_many_reveals`).
    """
    worker = get_worker(worker_id)
    if not tidy(purpose):
        raise Refused(Refusal("purpose_needed", field="purpose"))
    refuse_bulk_reading(actor_id)
    _record("worker.id_number_viewed", worker, actor_id=actor_id, reason=tidy(purpose)[:200])
    return str(worker.id_number)


def refuse_bulk_reading(actor_id: int) -> None:
    """Stop a login that opens the data of very many people; its row makes the count exact."""
    lock_user(actor_id)
    if count_reveals_since(actor_id, clock.now() - timedelta(hours=1)) >= REVEALS_PER_HOUR:
        raise Refused(Refusal("too_many_reveals", {"limit": REVEALS_PER_HOUR}))


def _refusals_for_person(
    identity: IdNumber | tuple[Refusal, ...],
    name: str,
    phone: str | None,
    privacy_notice_version: str,
) -> tuple[Refusal, ...]:
    reasons = list(identity) if isinstance(identity, tuple) else []
    if isinstance(identity, IdNumber) and age_on(identity.born_on, clock.today()) < WORKING_AGE:
        reasons.append(Refusal("too_young", {"age": WORKING_AGE}, field="id_number"))
    reasons += refusals_for_name(name)
    reasons += refusals_for_phone(phone) if phone else ()
    if not privacy_notice_version:
        reasons.append(Refusal("privacy_notice_needed", field="privacy_notice"))
    return tuple(reasons)


def _find_earlier(number: str, user_id: int | None) -> Worker | None:
    """The worker this login registered before with this number; refuses all other overlaps."""
    if user_id is not None:
        lock_user(user_id)
    earlier = find_worker_by_id_number(number)
    if earlier is not None and user_id is not None and earlier.user_id == user_id:
        return earlier
    if earlier is not None:
        raise Refused(Refusal("id_number_taken", field="id_number"))
    own = select(Worker.id).where(Worker.user_id == user_id)
    if user_id is not None and db.session.scalar(own) is not None:
        raise Refused(Refusal("user_has_worker"))
    return None


def _note_format_check(worker: Worker, identity: IdNumber) -> None:
    known = db.session.scalar(
        select(Jurisdiction.id).where(Jurisdiction.code == identity.area_code)
    )
    db.session.add(
        IdentityCheck(
            worker_id=worker.id,
            method="format",
            outcome=CheckOutcome.PASSED,
            note=None if known else "area_unknown",
            checked_at=clock.now(),
        )
    )
    db.session.flush()


def _record(event: str, worker: Worker, *, actor_id: int | None, reason: str | None = None) -> None:
    record_event(
        event, subject_kind="worker", subject_code=worker.code, actor_id=actor_id, reason=reason
    )
