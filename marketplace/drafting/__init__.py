"""Schemes in the making: drafts with two signatures, and what they would have done to the past.

券种政策的起草、双人发布与重演：发布之前先看清影响。
Operations: save_draft, begin_draft, submit_draft, take_back_draft, return_draft, publish_draft,
discard_draft; start_replay, replay_slice. Uses vouchers (packs, rules, quotes) and redemption.
"""
