"""The agency's balance at Stripe, proved like a bank statement and tied to our books.

Stripe余额对账：逐笔读取、与账簿核对、差异两人签署。
Operations: note_movements, judge_open_movements, note_balance, own_movement, explain_movement,
sign_explanation, return_explanation.
"""
