"""The books: accounts, journal entries, postings, periods, balances.

账簿：科目、凭证、分录、账期。
Operations: open_account, post_entry, reverse_entry. Knows no voucher; accounts are opaque codes.
"""
