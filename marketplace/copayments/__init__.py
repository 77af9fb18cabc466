"""Co-payments: what a voucher leaves over of a course fee, who pays it, and where it went.

自付费用：培训券之外的部分，个人与用人单位分担、收取、转付、退还。
Operations: open_copayment, apply_agreement, end_copayment, record_counter_payment,
begin_online_payment, settle_online_payment, hand_back, pass_on_payments. Own accounts in the one
ledger, never in one entry with the money of a fund.
"""
