"""What the first readers of a catalog would else wait for: made when the catalog is read.

Nothing here is needed for an answer. The words that most people are likely to ask for are asked of
the index beforehand, so many at most that they leave room for what is really asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain, zip_longest
from time import monotonic, thread_time
from typing import TYPE_CHECKING

from marketplace.catalog.queries.occupation_index import occupation_index
from marketplace.catalog.queries.search_index import hits_for
from marketplace.catalog.queries.search_mending import read_words
from marketplace.catalog.queries.search_pinyin import terms_spelled
from marketplace.catalog.rules import LEVEL_NAMES
from marketplace.catalog.search_phrases import Phrase, phrases_of
from marketplace.catalog.search_plan import STOP_WORDS
from marketplace.foundation.text import is_cjk

if TYPE_CHECKING:
    from marketplace.catalog.queries.search_snapshot import Snapshot

OCCUPATIONS_MAX, TERMS_MAX = 60, 160
"""So many occupations on offer and so many frequent words: half of the phrases that are kept."""
SECONDS_MAX, WAIT_MAX = 3.0, 10.0
"""So many seconds of the processor, and by the clock, warming takes at most: PostgreSQL works
elsewhere, and whoever waits for the catalog waits for its warming too."""
SAMPLE = 2_000
"""So many courses, evenly chosen, tell which words are frequent: those cost most to look up."""


def make_ready(snapshot: Snapshot) -> None:
    """Look occupations over, and ask for what is likely to be asked for or costs most to find."""
    occupation_index(snapshot)
    terms_spelled(snapshot, "-")  # the pinyin of all occupations is worked out
    spent, until = thread_time() + SECONDS_MAX, monotonic() + WAIT_MAX
    for phrase in _likely_phrases(snapshot):
        if thread_time() > spent or monotonic() > until:
            break
        hits_for(snapshot, phrase)


def _likely_phrases(snapshot: Snapshot) -> Iterator[Phrase]:
    """Those that cost most and are asked for most, in turn, so that both have their share."""
    named = chain.from_iterable(
        map(phrases_of, (*LEVEL_NAMES.values(), *_offered_titles(snapshot)))
    )
    for pair in zip_longest(_frequent_phrases(snapshot), named):
        yield from filter(None, pair)


def _frequent_phrases(snapshot: Snapshot) -> list[Phrase]:
    """Single words that most courses hold somewhere, by a sample; Chinese ones of two characters,
    and of one, which is looked for as a beginning."""
    ids = snapshot.course_ids[:: 1 + len(snapshot.course_ids) // SAMPLE]
    count: Counter[Phrase] = Counter()
    for parts in read_words(list(ids)).values():
        terms = set(" ".join(parts).split()) - STOP_WORDS
        count.update(Phrase((term,)) for term in terms if len(term) > 1)
        count.update({Phrase((term[0],), is_beginning=True) for term in terms if is_cjk(term)})
    return [phrase for phrase, _times in count.most_common(TERMS_MAX)]


def _offered_titles(snapshot: Snapshot) -> list[str]:
    """Titles of the occupations with most courses."""
    kinds = Counter(snapshot.prices.keys[number][0] for number in snapshot.price_of)
    counted = ((kind, times) for kind, times in kinds.items() if kind in snapshot.occupations)
    first = sorted(counted, key=lambda pair: -pair[1])[:OCCUPATIONS_MAX]
    return [snapshot.occupations[kind].title for kind, _times in first]
