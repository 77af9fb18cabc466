"""The bank file: ISO 20022 customer credit transfer initiation, pain.001.001.09.

Chinese accounts have no IBAN: the account number goes into `Othr/Id`, the bank's twelve-digit
CNAPS code into `ClrSysMmbId` with the external clearing system code `CNAPS`. EndToEndId is ours,
at most 35 characters, and comes back on the bank statement.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Comment, Element, SubElement, tostring

from marketplace.foundation.errors import Refusal
from marketplace.foundation.text import tidy
from marketplace.payouts.rails.protocol import BatchOrder, PaymentOrder, RailFile, RailPayee

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
CLEARING_SYSTEM = "CNAPS"
_NOT_XML = re.compile("[\x00-\x1f\ud800-\udfff\ufffe\uffff]")


class BankFileRail:
    """Writes the file an officer uploads to the bank; the bank answers by its statement."""

    answers_at_once = False
    needs_delivery = False

    def refusals_for(self, payees: Sequence[RailPayee]) -> tuple[Refusal, ...]:
        return ()

    def write_file(self, batch: BatchOrder) -> RailFile | None:
        return RailFile(f"{batch.code}.pain.001.xml", pain_001(batch))


def pain_001(batch: BatchOrder) -> bytes:
    """The file of a batch. The same batch always gives the same bytes."""
    root = Element("Document", {"xmlns": NAMESPACE})
    if batch.seal:
        # The schema has no place for it; whoever keeps the file keeps the head of the books.
        root.append(Comment(f" sealed books: {batch.seal} "))
    initiation = SubElement(root, "CstmrCdtTrfInitn")
    _header(initiation, batch)
    _payment_information(initiation, batch)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, "unicode").encode()


def _header(parent: Element, batch: BatchOrder) -> None:
    header = SubElement(parent, "GrpHdr")
    _leaf(header, "MsgId", batch.code)
    _leaf(header, "CreDtTm", batch.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"))
    _leaf(header, "NbOfTxs", str(len(batch.payments)))
    _leaf(header, "CtrlSum", batch.total.decimal_text())
    _leaf(SubElement(header, "InitgPty"), "Nm", _text(batch.payer.name, 140))


def _payment_information(parent: Element, batch: BatchOrder) -> None:
    information = SubElement(parent, "PmtInf")
    _leaf(information, "PmtInfId", f"{batch.code}-1")
    _leaf(information, "PmtMtd", "TRF")
    # One bank booking per payment, so that each comes back with its own reference.
    _leaf(information, "BtchBookg", "false")
    _leaf(information, "NbOfTxs", str(len(batch.payments)))
    _leaf(information, "CtrlSum", batch.total.decimal_text())
    _leaf(SubElement(information, "ReqdExctnDt"), "Dt", batch.execute_on.isoformat())
    _leaf(SubElement(information, "Dbtr"), "Nm", _text(batch.payer.name, 140))
    _bank_account(information, "DbtrAcct", batch.payer.number, batch.total.currency)
    _agent(information, "DbtrAgt", batch.payer.bank_code, None)
    _leaf(information, "ChrgBr", "DEBT")
    for order in batch.payments:
        _payment(information, order)


def _payment(parent: Element, order: PaymentOrder) -> None:
    payment = SubElement(parent, "CdtTrfTxInf")
    identity = SubElement(payment, "PmtId")
    _leaf(identity, "InstrId", order.end_to_end_id)
    _leaf(identity, "EndToEndId", order.end_to_end_id)
    amount = SubElement(SubElement(payment, "Amt"), "InstdAmt", {"Ccy": order.amount.currency})
    amount.text = order.amount.decimal_text()
    _agent(payment, "CdtrAgt", order.payee_bank_code, order.payee_bank_name)
    _leaf(SubElement(payment, "Cdtr"), "Nm", _text(order.payee_name, 140))
    _bank_account(payment, "CdtrAcct", order.payee_number, None)
    _leaf(SubElement(payment, "RmtInf"), "Ustrd", _text(order.remittance, 140))


def _bank_account(parent: Element, tag: str, number: str, currency: str | None) -> None:
    holder = SubElement(parent, tag)
    identity = SubElement(SubElement(holder, "Id"), "Othr")
    _leaf(identity, "Id", number)
    if currency:
        _leaf(holder, "Ccy", currency)


def _agent(parent: Element, tag: str, bank_code: str, bank_name: str | None) -> None:
    institution = SubElement(SubElement(parent, tag), "FinInstnId")
    member = SubElement(institution, "ClrSysMmbId")
    _leaf(SubElement(member, "ClrSysId"), "Cd", CLEARING_SYSTEM)
    _leaf(member, "MmbId", bank_code)
    if bank_name and tidy(bank_name):
        _leaf(institution, "Nm", _text(bank_name, 140))


def _leaf(parent: Element, tag: str, text: str) -> None:
    SubElement(parent, tag).text = text


def _text(value: str, limit: int) -> str:
    """A name as the schema allows it: no control characters, not empty, not too long."""
    return _NOT_XML.sub("", tidy(value))[:limit].strip() or "-"
