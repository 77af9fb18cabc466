"""A credential is verified by libraries that share no code with the issuer.

`openbadgeslib` is an independent Open Badges 3.0 verifier: it resolves the issuer's DID, checks
the signature, the structure and the registered claims, fetches the status list and checks that
list's own signature. The second test uses nothing but Ed25519 from `cryptography`.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from openbadgeslib.ob3 import OB3VerificationError, OB3Verifier
from openbadgeslib.ob3.status import set_indices

from marketplace.records.credentials import (
    CredentialFacts,
    credential_document,
    encoded_list,
    identity_hash,
    status_list_document,
)
from marketplace.records.issuer import Issuer, parse_issuer_keys

ADDRESS = "https://vouchers.test"
LIST = f"{ADDRESS}/credentials/status/0"
NAME = "欧阳测试"
ISSUED = datetime.now(UTC) - timedelta(days=1)
"""Verifiers go by their own clock."""


def key(name: str) -> str:
    return f"{name}:{base64.urlsafe_b64encode(name.encode().ljust(32, b'.')).decode()}"


def make_issuer(*names: str, address: str = ADDRESS) -> Issuer:
    return Issuer("测试市就业服务中心", address, parse_issuer_keys(",".join(map(key, names))))


def facts_of(issuer: Issuer, **changes) -> CredentialFacts:
    facts = CredentialFacts(
        number="CT-7M3K9PQ2XV",
        page_url=f"{ADDRESS}/certificates/abc",
        course_url=f"{ADDRESS}/courses/C-1",
        institution_url=f"{ADDRESS}/institutions/I-1",
        status_list_url=LIST,
        status_index=94_567,
        issuer_did=issuer.did,
        issuer_name=issuer.name,
        issuer_url=f"{ADDRESS}/",
        holder=NAME,
        salt="5a" * 16,
        title="养老护理员（初级）",
        institution_name="鹤城家政职业培训学校",
        occupation_code="4-10-01-05",
        level=5,
        hours=64,
        rate_percent=95,
        lessons_attended=19,
        lessons_total=20,
        completed_on="2026-03-10",
        issued_at=ISSUED,
    )
    return replace(facts, **changes)


def web_of(issuer: Issuer, *, ended=(), now=None):
    """What the deployment publishes, as a verifier would fetch it."""
    document = status_list_document(
        url=LIST, issuer_did=issuer.did, ended=ended, now=now or datetime.now(UTC)
    )
    published = {
        f"{ADDRESS}/.well-known/did.json": json.dumps(issuer.did_document()).encode(),
        LIST: issuer.sign(document).encode(),
    }
    return published.__getitem__


def verify(token: str, issuer: Issuer, download):
    verifier = OB3Verifier.for_issuer_did(issuer.did, download=download)
    return verifier.verify(token, check_status=True, verify_status_list=True, download=download)


@pytest.mark.parametrize("address", [ADDRESS, "http://127.0.0.1:8000"])
def test_an_independent_verifier_accepts_it(address):
    issuer = make_issuer("k1", address=address)
    assert issuer.did.startswith("did:web:vouchers.test" if address == ADDRESS else "did:key:z6Mk")
    credential = verify(issuer.sign(credential_document(facts_of(issuer))), issuer, web_of(issuer))
    assert credential.achievement.name == "养老护理员（初级）"
    assert credential.issuer.id == issuer.did


def test_it_verifies_with_ed25519_alone_and_one_changed_letter_breaks_it():
    issuer = make_issuer("k1")
    token = issuer.sign(credential_document(facts_of(issuer)))
    head, body, signature = token.split(".")
    public = Ed25519PrivateKey.from_private_bytes(b"k1".ljust(32, b".")).public_key()
    raw = base64.urlsafe_b64decode(signature + "==")
    public.verify(raw, f"{head}.{body}".encode())
    forged = base64.urlsafe_b64encode(
        base64.urlsafe_b64decode(body + "==").replace(b"(95 %)", b"(99 %)")
    ).decode()
    with pytest.raises(InvalidSignature):
        public.verify(raw, f"{head}.{forged.rstrip('=')}".encode())


def test_what_somebody_else_signed_or_changed_is_refused():
    issuer, thief = make_issuer("k1"), make_issuer("k9")
    download = web_of(issuer)
    with pytest.raises(OB3VerificationError):
        verify(thief.sign(credential_document(facts_of(issuer))), issuer, download)
    head, body, signature = issuer.sign(credential_document(facts_of(issuer))).split(".")
    other = issuer.sign(credential_document(facts_of(issuer, title="电工"))).split(".")[1]
    with pytest.raises(OB3VerificationError, match="signature"):
        verify(f"{head}.{other}.{signature}", issuer, download)


def test_an_ended_certificate_is_refused_and_its_neighbors_are_not():
    issuer = make_issuer("k1")
    token = issuer.sign(credential_document(facts_of(issuer)))
    verify(token, issuer, web_of(issuer, ended=[94_566, 94_568]))
    with pytest.raises(OB3VerificationError, match="revocation"):
        verify(token, issuer, web_of(issuer, ended=[94_567]))


def test_an_old_copy_of_the_status_list_is_refused():
    issuer = make_issuer("k1")
    token = issuer.sign(credential_document(facts_of(issuer)))
    with pytest.raises(OB3VerificationError, match="expired"):
        verify(token, issuer, web_of(issuer, now=datetime.now(UTC) - timedelta(days=3)))


def test_a_renewed_key_leaves_old_credentials_verifiable():
    old, renewed = make_issuer("k1"), make_issuer("k1", "k2")
    token = old.sign(credential_document(facts_of(old)))
    verify(token, renewed, web_of(renewed))
    verify(renewed.sign(credential_document(facts_of(renewed))), renewed, web_of(renewed))


def test_the_file_does_not_say_the_name_but_proves_it():
    issuer = make_issuer("k1")
    document = credential_document(facts_of(issuer))
    assert NAME not in json.dumps(document, ensure_ascii=False)
    (identity,) = document["credentialSubject"]["identifier"]
    assert identity["identityHash"] == identity_hash(NAME, identity["salt"])
    assert identity["identityHash"] != identity_hash("欧阳别人", identity["salt"])


def test_an_independent_reader_finds_exactly_the_ended_bits():
    from openbadgeslib.ob3.status import decode_encoded_list

    ended = {0, 7, 8, 131_071}
    assert set_indices(decode_encoded_list(encoded_list(ended))) == ended


def test_a_broken_key_is_refused_without_being_told():
    for text, reason in (("k1:a", "base64url"), ("k1:c2hvcnQ=", "5 bytes")):
        with pytest.raises(ValueError, match="ISSUER_KEYS") as refused:
            parse_issuer_keys(text)
        assert reason in str(refused.value)
        assert "c2hvcnQ" not in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "narrative"),
    [
        ({}, "Attended 19 of 20 lessons (95 %) of 64 hours."),
        (
            {"rate_percent": 88, "lessons_attended": 3, "lessons_total": 4},
            "Completed 88 % of the 64 hours, online hours among them.",
        ),
        (
            {"rate_percent": 90, "lessons_attended": 0, "lessons_total": 0, "hours": None},
            "Completed 90 % of the hours, online hours among them.",
        ),
    ],
)
def test_a_credential_says_what_the_completion_was_decided_on(changes, narrative):
    document = credential_document(facts_of(make_issuer("k1"), **changes))
    assert document["credentialSubject"]["achievement"]["criteria"]["narrative"] == narrative
