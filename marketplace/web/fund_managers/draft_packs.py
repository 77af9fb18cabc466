"""Between the form of a draft and its policy pack: what was typed becomes a pack, a pack fills the
form, and what is wrong with a place of the pack stands beside its field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from marketplace.edge.answers import refusal_sentence
from marketplace.edge.formats import sentence
from marketplace.foundation.errors import Refusal, Refused
from marketplace.foundation.money import fen_from_text
from marketplace.foundation.text import day_from_text, tidy
from marketplace.vouchers.pack_words import names_its_place, path_words
from marketplace.vouchers.states import Award
from marketplace.web.fund_managers.draft_form_data import rule_at
from marketplace.web.fund_managers.forms.scheme_drafts import SchemeDraftForm
from marketplace.web.fund_managers.forms.scheme_rules import (
    ALL_RULES,
    CAPS,
    LIST_RULES,
    PLAIN_RULES,
    SCARCITY,
    ListSpec,
    Part,
    PartKind,
    RuleSpec,
)

_FIXED = ("format", "scheme", "fund", "jurisdiction", "currency", "kind")
"""What a scheme keeps for ever."""
SECTIONS = ("eligibility", "limits", "payment", "completion", "leaving")
"""Parts of a pack that hold rules by name."""
_MAY_LACK = ("completion", "leaving")
"""Sections that a pack is without when no rule stands in them."""
_SAME_NAMES = ("scheme", "fund", "jurisdiction", "kind", "valid_from", "valid_until", "ways_out")
"""Places of the pack whose fields are called the same."""


@dataclass(slots=True)
class TypedPack:
    """What was typed, as a pack, and which field each place of it came from."""

    pack: dict[str, Any]
    fields: dict[str, str] = field(default_factory=dict)
    """Path -> name of the field."""
    problems: list[Refusal] = field(default_factory=list)

    def amount(self, typed: str | None, path: str) -> Any:
        """Yuan as fen; what is no amount is remembered with its place."""
        text = tidy(typed or "").replace(",", "").replace("，", "")
        try:
            fen = fen_from_text(text)
        except ValueError:
            fen = 0
        if fen <= 0:
            words = place_words(path)
            self.problems.append(Refusal("not_an_amount", {"label": words}, field=path))
        return max(fen, 1)


def pack_from_form(form: SchemeDraftForm, origin: Mapping[str, Any]) -> TypedPack:
    """The pack that was typed; what the form does not show is kept from the pack before."""
    typed = TypedPack({key: origin[key] for key in _FIXED if key in origin})
    pack = typed.pack
    pack["title"] = {"zh": tidy(form.title_zh.data or ""), "en": tidy(form.title_en.data or "")}
    typed.fields |= {"title.zh": "title_zh", "title.en": "title_en"}
    typed.fields |= {name: name for name in _SAME_NAMES if name in form}
    for name in ("valid_from", "valid_until"):
        if value := tidy(form[name].data or ""):
            day = day_from_text(value)
            pack[name] = day.isoformat() if day else value
    pack["ways_out"] = _in_order(list(form.ways_out.data or []), origin.get("ways_out"))
    if tidy(form.face_value.data or ""):
        pack["face_value_fen"] = typed.amount(form.face_value.data, "face_value_fen")
    typed.fields |= {"face_value_fen": "face_value"}
    pack |= {section: _unknown_rules(origin, section) for section in SECTIONS}
    for spec in PLAIN_RULES:
        _put_rule(typed, form, spec, origin, _rule_value(form, spec))
    for listed in LIST_RULES:
        _put_list(typed, form, listed, origin)
    _put_caps(typed, form, origin)
    _put_scarcity(typed, form, origin)
    _put_rows(typed, form, origin)
    if notes := (form.notes.data or "").strip():
        pack["notes"] = notes
    typed.pack = {key: part for key, part in pack.items() if part or key not in _MAY_LACK}
    return typed


def _unknown_rules(origin: Mapping[str, Any], section: str) -> dict[str, Any]:
    """Rules of a section that the form has no field for: saving the form never drops them."""
    shown = {spec.path for spec in ALL_RULES}
    rules: Mapping[str, Any] = origin.get(section, {})
    return {key: rule for key, rule in rules.items() if f"{section}.{key}" not in shown}


def place_words(path: str) -> str:
    """Where something stands in a pack, in the reader's words: `Rates · row 3 · amount`."""
    return " · ".join(sentence(text, dict(params)) for text, params in path_words(path))


