"""Campaigns: officers give targeted vouchers to a population, invite, remind, withdraw, measure.

培训券发放活动：按条件圈定人群、双人复核、定向发券、邀请提醒、对照测算。
A hold-out group that gets nothing from the campaign shows what it changed. Operations:
save_campaign_draft, propose_campaign, return_campaign, discard_campaign, launch_campaign,
take_in_members, issue_to_members, remind_holders, withdraw_vouchers, end_campaign,
note_voucher_seen. Vouchers are issued by the vouchers room alone; no money moves here. Uses
recommendation for who does not want to be approached.
"""
