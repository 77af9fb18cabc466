"""A policy pack as the values of its form: what an officer finds typed in already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marketplace.web.fund_managers.forms.scheme_rules import (
    ALL_RULES,
    CAPS,
    EMPTY_ROWS,
    SCARCITY,
    ListSpec,
    PartKind,
    RuleSpec,
)


def form_data(pack: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the form for a pack in normal form."""
    data: dict[str, Any] = {
        "title_zh": pack["title"]["zh"],
        "title_en": pack["title"]["en"],
        "valid_from": pack["valid_from"],
        "valid_until": pack.get("valid_until", ""),
        "ways_out": pack["ways_out"],
        "face_value": _yuan(pack.get("face_value_fen")),
        "notes": pack.get("notes", ""),
        "rates": [_rate_row(row, number) for number, row in enumerate(pack.get("rates", []))],
        "allowances": [
            _allowance_row(row, number) for number, row in enumerate(pack.get("allowances", []))
        ],
        "sources": [
            {
                "origin": str(number),
                "clause": row["clause"],
                "title_zh": row.get("title", {}).get("zh", ""),
                "title_en": row.get("title", {}).get("en", ""),
            }
            for number, row in enumerate(pack["sources"])
        ],
        "grades": [],
    }
    for spec in ALL_RULES:
        rule = rule_at(pack, spec.path)
        if rule is None:
            continue
        data |= {f"{spec.name}_clause": rule["clause"], f"{spec.name}_assumed": rule["assumed"]}
        data |= _parts_data(spec, rule["value"])
    for name, empty in EMPTY_ROWS.items():
        data[name] = [*data[name], *_grades_of(pack, name), *({} for _row in range(empty))]
    return data


def empty_form_data() -> dict[str, Any]:
    """A new scheme: empty rows, and what most schemes have."""
    rows: dict[str, Any] = {
        name: [{} for _row in range(count)] for name, count in EMPTY_ROWS.items()
    }
    return rows | {"ways_out": ["claimed"]}


def rule_at(pack: Mapping[str, Any], path: str) -> dict[str, Any] | None:
    """A rule of a pack by its path, if the pack has it."""
    found: Any = pack
    for key in path.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, dict) else None


def _rate_row(row: Mapping[str, Any], number: int) -> dict[str, Any]:
    return {
        **_way_row(row, number),
        "level": str(row.get("level") or row.get("award") or ""),
        "occupation": row.get("occupation", ""),
        "hours_min": str(row.get("hours_min", "")),
    }


def _allowance_row(row: Mapping[str, Any], number: int) -> dict[str, Any]:
    categories = row.get("categories", [])
    return {**_way_row(row, number), "kind": row["kind"], "categories": categories}


def _way_row(row: Mapping[str, Any], number: int) -> dict[str, Any]:
    by_hour = row.get("per_hour", {})
    return {
        "origin": str(number),
        "amount": _yuan(row.get("amount_fen")),
        "per_hour": _yuan(by_hour.get("fen")),
        "cap": _yuan(by_hour.get("cap_fen")),
        "clause": row["clause"],
        "assumed": row["assumed"],
    }


def _parts_data(spec: RuleSpec, value: Any) -> dict[str, Any]:
    if spec is CAPS:
        return {f"cap_{row['category']}": _yuan(row["fen_per_year"]) for row in value}
    if isinstance(spec, ListSpec):
        fields = {part.key: part.field for part in spec.parts}
        return {fields[row[spec.key]]: str(row[spec.value]) for row in value}
    found = {}
    for part in spec.parts:
        here = value if part.key is None else value.get(part.key)
        if part.kind is PartKind.CODES:
            here = ", ".join(here)
        elif part.kind is PartKind.STEPS:
            here = ", ".join(f"{row['from_rate']}: {row['pays_percent']}" for row in here or [])
        elif part.kind is PartKind.CHECKS:
            here = here or []
        elif part.kind in (PartKind.NUMBER, PartKind.LEVEL):
            here = "" if here is None else str(here)
        found[part.field] = here
    return found


def _grades_of(pack: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    rule = rule_at(pack, SCARCITY.path)
    if name != "grades" or rule is None:
        return []
    return [
        {"percent": str(row["percent"]), "occupations": ", ".join(row["occupations"])}
        for row in rule["value"]["grades"]
    ]


def _yuan(fen: int | None) -> str:
    """Fen as people type yuan: `800`, `12.50`."""
    if fen is None:
        return ""
    yuan, rest = divmod(fen, 100)
    return f"{yuan}.{rest:02d}" if rest else str(yuan)
