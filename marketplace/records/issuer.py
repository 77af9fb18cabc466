"""Who issues credentials, and the key that signs them: ISSUER_KEYS, ISSUER_NAME, PUBLIC_URL.

`ISSUER_KEYS` holds comma-separated `id:base64url(32 bytes)` Ed25519 seeds (RFC 8032). The last
one signs; the public halves of all are published, so that what an earlier key signed still
verifies. With an HTTPS `PUBLIC_URL` the issuer is its `did:web`, which everybody can look up;
without one it is the `did:key` of the signing key, good for trying out and for tests.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ED25519_PUBLIC = b"\xed\x01"
"""The multicodec of an Ed25519 public key (W3C Controlled Identifiers 1.0, section 2.2.2)."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """The issuing office of a deployment."""

    name: str
    address: str
    """Where the deployment is reached, without a slash at the end."""
    keys: dict[str, Ed25519PrivateKey]

    @property
    def current_key_id(self) -> str:
        assert self.keys, "ISSUER_KEYS is empty"
        return list(self.keys)[-1]

    @property
    def did(self) -> str:
        """`did:web:example.org` behind HTTPS, else `did:key:z6Mk…`."""
        parts = urlsplit(self.address)
        if parts.scheme != "https":
            return f"did:key:{multikey(self.keys[self.current_key_id])}"
        path = [quote(step, safe="") for step in parts.path.split("/") if step]
        return ":".join(["did:web", quote(parts.netloc, safe=""), *path])

    def method_id(self, key_id: str) -> str:
        """What a signature names as its key; a did:key document holds one, by its own value."""
        if self.did.startswith("did:key:"):
            return f"{self.did}#{multikey(self.keys[key_id])}"
        return f"{self.did}#{key_id}"

    def sign(self, document: dict[str, Any]) -> str:
        """The document as a compact JWS (EdDSA, RFC 8037): the payload is the credential itself
        (Open Badges 3.0, section 8.2; W3C Securing Verifiable Credentials, section 3.1)."""
        import jwt  # with all its algorithms: where a credential is signed

        headers = {"kid": self.method_id(self.current_key_id), "typ": "JWT"}
        return jwt.encode(
            document, self.keys[self.current_key_id], algorithm="EdDSA", headers=headers
        )

    def did_document(self) -> dict[str, Any]:
        """The public keys behind the signatures (W3C DID Core 1.0)."""
        by_key = self.did.startswith("did:key:")
        ids = [self.current_key_id] if by_key else list(reversed(self.keys))
        methods = [
            {
                "id": self.method_id(key_id),
                "type": "Multikey",
                "controller": self.did,
                "publicKeyMultibase": multikey(self.keys[key_id]),
            }
            for key_id in ids
        ]
        return {
            "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
            "id": self.did,
            "verificationMethod": methods,
            "assertionMethod": [method["id"] for method in methods],
        }


_active: Issuer | None = None


def use_issuer(keys: str, *, name: str, address: str) -> None:
    """Set the deployment's issuer; called once by create_app. Raises ValueError with the reason."""
    global _active
    _active = Issuer(name, address.rstrip("/"), parse_issuer_keys(keys))


def get_issuer() -> Issuer:
    """The deployment's issuer."""
    assert _active is not None, "use_issuer was not called"
    return _active


def parse_issuer_keys(text: str) -> dict[str, Ed25519PrivateKey]:
    """Read `k1:...[,k2:...]`. Raises ValueError with the reason, never with a key."""
    keys: dict[str, Ed25519PrivateKey] = {}
    for part in filter(None, text.split(",")):
        key_id, _, encoded = part.strip().partition(":")
        try:
            raw = base64.urlsafe_b64decode(encoded)
        except ValueError as error:
            raise ValueError(f"ISSUER_KEYS: key {key_id!r} is not base64url") from error
        if len(raw) != 32:
            raise ValueError(f"ISSUER_KEYS: key {key_id!r} has {len(raw)} bytes, 32 needed")
        keys[key_id] = Ed25519PrivateKey.from_private_bytes(raw)
    return keys


def multikey(key: Ed25519PrivateKey) -> str:
    """The public half as `z6Mk…`: multicodec and base58 (the `z` of multibase)."""
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    number = int.from_bytes(_ED25519_PUBLIC + raw)
    letters = ""
    while number:
        number, rest = divmod(number, 58)
        letters = _BASE58[rest] + letters
    return f"z{letters}"
