"""Handing over to institutions what they earned of payments over the internet: two officers.

转付：平台代收的自付费用，经办编制、复核签署、银行付款后入账。
Operations: prepare_handover, approve_handover, reject_handover, record_handover_paid.
"""
