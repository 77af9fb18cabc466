"""A bank for demo mode: reads our pain.001 and answers with its camt.053.001.08 statement.

It pays every payment on the requested day, returns those it is told to return with a reason code,
and always gives the same answer to the same file. No money exists here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring

from defusedxml.ElementTree import fromstring

from marketplace.foundation.money import fen_from_text

CAMT = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
PAIN = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"
FLOAT_FEN = 100_000_000
"""What is left on the demo agency's bank account after its first file: one million yuan."""


@dataclass(frozen=True, slots=True)
class _Payment:
    end_to_end_id: str
    fen: int
    payee: str


@dataclass(frozen=True, slots=True)
class _File:
    message_id: str
    created_at: str
    booked_on: str
    payer_number: str
    payer_name: str
    currency: str
    payments: tuple[_Payment, ...]

    @property
    def total_fen(self) -> int:
        return sum(payment.fen for payment in self.payments)


def answer_batch_file(
    pain001: bytes,
    *,
    returned: Mapping[str, str] | None = None,
    as_one_entry: bool = False,
    opening_fen: int | None = None,
) -> bytes:
    """The statement a bank would send after carrying out the file.

    `returned` names payments that come back: EndToEndId to reason code (e.g. AC04, closed).
    `as_one_entry` books the whole file as one entry with one detail per payment. `opening_fen` is
    what the account held before, so that statements follow one another.
    """
    file = _read(pain001)
    came_back = [p for p in file.payments if p.end_to_end_id in (returned or {})]
    opening = FLOAT_FEN + file.total_fen if opening_fen is None else opening_fen
    closing = opening - file.total_fen + sum(payment.fen for payment in came_back)
    root = Element("Document", {"xmlns": CAMT})
    message = SubElement(root, "BkToCstmrStmt")
    header = SubElement(message, "GrpHdr")
    _leaf(header, "MsgId", f"DM{_digest(pain001, returned, as_one_entry)}")
    _leaf(header, "CreDtTm", file.created_at)
    statement = SubElement(message, "Stmt")
    _leaf(statement, "Id", f"DS{_digest(pain001, returned, as_one_entry)}")
    _leaf(statement, "CreDtTm", file.created_at)
    holder = SubElement(statement, "Acct")
    _leaf(SubElement(SubElement(holder, "Id"), "Othr"), "Id", file.payer_number)
    _leaf(holder, "Ccy", file.currency)
    _balance(statement, "OPBD", opening, file)
    _balance(statement, "CLBD", closing, file)
    if as_one_entry:
        _batch_entry(statement, file)
    else:
        for payment in file.payments:
            entry = _entry(statement, payment.end_to_end_id, payment.fen, "DBIT", file)
            _detail(SubElement(entry, "NtryDtls"), payment, "DBIT", file)
    for payment in came_back:
        reason = (returned or {})[payment.end_to_end_id]
        entry = _entry(statement, f"R{payment.end_to_end_id}", payment.fen, "CRDT", file)
        _detail(SubElement(entry, "NtryDtls"), payment, "CRDT", file, reason)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, "unicode").encode()


def _read(pain001: bytes) -> _File:
    root = fromstring(pain001, forbid_dtd=True)
    amounts = list(root.iter(f"{PAIN}InstdAmt"))
    payments = tuple(
        _Payment(
            _text(order, "PmtId/EndToEndId"),
            fen_from_text(_text(order, "Amt/InstdAmt")),
            _text(order, "Cdtr/Nm"),
        )
        for order in root.iter(f"{PAIN}CdtTrfTxInf")
    )
    return _File(
        message_id=_text(root, "CstmrCdtTrfInitn/GrpHdr/MsgId"),
        created_at=_text(root, "CstmrCdtTrfInitn/GrpHdr/CreDtTm"),
        booked_on=_text(root, "CstmrCdtTrfInitn/PmtInf/ReqdExctnDt/Dt"),
        payer_number=_text(root, "CstmrCdtTrfInitn/PmtInf/DbtrAcct/Id/Othr/Id"),
        payer_name=_text(root, "CstmrCdtTrfInitn/PmtInf/Dbtr/Nm"),
        currency=amounts[0].get("Ccy", ""),
        payments=payments,
    )


def _text(parent: Element, path: str) -> str:
    found = parent.findtext("/".join(f"{PAIN}{tag}" for tag in path.split("/")))
    if not found:
        raise ValueError(f"the bank file has no {path}")
    return str(found)


def _digest(pain001: bytes, returned: Mapping[str, str] | None, as_one_entry: bool) -> str:
    text = f"{sorted((returned or {}).items())}{as_one_entry}".encode()
    return hashlib.sha256(pain001 + text).hexdigest()[:24]


def _balance(parent: Element, code: str, fen: int, file: _File) -> None:
    balance = SubElement(parent, "Bal")
    _leaf(SubElement(SubElement(balance, "Tp"), "CdOrPrtry"), "Cd", code)
    _amount(balance, fen, file)
    _leaf(balance, "CdtDbtInd", "CRDT")
    _leaf(SubElement(balance, "Dt"), "Dt", file.booked_on)


def _entry(parent: Element, reference: str, fen: int, side: str, file: _File) -> Element:
    entry = SubElement(parent, "Ntry")
    _amount(entry, fen, file)
    _leaf(entry, "CdtDbtInd", side)
    _leaf(SubElement(entry, "Sts"), "Cd", "BOOK")
    _leaf(SubElement(entry, "BookgDt"), "Dt", file.booked_on)
    _leaf(SubElement(entry, "ValDt"), "Dt", file.booked_on)
    _leaf(entry, "AcctSvcrRef", hashlib.sha256(reference.encode()).hexdigest()[:16])
    _leaf(SubElement(SubElement(entry, "BkTxCd"), "Prtry"), "Cd", "DEMO")
    return entry


def _batch_entry(statement: Element, file: _File) -> None:
    entry = _entry(statement, file.message_id, file.total_fen, "DBIT", file)
    details = SubElement(entry, "NtryDtls")
    _leaf(SubElement(details, "Btch"), "NbOfTxs", str(len(file.payments)))
    for payment in file.payments:
        _detail(details, payment, "DBIT", file)


def _detail(
    parent: Element, payment: _Payment, side: str, file: _File, reason: str | None = None
) -> None:
    detail = SubElement(parent, "TxDtls")
    _leaf(SubElement(detail, "Refs"), "EndToEndId", payment.end_to_end_id)
    _amount(detail, payment.fen, file)
    _leaf(detail, "CdtDbtInd", side)
    parties = SubElement(detail, "RltdPties")
    _leaf(SubElement(SubElement(parties, "Cdtr"), "Pty"), "Nm", payment.payee)
    if reason:
        _leaf(SubElement(SubElement(detail, "RtrInf"), "Rsn"), "Cd", reason)


def _amount(parent: Element, fen: int, file: _File) -> None:
    amount = SubElement(parent, "Amt", {"Ccy": file.currency})
    amount.text = f"{fen // 100}.{fen % 100:02d}"


def _leaf(parent: Element, tag: str, text: str) -> None:
    SubElement(parent, tag).text = text
