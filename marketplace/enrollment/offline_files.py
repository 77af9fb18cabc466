"""The two files of a lesson without network: what a device takes along, what it brings back.

The bundle goes out under our Ed25519 signature over its canonical JSON. The file that comes back
holds the bundle, the sign-ins, each bound to all before it by a chain of SHA-256, and the device's
Ed25519 signature over the end of the chain. `tools/offline_station.py` is the other side;
docs/offline.md has the formats.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from marketplace.enrollment import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.enrollment.states import AttendanceMethod
from marketplace.foundation.crypto import sign
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.ids import ALPHABET

BUNDLE_FORMAT = "training-voucher-bundle-1"
FILE_FORMAT = "training-voucher-offline-1"
FILE_BYTES_MAX = 2 * 1024 * 1024
RECORDS_MAX = 3000
CODE_LENGTH = 8
"""39 bits: guessing one takes more tries than anybody can make, since every file is looked at."""
KINDS = {"voucher": AttendanceMethod.OFFLINE_VOUCHER, "code": AttendanceMethod.OFFLINE_CODE}
_HINT_CHARS = 4
"""16 bits: enough for the device to find a typing error, too few to find the code by trying."""
_INSTANT = re.compile(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_CODE = re.compile(r"[0-9A-Z-]{4,60}")


def offline_code_for(enrollment_code: str, lesson_id: int) -> str:
    """A learner's own code of one lesson: on their page, known to nobody else."""
    number = int(sign(f"{enrollment_code}.{lesson_id}", purpose="offline sign-in code"), 16)
    letters = []
    for _place in range(CODE_LENGTH):
        number, letter = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[letter])
    return "".join(letters)


def hint_of(bundle_code: str, code: str) -> str:
    """What the device may know of a code, to tell a typing error."""
    return sha256(f"{bundle_code}|{code}".encode()).hexdigest()[:_HINT_CHARS]


def instant_text(instant: datetime) -> str:
    """An instant as both files write it: whole seconds, UTC."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def read_public_key(text: str) -> str | None:
    """An Ed25519 public key in base64url in its one spelling; nothing for what is none."""
    raw = _bytes(text.strip())
    return _text(raw) if len(raw) == 32 else None


def seal_bundle(content: Mapping[str, Any]) -> dict[str, Any]:
    """A bundle with our public key and our signature over everything else in it."""
    key = _our_key()
    whole = {**content, "server_key": _text(key.public_key().public_bytes_raw())}
    return {**whole, "signature": _text(key.sign(_canonical(whole)))}


@dataclass(frozen=True, slots=True)
class OfflineRecord:
    """One sign-in as the device wrote it down."""

    number: int
    at: datetime
    kind: str
    code: str


@dataclass(frozen=True, slots=True)
class OfflineFile:
    """A device's file that could be read; whether it is genuine `is_genuine` says."""

    bundle: Mapping[str, Any]
    bundle_code: str
    records: tuple[OfflineRecord, ...]
    heads: tuple[str, ...]
    """The chain after so many rows: one longer than the rows."""
    closed_at: datetime
    signature: bytes

    @property
    def signed(self) -> bytes:
        """What the device signed; the same again is the same file."""
        closed = instant_text(self.closed_at)
        parts = (FILE_FORMAT, self.bundle_code, len(self.records), self.heads[-1], closed)
        return "\n".join(map(str, parts)).encode()

    def is_genuine(self, device_key: str) -> bool:
        """The bundle is ours and unchanged, and this device signed these rows."""
        content = {name: value for name, value in self.bundle.items() if name != "signature"}
        try:
            sealed = _canonical(content)
        except RecursionError:  # nested as nothing of ours is
            return False
        ours = _bytes(self.bundle.get("signature"))
        return _fits(_our_key().public_key(), ours, sealed) and _fits(
            Ed25519PublicKey.from_public_bytes(_bytes(device_key)), self.signature, self.signed
        )


def read_offline_file(content: bytes) -> OfflineFile:
    """Take a file apart. Refuses what is none, and names the row that cannot be read."""
    try:
        document = json.loads(content) if len(content) <= FILE_BYTES_MAX else None
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or document.get("format") != FILE_FORMAT:
        raise Refused(Refusal("offline_file_unreadable", field="file"))
    bundle, rows = document.get("bundle"), document.get("records")
    closed_at = _instant(document.get("closed_at"))
    if (
        not isinstance(bundle, dict)
        or not isinstance(rows, list)
        or len(rows) > RECORDS_MAX
        or closed_at is None
        or not (isinstance(bundle.get("bundle"), str) and _CODE.fullmatch(bundle["bundle"]))
    ):
        raise Refused(Refusal("offline_file_unreadable", field="file"))
    records = tuple(_read_row(number, row) for number, row in enumerate(rows, start=1))
    return OfflineFile(
        bundle=bundle,
        bundle_code=bundle["bundle"],
        records=records,
        heads=chain_of(str(bundle.get("signature")), records),
        closed_at=closed_at,
        signature=_bytes(document.get("signature")),
    )


def chain_of(bundle_signature: str, records: tuple[OfflineRecord, ...]) -> tuple[str, ...]:
    """After each row, the fingerprint of it and all before it."""
    heads = [sha256(bundle_signature.encode("utf-8", "replace")).hexdigest()]
    for one in records:
        row = f"{heads[-1]}\n{one.number}|{instant_text(one.at)}|{one.kind}|{one.code}"
        heads.append(sha256(row.encode()).hexdigest())
    return tuple(heads)


def _read_row(number: int, row: object) -> OfflineRecord:
    if isinstance(row, dict) and type(row.get("number")) is int and row["number"] == number:
        at, kind, code = _instant(row.get("at")), row.get("kind"), row.get("code")
        is_code = isinstance(code, str) and _CODE.fullmatch(code) is not None
        if at is not None and isinstance(kind, str) and kind in KINDS and is_code:
            return OfflineRecord(number, at, kind, str(code))
    raise Refused(Refusal("offline_row_unreadable", {"row": number}, field="file"))


def _instant(text: object) -> datetime | None:
    if not isinstance(text, str) or _INSTANT.fullmatch(text) is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def _our_key() -> Ed25519PrivateKey:
    seed = sign("ed25519", purpose="offline bundle")
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed))


def _canonical(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode()


def _bytes(text: object) -> bytes:
    try:
        return urlsafe_b64decode(text.encode()) if isinstance(text, str) else b""
    except (NotBase64, ValueError):
        return b""


def _fits(key: Ed25519PublicKey, signature: bytes, content: bytes) -> bool:
    try:
        key.verify(signature, content)
    except InvalidSignature:
        return False
    return True
