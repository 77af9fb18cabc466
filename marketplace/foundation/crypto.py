"""Field encryption and blind indexes.

`FIELD_KEYS` holds comma-separated `id:base64url(32 bytes)` keys. The key named `index` makes
blind indexes; the last of the others encrypts; all of them decrypt. AES-256-GCM with a random
nonce, the associated data binding a value to its table and column, so that a ciphertext moved
to another column does not open (NIST SP 800-38D).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


@dataclass(frozen=True, slots=True)
class FieldKeys:
    """The keys of a deployment."""

    index_key: bytes
    current_id: str
    keys: dict[str, bytes]


_active: FieldKeys | None = None


def use_field_keys(text: str) -> None:
    """Load the deployment's keys; called once by create_app."""
    global _active
    _active = parse_field_keys(text)


@lru_cache(maxsize=8)
def parse_field_keys(text: str) -> FieldKeys:
    """Read `index:...,k1:...[,k2:...]`. Raises ValueError with the reason."""
    pairs: dict[str, bytes] = {}
    for part in text.split(","):
        key_id, _, encoded = part.strip().partition(":")
        try:
            raw = base64.urlsafe_b64decode(encoded)
        except ValueError as error:
            raise ValueError(f"FIELD_KEYS: key {key_id!r} is not base64url") from error
        if len(raw) != 32:
            raise ValueError(f"FIELD_KEYS: key {key_id!r} has {len(raw)} bytes, 32 needed")
        pairs[key_id] = raw
    index_key = pairs.pop("index", None)
    if index_key is None or not pairs:
        raise ValueError("FIELD_KEYS: needs a key named 'index' and at least one other")
    return FieldKeys(index_key, list(pairs)[-1], pairs)


def _keys() -> FieldKeys:
    assert _active is not None, "use_field_keys was not called"
    return _active


def encrypt(plain: str, *, purpose: str) -> str:
    """Encrypt one field. `purpose` is `table.column` and is authenticated with the value."""
    key_id, sealed = _seal(plain.encode(), purpose)
    return f"{key_id}:{base64.urlsafe_b64encode(sealed).decode()}"


def decrypt(stored: str, *, purpose: str) -> str:
    """Open one field; raises InvalidTag when value, purpose or key do not belong together."""
    key_id, _, encoded = stored.partition(":")
    raw = base64.urlsafe_b64decode(encoded)
    return AESGCM(_keys().keys[key_id]).decrypt(raw[:12], raw[12:], purpose.encode()).decode()


def encrypt_bytes(plain: bytes, *, purpose: str) -> bytes:
    """Encrypt the content of a file; `purpose` names its table, column and row."""
    key_id, sealed = _seal(plain, purpose)
    return key_id.encode() + b":" + sealed


def decrypt_bytes(stored: bytes, *, purpose: str) -> bytes:
    """Open the content of a file; raises InvalidTag when it is not this row's."""
    key_id, _, raw = stored.partition(b":")
    return AESGCM(_keys().keys[key_id.decode()]).decrypt(raw[:12], raw[12:], purpose.encode())


def _seal(plain: bytes, purpose: str) -> tuple[str, bytes]:
    keys = _keys()
    nonce = os.urandom(12)
    sealed = AESGCM(keys.keys[keys.current_id]).encrypt(nonce, plain, purpose.encode())
    return keys.current_id, nonce + sealed


def blind_index(plain: str, *, purpose: str) -> str:
    """A keyed fingerprint for exact look-up of an encrypted value (HMAC-SHA-256)."""
    normal = unicodedata.normalize("NFKC", plain).strip().upper()
    message = f"{purpose}\0{normal}".encode()
    return hmac.new(_keys().index_key, message, hashlib.sha256).hexdigest()


def sign(text: str, *, purpose: str) -> str:
    """A keyed seal over a text (HMAC-SHA-256), with a key of its own for each purpose."""
    key = hmac.new(_keys().index_key, f"sign\0{purpose}".encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def is_signed(text: str, signature: str, *, purpose: str) -> bool:
    """Whether a seal belongs to a text; compared in constant time."""
    return hmac.compare_digest(sign(text, purpose=purpose), signature)
