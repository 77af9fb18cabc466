"""Smallest valid people: logins, workers, officers, confirmed categories. Inside a unit of work."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

from sqlalchemy import select

from marketplace.foundation.db import db
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.people.models import CategoryFact, RoleGrant, User, Worker
from marketplace.people.operations import (
    declare_category,
    grant_role,
    register_user,
    register_worker,
    verify_category_fact,
)
from marketplace.people.rules import PRIVACY_NOTICE_VERSION, check_character
from marketplace.people.states import Role, WorkerCategory
from tests.pages import PASSWORD

_numbers = itertools.count(1)

PNG = b"\x89PNG\r\n\x1a\n" + b"evidence" * 8
PDF = b"%PDF-1.7\n" + b"evidence" * 8
# One white dot: a photo that a browser can show.
DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d7"
    "63f8ffff3f0005fe02fe0def46b80000000049454e44ae426082"
)


def make_id_number(serial: int = 1, *, born_on: date = date(1990, 5, 17), area: str = "990101"):
    """A well-formed number of nobody: its county code was never assigned."""
    body = f"{area}{born_on:%Y%m%d}{serial % 1000:03d}"
    return body + check_character(body)


def next_id_number(**wanted: Any) -> str:
    """A number no earlier call gave."""
    serial = next(_numbers)
    born_on = wanted.pop("born_on", date(1960 + serial // 999 % 40, 5, 17))
    return make_id_number(serial % 999, born_on=born_on, **wanted)


def make_user(
    login: str | None = None, *, name: str = "测试用户", locale: str = "zh_Hans_CN"
) -> User:
    """A login with the test password."""
    return register_user(
        login or f"user-{next(_numbers)}", password=PASSWORD, name=name, locale=locale
    )


def make_jurisdiction(
    code: str = "990000", *, name: str = "测试省", parent: Any = None
) -> Jurisdiction:
    """A place; the same code again is the same place."""
    found = db.session.scalar(select(Jurisdiction).where(Jurisdiction.code == code))
    if found:
        return found
    place = Jurisdiction(
        code=code,
        name=name,
        tier=parent.tier + 1 if parent else 1,
        parent_id=parent.id if parent else None,
        path=f"{parent.path if parent else '/'}{code}/",
    )
    db.session.add(place)
    db.session.flush()
    return place


def make_worker(user: User | None = None, **wanted: Any) -> Worker:
    """A worker with a login, unless `user_id=None` is asked for."""
    values: dict[str, Any] = {
        "id_number": wanted.pop("id_number", None) or next_id_number(),
        "name": "李小花",
        "phone": "13800138000",
        "residence_id": None,
        "privacy_notice_version": PRIVACY_NOTICE_VERSION,
    }
    if "user_id" not in wanted:
        user = user or make_user(name=wanted.get("name", "李小花"))
        wanted["user_id"] = user.id
    values.update(wanted)
    return register_worker(**{"actor_id": values["user_id"], **values})


def make_officer(
    jurisdiction: Any = None, *, role: Role = Role.FUND_OFFICER, login: str | None = None
) -> User:
    """A fund officer of a place (the test province unless told), or an administrator."""
    if jurisdiction is None and role is not Role.ADMINISTRATOR:
        jurisdiction = make_jurisdiction()
    user = make_user(login or f"officer-{next(_numbers)}", name="王经办")
    grant_role(
        user.id,
        role=role,
        jurisdiction_id=jurisdiction.id if jurisdiction is not None else None,
        actor_id=None,
    )
    return user


def make_administrator(login: str | None = None) -> User:
    """An administrator of the deployment."""
    return make_officer(role=Role.ADMINISTRATOR, login=login or f"admin-{next(_numbers)}")


def make_category_fact(worker: Worker, **wanted: Any) -> CategoryFact:
    """A declaration that waits for a decision."""
    values: dict[str, Any] = {
        "category": WorkerCategory.RURAL_MIGRANT,
        "valid_from": date(2026, 1, 1),
        "valid_until": None,
        "document_id": None,
        "actor_id": worker.user_id,
    }
    return declare_category(worker.id, **{**values, **wanted})


def make_verified_category(
    worker: Worker, *, officer: User | None = None, **wanted: Any
) -> CategoryFact:
    """A confirmed category fact; declared on the worker's behalf, so evidence is optional."""
    deciding = officer or make_officer()
    fact = make_category_fact(worker, **{"actor_id": deciding.id, **wanted})
    verify_category_fact(fact.id, valid_until=wanted.get("valid_until"), actor_id=deciding.id)
    return fact


def role_grants_of(user: User) -> list[RoleGrant]:
    """All grants of a login."""
    return list(db.session.scalars(select(RoleGrant).where(RoleGrant.user_id == user.id)))
