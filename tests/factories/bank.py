"""Bank statements as text, for what the demo bank never writes."""

from __future__ import annotations

from collections.abc import Sequence

MESSAGES = {
    "052": ("BkToCstmrAcctRpt", "Rpt"),
    "053": ("BkToCstmrStmt", "Stmt"),
    "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"


def make_entry(
    amount: str,
    side: str = "DBIT",
    *,
    reference: str | None = None,
    status: str = "BOOK",
    currency: str = "CNY",
    day: str = "2026-11-20",
    more: str = "",
    details: str | None = None,
    bank_reference: str = "",
) -> str:
    """One entry; `details` replaces the single detail with the reference."""
    refs = f"<Refs><EndToEndId>{reference}</EndToEndId></Refs>" if reference else ""
    inner = f"<TxDtls>{refs}</TxDtls>" if details is None else details
    bank = f"<AcctSvcrRef>{bank_reference}</AcctSvcrRef>" if bank_reference else ""
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>{more}'
        f"<Sts>{status}</Sts><BookgDt><Dt>{day}</Dt></BookgDt>{bank}<BkTxCd/>"
        f"<NtryDtls>{inner}</NtryDtls></Ntry>"
    )


def make_balance(code: str, amount: str, *, side: str = "CRDT", currency: str = "CNY") -> str:
    """A balance."""
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>'
        "<Dt><DtTm>2026-11-20T23:59:59+08:00</DtTm></Dt></Bal>"
    )


def make_camt053(
    entries: Sequence[str],
    *,
    opening: str = "1000.00",
    closing: str = "1000.00",
    key: str = "S-1",
    namespace: str = NAMESPACE,
    prologue: str = '<?xml version="1.0" encoding="UTF-8"?>',
    balances: str | None = None,
    message: str = "053",
    summary: str = "",
) -> bytes:
    """A file of one statement (053), report (052) or notification (054)."""
    root, element = MESSAGES[message]
    if message != "053":
        namespace = namespace.replace("camt.053", f"camt.{message}")
    both = make_balance("OPBD", opening) + make_balance("CLBD", closing)
    return (
        f'{prologue}<Document xmlns="{namespace}"><{root}>'
        "<GrpHdr><MsgId>M-1</MsgId><CreDtTm>2026-11-20T23:59:59</CreDtTm></GrpHdr>"
        f"<{element}><Id>{key}</Id><CreDtTm>2026-11-20T23:59:59</CreDtTm>"
        "<Acct><Id><Othr><Id>1</Id></Othr></Id><Ccy>CNY</Ccy></Acct>"
        f"{both if balances is None else balances}{summary}{''.join(entries)}"
        f"</{element}></{root}></Document>"
    ).encode()
