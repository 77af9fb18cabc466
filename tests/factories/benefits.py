"""People who are owed money beside their training. Use in write_transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marketplace.benefits.models import WorkerBankAccount
from marketplace.benefits.operations import name_worker_bank_account
from marketplace.foundation.db import db
from marketplace.payouts.operations import (
    approve_payout_batch,
    open_payout_file,
    send_payout_batch,
)
from marketplace.payouts.persons.operations import prepare_benefit_batch
from marketplace.payouts.persons.queries import list_people_of_batch, list_ready_ids
from marketplace.payouts.rails.demo_bank import answer_batch_file
from marketplace.people.models import Worker
from marketplace.reconciliation.operations.matching import match_statement_lines
from marketplace.reconciliation.operations.statements import import_bank_statement
from marketplace.redemption.operations.redeem import redeem_voucher
from marketplace.vouchers.models import Scheme
from tests.factories.funds import make_place
from tests.factories.people import make_officer, make_user, make_worker
from tests.factories.redemption import Case, make_ready_case
from tests.factories.settlement import Officers
from tests.factories.vouchers import CLAUSE, make_pack, make_scheme

LIVING = {"kind": "living", "amount_fen": 30_000, "per_lifetime_max": 3, "clause": CLAUSE}
FEE = {"kind": "assessment_fee", "amount_fen": 15_000, "clause": CLAUSE}
NUMBERS = (f"9909900000{number:06d}" for number in range(1, 1_000))


@dataclass(frozen=True)
class BenefitWorld:
    """A scheme with allowances, two people who were redeemed under it, two officers."""

    scheme: Scheme
    first: Case
    second: Case
    officers: Officers


def make_benefit_scheme(*allowances: dict[str, Any], **more: Any) -> Scheme:
    """A scheme that promises these allowances; a living allowance and the fee unless told."""
    return make_scheme(make_pack(allowances=list(allowances or (LIVING, FEE))), **more)


def make_redeemed_case(scheme: Scheme, *, worker: Worker | None = None, **more: Any) -> Case:
    """A learner whose training is over and redeemed; with a login unless told."""
    case = make_ready_case(scheme=scheme, worker=worker or make_worker(make_user()), **more)
    redeem_voucher(case.voucher.id, institution_id=case.institution.id, actor_id=case.staff.id)
    return case


def make_account(worker: Worker) -> WorkerBankAccount:
    """A bank account of the person, payable at once when it is their first."""
    return name_worker_bank_account(
        worker.id,
        number=next(NUMBERS),
        bank_name="演示商业银行",
        bank_code="999100000009",
        actor_id=worker.user_id or 1,
    )


def make_benefit_world() -> BenefitWorld:
    """Two people redeemed; nothing decided, and nobody has named an account."""
    scheme = make_benefit_scheme()
    first = make_redeemed_case(scheme)
    second = make_redeemed_case(scheme)
    place = make_place("220800")
    officers = Officers(make_officer(place).id, make_officer(place).id)
    return BenefitWorld(scheme, first, second, officers)


def pay_ready_benefits(officers: Officers, *, opening_fen: int | None = None) -> list[int]:
    """Pay everything that can be paid through the bank file, statement included; the payouts."""
    ready = list_ready_ids(paths=("",))
    batch = prepare_benefit_batch(ready, rail="bank_file", actor_id=officers.maker_id)
    approve_payout_batch(batch.id, actor_id=officers.checker_id)
    send_payout_batch(batch.id, actor_id=officers.maker_id)
    db.session.flush()
    statement = answer_batch_file(open_payout_file(batch).content, opening_fen=opening_fen)
    import_bank_statement(
        statement, file_name=f"{batch.code}.xml", bank_account="MAIN", actor_id=None
    )
    match_statement_lines(actor_id=None)
    return [one.payout.id for one in list_people_of_batch(batch.id)]
