"""What the first readers of a catalog would else wait for: made when the catalog is read.

Nothing here is needed for an answer. The words that most people are likely to ask for are asked of
the index beforehand, so many at most that they leave room for what is really asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING

from marketplace.catalog.queries.occupation_index import occupation_index
from marketplace.catalog.queries.search_index import hits_for
from marketplace.catalog.queries.search_pinyin import terms_spelled
from marketplace.catalog.rules import LEVEL_NAMES
from marketplace.catalog.search_phrases import phrases_of
from marketplace.foundation.text import tokens

if TYPE_CHECKING:
    from marketplace.catalog.queries.search_snapshot import Snapshot

OCCUPATIONS_MAX, TERMS_MAX = 80, 80
"""So many occupations on offer and so many frequent words: a third of the phrases kept."""
TITLES_MAX = 20_000
"""So many titles tell which words are frequent."""


def frequent_terms(titles: Mapping[str, int]) -> tuple[str, ...]:
    """The terms that most titles hold (title -> how often); of very many titles every n-th is
    looked at."""
    count: Counter[str] = Counter()
    for title, times in islice(titles.items(), 0, None, 1 + len(titles) // TITLES_MAX):
        for term in set(tokens(title)):
            if len(term) > 1:
                count[term] += times
    return tuple(term for term, _times in count.most_common(TERMS_MAX))


def make_ready(snapshot: Snapshot) -> None:
    """Look occupations over, and ask for what is likely to be asked for first."""
    occupation_index(snapshot)
    terms_spelled(snapshot, "-")  # the pinyin of all occupations is worked out
    for words in (*LEVEL_NAMES.values(), *snapshot.frequent_terms, *_offered_titles(snapshot)):
        for phrase in phrases_of(words):
            hits_for(snapshot, phrase)


def _offered_titles(snapshot: Snapshot) -> list[str]:
    """Titles of the occupations with most courses."""
    kinds = Counter(snapshot.prices.keys[number][0] for number in snapshot.price_of)
    counted = ((kind, times) for kind, times in kinds.items() if kind in snapshot.occupations)
    first = sorted(counted, key=lambda pair: -pair[1])[:OCCUPATIONS_MAX]
    return [snapshot.occupations[kind].title for kind, _times in first]
