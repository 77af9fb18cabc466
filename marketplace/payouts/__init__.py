"""Payout batches and instructions, through one rail each. 拨付批次与指令。

Operations: prepare_payout_batch, approve_payout_batch, export_payout_batch, confirm_payout,
return_payout; import_status_report in answers. Rails: bank_file (pain.001), stripe
(transfers/), null.
"""
