"""Status reports of a bank (pain.002) about a file of ours."""

from __future__ import annotations

from collections.abc import Sequence

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.03"


def make_status(
    reference: str,
    status: str = "RJCT",
    *,
    reason: str = "AC04",
    amount: str | None = None,
    currency: str = "CNY",
) -> str:
    """The status of one payment."""
    why = (
        f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn><AddtlInf>账户已销户</AddtlInf></StsRsnInf>"
        if reason
        else ""
    )
    money = (
        f'<OrgnlTxRef><Amt><InstdAmt Ccy="{currency}">{amount}</InstdAmt></Amt></OrgnlTxRef>'
        if amount
        else ""
    )
    return (
        f"<TxInfAndSts><OrgnlEndToEndId>{reference}</OrgnlEndToEndId>"
        f"<TxSts>{status}</TxSts>{why}{money}</TxInfAndSts>"
    )


def make_status_report(
    batch_code: str,
    statuses: Sequence[str] = (),
    *,
    message: str = "",
    block: str = "",
    totals: str = "",
    key: str = "BANK-1",
    namespace: str = NAMESPACE,
    prologue: str = '<?xml version="1.0" encoding="UTF-8"?>',
) -> bytes:
    """A report: `message` and `block` are the statuses of the levels above single payments."""
    of_message = f"<GrpSts>{message}</GrpSts>" if message else ""
    of_block = f"<PmtInfSts>{block}</PmtInfSts>" if block else ""
    inner = (
        f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{batch_code}-1</OrgnlPmtInfId>{of_block}"
        f"{''.join(statuses)}</OrgnlPmtInfAndSts>"
        if statuses or block
        else ""
    )
    return (
        f'{prologue}<Document xmlns="{namespace}"><CstmrPmtStsRpt>'
        f"<GrpHdr><MsgId>{key}</MsgId><CreDtTm>2026-11-20T12:00:00</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{batch_code}</OrgnlMsgId>"
        f"<OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>{totals}{of_message}</OrgnlGrpInfAndSts>"
        f"{inner}</CstmrPmtStsRpt></Document>"
    ).encode()
