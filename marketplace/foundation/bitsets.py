"""Sets of small numbers as one large integer: bit n is set when n is a member. Pure.

Two hundred thousand members are 25 kB; an intersection and a count cost a few microseconds each,
which is what lets a page count dozens of filters. Union, intersection and difference are the
integer's own `|`, `&` and `& ~`; the size is `bit_count()`. Making such a set of many numbers, and
taking numbers out of it, is the work of numpy (docs/decisions/0094).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Table = npt.NDArray[np.uint64]
FEW = 4_000
"""So many members are sorted at once sooner than looked for band by band."""


def bitset_of(members: Iterable[int] | Numbers, *, size: int) -> int:
    """The set of some numbers below `size`."""
    numbers = members if isinstance(members, np.ndarray) else np.fromiter(members, np.int64)
    flags = np.zeros(size, np.bool_)
    flags[numbers] = True
    return bitset_where(flags)


def bitset_where(flags: Flags) -> int:
    """The set of the positions at which a flag is up."""
    return int.from_bytes(np.packbits(flags, bitorder="little").tobytes(), "little")


def members_of(bits: int) -> list[int]:
    """The members, smallest first."""
    found: list[int] = positions_of(bits).tolist()
    return found


def positions_of(bits: int) -> Numbers:
    """The members, smallest first, as an array."""
    packed = np.frombuffer(bits.to_bytes((bits.bit_length() + 7) // 8, "little"), np.uint8)
    return np.flatnonzero(np.unpackbits(packed, bitorder="little").view(np.bool_))


def table_of(sets: Sequence[int], *, size: int) -> Table:
    """Sets that will be counted together, a row each; for numbers below `size`."""
    words = (size + 63) // 64
    packed = b"".join(bits.to_bytes(8 * words, "little") for bits in sets)
    return np.frombuffer(packed, np.uint64).reshape(len(sets), words)


def words_of(bits: int) -> Table:
    """A set as a row of a table, as long as it has to be."""
    size = 8 * ((bits.bit_length() + 63) // 64)
    return np.frombuffer(bits.to_bytes(size, "little"), np.uint64)


def counts_in(table: Table, wanted: Table) -> list[int]:
    """How many members of a set (`words_of`) each row of a table has: all rows in a fifth of the
    time that counting one intersection after the other takes."""
    here = np.bitwise_count(table[:, : len(wanted)] & wanted)
    counts: list[int] = here.sum(axis=1, dtype=np.int64).tolist()
    return counts


def put(bits: int, number: int, *, present: bool) -> int:
    """The set with one number in it, or without it."""
    mask = 1 << number
    return bits | mask if present else bits & ~mask


@dataclass(slots=True)
class Order:
    """Members in the order of a key, kept in bands, so that few of them are ever sorted.

    A band holds the members whose key lies between two borders. The first page of a large set
    touches one or two bands only.
    """

    borders: list[int]
    bands: list[int]
    size: int = 0
    _keys: Numbers = field(default_factory=lambda: np.zeros(0, np.int64))
    """With room for numbers to come."""

    @classmethod
    def of(cls, keys: Sequence[int], *, bands_max: int = 128) -> Order:
        """An order of the numbers 0, 1, 2 … by their keys."""
        values = np.array(keys, np.int64)
        step = max(1, len(values) // bands_max)
        borders = sorted(set(np.sort(values)[::step].tolist()))
        band_of = np.searchsorted(borders, values, side="right")
        bands = [bitset_where(band_of == band) for band in range(len(borders) + 1)]
        return cls(borders, bands, len(values), values)

    @property
    def keys(self) -> Numbers:
        """The key of each number."""
        return self._keys[: self.size]

    def band_of(self, key: int) -> int:
        """Which band holds a key."""
        return int(np.searchsorted(self.borders, key, side="right"))

    def put(self, number: int, key: int) -> None:
        """Give a number, present or new, its key."""
        while self.size <= number:
            self._append(key)
        old = self.band_of(int(self._keys[number]))
        self.bands[old] = put(self.bands[old], number, present=False)
        new = self.band_of(key)
        self.bands[new] = put(self.bands[new], number, present=True)
        self._keys[number] = key

    def _append(self, key: int) -> None:
        if self.size == len(self._keys):
            room = np.zeros(max(16, self.size // 8), np.int64)
            self._keys = np.concatenate((self._keys, room))
        self._keys[self.size] = key
        self.size += 1

    def up_to(self, key_max: int) -> int:
        """The set of the numbers whose key is at most `key_max`."""
        last = self.band_of(key_max)
        bits = 0
        for band in self.bands[:last]:
            bits |= band
        numbers = positions_of(self.bands[last])
        return bits | bitset_of(numbers[self._keys[numbers] <= key_max], size=self.size)

    def first(self, bits: int, *, skip: int, count: int) -> list[int]:
        """Members of a set in the order of their keys, after `skip` of them."""
        if bits.bit_count() <= FEW:
            return self._ranked(bits)[skip : skip + count]
        found: list[int] = []
        for band in self.bands:
            part = bits & band
            if not part:
                continue
            size = part.bit_count()
            if skip >= size:
                skip -= size
                continue
            found += self._ranked(part)[skip : skip + count - len(found)]
            skip = 0
            if len(found) >= count:
                break
        return found

    def _ranked(self, bits: int) -> list[int]:
        numbers = positions_of(bits)
        ranked: list[int] = numbers[np.argsort(self._keys[numbers], kind="stable")].tolist()
        return ranked
