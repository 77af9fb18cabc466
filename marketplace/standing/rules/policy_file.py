"""Reading a rating policy from YAML: strict, every problem named by its path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import yaml

from marketplace.foundation.errors import Refusal, Refused
from marketplace.standing import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.standing.states import Component, Grade, NewRuns, StandingKind

POLICY_BYTES_MAX = 64 * 1024
Problems = list[Refusal]
Check = Callable[[Any, str, Problems], Any]
_UNWEIGHED = (StandingKind.CORRECTION, StandingKind.WITHDRAWAL)
_FIRST = tuple(component for component in Component if component is not Component.REVIEWS)
"""The components whose weights add up to 100; reviews weigh in besides them."""
_LATER = (StandingKind.EVIDENCE_UPHELD,)
"""Kinds that came after the first release: a file without them is read as it always was."""


def read_policy(policy_text: str) -> dict[str, Any]:
    """Settings in normal form (dates as text). Raises Refused with every problem found."""
    raw = _parsed(policy_text)
    problems: Problems = []
    content = POLICY(raw, "", problems)
    if not problems:
        problems = _contradictions(content)
    if problems:
        raise Refused(problems)
    assert isinstance(content, dict)
    return content


class _PlainLoader(yaml.SafeLoader):
    """No aliases: they hide values and can explode. Endless nesting ends as a recursion error."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.events.AliasEvent):
            line = self.peek_event().start_mark.line + 1  # type: ignore[no-untyped-call]
            raise Refused(Refusal("rating_policy_not_yaml", {"line": line}))
        return super().compose_node(parent, index)


def _parsed(policy_text: str) -> Any:
    if len(policy_text.encode()) > POLICY_BYTES_MAX:
        raise Refused(Refusal("rating_policy_too_large", {"limit": POLICY_BYTES_MAX}))
    try:
        return yaml.load(policy_text, Loader=_PlainLoader)  # noqa: S506  (a SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Refused(Refusal("rating_policy_not_yaml", {"line": line})) from error
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
        raise Refused(Refusal("rating_policy_not_yaml", {"line": 1})) from error


def _contradictions(content: Mapping[str, Any]) -> Problems:
    """What is well formed piece by piece, but does not go together."""
    problems: Problems = []
    stars, grades = content["stars"], content["grades"]["min_points"]
    weights = stars["weights_percent"]
    if sum(weights[component.value] for component in _FIRST) != 100:
        _wrong("stars.weights_percent", "100", problems)
    if stars["floor_percent"] >= stars["ceiling_percent"]:
        _wrong("stars.floor_percent", f"< {stars['ceiling_percent']}", problems)
    if not grades["A"] > grades["B"] > grades["C"]:
        _wrong("grades.min_points", "A > B > C", problems)
    return problems


def _wrong(path: str, wanted: str, problems: Problems) -> None:
    problems.append(
        Refusal("rating_policy_setting", {"path": path or "·", "wanted": wanted}, field=path)
    )


def _integer(least: int, most: int) -> Check:
    def check(value: Any, path: str, problems: Problems) -> Any:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            _wrong(path, f"{least} … {most}", problems)
        return value

    return check


def _text(value: Any, path: str, problems: Problems) -> Any:
    if not isinstance(value, str) or not value.strip() or len(value) > 300:
        _wrong(path, "1 … 300", problems)
    return value


def _flag(value: Any, path: str, problems: Problems) -> Any:
    if not isinstance(value, bool):
        _wrong(path, "true, false", problems)
    return value


def _day(value: Any, path: str, problems: Problems) -> Any:
    if type(value) is not date:
        _wrong(path, "2026-01-01", problems)
        return value
    return value.isoformat()


def _one_of(values: tuple[Any, ...]) -> Check:
    def check(value: Any, path: str, problems: Problems) -> Any:
        if value not in values:
            _wrong(path, ", ".join(str(item) for item in values), problems)
        return value

    return check


def _mapping(needed: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    known = {**needed, **(optional or {})}

    def check(value: Any, path: str, problems: Problems) -> Any:
        if not isinstance(value, dict):
            _wrong(path, ", ".join(known), problems)
            return value
        absent = [name for name in needed if name not in value]
        for name in absent + [str(name) for name in value if name not in known]:
            _wrong(f"{path}.{name}".strip("."), ", ".join(known), problems)
        return {
            name: known[name](item, f"{path}.{name}".strip("."), problems)
            for name, item in value.items()
            if name in known
        }

    return check


def _sources(value: Any, path: str, problems: Problems) -> Any:
    if not isinstance(value, list) or not 1 <= len(value) <= 20:
        _wrong(path, "1 … 20", problems)
        return value
    check = _mapping({"clause": _text}, {"note": _text})
    return [check(item, f"{path}[{number}]", problems) for number, item in enumerate(value)]


_PERCENT = _integer(0, 100)
_RECORD = _mapping(
    {"points": _integer(-100, 100), "public": _flag, "clause": _text},
    {"months": _integer(1, 240), "grade": _one_of(tuple(grade.value for grade in Grade))},
)
_EFFECTS = _mapping(
    {
        "new_runs": _one_of(tuple(choice.value for choice in NewRuns)),
        "payout_hold_days": _integer(0, 365),
        "inspection_sample_percent": _PERCENT,
        "advance_max_percent": _integer(0, 50),
    }
)
POLICY = _mapping(
    {
        "format": _one_of((1,)),
        "valid_from": _day,
        "title": _mapping({"zh": _text, "en": _text}),
        "sources": _sources,
        "stars": _mapping(
            {
                "window_months": _integer(6, 120),
                "prior_strength": _integer(1, 1_000),
                "confidence_percent": _integer(50, 99),
                "floor_percent": _PERCENT,
                "ceiling_percent": _PERCENT,
                "component_n_min": _integer(1, 1_000),
                "evidence_n_min": _integer(1, 10_000),
                "weight_min_percent": _PERCENT,
                "completion_rate_min_percent": _PERCENT,
                "employment_quarter": _one_of((2, 4, 8)),
                "publish_n_min": _integer(1, 100),
                "weights_percent": _mapping(
                    {component.value: _PERCENT for component in _FIRST},
                    {Component.REVIEWS.value: _PERCENT},
                ),
            },
            {"assumed": _flag},
        ),
        "grades": _mapping(
            {
                "base_points": _integer(0, 200),
                "min_points": _mapping({name: _integer(-200, 200) for name in "ABC"}),
            },
            {"assumed": _flag},
        ),
        "records": _mapping(
            {kind.value: _RECORD for kind in StandingKind if kind not in (*_UNWEIGHED, *_LATER)},
            {kind.value: _RECORD for kind in _LATER},
        ),
        "effects": _mapping({"clause": _text, **{grade.value: _EFFECTS for grade in Grade}}),
        "appeal_days": _integer(1, 365),
    }
)
