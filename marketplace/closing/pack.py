"""The pack of a closed month: its files, byte for byte the same whenever they are written.

A closed month takes no entries, so the files come from the books again; the manifest kept at the
second signature holds their SHA-256, so that a difference would be seen by anybody.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from tempfile import SpooledTemporaryFile
from types import MappingProxyType
from typing import IO, Any

from marketplace.reporting.periods import each_journal_row, each_trial_line, get_period

MEMORY_BYTES_MAX = 8 * 1024 * 1024
FIXED_TIME = (2020, 1, 1, 0, 0, 0)
"""Zip entries carry no time of day: the same month gives the same bytes."""
NOTHING_MORE: Mapping[str, bytes] = MappingProxyType({})
README = """This pack holds one closed accounting month.
manifest.json   who signed, the checklist, sums, SHA-256 of the other files, the head of the seals
journal.csv     every posting; amounts in minor units (fen); each entry sums to zero
trial.csv       every ledger account: opening, both sides, closing
manifest.jwt    the manifest signed by the fund office (JWS, EdDSA); its payload is manifest.json
period.pdf      the same for people; SHA-256 of manifest.json stands on it
Check: compute SHA-256 of journal.csv and trial.csv, compare with manifest.json; sum both sides of
journal.csv; compare the seal head with one that was kept elsewhere (/books/seals); verify
manifest.jwt with the key that its header names (at /.well-known/did.json of the platform, or in
the did:key itself).
"""


def journal_lines(period_code: str) -> Iterator[bytes]:
    """`journal.csv`, line by line."""
    rows = (
        (
            row.entry_id,
            row.kind,
            row.key,
            row.effective_on.isoformat(),
            row.posted_at,
            row.ledger_account,
            row.debited_fen,
            row.credited_fen,
        )
        for row in each_journal_row(get_period(period_code))
    )
    header = ("entry", "kind", "key", "effective_on", "posted_at", "account", "debit", "credit")
    return _csv(header, rows)


def trial_lines(period_code: str) -> Iterator[bytes]:
    """`trial.csv`, line by line."""
    rows = (
        (
            line.ledger_account,
            line.side.value,
            line.currency,
            line.opening_fen,
            line.debited_fen,
            line.credited_fen,
            line.closing_fen,
        )
        for line in each_trial_line(get_period(period_code))
    )
    header = ("account", "side", "currency", "opening", "debit", "credit", "closing")
    return _csv(header, rows)


FILES: dict[str, Callable[[str], Iterator[bytes]]] = {
    "journal.csv": journal_lines,
    "trial.csv": trial_lines,
}


def file_hashes(period_code: str) -> dict[str, str]:
    """SHA-256 of each file of the pack."""
    return {name: _sha256(write(period_code)) for name, write in FILES.items()}


def manifest_text(content: dict[str, Any]) -> str:
    """The manifest as it is kept and downloaded."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, indent=2) + "\n"


def write_pack(
    period_code: str, manifest: str, *, more: Mapping[str, bytes] = NOTHING_MORE
) -> IO[bytes]:
    """The whole pack as a zip file, ready to be read from its beginning; `more` are files made
    for people and for signatures (edge.period_packs)."""
    target: IO[bytes] = SpooledTemporaryFile(max_size=MEMORY_BYTES_MAX)  # noqa: SIM115
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "README.txt", iter([README.encode()]))
        _add(archive, "manifest.json", iter([manifest.encode()]))
        for name, write in FILES.items():
            _add(archive, name, write(period_code))
        for name, content in more.items():
            _add(archive, name, iter([content]))
    target.seek(0)
    return target


def _add(archive: zipfile.ZipFile, name: str, pieces: Iterator[bytes]) -> None:
    entry = zipfile.ZipInfo(name, FIXED_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    with archive.open(entry, "w") as file:
        for piece in pieces:
            file.write(piece)


def _sha256(pieces: Iterator[bytes]) -> str:
    found = hashlib.sha256()
    for piece in pieces:
        found.update(piece)
    return found.hexdigest()


def _csv(header: Sequence[str], rows: Iterator[Sequence[object]]) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow(row)
        if buffer.tell() > 65_536:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()
