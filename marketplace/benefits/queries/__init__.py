"""Reading benefits, what is still to be decided, and accounts."""

from marketplace.benefits.queries.accounts import (
    find_bank_account_in_force,
    find_bank_account_of_number,
    has_had_bank_account,
    is_bank_account_wanted,
)
from marketplace.benefits.queries.benefits import (
    count_benefits_before,
    find_busy_payout,
    get_benefit,
    list_allotments_lacking_money,
    list_fallen_benefits,
    list_unfunded_benefits,
    list_workers_to_remind,
    lock_benefits,
    title_of,
)
from marketplace.benefits.queries.cases import BenefitCase, list_promised_lines, lock_due_cases

__all__ = [
    "BenefitCase",
    "count_benefits_before",
    "find_bank_account_in_force",
    "find_bank_account_of_number",
    "find_busy_payout",
    "get_benefit",
    "has_had_bank_account",
    "is_bank_account_wanted",
    "list_allotments_lacking_money",
    "list_fallen_benefits",
    "list_promised_lines",
    "list_unfunded_benefits",
    "list_workers_to_remind",
    "lock_benefits",
    "lock_due_cases",
    "title_of",
]
