"""When voucher value becomes money owed: reserve, redeem, release, reverse.

占用、核销、释放、冲正。
Is it decided here whether a voucher may be redeemed? Yes: rules.py. What it does to the books:
entries.py.
"""
