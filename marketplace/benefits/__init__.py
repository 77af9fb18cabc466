"""What the programme owes the person: allowances, fees given back. 个人补贴：生活费、评价补贴。

Operations: assemble_benefits, withdraw_benefit, withdraw_fallen_benefits,
name_worker_bank_account, remind_for_bank_accounts. Nobody applies: what a quote promised is decided
by the rules when its voucher is redeemed, and owed at once. Uses redemption, vouchers, funds,
people; payouts pays it.
"""
