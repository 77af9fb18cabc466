"""A closed month as a signed pack: PDF to read, manifest and books to check, one signature."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from typing import IO, TYPE_CHECKING

from flask import render_template

from marketplace.audit.queries import list_events_of
from marketplace.closing.models import PeriodPack
from marketplace.closing.pack import write_pack
from marketplace.closing.queries import get_period_facts
from marketplace.closing.rules import checklist
from marketplace.edge.pdf import FONTS, pdf_of
from marketplace.foundation.errors import Refused
from marketplace.foundation.paging import PageRequest
from marketplace.people.queries import list_user_logins
from marketplace.records.issuer import get_issuer
from marketplace.reporting.labels import LEDGER_ACCOUNT_LABELS
from marketplace.reporting.trial import list_trial_kinds

if TYPE_CHECKING:
    from marketplace.ledger.models import Period


def period_pack(period: Period, pack: PeriodPack) -> IO[bytes]:
    """The pack of a month as a zip file: the files the second signature hashed, the manifest
    signed with the key of the fund office, and a PDF that carries its SHA-256.

    A machine that cannot make PDF files gives the same pack without that one.
    """
    manifest = json.loads(pack.manifest)
    more = {"manifest.jwt": get_issuer().sign(manifest).encode()}
    with suppress(Refused):
        more["period.pdf"] = pdf_of(_page(period, pack, manifest))
    return write_pack(period.code, pack.manifest, more=more)


def _page(period: Period, pack: PeriodPack, manifest: dict[str, object]) -> str:
    issuer = get_issuer()
    people = {one for one in (period.closing_by, period.closed_by) if one is not None}
    return render_template(
        "components/period_pdf.html",
        period=period,
        pack=pack,
        manifest=manifest,
        kinds=list_trial_kinds(period),
        kind_labels=LEDGER_ACCOUNT_LABELS,
        logins=list_user_logins(people),
        announced_at=_announced_at(period),
        labels={item.code: item.label for item in checklist(get_period_facts(period))},
        key_id=issuer.method_id(issuer.current_key_id),
        fonts=FONTS,
    )


def _announced_at(period: Period) -> datetime | None:
    """When the first signature was given: the audit trail keeps the instant."""
    events = list_events_of("period", period.code, PageRequest(1, 100)).items
    return next((one.at for one in events if one.event == "period.closing"), None)
