"""Money that arrives in dated lots and lapses: what expires first is used first; what is left is
frozen on the day after, and goes back up with two signatures.
资金批次：先到期先使用，到期冻结收回。

Operations: expire_lot, prepare_lot_return, approve_lot_return, reject_lot_return. Lots are not
written while money is spent: what is left of each is told from the entries, day by day.
"""
