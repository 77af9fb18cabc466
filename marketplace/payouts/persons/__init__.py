"""Payouts to people: benefits that can be paid, their batches, their checks. 个人补贴的发放。

Operations: prepare_benefit_batch. Signing, sending, the bank's answer and the statement are those
of every batch.
"""