def show_pack_problems(form: SchemeDraftForm, refused: Refused, fields: Mapping[str, str]) -> None:
    """Put every problem beside the field it is about; the others on top."""
    for refusal in refused.refusals:
        message = problem_sentence(refusal)
        name = _field_of(refusal.field or "", fields)
        target: Any = form
        for step in (name or "").split("-"):
            target = _entry(target, step) if target is not None else None
        if name and target is not None:
            target.errors = [*target.errors, message]
            if "-" in name:
                # A list of rows tells of its rows only when it has an error itself.
                form[name.split("-")[0]].errors = [message]
        else:
            form.form_errors.append(message)


def problem_sentence(refusal: Refusal) -> str:
    """A problem of a pack that names its place in words."""
    words = place_words(refusal.field or "")
    told = refusal_sentence(names_its_place(refusal, words))
    return told if words in told else _("%(place)s: %(problem)s", place=words, problem=told)


def _entry(target: Any, step: str) -> Any:
    """A field of a form, a row of a list, a field of a row."""
    if step.isdigit():
        entries = getattr(target, "entries", [])
        return entries[int(step)].form if int(step) < len(entries) else None
    fields: Mapping[str, Any] = getattr(target, "_fields", {})
    return fields.get(step)


def _field_of(path: str, fields: Mapping[str, str]) -> str | None:
    """The field of the nearest place above a path that has one."""
    while path:
        if path in fields:
            return fields[path]
        cut = max(path.rfind("."), path.rfind("["))
        path = path[:cut] if cut > 0 else ""
    return None


def _rule_value(form: SchemeDraftForm, spec: RuleSpec) -> Any:
    """What was typed for a rule; None: the rule is not wanted."""
    values = {part.key: _part_value(form, part) for part in spec.parts}
    # A typed 0 is there, and told to be too small; 0 == False.
    present = {
        key: value
        for key, value in values.items()
        if value is not None and value is not False and value != []
    }
    if not present:
        return None
    return present.get(None, present)


def _part_value(form: SchemeDraftForm, part: Part) -> Any:
    data = form[part.field].data
    if part.kind is PartKind.SWITCH:
        return bool(data)
    if part.kind is PartKind.CHECKS:
        return list(data or [])
    if part.kind is PartKind.CODES:
        return _codes(data)
    if part.kind is PartKind.CHOICE:
        return data or None
    if part.kind is PartKind.STEPS:
        return _steps(data)
    return _whole(data)


def _whole(typed: str | None) -> Any:
    """A whole number, or the text as it was typed: the check of packs says what is wrong."""
    text = tidy(typed or "")
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 15 else text


def _codes(typed: str | None) -> list[str]:
    text = (typed or "").replace("，", ",").replace("、", ",").replace(" ", ",")
    return [part for part in text.split(",") if part]


def _steps(typed: str | None) -> list[dict[str, Any]]:
    """`50: 40, 70: 75`; what is no number stays, and the check of packs says so."""
    text = (typed or "").replace("：", ":").replace("，", ",").replace("、", ",")
    pieces = [piece.partition(":") for piece in text.split(",") if piece.strip()]
    return [
        {"from_rate": _whole(rate), "pays_percent": _whole(pays)} for rate, _colon, pays in pieces
    ]


