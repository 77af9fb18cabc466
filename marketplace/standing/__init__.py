"""Dated facts about an institution, its grade and stars, appeals. 信用档案、等级与星级、申诉。

Operations: record_standing, record_upheld_dispute, record_upheld_hold,
withdraw_upheld_hold, withdraw_standing, save_ratings,
load_rating_policy, appeal_record, appeal_rating, uphold_appeal, reject_appeal.
Computing from learners' results is the ratings room's, above. Uses institutions, notices, audit.
"""
