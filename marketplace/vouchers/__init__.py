"""Schemes and their rules, rates, eligibility, quotes, issue, expiry.

券种、资格、报价、发放、过期。
"""
