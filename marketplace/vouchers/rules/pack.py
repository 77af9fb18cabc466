"""Reading a policy pack: strict, and with every problem named by its path.

The schema is documented in docs/policy-packs.md. A pack is YAML without anchors; unknown keys are
refused; each rule names its clause, and says so when it is only assumed.
"""

from __future__ import annotations

from collections.abc import Hashable
from datetime import date
from typing import Any

import yaml

from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.money import AMOUNT_FEN_MAX
from marketplace.people.states import WorkerCategory
from marketplace.vouchers import errors as _errors  # noqa: F401  (registers the refusals)
from marketplace.vouchers.rules.pack_checks import (
    Problems,
    boolean,
    day,
    integer,
    list_of,
    mapping,
    one_of,
    rule,
    text,
)
from marketplace.vouchers.states import VoucherKind, VoucherOrigin

PACK_BYTES_MAX = 256 * 1024

_SOURCE_TITLE = mapping({"zh": text(300), "en": text(300)})
_TITLE = mapping({"zh": text(60), "en": text(120)})
_CATEGORIES = list_of(one_of(*WorkerCategory), unique=True)
_AGES = mapping(
    {"min": integer(14, 100), "max_male": integer(14, 100), "max_female": integer(14, 100)}
)
_RATE = mapping(
    {"amount_fen": integer(1, AMOUNT_FEN_MAX), "clause": text(300)},
    {
        "occupation": text(40),
        "level": integer(1, 5),
        "hours_min": integer(1, 10_000),
        "assumed": boolean(),
    },
    defaults={"assumed": False},
)
PACK = mapping(
    {
        "format": integer(1, 1),
        "scheme": text(40, form=r"[A-Z0-9][A-Z0-9-]*"),
        "title": _TITLE,
        "fund": text(40),
        "jurisdiction": text(12, form=r"[0-9]{6,12}"),
        "currency": text(3, form=r"[A-Z]{3}"),
        "valid_from": day(),
        "kind": one_of(*VoucherKind),
        "ways_out": list_of(one_of(*VoucherOrigin), unique=True),
        "validity_days": rule(integer(1, 1_096)),
        "eligibility": mapping(
            {},
            {
                "categories": rule(_CATEGORIES),
                "age": rule(_AGES),
                "place": rule(list_of(one_of("residence", "workplace"), unique=True)),
            },
        ),
        "limits": mapping(
            {},
            {
                "per_year_max": rule(integer(1, 100)),
                "one_live_voucher": rule(boolean()),
                "same_occupation_level_once": rule(boolean()),
                "higher_bars_lower": rule(boolean()),
            },
        ),
        "payment": mapping(
            {"attendance_min_percent": rule(integer(0, 100))},
            {
                "assessment_required": rule(boolean()),
                "free_groups": rule(_CATEGORIES),
                "co_pay_percent": rule(integer(0, 99)),
            },
        ),
        "sources": list_of(
            mapping({"clause": text(300)}, {"title": _SOURCE_TITLE, "note": text(1_000)})
        ),
    },
    {
        "valid_until": day(),
        "face_value_fen": integer(1, AMOUNT_FEN_MAX),
        "rates": list_of(_RATE),
        "notes": text(4_000),
    },
)


def read_pack(pack_text: str) -> dict[str, Any]:
    """A pack in normal form. Raises Refused with every problem found."""
    raw = _parsed(pack_text)
    problems: Problems = []
    pack = PACK(raw, "", problems)
    if not problems:
        problems = _contradictions(pack)
    if problems:
        raise Refused(problems)
    assert isinstance(pack, dict)
    return pack


class _StrictLoader(yaml.SafeLoader):
    """No aliases (they hide values and can explode), no key twice."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.events.AliasEvent):
            line = self.peek_event().start_mark.line + 1  # type: ignore[no-untyped-call]
            raise Refused(Refusal("pack_alias", {"path": f"#{line}"}, field=f"#{line}"))
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [key.value for key, _value in node.value]
        for key in keys:
            if isinstance(key, str) and keys.count(key) > 1:
                raise Refused(Refusal("pack_duplicate_key", {"path": key}, field=key))
        return super().construct_mapping(node, deep=deep)


def _parsed(pack_text: str) -> Any:
    if len(pack_text.encode()) > PACK_BYTES_MAX:
        raise Refused(Refusal("pack_too_large", {"limit": PACK_BYTES_MAX}))
    try:
        return yaml.load(pack_text, Loader=_StrictLoader)  # noqa: S506  (a SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Refused(Refusal("pack_not_yaml", {"line": line})) from error
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
        # A date that does not exist, a number of a million digits, a hundred thousand brackets.
        raise Refused(Refusal("pack_not_yaml", {"line": 1})) from error


def _contradictions(pack: dict[str, Any]) -> Problems:
    """What is well formed piece by piece, but does not go together."""
    problems: Problems = []
    until = pack.get("valid_until")
    if until and date.fromisoformat(until) < date.fromisoformat(pack["valid_from"]):
        problems.append(Refusal("pack_dates_reversed", field="valid_until"))
    age = pack["eligibility"].get("age")
    if age and age["value"]["min"] > min(age["value"]["max_male"], age["value"]["max_female"]):
        path = "eligibility.age.value"
        problems.append(Refusal("pack_ages_reversed", {"path": path}, field=path))
    return problems + _value_problems(pack) + _repeated_rates(pack)


def _value_problems(pack: dict[str, Any]) -> Problems:
    has_value, has_rates = "face_value_fen" in pack, "rates" in pack
    if pack["kind"] == VoucherKind.FACE_VALUE:
        wrong = [
            (not has_value, Refusal("pack_value_missing", field="face_value_fen")),
            (has_rates, Refusal("pack_rates_not_allowed", field="rates")),
        ]
    else:
        wrong = [
            (has_value, Refusal("pack_value_not_allowed", field="face_value_fen")),
            (not has_rates, Refusal("pack_rates_missing", field="rates")),
        ]
    return [refusal for is_wrong, refusal in wrong if is_wrong]


def _repeated_rates(pack: dict[str, Any]) -> Problems:
    seen: set[tuple[str | None, int | None]] = set()
    problems: Problems = []
    for number, row in enumerate(pack.get("rates", [])):
        key = (row.get("occupation"), row.get("level"))
        if key in seen:
            path = f"rates[{number}]"
            problems.append(Refusal("pack_rate_twice", {"path": path}, field=path))
        seen.add(key)
    return problems
