"""Institutions, their staff, accreditation, payee accounts. 培训机构、人员、资质、收款账户。

Operations: register_institution, suspend_institution, bar_institution, reinstate_institution,
withdraw_institution, accredit_institution, revoke_accreditation, add_member, remove_member,
propose_payout_account, verify_payout_account, refuse_payout_account.
Uses people, notices, jurisdictions, audit.
"""
