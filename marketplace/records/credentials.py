"""A certificate as an Open Badges 3.0 / W3C Verifiable Credential, and the list of ended ones.

Pure: facts in, documents out. The holder's name stands in a credential only as a salted hash, so
that a file that is lost tells nobody who learned what; whoever is shown it compares the name on
the person's ID card (`identity_hash`).
"""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from marketplace.enrollment.rules import is_rate_of_hours
from marketplace.records.rules import STATUS_LIST_BITS

CONTEXT = [
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
]
SCHEMA = {
    "id": "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/"
    "ob_v3p0_achievementcredential_schema.json",
    "type": "1EdTechJsonSchemaValidator2019",
}
STATUS_LIST_DAYS = 2
"""How long a fetched status list may be relied on: an old copy must not revive what is void."""
_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class CredentialFacts:
    """What one certificate says, with the addresses it is found under."""

    number: str
    page_url: str
    course_url: str
    institution_url: str
    status_list_url: str
    status_index: int
    issuer_did: str
    issuer_name: str
    issuer_url: str
    holder: str
    salt: str
    title: str
    institution_name: str
    occupation_code: str | None
    level: int | None
    hours: int | None
    rate_percent: int
    lessons_attended: int
    lessons_total: int
    completed_on: str
    issued_at: datetime


def identity_hash(name: str, salt: str) -> str:
    """`sha256$…` of name and salt, as Open Badges 3.0 hashes an identity (IdentityHash)."""
    return f"sha256${hashlib.sha256((name + salt).encode()).hexdigest()}"


def credential_document(facts: CredentialFacts) -> dict[str, Any]:
    """The credential with the registered claims beside it, ready to be signed as a JWT."""
    return {
        "@context": CONTEXT,
        "id": facts.page_url,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": facts.title,
        "issuer": {
            "id": facts.issuer_did,
            "type": ["Profile"],
            "name": facts.issuer_name,
            "url": facts.issuer_url,
        },
        "validFrom": _instant(facts.issued_at),
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": True,
                    "identityHash": identity_hash(facts.holder, facts.salt),
                    "identityType": "name",
                    "salt": facts.salt,
                }
            ],
            "activityEndDate": f"{facts.completed_on}T00:00:00Z",
            "achievement": _achievement(facts),
        },
        "credentialStatus": {
            "id": f"{facts.status_list_url}#{facts.status_index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(facts.status_index),
            "statusListCredential": facts.status_list_url,
        },
        "credentialSchema": [SCHEMA],
        "iss": facts.issuer_did,
        "jti": facts.page_url,
        "nbf": int(facts.issued_at.timestamp()),
    }


def _narrative(facts: CredentialFacts) -> str:
    """What the completion was decided on: the lessons, or hours with online ones among them."""
    by_hours = is_rate_of_hours(
        facts.rate_percent,
        lessons_attended=facts.lessons_attended,
        lessons_total=facts.lessons_total,
    )
    if by_hours:
        hours = f"{facts.hours} hours" if facts.hours else "hours"
        return f"Completed {facts.rate_percent} % of the {hours}, online hours among them."
    of_hours = f" of {facts.hours} hours" if facts.hours else ""
    return (
        f"Attended {facts.lessons_attended} of {facts.lessons_total} lessons "
        f"({facts.rate_percent} %){of_hours}."
    )


def _achievement(facts: CredentialFacts) -> dict[str, Any]:
    achievement: dict[str, Any] = {
        "id": facts.course_url,
        "type": ["Achievement"],
        "achievementType": "Certificate",
        "name": facts.title,
        "description": f"{facts.title} · {facts.institution_name} · {facts.number}",
        "criteria": {"narrative": _narrative(facts)},
        "creator": {
            "id": facts.institution_url,
            "type": ["Profile"],
            "name": facts.institution_name,
        },
    }
    if facts.occupation_code:
        achievement["humanCode"] = facts.occupation_code
    if facts.level:
        achievement["tag"] = [f"level {facts.level}"]
    return achievement


def status_list_document(
    *, url: str, issuer_did: str, ended: Iterable[int], now: datetime
) -> dict[str, Any]:
    """W3C Bitstring Status List 1.0: one bit per certificate, set when it has ended."""
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer_did,
        "validFrom": _instant(now),
        "validUntil": _instant(now + timedelta(days=STATUS_LIST_DAYS)),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encoded_list(ended),
            "ttl": _HOUR_MS,
        },
        "iss": issuer_did,
        "jti": url,
        "nbf": int(now.timestamp()),
        "exp": int((now + timedelta(days=STATUS_LIST_DAYS)).timestamp()),
    }


def encoded_list(ended: Iterable[int]) -> str:
    """The bits, the first one leftmost, gzipped, as multibase base64url (`u`) without padding."""
    bits = bytearray(STATUS_LIST_BITS // 8)
    for index in ended:
        bits[index // 8] |= 0x80 >> (index % 8)
    packed = gzip.compress(bytes(bits), mtime=0)
    return "u" + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
