"""Accounts that people named as their own."""

from __future__ import annotations

from sqlalchemy import select

from marketplace.benefits.models import WorkerAccount
from marketplace.benefits.states import WorkerAccountState
from marketplace.foundation.db import db


def find_account_in_force(worker_id: int) -> WorkerAccount | None:
    """Where a person is paid now."""
    return db.session.scalar(
        select(WorkerAccount).where(
            WorkerAccount.worker_id == worker_id,
            WorkerAccount.state == WorkerAccountState.IN_FORCE,
        )
    )


def find_account_of_number(worker_id: int, *, number_index: str) -> WorkerAccount | None:
    """The account in force, if it has this number: an honest second click."""
    present = find_account_in_force(worker_id)
    return present if present and present.number_index == number_index else None


def has_had_account(worker_id: int) -> bool:
    """Whether the person named one before: a new one then takes the place of another."""
    wanted = select(WorkerAccount.id).where(WorkerAccount.worker_id == worker_id).limit(1)
    return db.session.scalar(wanted) is not None
