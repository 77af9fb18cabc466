"""A claim as a signed pack: PDF to read, JSON to check, a signature anybody can verify."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile

from flask import Response, render_template

from marketplace.claims import labels
from marketplace.claims.exports import claim_document
from marketplace.claims.queries.claims import ClaimRow, list_objections
from marketplace.claims.queries.lines import list_claim_lines
from marketplace.claims.queries.objections import list_objections_to_claim
from marketplace.edge.downloads import attachment
from marketplace.edge.pdf import FONTS, pdf_of
from marketplace.foundation import clock
from marketplace.foundation.errors import NotFound
from marketplace.ledger.sealing.queries import find_last_block
from marketplace.people.queries import list_user_logins
from marketplace.records.issuer import get_issuer

FIXED_TIME = (2020, 1, 1, 0, 0, 0)
README = """This pack holds one claim as it stood when the pack was made.
claim.json   the claim, its lines with their evidence, who signed what; amounts in minor units (fen)
claim.jwt    the same document signed by the fund office (JWS, EdDSA); its payload is claim.json
claim.pdf    the same for people; SHA-256 of claim.json stands on it
Check: compute SHA-256 of claim.json and compare it with the PDF; verify claim.jwt with the key that
its header names (at /.well-known/did.json of the platform, or in the did:key itself).
"""


def claim_pack(row: ClaimRow) -> Response:
    """The pack as a download; a draft has none (404). Refuses where PDF cannot be made."""
    if row.claim.submitted_at is None:
        raise NotFound("claim_pack", row.claim.code)
    lines = list_claim_lines(row.claim.id)
    public_objections = list_objections_to_claim(row.claim.id)
    block = find_last_block()
    people = {row.claim.submitted_by, row.claim.checked_by, row.claim.approved_by}
    document = claim_document(
        row,
        lines,
        objections=list_objections(row.claim.id),
        public_objections=public_objections,
        logins=list_user_logins({one for one in people if one is not None}),
        sealed_up_to=block.head if block else None,
        made_at=clock.now(),
    )
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, indent=2) + "\n"
    issuer = get_issuer()
    html = render_template(
        "components/claim_pdf.html",
        row=row,
        lines=lines,
        document=document,
        public_objections=public_objections,
        labels=labels,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        key_id=issuer.method_id(issuer.current_key_id),
        fonts=FONTS,
        made_at=clock.now(),
    )
    files = {
        "README.txt": README.encode(),
        "claim.json": text.encode(),
        "claim.jwt": issuer.sign(document).encode(),
        "claim.pdf": pdf_of(html),
    }
    return attachment(
        _zip(files), media_type="application/zip", file_name=f"claim-{row.claim.code}.zip"
    )


def _zip(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, FIXED_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return target.getvalue()
