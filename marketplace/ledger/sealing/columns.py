"""What a database wrote of very many entries, column by column, taken apart. Pure.

A column is a list with one piece for each entry; or, where all entries say the same, that piece
alone, which then is neither taken apart nor put together for each of them.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby, repeat
from sys import byteorder

Column = bytes | Sequence[bytes]

_EPOCH = date(2000, 1, 1)
"""From where PostgreSQL counts days."""
_INSTANT_LENGTH = len("2026-01-01T00:00:00.000000")
WIDTHS = {"i": 4, "q": 8}


def texts(written: bytes, between: bytes, entries: int) -> Column | None:
    """A column of so many texts; none when `between`, which stands between two of them, is in one
    of them too, or when one is missing."""
    first = written.partition(between)[0]
    if written == first + (between + first) * (entries - 1):
        return first
    pieces = written.split(between)
    return pieces if len(pieces) == entries else None


def whole_numbers(written: bytes, width: str) -> array[int] | None:
    """Numbers in the binary form of PostgreSQL, of four bytes (`i`) or of eight (`q`)."""
    numbers = array(width)
    if len(written) % WIDTHS[width]:
        return None
    numbers.frombytes(written)
    if byteorder == "little":
        numbers.byteswap()
    return numbers


def days(written: bytes, entries: int) -> Column | None:
    """Days as documents write them, from the binary form; none when one is missing or in no
    calendar of ours. Each different day is written once."""
    first = written[: WIDTHS["i"]]
    are_same = written == first * entries
    numbers = whole_numbers(first if are_same else written, "i")
    if numbers is None or len(numbers) != (1 if are_same else entries):
        return None
    try:
        told = {number: _day(number) for number in set(numbers)}
    except (OverflowError, ValueError):  # infinity, and centuries that are not ours
        return None
    return told[numbers[0]] if are_same else list(map(told.__getitem__, numbers))


def instants(written: bytes, entries: int) -> Column | None:
    """Instants as documents write them, but for their zone, of which PostgreSQL leaves out zeros
    at the end of a second; none when one is missing."""
    told = texts(written[2:-2], b'", "', entries)
    if told is None or isinstance(told, bytes):
        return told and _to_the_microsecond(told)
    return [
        instant if len(instant) == _INSTANT_LENGTH else _to_the_microsecond(instant)
        for instant in told
    ]


def put_together(columns: Sequence[Column]) -> list[bytes]:
    """Each entry's pieces of all columns, one after the other."""
    if all(isinstance(column, bytes) for column in columns):
        raise ValueError("how many entries there are is told by a list")
    merged = _merged(columns)
    return list(map(b"".join, zip(*merged, strict=False)))


def _merged(columns: Sequence[Column]) -> Iterator[Iterator[bytes] | Sequence[bytes]]:
    """Neighbours that are the same for all entries are one."""
    for are_same, group in groupby(columns, key=lambda column: isinstance(column, bytes)):
        if are_same:
            yield repeat(b"".join(piece for piece in group if isinstance(piece, bytes)))
        else:
            yield from (column for column in group if not isinstance(column, bytes))


def _day(number: int) -> bytes:
    return date.fromordinal(_EPOCH.toordinal() + number).isoformat().encode()


def _to_the_microsecond(instant: bytes) -> bytes:
    whole = instant if b"." in instant else instant + b"."
    return whole.ljust(_INSTANT_LENGTH, b"0")
