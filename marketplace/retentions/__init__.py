"""What is withheld of a redemption until a certificate or employment is proven.

缓拨：核销金额中待取得证书、稳定就业后再拨付的部分。
Is it released, lost, or does it wait? rules.py. What it does to the books: entries.py. Operations:
plan_retentions, book_retentions, drop_retentions, pay_released (with a settlement);
work_through_retentions (daily: released, returned to the allotments, warned of);
take_back_retained (with a clawback); prepare_deadline, approve_deadline, reject_deadline (another
last day, two signatures).
"""
