"""Benefits taken back from people after they were paid. 个人补贴的追回。

Operations: prepare_benefit_clawback, approve_benefit_clawback, reject_benefit_clawback,
net_benefits_of, net_waiting_benefits, prepare_repayment, prepare_waiver, book_repayment,
reject_repayment, book_bank_repayment, reverse_bank_repayment, file_clawback_dispute,
decide_clawback_dispute. What a person owes is receivable:worker until it is kept back from their
later benefits, paid in, or waived by two officers.
"""
