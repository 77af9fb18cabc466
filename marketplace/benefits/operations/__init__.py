"""Deciding what is due, withdrawing it, naming the account it is paid to."""

from marketplace.benefits.operations.accounts import (
    name_worker_bank_account,
    remind_for_bank_accounts,
)
from marketplace.benefits.operations.assemble import Assembled, assemble_benefits
from marketplace.benefits.operations.withdraw import withdraw_benefit, withdraw_fallen_benefits

__all__ = [
    "Assembled",
    "assemble_benefits",
    "name_worker_bank_account",
    "remind_for_bank_accounts",
    "withdraw_benefit",
    "withdraw_fallen_benefits",
]
