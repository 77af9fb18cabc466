"""What one institution is owed for one period, signed by two people.

结算：机构一个账期应得多少。
Operations: prepare_settlement, approve_settlement, reject_settlement.
"""
