"""What learners of one course also chose: scores of every course for every learner.

Pure numbers, no database. Each function learns from a matrix of users × items (1 = chose it) and
returns a scorer: given rows of such a matrix, a score of every item for every row. Higher is
better; scores of different scorers do not compare.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Scores = NDArray[np.float64]
Scorer = Callable[[sparse.csr_matrix], Scores]
Learner = Callable[[sparse.csr_matrix], Scorer]

LINEAR_ITEMS_MAX = 4_000
"""The linear model inverts items × items; beyond this it would take minutes, not seconds."""


def popularity(chosen: sparse.csr_matrix) -> Scorer:
    """Baseline: what most people chose, the same for everybody."""
    counts = _counts(chosen)
    return lambda rows: np.tile(counts, (rows.shape[0], 1))


def item_cosine(shrinkage: float) -> Learner:
    """Baseline: items that the same people chose, by the cosine of their columns.

    Sarwar et al., "Item-based collaborative filtering recommendation algorithms", WWW 2001; the
    shrinkage in the denominator damps pairs that few people share.
    """

    def learn(chosen: sparse.csr_matrix) -> Scorer:
        together = _together(chosen)
        length = np.sqrt(_counts(chosen))
        lines, columns = together.nonzero()
        scale = length[lines] * length[columns] + shrinkage
        weights = sparse.csr_matrix((together.data / scale, (lines, columns)), together.shape)
        return lambda rows: np.asarray((rows @ weights).todense())

    return learn


def smoothed_companions(strength: float) -> Learner:
    """How probable each item is beside those already chosen, shrunk towards its popularity.

    P(i | j) = (n_ij + strength · p_i) / (n_j + strength), summed over the chosen j: the mean of a
    Dirichlet posterior with the popularity p as its prior. Where nothing is known about j it is
    popularity; where much is known, the companions decide. So a short history is never worse off
    than popularity, and a long one not held back by it.
    """

    def learn(chosen: sparse.csr_matrix) -> Scorer:
        together = _together(chosen)
        counts = _counts(chosen)
        share = counts / counts.sum()
        weight = np.asarray(together.sum(axis=1)).ravel() + strength
        weight[weight == 0] = 1.0
        companions = (sparse.diags(1.0 / weight) @ together).tocsr()
        prior = strength / weight

        def score(rows: sparse.csr_matrix) -> Scores:
            known = np.asarray((rows @ companions).todense())
            return np.asarray(known + np.outer(rows @ prior, share), dtype=np.float64)

        return score

    return learn


def linear_companions(regularisation: float, popularity_weight: float) -> Learner:
    """Weights by which the chosen items best explain each other, plus a share of popularity.

    Steck, "Embarrassingly shallow autoencoders for sparse data" (EASE), WWW 2019: a ridge
    regression of every item on all others, in closed form.
    """

    def learn(chosen: sparse.csr_matrix) -> Scorer:
        gram = (chosen.T @ chosen).toarray().astype(np.float64)
        counts = np.diag(gram).copy()
        diagonal = np.diag_indices(gram.shape[0])
        gram[diagonal] += regularisation
        inverse = np.linalg.inv(gram)
        weights = inverse / -np.diag(inverse)
        weights[diagonal] = 0.0
        share = popularity_weight * counts / counts.sum()

        def score(rows: sparse.csr_matrix) -> Scores:
            length = np.maximum(np.asarray(rows.sum(axis=1)).ravel(), 1.0)
            return np.asarray((rows @ weights) / length[:, None] + share, dtype=np.float64)

        return score

    return learn


def candidates(items: int) -> Mapping[str, Learner]:
    """What `evaluation.choose` chooses from, cheap ones first."""
    found: dict[str, Learner] = {"popularity": popularity}
    for shrinkage in (0.0, 10.0):
        found[f"item cosine, shrinkage {shrinkage:g}"] = item_cosine(shrinkage)
    for strength in (0.0, 10.0, 50.0, 100.0, 200.0, 500.0, 2_000.0):
        found[f"companions, prior strength {strength:g}"] = smoothed_companions(strength)
    if items <= LINEAR_ITEMS_MAX:
        for regularisation in (20.0, 200.0):
            for weight in (0.0, 0.3, 1.0, 3.0):
                name = f"linear, regularisation {regularisation:g}, popularity {weight:g}"
                found[name] = linear_companions(regularisation, weight)
    return found


def _counts(chosen: sparse.csr_matrix) -> NDArray[np.float64]:
    return np.asarray(chosen.sum(axis=0), dtype=np.float64).ravel()


def _together(chosen: sparse.csr_matrix) -> Any:
    """How many people chose both of two items; nothing on the diagonal."""
    pairs = (chosen.T @ chosen).astype(np.float64).tocsr()
    pairs.setdiag(0.0)
    pairs.eliminate_zeros()
    return pairs
