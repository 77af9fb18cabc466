"""Institutions, their staff, accreditation, payee accounts. 培训机构、人员、资质、收款账户。"""
