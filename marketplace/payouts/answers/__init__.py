"""The bank's answer to a payment file, ISO 20022 pain.002: who is paid, who is refused and why.

report.py reads the message, rules.py decides what each answer may do (pure), queries.py finds
the payouts named, operations.py records it. A refused payout is owed again; paid it is only when
a bank statement shows the money leave. 银行支付状态报告。
"""
