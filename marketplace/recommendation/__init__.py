"""Training finds the person (培训找人): who should hear about which course, and why.

Suggestions to one person: `queries/suggestions.py` gathers what a voucher of theirs would pay for
now, `rules.py` puts it in order and says why in words. What learners of one course also chose
(`affinity`) is measured on logs that others wrote (`evaluation`, command `matching evaluate`).
It may use all rooms below and moves no money. Operations: change_suggestion_preference,
note_suggestions_shown.
"""
