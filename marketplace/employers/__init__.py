"""Employers and their vacancies, and workers referred to them with their own consent.

用人单位、招聘岗位、求职推荐、就业结果。
Operations: VacancyIntake, create_referral, withdraw_referral, record_employment, record_employer,
record_member. Knows no enrollment: what somebody has learned is handed in as plain values.
"""
