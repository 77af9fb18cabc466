"""The end of a month: a checklist, two signatures, a pack that anybody can check.

关账：逐项核对、两人签署、可核验的账册包。
May the month close? rules.py. Operations: check_period, sign_closing (first), sign_close (second).
Postings into a closed month are refused by the ledger and by the database.
"""