def _put_rule(
    typed: TypedPack, form: SchemeDraftForm, spec: RuleSpec, origin: Mapping[str, Any], value: Any
) -> None:
    typed.fields[spec.path] = spec.parts[0].field
    typed.fields[f"{spec.path}.clause"] = f"{spec.name}_clause"
    for part in spec.parts:
        if part.key is not None:
            typed.fields[f"{spec.path}.value.{part.key}"] = part.field
    before = rule_at(origin, spec.path)
    if value is None and not (before and before["value"] is False):
        return
    if before and spec is not CAPS and spec not in LIST_RULES:
        value = _as_before(spec, value, before["value"])
    rule = {
        "value": False if value is None else value,
        "clause": tidy(form[f"{spec.name}_clause"].data or ""),
        "assumed": bool(form[f"{spec.name}_assumed"].data),
    }
    if before and "note" in before:
        rule["note"] = before["note"]
    target = typed.pack
    *above, last = spec.path.split(".")
    for key in above:
        target = target[key]
    target[last] = rule


def _as_before(spec: RuleSpec, value: Any, before: Any) -> Any:
    """Choices in the order in which they stood, also where they are one part of a rule."""
    if isinstance(value, list):
        return _in_order(value, before)
    checked = {part.key for part in spec.parts if part.kind is PartKind.CHECKS}
    if not isinstance(value, dict) or not isinstance(before, dict):
        return value
    return {
        key: _in_order(part, before.get(key)) if key in checked else part
        for key, part in value.items()
    }


def _in_order(values: list[str], before: Any) -> list[str]:
    """As they stood before, new ones after them: the first category that fits counts."""
    known = [value for value in before if value in values] if isinstance(before, list) else []
    return known + [value for value in values if value not in known]


def _put_caps(typed: TypedPack, form: SchemeDraftForm, origin: Mapping[str, Any]) -> None:
    rows: list[dict[str, Any]] = []
    for part in CAPS.parts:
        if tidy(form[part.field].data or ""):
            path = f"{CAPS.path}.value[{len(rows)}]"
            typed.fields[path] = part.field
            fen = typed.amount(form[part.field].data, f"{CAPS.path}.value[{part.key}].fen_per_year")
            typed.fields[f"{CAPS.path}.value[{part.key}].fen_per_year"] = part.field
            rows.append({"category": part.key, "fen_per_year": fen})
    _put_rule(typed, form, CAPS, origin, rows or None)


def _put_list(
    typed: TypedPack, form: SchemeDraftForm, spec: ListSpec, origin: Mapping[str, Any]
) -> None:
    """One row for each name that something was typed for; rows keep the order they had, for the
    first group that fits counts."""
    before = rule_at(origin, spec.path)
    known = [row[spec.key] for row in before["value"]] if before else []
    parts = {part.key or "": part for part in spec.parts}
    rows: list[dict[str, Any]] = []
    for key in _in_order(list(parts), known):
        value = _part_value(form, parts[key])
        if value is not None:
            typed.fields[f"{spec.path}.value[{len(rows)}]"] = parts[key].field
            rows.append({spec.key: key, spec.value: value})
    _put_rule(typed, form, spec, origin, rows or None)


def _put_scarcity(typed: TypedPack, form: SchemeDraftForm, origin: Mapping[str, Any]) -> None:
    value = _rule_value(form, SCARCITY) or {}
    grades: list[dict[str, Any]] = []
    for number, entry in enumerate(form.grades.entries):
        row = entry.form
        percent, codes = _whole(row.percent.data), _codes(row.occupations.data)
        if row.remove.data or (percent is None and not codes):
            continue
        path = f"{SCARCITY.path}.value.grades[{len(grades)}]"
        typed.fields |= {
            path: f"grades-{number}-percent",
            f"{path}.occupations": f"grades-{number}-occupations",
        }
        grades.append({"percent": percent, "occupations": codes})
    if grades:
        value = {"grades": grades, **value}
    _put_rule(typed, form, SCARCITY, origin, value or None)


