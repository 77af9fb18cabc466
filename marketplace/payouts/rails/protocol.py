"""What a rail is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from marketplace.foundation.errors import Refusal
from marketplace.foundation.money import Money


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays: the paying agency's own bank account, a setting of the deployment."""

    name: str
    number: str
    bank_code: str


@dataclass(frozen=True, slots=True)
class PaymentOrder:
    """One payment: to whom, how much, and the reference the bank carries back."""

    end_to_end_id: str
    amount: Money
    payee_name: str
    payee_number: str
    payee_bank_code: str
    payee_bank_name: str
    remittance: str


@dataclass(frozen=True, slots=True)
class BatchOrder:
    """Payments that leave together."""

    code: str
    created_at: datetime
    execute_on: date
    payer: Payer
    payments: tuple[PaymentOrder, ...]
    seal: str | None = None
    """Head of the sealed books when it was written, printed so that others keep it too."""

    @property
    def total(self) -> Money:
        """The control sum: what the file pays in all."""
        assert self.payments, "a batch pays somebody"
        currency = self.payments[0].amount.currency
        return sum((order.amount for order in self.payments), Money(0, currency))


@dataclass(frozen=True, slots=True)
class RailFile:
    """What an officer carries to the bank."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class RailPayee:
    """Whom a channel is to pay, before anything is prepared or sent."""

    institution_name: str
    connected_account: str | None
    """At Stripe (`acct_…`), if two people signed one."""
    currency: str


class Rail(Protocol):
    """A payment channel."""

    answers_at_once: bool
    """Nothing will come back from outside: what is sent is confirmed in the same act."""
    needs_delivery: bool
    """Sending books the payouts; a job then hands them over, outside any unit of work. Such a
    channel pays from an account of its own, so that no paying bank account need be named."""

    def refusals_for(self, payees: Sequence[RailPayee]) -> tuple[Refusal, ...]:
        """Why this channel cannot carry money to these payees, naming each institution."""

    def write_file(self, batch: BatchOrder) -> RailFile | None:
        """The file that carries the batch, or None for a channel without files."""
