"""Enrollments, attendance, completion. No money here. 报名、签到、结业（不涉及资金）。"""
