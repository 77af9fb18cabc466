"""What the first readers of a catalog would else wait for: made when the catalog is read.

Nothing here is needed for an answer. The words that most people are likely to ask for are asked of
the index beforehand, so many at most that they leave room for what is really asked. Frequent words
of descriptions alone come last: "study" stands in every third one, and nobody looks for it.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain, filterfalse
from time import monotonic, thread_time
from typing import TYPE_CHECKING

from marketplace.catalog.queries.occupation_index import occupation_index
from marketplace.catalog.queries.search_index import hits_for
from marketplace.catalog.queries.search_mending import read_words
from marketplace.catalog.queries.search_pinyin import terms_spelled
from marketplace.catalog.rules import LEVEL_NAMES
from marketplace.catalog.search_phrases import Phrase
from marketplace.catalog.search_plan import STOP_WORDS, phrases_of_words
from marketplace.foundation.db import dialect_name
from marketplace.foundation.text import is_cjk

if TYPE_CHECKING:
    from marketplace.catalog.queries.search_snapshot import Snapshot

OCCUPATIONS_MAX, ASKED_MAX, OTHERS_MAX = 60, 400, 100
"""So many occupations on offer; so many words that are likely to be asked for, and others that cost
much: less than half of the phrases that are kept."""
SECONDS_MAX = 4.0
WAIT_MAX = {"sqlite": 60.0, "postgresql": 15.0}
"""So many seconds of the processor, and by the clock, warming takes at most. SQLite works in this
process, so that its clock only says how crowded the machine is; PostgreSQL works elsewhere, and
whoever waits for the catalog waits for its warming too."""
SAMPLE = 2_000
"""So many courses, evenly chosen, tell which words are frequent: those cost most to look up."""


def make_ready(snapshot: Snapshot) -> None:
    """Look occupations over, and ask for what is likely to be asked for or costs most to find."""
    occupation_index(snapshot)
    terms_spelled(snapshot, "-")  # the pinyin of all occupations is worked out
    spent, until = thread_time() + SECONDS_MAX, monotonic() + WAIT_MAX[dialect_name()]
    for phrase in likely_phrases(snapshot):
        if thread_time() > spent or monotonic() > until:
            break
        hits_for(snapshot, phrase)


def likely_phrases(snapshot: Snapshot) -> list[Phrase]:
    """Those that readers ask for, the dearest first; then the dearest of all others.

    Readers ask for words of titles, of occupations and levels, and for what everyday words stand
    for. What a phrase costs is told by the rarest of its words.
    """
    titled, anywhere = _frequent_phrases(snapshot)
    named = (*LEVEL_NAMES.values(), *_offered_titles(snapshot))
    meant = chain.from_iterable(snapshot.synonyms.values())
    asked = {*titled, *chain.from_iterable(map(phrases_of_words, chain(named, meant)))}

    def costs(phrase: Phrase) -> int:
        whole = anywhere.get(phrase)
        return min(anywhere[Phrase((t,))] for t in phrase.terms) if whole is None else whole

    first = sorted(filter(costs, asked), key=lambda one: (-costs(one), one.terms))[:ASKED_MAX]
    others = (phrase for phrase, _times in anywhere.most_common(len(first) + OTHERS_MAX))
    return [*first, *list(filterfalse(set(first).__contains__, others))[:OTHERS_MAX]]


def _frequent_phrases(snapshot: Snapshot) -> tuple[set[Phrase], Counter[Phrase]]:
    """Single words of a sample: those of titles, and how many courses hold each anywhere. Chinese
    ones are of two characters, and of one, which is looked for as a beginning."""
    ids = snapshot.course_ids[:: 1 + len(snapshot.course_ids) // SAMPLE]
    titled: set[Phrase] = set()
    anywhere: Counter[Phrase] = Counter()
    for title, names, body in read_words(list(ids)).values():
        in_title = _single_phrases(title)
        titled |= in_title
        anywhere.update(in_title | _single_phrases(names) | _single_phrases(body))
    return titled, anywhere


def _single_phrases(part: str) -> set[Phrase]:
    terms = set(part.split()) - STOP_WORDS
    found = {Phrase((term,)) for term in terms if len(term) > 1}
    return found | {Phrase((term[0],), is_beginning=True) for term in terms if is_cjk(term)}


def _offered_titles(snapshot: Snapshot) -> list[str]:
    """Titles of the occupations with most courses."""
    kinds = Counter(snapshot.prices.keys[number][0] for number in snapshot.price_of)
    counted = ((kind, times) for kind, times in kinds.items() if kind in snapshot.occupations)
    first = sorted(counted, key=lambda pair: -pair[1])[:OCCUPATIONS_MAX]
    return [snapshot.occupations[kind].title for kind, _times in first]
