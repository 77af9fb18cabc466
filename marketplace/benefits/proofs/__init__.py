"""What a person paid for the assessment, with its receipt. 评价费用凭证：据实补贴的依据。

Operations: hand_in_fee_proof, accept_fee_proof, reject_fee_proof. Where a scheme gives back what
was paid, the fee is decided once an officer has checked the receipt.
"""
