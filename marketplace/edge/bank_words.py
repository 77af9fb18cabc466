"""What a bank says by code, in words: status and reason of a payment.

Codes of the ISO 20022 external code sets (payment status, status reason, return reason), those that
banks send for credit transfers. A code that is not listed is shown as it came.
"""

from __future__ import annotations

from marketplace.foundation.errors import N_

BANK_WORDS: dict[str, str] = {
    "ACCP": N_("Accepted by the bank"),
    "ACSP": N_("Accepted, being settled"),
    "ACSC": N_("Settled, the statement follows"),
    "ACTC": N_("Technically in order"),
    "ACWC": N_("Accepted with a change"),
    "PART": N_("Accepted in part"),
    "PDNG": N_("Being looked at by the bank"),
    "RCVD": N_("Received by the bank"),
    "RJCT": N_("Refused by the bank"),
    "AC01": N_("The account number is wrong"),
    "AC04": N_("The account is closed"),
    "AC06": N_("The account is blocked"),
    "AC13": N_("The account is of the wrong kind"),
    "AG01": N_("The account may not take transfers"),
    "AG02": N_("The bank does not carry out such orders"),
    "AM02": N_("The amount is above what is allowed"),
    "AM04": N_("The money on the account does not suffice"),
    "AM05": N_("The same payment came twice"),
    "AM09": N_("The amount is wrong"),
    "BE01": N_("The name does not fit the account"),
    "BE04": N_("The address of the payee is missing"),
    "BE05": N_("Who ordered it is not known to the bank"),
    "CUST": N_("Asked for by the payer"),
    "DT01": N_("The day is not possible"),
    "DUPL": N_("The same payment came twice"),
    "FF01": N_("The file is not as the bank wants it"),
    "FOCR": N_("Called back"),
    "MD07": N_("The holder of the account has died"),
    "MS02": N_("Refused by the payee, without a reason"),
    "MS03": N_("Refused by the bank, without a reason"),
    "NARR": N_("The reason stands in the text of the bank"),
    "RC01": N_("The code of the bank is wrong"),
    "RR04": N_("Refused by a rule of the supervision"),
    "RVSL": N_("Taken back by the bank"),
    "TM01": N_("It came after the last hour of the day"),
}


def bank_words(code: str) -> str:
    """The sentence for a code; empty where there is none."""
    return BANK_WORDS.get(code.strip().upper(), "")