def _put_rows(typed: TypedPack, form: SchemeDraftForm, origin: Mapping[str, Any]) -> None:
    for name, read in (("rates", _typed_rate), ("allowances", _typed_allowance)):
        rows: list[dict[str, Any]] = []
        for number, entry in enumerate(form[name].entries):
            before = _origin_row(origin.get(name, []), entry.form.origin.data)
            path = f"{name}[{len(rows)}]"
            if entry.form.remove.data or not _is_filled(entry.form, before):
                continue
            row = read(typed, entry.form, before, path)
            for part in ("amount", "per_hour", "cap", "clause", "hours_min", "level", "occupation"):
                if part in entry.form:
                    typed.fields[f"{path}.{_KEYS.get(part, part)}"] = f"{name}-{number}-{part}"
            first = "amount" if name == "rates" else "kind"
            typed.fields[path] = f"{name}-{number}-{first}"
            rows.append(row)
        if rows:
            typed.pack[name] = rows
            typed.fields[name] = typed.fields[f"{name}[0]"]
    _put_sources(typed, form, origin)


_KEYS = {"amount": "amount_fen", "per_hour": "per_hour", "cap": "per_hour.cap_fen"}


def _put_sources(typed: TypedPack, form: SchemeDraftForm, origin: Mapping[str, Any]) -> None:
    rows: list[dict[str, Any]] = []
    for number, entry in enumerate(form.sources.entries):
        row, before = entry.form, _origin_row(origin.get("sources", []), entry.form.origin.data)
        title = {"zh": tidy(row.title_zh.data or ""), "en": tidy(row.title_en.data or "")}
        clause = tidy(row.clause.data or "")
        if row.remove.data or not (clause or any(title.values())):
            continue
        path = f"sources[{len(rows)}]"
        typed.fields |= {
            path: f"sources-{number}-clause",
            f"{path}.title.zh": f"sources-{number}-title_zh",
            f"{path}.title.en": f"sources-{number}-title_en",
        }
        source: dict[str, Any] = {"clause": clause}
        if any(title.values()):
            source["title"] = title
        if "note" in before:
            source["note"] = before["note"]
        rows.append(source)
    typed.pack["sources"] = rows
    typed.fields["sources"] = "sources-0-clause"


def _typed_rate(typed: TypedPack, row: Any, before: Mapping[str, Any], path: str) -> dict[str, Any]:
    rate = _typed_way(typed, row, before, path)
    if occupation := tidy(row.occupation.data or ""):
        rate["occupation"] = occupation
    level = row.level.data or ""
    if level in tuple(Award):
        rate["award"] = level
    elif level:
        rate["level"] = int(level)
    if (hours := _whole(row.hours_min.data)) is not None:
        rate["hours_min"] = hours
    return rate


def _typed_allowance(
    typed: TypedPack, row: Any, before: Mapping[str, Any], path: str
) -> dict[str, Any]:
    kept = ("per_year_max", "per_lifetime_max", "most_share", "at_most")
    allowance = {"kind": row.kind.data or "", **_typed_way(typed, row, before, path)}
    allowance |= {key: before[key] for key in kept if key in before}
    if row.categories.data:
        allowance["categories"] = _in_order(list(row.categories.data), before.get("categories"))
    return allowance


def _typed_way(typed: TypedPack, row: Any, before: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Amount, or by the hour; what is paid by the day is kept as the text says it."""
    found: dict[str, Any] = {
        "clause": tidy(row.clause.data or ""),
        "assumed": bool(row.assumed.data),
        **{key: before[key] for key in ("note", "per_day", "under_hours") if key in before},
    }
    if tidy(row.amount.data or ""):
        found["amount_fen"] = typed.amount(row.amount.data, f"{path}.amount_fen")
    if tidy(row.per_hour.data or "") or tidy(row.cap.data or ""):
        found["per_hour"] = {
            "fen": typed.amount(row.per_hour.data, f"{path}.per_hour.fen"),
            "cap_fen": typed.amount(row.cap.data, f"{path}.per_hour.cap_fen"),
        }
    return found


def _is_filled(row: Any, before: Mapping[str, Any]) -> bool:
    """A row with anything typed in it, or one that stood there and was not removed."""
    names = ("occupation", "level", "amount", "per_hour", "cap", "hours_min", "clause", "kind")
    return bool(before) or any(tidy(row[name].data or "") for name in names if name in row)


def _origin_row(rows: list[dict[str, Any]], origin: str | None) -> dict[str, Any]:
    number = _whole(origin)
    return rows[number] if isinstance(number, int) and number < len(rows) else {}
