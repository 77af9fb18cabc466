"""Who gets which voucher, what it is worth, and until when: schemes, eligibility, quotes, issue.

券种、资格、报价、发放、过期。
Rules are dated data (policy packs); `rules/` decides over plain facts.
Operations: load_scheme, claim_voucher, issue_voucher, accept_voucher, expire_voucher,
revoke_voucher, make_quote, and the state changes that redemption asks for. Uses funds for the
money, enrollment for earlier training, people for verified categories, catalog for the course run.
"""
