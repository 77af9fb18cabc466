"""The account a person wants to be paid on: named by them, held when it replaces another."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import update

from marketplace.audit.operations import record_event
from marketplace.benefits.models import Benefit, WorkerBankAccount
from marketplace.benefits.operations.notes import ACCOUNT_PAGE
from marketplace.benefits.queries import (
    find_bank_account_in_force,
    find_bank_account_of_number,
    has_had_bank_account,
    list_workers_to_remind,
)
from marketplace.benefits.states import BenefitState, WorkerBankAccountState
from marketplace.foundation import clock
from marketplace.foundation.crypto import blind_index
from marketplace.foundation.db import db
from marketplace.foundation.errors import Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.money import Money
from marketplace.foundation.text import mask_bank_account, tidy
from marketplace.institutions.rules import payee_payable_from, refusals_for_bank_numbers
from marketplace.notices.operations import send_notice
from marketplace.people.queries.workers import lock_worker

REMIND_EVERY = timedelta(days=14)
REMINDED_MAX = 1_000
_NUMBER_PURPOSE = "worker_bank_account.number"


def name_worker_bank_account(
    worker_id: int, *, number: str, bank_name: str, bank_code: str, actor_id: int
) -> WorkerBankAccount:
    """Name the account, in the person's own name, that benefits are paid to from now on.

    The first one is payable at once; one that replaces another only after a hold of seven days,
    and the person is told. The number is encrypted and never shown whole again. The same number
    again is answered with the account that is in force. Refuses numbers that cannot be right.
    """
    worker = lock_worker(worker_id)
    number = re.sub(r"[\s-]", "", number)
    index = blind_index(number, purpose=_NUMBER_PURPOSE)
    if same := find_bank_account_of_number(worker_id, number_index=index):
        return same
    bank_name, bank_code = tidy(bank_name), re.sub(r"\s", "", bank_code)
    if refusals := refusals_for_bank_numbers(number, bank_name, bank_code):
        raise Refused(refusals)
    replaces_another = has_had_bank_account(worker_id)
    if former := find_bank_account_in_force(worker_id):
        former.state = WorkerBankAccountState.RETIRED
        former.retired_at = clock.now()
        db.session.flush()
    account = WorkerBankAccount(
        code=new_code("WA"),
        worker_id=worker_id,
        number_index=index,
        number_masked=mask_bank_account(number),
        bank_name=bank_name,
        bank_code=bank_code,
        state=WorkerBankAccountState.IN_FORCE,
        payable_from=payee_payable_from(clock.today(), replaces_another=replaces_another),
        named_by=actor_id,
        named_at=clock.now(),
    )
    account.number = number
    db.session.add(account)
    db.session.flush()
    record_event(
        "worker_bank_account.named",
        subject_kind="worker",
        subject_code=worker.code,
        actor_id=actor_id,
        details={"payout_account": account.code, "valid_from": account.payable_from.isoformat()},
    )
    if worker.user_id is not None:
        params = {"number": account.number_masked, "day": account.payable_from}
        send_notice(
            worker.user_id, kind="worker_bank_account.named", params=params, link=ACCOUNT_PAGE
        )
    return account


def remind_for_bank_accounts() -> int:
    """Ask everybody whose money has waited for an account for two weeks; answers how many."""
    waiting = list_workers_to_remind(clock.now() - REMIND_EVERY, limit=REMINDED_MAX)
    for one in waiting:
        params = {"amount": Money(one.amount_fen, one.currency)}
        send_notice(one.user_id, kind="benefit.account_wanted", params=params, link=ACCOUNT_PAGE)
    db.session.execute(
        update(Benefit)
        .where(
            Benefit.worker_id.in_([one.worker_id for one in waiting]),
            Benefit.state == BenefitState.DUE,
        )
        .values(reminded_at=clock.now())
    )
    return len(waiting)
