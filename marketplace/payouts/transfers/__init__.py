"""Payouts through Stripe: one transfer each, looked up before every try, answered by messages.

拨付经 Stripe 转账：先按本方编号查询，再转账；通知只作提醒，以查询结果为准。
Operations: claim_transfer, note_delivery, take_event, ask_again.
"""
