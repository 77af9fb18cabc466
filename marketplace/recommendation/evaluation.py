"""Measuring recommendations: hide one choice of each person, see whether it would be offered.

HR@10: the share of hidden choices among the ten best offers. NDCG@10: the same, a hit at rank r
counting 1 / log2(r + 1) (Järvelin and Kekäläinen, 2002; one relevant item, so the ideal is 1).
Every item the person has not chosen competes; no sample of negatives, which would flatter
(Krichene and Rendle, KDD 2020). Items with equal scores share their ranks' mean.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from marketplace.foundation.errors import Refusal, Refused
from marketplace.recommendation import affinity
from marketplace.recommendation.logs import Interactions, interactions_of

CUT = 10
BATCH_CELLS = 8_000_000
"""Scores held at once: 64 MB."""
CHOOSING_USERS_MAX = 3_000
SEED = 20_260_101

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Quality:
    """How often, and how high, the hidden choices were offered."""

    hit_rate: float
    ndcg: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One recommender measured beside the baselines on the same people, in the same run."""

    users: int
    items: int
    interactions: int
    test_users: int
    unknown_items: int
    """Hidden choices that nobody else ever made: no recommender can offer them; they are misses."""
    chosen: str
    ours: Quality
    baselines: Mapping[str, Quality]
    seconds: float


def split_leaving_one_out(
    pairs: Sequence[Pair], *, seed: int = SEED
) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
    """Hide one choice, by lot, of everybody who made at least two; (what remains, what is hidden).

    The lot is drawn per user from the seed and the user's own name, so that neither the order of
    the file nor other people's rows change who loses which choice.
    """
    of_user: dict[str, list[str]] = {}
    for user, item in pairs:
        of_user.setdefault(user, []).append(item)
    hidden = {
        user: Random(f"{seed} {user}").choice(sorted(items))
        for user, items in of_user.items()
        if len(items) >= 2
    }
    kept = tuple(pair for pair in pairs if hidden.get(pair[0]) != pair[1])
    return kept, tuple(hidden.items())


def evaluate(train: Sequence[Pair], test: Sequence[Pair]) -> Evaluation:
    """Choose the recommender on the log alone, then measure it once on what is hidden.

    Refuses when nobody in `test` occurs in `train`, or nothing they chose. A pair of `test` that
    stands in `train` too is hidden there: an answer that is part of the question measures nothing.
    """
    began = time.perf_counter()
    asked = set(test)
    log = interactions_of(tuple(pair for pair in train if pair not in asked))
    questions = [(user, item) for user, item in test if user in log.users]
    if not questions:
        raise Refused(Refusal("log_without_test_users", field="test"))
    known = [(user, item) for user, item in questions if item in log.items]
    if not known:
        raise Refused(Refusal("log_without_known_items", field="test"))
    name = choose(log)
    ours = affinity.candidates(len(log.items))[name](log.chosen)
    baselines = {
        "popularity": affinity.popularity(log.chosen),
        "item_item": affinity.item_cosine(0.0)(log.chosen),
    }
    return Evaluation(
        users=len(log.users),
        items=len(log.items),
        interactions=int(log.chosen.nnz),
        test_users=len({user for user, _item in questions}),
        unknown_items=len(questions) - len(known),
        chosen=name,
        ours=measure(ours, log, known, asked=len(questions)),
        baselines={
            label: measure(scorer, log, known, asked=len(questions))
            for label, scorer in baselines.items()
        },
        seconds=time.perf_counter() - began,
    )


def choose(log: Interactions) -> str:
    """The candidate that offers best when one more choice of each person is hidden in the log.

    Which family wins depends on the data (short histories: popularity; long ones: companions), so
    it is decided on the data and never by hand. Equal ones: the simplest, which stands first.
    """
    pairs = _pairs_of(log)
    kept, hidden = split_leaving_one_out(pairs)
    if not hidden:
        return "popularity"
    smaller = interactions_of(kept, items=log.items)
    asked = sorted(hidden, key=lambda pair: Random(f"{SEED} {pair[0]}").random())
    asked = asked[:CHOOSING_USERS_MAX]
    best, best_score = "popularity", -1.0
    for name, learn in affinity.candidates(len(log.items)).items():
        quality = measure(learn(smaller.chosen), smaller, asked, asked=len(asked))
        score = quality.hit_rate + quality.ndcg
        if score > best_score:
            best, best_score = name, score
    return best


def measure(
    scorer: affinity.Scorer, log: Interactions, questions: Sequence[Pair], *, asked: int
) -> Quality:
    """Hit rate and NDCG over `asked` people, of whom those in `questions` can be answered."""
    users = np.array([log.users[user] for user, _item in questions], dtype=np.int64)
    wanted = np.array([log.items[item] for _user, item in questions], dtype=np.int64)
    batch = max(1, BATCH_CELLS // max(1, len(log.items)))
    hits = gain = 0.0
    for start in range(0, len(users), batch):
        ranks = _ranks(scorer, log, users[start : start + batch], wanted[start : start + batch])
        offered = ranks[ranks < CUT]
        hits += len(offered)
        gain += float((1.0 / np.log2(offered + 2.0)).sum())
    return Quality(hits / asked, gain / asked)


def _ranks(
    scorer: affinity.Scorer,
    log: Interactions,
    users: NDArray[np.int64],
    wanted: NDArray[np.int64],
) -> NDArray[np.float64]:
    """How many items stand before the wanted one, for each user; equal scores share the mean."""
    rows = log.chosen[users]
    scores = np.array(scorer(rows), dtype=np.float64)
    scores[rows.nonzero()] = -np.inf
    own = scores[np.arange(len(users)), wanted][:, None]
    before = (scores > own).sum(axis=1)
    equal = (scores == own).sum(axis=1) - 1
    return np.asarray(before + equal / 2.0, dtype=np.float64)


def _pairs_of(log: Interactions) -> tuple[Pair, ...]:
    users, items = list(log.users), list(log.items)
    rows, columns = log.chosen.nonzero()
    return tuple((users[row], items[column]) for row, column in zip(rows, columns, strict=True))
