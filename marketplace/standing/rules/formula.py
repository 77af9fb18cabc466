"""The stars: a published formula over counts. The same inputs give the same stars.

Each component is a proportion k of n, shrunk towards the mean of its peers by a beta-binomial
model: with prior strength m and peers' mean p0 the estimate is (k + m·p0) / (n + m), the mean of
Beta(k + m·p0, n - k + m·(1 - p0)) (Gelman et al., Bayesian Data Analysis, 3rd ed., section 2.4;
Casella 1985 for empirical Bayes). Its variance p(1 - p) / (n + m + 1) is exact; the interval is the
normal approximation around it, cut at 0 and 1. Components are taken as independent.

Missing is never 0: a component without data, or with fewer learners than the policy asks, is left
out and the weights of the others are scaled up to 1. With too little evidence there are no stars.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from marketplace.standing.rules.policy import StarSettings
from marketplace.standing.states import Component, ComponentState

FORMULA = "beta-binomial-1"
"""Named in every stored rating; another way of computing gets another name."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Of `trials` learners (or entries), `successes` had the good result."""

    successes: int
    trials: int


@dataclass(frozen=True, slots=True)
class ComponentScore:
    """One component: what was counted and what it contributes."""

    component: Component
    state: ComponentState
    counts: Counts
    raw: float | None
    peers: float | None
    """The mean of all institutions together."""
    shrunk: float | None
    low: float | None
    high: float | None
    weight: float
    """After scaling up to 1; 0 when left out."""
    contribution: float
    """In stars: all contributions and the constant add up to the stars before cutting."""


@dataclass(frozen=True, slots=True)
class StarScore:
    """Stars with their interval, or none; hundredths of a star."""

    components: tuple[ComponentScore, ...]
    n: int
    """Learners in the largest component that counts."""
    weight: float
    """The part of all weights for which there is data."""
    stars: int | None
    low: int | None
    high: int | None
    constant: float


NOTHING = Counts(0, 0)


def star_score(
    counts: Mapping[Component, Counts],
    peers: Mapping[Component, Counts],
    settings: StarSettings,
) -> StarScore:
    """Stars from one institution's counts and those of all institutions together."""
    used = {
        component: counts.get(component, NOTHING)
        for component in Component
        if _state(counts.get(component, NOTHING), peers.get(component, NOTHING), settings)
        is ComponentState.COUNTED
        and settings.weights[component] > 0
    }
    total = sum(settings.weights[component] for component in used)
    per_point = 4 / (settings.ceiling - settings.floor)
    components = tuple(
        _component(component, counts, peers, settings, total=total, per_point=per_point)
        for component in Component
        # A rating from before there were reviews is computed again as it was.
        if component is not Component.REVIEWS or component in peers
    )
    n = max((item.trials for item in used.values()), default=0)
    constant = 1 - settings.floor * per_point
    if n < settings.evidence_n_min or total + 1e-9 < settings.weight_min:
        return StarScore(components, n, round(total, 6), None, None, None, round(constant, 6))
    score = sum(item.weight * (item.shrunk or 0) for item in components)
    spread = _z(settings) * sqrt(
        sum(item.weight**2 * _variance(item, settings) for item in components)
    )
    return StarScore(
        components,
        n,
        round(total, 6),
        stars=_hundredths(score, settings),
        low=_hundredths(score - spread, settings),
        high=_hundredths(score + spread, settings),
        constant=round(constant, 6),
    )


def shrunk_mean(counts: Counts, *, peers_mean: float, strength: int) -> float:
    """The posterior mean of a proportion."""
    return (counts.successes + strength * peers_mean) / (counts.trials + strength)


def wilson_interval(counts: Counts, *, confidence: float) -> tuple[float, float]:
    """The score interval of a plain proportion (Wilson 1927), for outcomes shown as they are."""
    if counts.trials == 0:
        return (0.0, 1.0)
    n, p = counts.trials, counts.successes / counts.trials
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (max(0.0, min(p, middle - half)), min(1.0, max(p, middle + half)))


def _component(
    component: Component,
    counts: Mapping[Component, Counts],
    peers: Mapping[Component, Counts],
    settings: StarSettings,
    *,
    total: float,
    per_point: float,
) -> ComponentScore:
    own, others = counts.get(component, NOTHING), peers.get(component, NOTHING)
    state = _state(own, others, settings)
    mean = others.successes / others.trials if others.trials else None
    raw = own.successes / own.trials if own.trials else None
    if mean is None or raw is None:
        return ComponentScore(component, state, own, None, _known(mean), None, None, None, 0.0, 0.0)
    shrunk = shrunk_mean(own, peers_mean=mean, strength=settings.prior_strength)
    half = _z(settings) * sqrt(_beta_variance(shrunk, own.trials, settings.prior_strength))
    counted = state is ComponentState.COUNTED and settings.weights[component] > 0
    weight = settings.weights[component] / total if counted else 0.0
    return ComponentScore(
        component,
        state,
        own,
        raw=round(raw, 6),
        peers=round(mean, 6),
        shrunk=round(shrunk, 6),
        low=round(max(0.0, shrunk - half), 6),
        high=round(min(1.0, shrunk + half), 6),
        weight=round(weight, 6),
        contribution=round(weight * shrunk * per_point, 6),
    )


def _state(own: Counts, others: Counts, settings: StarSettings) -> ComponentState:
    if own.trials == 0 or others.trials == 0:
        return ComponentState.NO_DATA
    if own.trials < settings.component_n_min:
        return ComponentState.TOO_FEW
    return ComponentState.COUNTED


def _variance(item: ComponentScore, settings: StarSettings) -> float:
    return _beta_variance(item.shrunk or 0.0, item.counts.trials, settings.prior_strength)


def _beta_variance(mean: float, trials: int, strength: int) -> float:
    return mean * (1 - mean) / (trials + strength + 1)


def _z(settings: StarSettings) -> float:
    return NormalDist().inv_cdf(0.5 + settings.confidence / 2)


def _hundredths(score: float, settings: StarSettings) -> int:
    """A score between 0 and 1 as 100 to 500 hundredths of a star, rounded half up."""
    stars = 1 + 4 * (score - settings.floor) / (settings.ceiling - settings.floor)
    return int(min(5.0, max(1.0, stars)) * 100 + 0.5)


def _known(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
