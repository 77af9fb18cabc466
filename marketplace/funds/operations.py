"""Giving money: into a fund, and down to the jurisdictions."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from marketplace.audit.operations import record_event
from marketplace.foundation import clock
from marketplace.foundation.db import db
from marketplace.foundation.errors import NotFound, Refusal, Refused
from marketplace.foundation.ids import new_code
from marketplace.foundation.money import Money
from marketplace.foundation.text import tidy
from marketplace.funds.entries import (
    available,
    entry_for_allotment,
    entry_for_appropriation,
    unallotted,
)
from marketplace.funds.lots.operations import find_day_drawn, save_lot
from marketplace.funds.lots.rules import ExpiryFacts, refusals_for_expiry
from marketplace.funds.models import Allotment, BankAccount, Fund
from marketplace.funds.queries import (
    find_allotment_of,
    find_bank_account,
    find_fund_by_code,
    get_allotment,
    lock_fund,
)
from marketplace.funds.rules import (
    AllotmentFacts,
    AppropriationFacts,
    ParentFacts,
    refusals_for_allotment,
    refusals_for_appropriation,
)
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.ledger.entries import AccountName
from marketplace.ledger.operations import post_entry
from marketplace.ledger.queries import find_entry, get_balance_fen


def create_fund(*, code: str, name: str, purpose: str, currency: str, actor_id: int | None) -> Fund:
    """Found a ring-fenced pot of money, still empty. Refuses `fund_code_taken`."""
    code = tidy(code).upper()
    if find_fund_by_code(code):
        raise Refused(Refusal("fund_code_taken", {"code": code}, field="code"))
    fund = Fund(
        code=code,
        name=tidy(name),
        purpose=tidy(purpose),
        currency=currency,
        created_by=actor_id,
        created_at=clock.now(),
    )
    db.session.add(fund)
    db.session.flush()
    record_event("fund.created", subject_kind="fund", subject_code=code, actor_id=actor_id)
    return fund


def appropriate_fund(
    fund_id: int,
    *,
    amount: Money,
    key: str,
    actor_id: int | None,
    expires_on: date | None = None,
) -> int:
    """Put money into a fund; returns the entry. The same key again books nothing.

    `expires_on` is the last day on which it may be allotted. Refuses `amount_not_positive`,
    `fund_currency_differs`, `lot_expired_already`; `entry_differs` when the key was used for
    something else. Entry: fund:appropriated → fund:unallotted.
    """
    fund = lock_fund(fund_id)
    refusals = refusals_for_appropriation(AppropriationFacts(amount, fund.currency))
    if find_entry("fund.appropriated", key) is None:
        refusals += refusals_for_expiry(ExpiryFacts(expires_on, None, clock.today()))
    if refusals:
        raise Refused(refusals)
    draft = entry_for_appropriation(fund.code, key=key, amount=amount, effective_on=clock.today())
    replay = find_entry(draft.kind, draft.key) is not None
    entry_id = post_entry(draft, actor_id=actor_id)
    if not replay:
        record_event(
            "fund.appropriated",
            subject_kind="fund",
            subject_code=fund.code,
            actor_id=actor_id,
            details={"amount_fen": amount.fen, "entry": entry_id, **_until(expires_on)},
        )
        if expires_on is not None:
            save_lot(fund, None, amount=amount, expires_on=expires_on, entry_id=entry_id,
                     actor_id=actor_id)  # fmt: skip
    return entry_id


def allot_fund(
    fund_id: int,
    *,
    jurisdiction_id: int,
    fiscal_year: int,
    amount: Money,
    key: str,
    actor_id: int | None,
    parent_id: int | None = None,
    expires_on: date | None = None,
) -> Allotment:
    """Give a jurisdiction money for a year: a new allotment, or more for the one it has.

    `expires_on` is the last day on which it may be promised; unless told, that of the money it is
    taken from. The same key again books nothing. Refuses what `refusals_for_allotment` and
    `refusals_for_expiry` name. Entry: fund:unallotted (or the parent's allotment:available) →
    allotment:available.
    """
    fund = lock_fund(fund_id)
    jurisdiction = db.session.get(Jurisdiction, jurisdiction_id)
    if jurisdiction is None:
        raise NotFound("jurisdiction")
    parent = get_allotment(parent_id) if parent_id is not None else None
    allotment = find_allotment_of(fund_id, jurisdiction_id, fiscal_year=fiscal_year)
    source = available(parent.code) if parent else unallotted(fund.code)
    if find_entry("fund.allotted", key) is None:
        facts = AllotmentFacts(
            fund_id=fund_id,
            fund_currency=fund.currency,
            fiscal_year=fiscal_year,
            amount=amount,
            available=Money(get_balance_fen(source), fund.currency),
            jurisdiction_name=jurisdiction.name,
            jurisdiction_path=jurisdiction.path,
            jurisdiction_retired=jurisdiction.retired_on is not None,
            parent=_parent_facts(parent),
            has_other_parent=allotment is not None and allotment.parent_id != parent_id,
        )
        day = find_day_drawn(fund, parent, source, amount=amount)
        _refuse_allotment(facts, ExpiryFacts(expires_on, day, clock.today()))
        expires_on = expires_on or day
    allotment = allotment or _new_allotment(
        fund_id, jurisdiction_id, fiscal_year, parent_id, actor_id
    )
    _book_allotment(
        fund, allotment, source=source, key=key, amount=amount, expires_on=expires_on,
        actor_id=actor_id,
    )  # fmt: skip
    return allotment


def _refuse_allotment(facts: AllotmentFacts, expiry: ExpiryFacts) -> None:
    if refusals := refusals_for_allotment(facts) + refusals_for_expiry(expiry):
        raise Refused(refusals)


def _new_allotment(
    fund_id: int,
    jurisdiction_id: int,
    fiscal_year: int,
    parent_id: int | None,
    actor_id: int | None,
) -> Allotment:
    allotment = Allotment(
        code=new_code("AL"),
        fund_id=fund_id,
        jurisdiction_id=jurisdiction_id,
        fiscal_year=fiscal_year,
        parent_id=parent_id,
        created_by=actor_id,
        created_at=clock.now(),
    )
    db.session.add(allotment)
    db.session.flush()
    return allotment


def _book_allotment(
    fund: Fund,
    allotment: Allotment,
    *,
    source: AccountName,
    key: str,
    amount: Money,
    expires_on: date | None,
    actor_id: int | None,
) -> None:
    draft = entry_for_allotment(
        source,
        allotment_code=allotment.code,
        key=key,
        amount=amount,
        effective_on=clock.today(),
    )
    replay = find_entry(draft.kind, draft.key) is not None
    entry_id = post_entry(draft, actor_id=actor_id)
    if not replay:
        record_event(
            "fund.allotted",
            subject_kind="allotment",
            subject_code=allotment.code,
            actor_id=actor_id,
            details={
                "amount_fen": amount.fen,
                "entry": entry_id,
                "from": source.code,
                **_until(expires_on),
            },
        )
        if expires_on is not None:
            save_lot(fund, allotment, amount=amount, expires_on=expires_on, entry_id=entry_id,
                     actor_id=actor_id)  # fmt: skip


def _until(expires_on: date | None) -> dict[str, str]:
    return {"expires_on": expires_on.isoformat()} if expires_on else {}


def _parent_facts(parent: Allotment | None) -> ParentFacts | None:
    if parent is None:
        return None
    jurisdiction = db.session.get_one(Jurisdiction, parent.jurisdiction_id)
    return ParentFacts(
        allotment_id=parent.id,
        fund_id=parent.fund_id,
        fiscal_year=parent.fiscal_year,
        jurisdiction_name=jurisdiction.name,
        jurisdiction_path=jurisdiction.path,
    )


def open_bank_account(
    code: str, *, jurisdiction_id: int | None, actor_id: int | None
) -> BankAccount:
    """Note that we keep an account under a name, and which place's office keeps it (empty: the
    whole deployment). One that is known already stays where it is."""
    if earlier := find_bank_account(code):
        return earlier
    bank_account = BankAccount(
        code=code, jurisdiction_id=jurisdiction_id, opened_by=actor_id, opened_at=clock.now()
    )
    try:
        with db.session.begin_nested():
            db.session.add(bank_account)
    except IntegrityError as error:  # another office used the name between our look and our write
        raise Refused(Refusal("stale_state")) from error
    _record_placing("bank_account.opened", bank_account, actor_id)
    return bank_account


def place_bank_account(code: str, *, jurisdiction_id: int | None, actor_id: int) -> BankAccount:
    """Give an account to another place's office, or to the whole deployment: from now on its
    statements are read there."""
    bank_account = db.session.scalar(
        select(BankAccount).where(BankAccount.code == code).with_for_update()
    )
    if bank_account is None:
        raise NotFound("bank account", code)
    if bank_account.jurisdiction_id != jurisdiction_id:
        bank_account.jurisdiction_id = jurisdiction_id
        db.session.flush()
        _record_placing("bank_account.placed", bank_account, actor_id)
    return bank_account


def _record_placing(event: str, bank_account: BankAccount, actor_id: int | None) -> None:
    place = db.session.get(Jurisdiction, bank_account.jurisdiction_id or 0)
    record_event(
        event,
        subject_kind="bank_account",
        subject_code=bank_account.code,
        actor_id=actor_id,
        details={"place": f"{place.code} {place.name}" if place else None},
    )
