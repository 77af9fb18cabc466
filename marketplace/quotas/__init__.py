"""Enterprise quotas: places for vouchers that an office gives an employer, who names its people.

企业额度：县区把若干张培训券的额度给用人单位，由单位提名职工，本人自行决定是否接受。
Operations: propose_quota, propose_raise, sign_step, refuse_step, lower_quota, withdraw_quota,
name_employees, end_quota. The place of a voucher is counted by the vouchers themselves
(`voucher.quota_id`).
"""
