"""Accounts that people named as their own."""

from __future__ import annotations

from sqlalchemy import select

from marketplace.benefits.models import Benefit, WorkerBankAccount
from marketplace.benefits.states import BenefitState, WorkerBankAccountState
from marketplace.foundation.db import db


def find_bank_account_in_force(worker_id: int) -> WorkerBankAccount | None:
    """Where a person is paid now."""
    return db.session.scalar(
        select(WorkerBankAccount).where(
            WorkerBankAccount.worker_id == worker_id,
            WorkerBankAccount.state == WorkerBankAccountState.IN_FORCE,
        )
    )


def find_bank_account_of_number(worker_id: int, *, number_index: str) -> WorkerBankAccount | None:
    """The account in force, if it has this number: an honest second click."""
    present = find_bank_account_in_force(worker_id)
    return present if present and present.number_index == number_index else None


def has_had_bank_account(worker_id: int) -> bool:
    """Whether the person named one before: a new one then takes the place of another."""
    wanted = select(WorkerBankAccount.id).where(WorkerBankAccount.worker_id == worker_id).limit(1)
    return db.session.scalar(wanted) is not None


def is_bank_account_wanted(worker_id: int) -> bool:
    """Whether a person is owed money and has named no account for it."""
    named = select(WorkerBankAccount.id).where(
        WorkerBankAccount.worker_id == worker_id,
        WorkerBankAccount.state == WorkerBankAccountState.IN_FORCE,
    )
    wanted = (
        select(Benefit.id)
        .where(
            Benefit.worker_id == worker_id,
            Benefit.state == BenefitState.DUE,
            Benefit.netted_fen < Benefit.amount_fen,
            ~named.exists(),
        )
        .limit(1)
    )
    return db.session.scalar(wanted) is not None
