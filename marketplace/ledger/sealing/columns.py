"""What a database wrote of very many entries, column by column, taken apart. Pure.

A column is a list with one piece for each entry; or, where all entries say the same, that piece
alone, which then is neither taken apart nor put together for each of them.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, repeat
from sys import byteorder

Column = bytes | Sequence[bytes]

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""From where PostgreSQL counts days and microseconds."""
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
    """Days as documents write them; none when one is missing or in no calendar of ours."""
    return _told(written, "i", entries, _day)


def instants(written: bytes, entries: int) -> Column | None:
    """Instants as documents write them, but for their zone; none when one is missing or in no
    calendar of ours."""
    return _told(written, "q", entries, _instant)


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


def _told(written: bytes, width: str, entries: int, tell: Callable[[int], bytes]) -> Column | None:
    """Each different number is told once: what is booked together has one instant and one day."""
    first = written[: WIDTHS[width]]
    are_same = written == first * entries
    numbers = whole_numbers(first if are_same else written, width)
    if numbers is None or len(numbers) != (1 if are_same else entries):
        return None
    try:
        told = {number: tell(number) for number in set(numbers)}
    except (OverflowError, ValueError):  # infinity, and centuries that are not ours
        return None
    return told[numbers[0]] if are_same else list(map(told.__getitem__, numbers))


def _day(number: int) -> bytes:
    return date.fromordinal(_EPOCH.toordinal() + number).isoformat().encode()


def _instant(number: int) -> bytes:
    instant = _EPOCH + timedelta(microseconds=number)
    return instant.isoformat(timespec="microseconds")[: -len("+00:00")].encode()
