"""What home regions owe the regions where their vouchers were used, netted month by month.

地区间清算：持券人所属地区应付培训所在地区多少，按月轧差。
Who owes whom? rules.py. Operations: prepare_clearing, sign_clearing, approve_clearing,
reject_clearing. It uses settlements and clawbacks, and what they paid by allotment.
"""
