"""What one institution is owed for one period, signed by two people.

结算：机构一个账期应得多少。
Operations: prepare_settlement, approve_settlement, reject_settlement, file_dispute,
decide_dispute_of_line. May a line be disputed? rules/disputes.py.
"""
