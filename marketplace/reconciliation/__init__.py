"""Bank statement lines ↔ payouts ↔ ledger; breaks and their explanations. 对账与差异。

Operations: import_bank_statement, match_statement_lines, confirm_suggestions, propose_entry,
approve_proposals, approve_setting_aside, approve_undoing. Why did a line not match?
rules/matching.py. What may it belong to? rules/suggestions.py. Which entry settles it?
rules/proposals.py. May a statement be set aside? rules/setting_aside.py. May a match be undone?
rules/undoing.py.
"""
