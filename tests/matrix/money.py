"""Which route shows whose object: co-payments, the Stripe balance, months (see tests.matrix)."""

from __future__ import annotations

from tests.matrix.objects import INSTITUTION, MY_CLASS

BENEFIT = {"code": "benefit"}
CLAWBACK = {"code": "benefit clawback"}
REPAYMENT = {"code": "benefit clawback", "repayment_code": "benefit repayment"}
RETENTION = {"code": "retention"}
DEADLINE = {"code": "retention deadline"}
PROPOSED = {"code": "proposed clawback"}
FEE_PROOF = {"code": "fee receipt"}
HANDOVER = {"code": "co-payment handover"}
PERIOD = {"code": "period"}
STRIPE_LINE = {"movement_id": "stripe line"}

MONEY: dict[str, dict[str, str]] = {
    "fund_managers.show_benefit": BENEFIT,
    "fund_managers.withdraw_one_benefit": BENEFIT,
    "fund_managers.show_clawback_of_benefit": BENEFIT,
    "fund_managers.prepare_clawback_of_benefit": BENEFIT,
    "fund_managers.show_benefit_clawback": CLAWBACK,
    "fund_managers.approve_benefit_clawback": CLAWBACK,
    "fund_managers.reject_benefit_clawback": CLAWBACK,
    "fund_managers.show_repayment_form": CLAWBACK,
    "fund_managers.prepare_benefit_repayment": CLAWBACK,
    "fund_managers.prepare_benefit_waiver": CLAWBACK,
    "fund_managers.decide_benefit_clawback_dispute": CLAWBACK,
    "fund_managers.book_benefit_repayment": REPAYMENT,
    "fund_managers.reject_benefit_repayment": REPAYMENT,
    "fund_managers.download_repayment_receipt": REPAYMENT,
    "job_seekers.show_my_clawback": CLAWBACK,
    "job_seekers.dispute_my_clawback": CLAWBACK,
    "fund_managers.show_retention": RETENTION,
    "fund_managers.prepare_retention_deadline": RETENTION,
    "fund_managers.approve_retention_deadline": DEADLINE,
    "fund_managers.reject_retention_deadline": DEADLINE,
    "fund_managers.show_proposed_clawback": PROPOSED,
    "fund_managers.take_proposed_clawback": PROPOSED,
    "fund_managers.prepare_clawback_dismissal": PROPOSED,
    "fund_managers.approve_clawback_dismissal": PROPOSED,
    "fund_managers.reject_clawback_dismissal": PROPOSED,
    "fund_managers.show_fee_proof": FEE_PROOF,
    "fund_managers.download_fee_receipt": FEE_PROOF,
    "fund_managers.accept_fee_proof": FEE_PROOF,
    "fund_managers.reject_fee_proof": FEE_PROOF,
    "job_seekers.show_my_fee_proof": MY_CLASS,
    "job_seekers.hand_in_my_fee_proof": MY_CLASS,
    "fund_managers.show_bank_account_of_person": BENEFIT,
    "fund_managers.note_bank_account_of_person": BENEFIT,
    "fund_managers.show_copayment_book": INSTITUTION,
    "fund_managers.prepare_copayment_handover": INSTITUTION,
    "fund_managers.show_copayment_handover": HANDOVER,
    "fund_managers.approve_copayment_handover": HANDOVER,
    "fund_managers.reject_copayment_handover": HANDOVER,
    "fund_managers.record_copayment_handover_paid": HANDOVER,
    "fund_managers.show_stripe_movement": STRIPE_LINE,
    "fund_managers.own_stripe_movement": STRIPE_LINE,
    "fund_managers.explain_stripe_movement": STRIPE_LINE,
    "fund_managers.sign_stripe_movement": STRIPE_LINE,
    "fund_managers.return_stripe_movement": STRIPE_LINE,
    "fund_managers.show_period": PERIOD,
    "fund_managers.show_period_books": PERIOD,
    "fund_managers.check_period": PERIOD,
    "fund_managers.sign_closing": PERIOD,
    "fund_managers.sign_close": PERIOD,
    "fund_managers.download_period_pack": PERIOD,
}
