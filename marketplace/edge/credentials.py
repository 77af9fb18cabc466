"""Certificates as signed credentials, with the addresses of this deployment in them.

The addresses come from the settings, never from the request: whoever sends a forged Host header
must not get a credential that names their own machine as its status list.
"""

from __future__ import annotations

from typing import Any

from flask import url_for

from marketplace.foundation import clock, crypto
from marketplace.institutions.queries import get_institution
from marketplace.records.credentials import (
    CredentialFacts,
    credential_document,
    status_list_document,
)
from marketplace.records.issuer import get_issuer
from marketplace.records.models import Certificate
from marketplace.records.queries.certificates import list_ended_bits


def signed_credential(certificate: Certificate) -> str:
    """The certificate as an Open Badges 3.0 credential (VC-JWT, EdDSA).

    Signed anew each time from what the certificate says, which never changes; so nothing is kept
    beside it, and a renewed key signs old certificates too.
    """
    issuer = get_issuer()
    institution = get_institution(certificate.institution_id)
    facts = CredentialFacts(
        number=certificate.code,
        page_url=_address("visitors.show_certificate", token=certificate.token),
        course_url=_address("visitors.show_course", code=certificate.course_code),
        institution_url=_address("visitors.show_institution", code=institution.code),
        status_list_url=status_list_address(certificate.status_list),
        status_index=certificate.status_index,
        issuer_did=issuer.did,
        issuer_name=issuer.name,
        issuer_url=f"{issuer.address}/",
        holder=certificate.holder,
        salt=crypto.sign(certificate.code, purpose="credential_salt")[:32],
        title=certificate.title,
        institution_name=certificate.institution_name,
        occupation_code=certificate.occupation_code,
        level=certificate.level,
        hours=certificate.hours,
        rate_percent=certificate.rate_percent,
        lessons_attended=certificate.lessons_attended,
        lessons_total=certificate.lessons_total,
        completed_on=certificate.completed_on.isoformat(),
        issued_at=certificate.issued_at,
    )
    return issuer.sign(credential_document(facts))


def signed_status_list(number: int) -> str:
    """One list of ended certificates, signed; good for two days."""
    issuer = get_issuer()
    document = status_list_document(
        url=status_list_address(number),
        issuer_did=issuer.did,
        ended=list_ended_bits(number),
        now=clock.now(),
    )
    return issuer.sign(document)


def status_list_address(number: int) -> str:
    """Where a list is published."""
    return _address("visitors.show_status_list", number=number)


def _address(endpoint: str, **values: Any) -> str:
    return get_issuer().address + url_for(endpoint, **values)
