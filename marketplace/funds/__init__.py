"""Funds, allotments down the tiers, what remains of them. 专项资金、指标、余额。

Operations: appropriate_fund, allot_fund. Amounts live in the ledger only.
"""
