"""The books: accounts, journal entries, postings, periods, balances.

账簿：科目、凭证、分录、账期。
Operations: open_account, post_entry, reverse_entry, open_period, start_closing_period,
close_period. What must always be true of the books: checks.py. Knows no voucher; accounts are
opaque codes.
"""
