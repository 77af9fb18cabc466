"""Benefits on their way to people: what can be paid, what a batch carries, where each stands."""

from marketplace.payouts.persons.queries.batches import (
    BATCH_MAX,
    PersonPayout,
    list_benefits_to_prepare,
    list_ids_of_codes,
    list_people_of_batch,
    list_ready_ids,
    lists_bank_account_of,
    lock_payable_benefits,
)
from marketplace.payouts.persons.queries.benefits import (
    BenefitRow,
    PersonSums,
    StageSum,
    count_benefits_to_pay,
    each_benefit,
    get_benefit_row,
    list_attempts_of_benefit,
    list_benefits,
    list_benefits_of_worker,
    owes_worker,
    sum_by_stage,
    sum_of_worker,
)

__all__ = [
    "BATCH_MAX",
    "BenefitRow",
    "PersonPayout",
    "PersonSums",
    "StageSum",
    "count_benefits_to_pay",
    "each_benefit",
    "get_benefit_row",
    "list_attempts_of_benefit",
    "list_benefits",
    "list_benefits_of_worker",
    "list_benefits_to_prepare",
    "list_ids_of_codes",
    "list_people_of_batch",
    "list_ready_ids",
    "lists_bank_account_of",
    "lock_payable_benefits",
    "owes_worker",
    "sum_by_stage",
    "sum_of_worker",
]
