"""A course run's redemptions on their way to be paid: checked, publicised, approved.

拨付申请：由系统汇集，自动审核，抽查，公示，复核后进入结算。
Is a line of a claim good? rules/lines.py. Who may sign? rules/signing.py. When is it paid?
rules/dates.py. Operations: assemble_claim, submit_claim, check_claim, return_claim_line,
reject_claim_line, record_objection, resolve_objection, file_public_objection,
decide_public_objection, approve_claim, advance_claims, mark_claims_settled, set_claim_policy.
"""
