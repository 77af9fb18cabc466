"""An institution with money earned, and the officers who pay it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from marketplace.foundation import clock, crypto
from marketplace.foundation.ids import new_code
from marketplace.foundation.money import Money
from marketplace.funds.models import Allotment, Fund
from marketplace.institutions.models import Institution, PayoutAccount
from marketplace.institutions.states import InstitutionState, PayoutAccountState
from marketplace.ledger.entries import AccountName, credit, debit, draft_entry
from marketplace.ledger.operations import post_entry
from marketplace.payouts.models import PayoutBatch
from marketplace.payouts.operations import (
    approve_payout_batch,
    prepare_payout_batch,
    send_payout_batch,
)
from marketplace.people.models import RoleGrant, User
from marketplace.people.states import Role
from marketplace.redemption.models import Redemption, Reservation
from marketplace.settlement.models import Settlement
from marketplace.settlement.operations import approve_settlement, prepare_settlement
from tests.factories.people import make_jurisdiction
from tests.factories.rows import make_row

EARNED_ON = date(2026, 11, 10)
CONNECTED = True
"""Whether payee accounts name a Stripe account as well."""


@dataclass(frozen=True, slots=True)
class Officers:
    """Maker and checker."""

    maker_id: int
    checker_id: int


def make_officers(jurisdiction_id: int | None = None) -> Officers:
    """Two fund officers of one jurisdiction."""
    jurisdiction_id = jurisdiction_id or make_jurisdiction().id
    users = [make_row(User, name_sealed=None) for _ in range(2)]
    for user in users:
        make_row(
            RoleGrant,
            user_id=user.id,
            role=Role.FUND_OFFICER,
            jurisdiction_id=jurisdiction_id,
            revoked_at=None,
        )
    return Officers(users[0].id, users[1].id)


def make_institution(name: str = "长青职业培训学校", **values: object) -> Institution:
    """An accredited institution of the test province unless told."""
    values.setdefault("jurisdiction_id", make_jurisdiction().id)
    return make_row(Institution, name=name, state=InstitutionState.ACCREDITED, **values)


def make_payout_account(institution_id: int, *, proposer_id: int, verifier_id: int) -> int:
    """A payee account signed by two people and payable now."""
    code = new_code("PA")
    number = "99" + code[3:].encode().hex()[:15]
    made = make_row(
        PayoutAccount,
        code=code,
        institution_id=institution_id,
        holder="长青职业培训学校",
        number=number,
        number_index=crypto.blind_index(number, purpose="payout_account.number"),
        bank_name="演示商业银行",
        bank_code="999100000009",
        connected_account="acct_" + "".join(filter(str.isalnum, code)) if CONNECTED else None,
        state=PayoutAccountState.VERIFIED,
        proposed_by=proposer_id,
        verified_by=verifier_id,
        verified_at=clock.now(),
        payable_from=clock.today(),
    )
    return int(made.id)


def make_allotment(amount_fen: int = 100_000_000) -> Allotment:
    """A funded allotment in CNY: appropriated, allotted and committed in the books."""
    fund = make_row(Fund, currency="CNY")
    allotment: Allotment = make_row(Allotment, fund_id=fund.id, parent_id=None)
    amount = Money(amount_fen, "CNY")
    available = AccountName("allotment:available", allotment.code)
    steps = (
        ("fund:appropriated", fund.code, AccountName("fund:unallotted", fund.code)),
        ("fund:unallotted", fund.code, available),
        ("allotment:available", allotment.code, AccountName("allotment:committed", allotment.code)),
    )
    for number, (kind, key, to) in enumerate(steps):
        draft = draft_entry(
            "test.funded",
            f"{allotment.code}-{number}",
            effective_on=clock.today(),
            memo="funded",
            currency="CNY",
            lines=(debit(AccountName(kind, key), amount), credit(to, amount)),
        )
        post_entry(draft, actor_id=None)
    return allotment


def make_redemption(
    institution: Institution, allotment: Allotment, amount_fen: int, *, on: date = EARNED_ON
) -> Redemption:
    """Money earned, booked: allotment:committed to payable:institution."""
    code = new_code("RD")
    amount = Money(amount_fen, "CNY")
    entry_id = post_entry(
        draft_entry(
            "voucher.redeemed",
            code,
            effective_on=on,
            memo=code,
            currency="CNY",
            lines=(
                debit(AccountName("allotment:committed", allotment.code), amount),
                credit(AccountName("payable:institution", institution.code), amount),
            ),
        ),
        actor_id=None,
    )
    return make_row(
        Redemption,
        code=code,
        institution_id=institution.id,
        allotment_id=allotment.id,
        reservation_id=make_row(Reservation, amount_fen=amount_fen).id,
        amount_fen=amount_fen,
        entry_id=entry_id,
        redeemed_on=on,
    )


def make_earning_institution(
    officers: Officers,
    amounts: tuple[int, ...] = (120_000, 80_050),
    *,
    on: date = EARNED_ON,
    **values: object,
) -> Institution:
    """An institution with redemptions in November 2026 and a payable payee account."""
    institution = make_institution(**values)
    allotment = make_allotment()
    for amount in amounts:
        make_redemption(institution, allotment, amount, on=on)
    make_payout_account(
        institution.id, proposer_id=officers.maker_id, verifier_id=officers.checker_id
    )
    return institution


def make_approved_settlement(
    officers: Officers, amounts: tuple[int, ...] = (120_000, 80_050), **values: object
) -> Settlement:
    """A November settlement with both signatures."""
    institution = make_earning_institution(officers, amounts, **values)
    settlement = prepare_settlement(
        institution.id, period_code="2026-11", actor_id=officers.maker_id
    )
    return approve_settlement(settlement.id, actor_id=officers.checker_id)


def make_sent_batch(
    officers: Officers, amounts: tuple[int, ...] = (120_000, 80_050), *, rail: str = "bank_file"
) -> PayoutBatch:
    """One batch on its way: a payout per amount, each to its own institution."""
    settlements = [make_approved_settlement(officers, (amount,)) for amount in amounts]
    batch = prepare_payout_batch(
        [settlement.id for settlement in settlements], rail=rail, actor_id=officers.maker_id
    )
    approve_payout_batch(batch.id, actor_id=officers.checker_id)
    return send_payout_batch(batch.id, actor_id=officers.maker_id)
