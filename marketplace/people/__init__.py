"""Users and their logins, workers, roles, identity and category facts.

用户、劳动者、角色、实名与人员类别。
A worker's ID number is encrypted, found by blind index, masked on every page.
"""
