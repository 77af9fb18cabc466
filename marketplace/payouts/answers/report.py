"""Reading pain.002.001: status of the message, of payment blocks and of single payments.

A status on a higher level counts for every payment below that has none of its own (ISO 20022
Message Definition Report, CustomerPaymentStatusReport).
"""

from __future__ import annotations

import dataclasses
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from marketplace.foundation.money import fen_from_text
from marketplace.foundation.text import tidy

FILE_BYTES_MAX = 16 * 1024 * 1024
TRANSACTIONS_MAX = 100_000
DEPTH_MAX = 40
_NAMESPACE = re.compile(r"^\{[^}]*pain\.002\.001\.(\d\d)[^}]*\}")
_ROOT = "CstmrPmtStsRpt"


@dataclass(frozen=True, slots=True)
class ReportProblem:
    """What is wrong with a report, and where: payment number, field."""

    code: str
    row: int | None = None
    field: str | None = None
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LevelStatus:
    """What the bank says of a whole message or payment block."""

    status: str | None
    reason_code: str | None
    reason_text: str | None
    count: int | None
    sum_fen: int | None


@dataclass(frozen=True, slots=True)
class PaymentStatus:
    """What the bank says of one payment."""

    row: int
    block: int
    """Number of the payment block it stands in."""
    references: tuple[str, ...]
    """EndToEndId and InstrId as the bank repeats them."""
    status: str | None
    reason_code: str | None
    reason_text: str | None
    amount_fen: int | None
    currency: str | None


@dataclass(slots=True)
class StatusReport:
    """One message of a bank about one file of ours."""

    format: str = "pain.002"
    message_id: str = ""
    original_message_id: str | None = None
    message: LevelStatus | None = None
    blocks: list[LevelStatus] = dataclasses.field(default_factory=list)
    payments: list[PaymentStatus] = dataclasses.field(default_factory=list)
    problems: list[ReportProblem] = dataclasses.field(default_factory=list)


class _Unreadable(Exception):
    """The file breaks a bound; carries the problem's code."""


def read_status_report(content: bytes) -> StatusReport:
    """Read a report. What cannot be read is a problem, never an exception."""
    report = StatusReport()
    if not content.strip():
        return _refused("status_report_empty")
    if len(content) > FILE_BYTES_MAX:
        return _refused("status_report_too_large")
    try:
        _read(content, report)
    except DefusedXmlException:
        return _refused("status_report_with_dtd")
    except _Unreadable as problem:
        return _refused(str(problem))
    except (ParseError, ValueError, LookupError):
        return _refused("status_report_damaged")
    if not report.message_id:
        report.problems.append(ReportProblem("status_report_without_id", field="MsgId"))
    return report


def _refused(code: str) -> StatusReport:
    return StatusReport(problems=[ReportProblem(code)])


def _read(content: bytes, report: StatusReport) -> None:
    depth = 0
    is_known = False
    for happening, element in iterparse(
        io.BytesIO(content), events=("start", "end"), forbid_dtd=True
    ):
        depth += 1 if happening == "start" else -1
        if depth > DEPTH_MAX:
            raise _Unreadable("status_report_damaged")
        tag = element.tag.rpartition("}")[2]
        if not is_known:
            found = _NAMESPACE.match(element.tag)
            if found is None:
                raise _Unreadable("status_report_unknown")
            report.format = f"pain.002.001.{found[1]}"
            is_known = True
        if happening == "end":
            _take(tag, element, report)
    if depth == 0 and not report.message_id and report.message is None and not report.payments:
        raise _Unreadable("status_report_unknown")


def _take(tag: str, element: Element, report: StatusReport) -> None:
    if tag == "GrpHdr":
        report.message_id = _text(element, "MsgId") or ""
    elif tag == "OrgnlGrpInfAndSts":
        report.original_message_id = _text(element, "OrgnlMsgId")
        report.message = _level(element, "GrpSts", report)
    elif tag == "TxInfAndSts":
        if len(report.payments) >= TRANSACTIONS_MAX:
            raise _Unreadable("status_report_too_large")
        report.payments.append(_payment(element, report))
        element.clear()
    elif tag == "OrgnlPmtInfAndSts":
        report.blocks.append(_level(element, "PmtInfSts", report))
        element.clear()


def _level(element: Element, status_tag: str, report: StatusReport) -> LevelStatus:
    code, words = _reason(element)
    count = _text(element, "OrgnlNbOfTxs") or ""
    total = _text(element, "OrgnlCtrlSum")
    sum_fen = _fen(total) if total else None
    if total and sum_fen is None:
        report.problems.append(ReportProblem("status_report_amount", field="OrgnlCtrlSum"))
    return LevelStatus(
        _text(element, status_tag),
        code,
        words,
        int(count) if count.isascii() and count.isdigit() and len(count) < 10 else None,
        sum_fen,
    )


def _payment(element: Element, report: StatusReport) -> PaymentStatus:
    row = len(report.payments) + 1
    code, words = _reason(element)
    ends = (_text(element, "OrgnlEndToEndId"), _text(element, "OrgnlInstrId"))
    amount_fen, currency = _amount(element, row, report)
    return PaymentStatus(
        row=row,
        block=len(report.blocks),
        references=tuple(dict.fromkeys(end for end in ends if end and end != "NOTPROVIDED")),
        status=_text(element, "TxSts"),
        reason_code=code,
        reason_text=words,
        amount_fen=amount_fen,
        currency=currency,
    )


def _amount(element: Element, row: int, report: StatusReport) -> tuple[int | None, str | None]:
    """The amount as the bank repeats it; a wrong one is a problem, an absent one is none."""
    path = "./{*}OrgnlTxRef/{*}Amt/{*}InstdAmt"
    found = element.find(path)
    if found is None:
        return None, None
    fen = _fen(tidy(found.text or ""))
    if fen is None or fen <= 0:
        report.problems.append(ReportProblem("status_report_amount", row=row, field="InstdAmt"))
        return None, None
    return fen, found.get("Ccy", "")


def _fen(text: str) -> int | None:
    whole, point, parts = text.partition(".")
    try:
        return fen_from_text(f"{whole}.{parts.rstrip('0')}" if parts.rstrip("0") else whole)
    except ValueError:
        return None


def _reason(element: Element) -> tuple[str | None, str | None]:
    """The first reason's code, and all words about it."""
    code = _text(element, "StsRsnInf/Rsn/Cd") or _text(element, "StsRsnInf/Rsn/Prtry")
    words = [tidy(found.text or "") for found in element.findall("./{*}StsRsnInf/{*}AddtlInf")]
    return (code[:35] if code else None), " ".join(word for word in words if word)[:500] or None


def _text(parent: Element, path: str) -> str | None:
    found = parent.findtext("./" + "/".join(f"{{*}}{tag}" for tag in path.split("/")))
    return tidy(found)[:140] or None if found else None
