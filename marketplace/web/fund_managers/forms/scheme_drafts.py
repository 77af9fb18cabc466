"""The form of a scheme's next version: every usual rule with its clause, tables of amounts by row.

Numbers are taken as they are typed: the one check of policy packs says what is wrong with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from marketplace.drafting.rules.drafts import REASON_MAX
from marketplace.edge.fields import MultiCheckboxField
from marketplace.foundation.errors import N_
from marketplace.vouchers.labels import (
    ALLOWANCE_LABELS,
    ANY_LEVEL,
    AWARD_LABELS,
    KIND_LABELS,
    ORIGIN_LABELS,
)
from marketplace.vouchers.pack_words import (
    FIELD_LABELS,
    PART_LABELS,
    VALUE_LABELS,
)
from marketplace.vouchers.rules.pack import PACK_BYTES_MAX
from marketplace.vouchers.states import VoucherKind
from marketplace.web.fund_managers.forms.scheme_rules import (
    _CATEGORIES,
    _LEVELS,
    ALL_RULES,
    CAPS,
    ROWS_MAX,
    TEXT_MAX,
    ListSpec,
    Part,
    PartKind,
    RuleSpec,
    _translated,
)


def _text(label: str, **keywords: Any) -> StringField:
    return StringField(_translated(label), validators=[Length(max=TEXT_MAX)], **keywords)


def _choices(labels: Mapping[Any, str]) -> list[SelectChoice]:
    return [SelectChoice(str(value), _translated(text)) for value, text in labels.items()]


def _select(label: str, choices: list[tuple[str, str]]) -> SelectField:
    return SelectField(_translated(label), choices=_choices(dict(choices)), default="")


class RateForm(Form):  # type: ignore[misc]
    """One row of the table of amounts."""

    origin = HiddenField()
    level = _select(
        PART_LABELS["level"],
        [("", ANY_LEVEL), *_LEVELS, *((award.value, text) for award, text in AWARD_LABELS.items())],
    )
    occupation = _text(PART_LABELS["occupation"])
    amount = _text(PART_LABELS["amount_fen"])
    per_hour = _text(PART_LABELS["per_hour.fen"])
    cap = _text(PART_LABELS["per_hour.cap_fen"])
    hours_min = _text(PART_LABELS["hours_min"])
    clause = _text(PART_LABELS["clause"])
    assumed = BooleanField(_translated(PART_LABELS["assumed"]))
    remove = BooleanField(lazy_gettext("remove this row"))


class AllowanceForm(Form):  # type: ignore[misc]
    """One row of the table of allowances."""

    origin = HiddenField()
    kind = _select(PART_LABELS["kind"], [("", "–"), *ALLOWANCE_LABELS.items()])
    amount = _text(PART_LABELS["amount_fen"])
    per_hour = _text(PART_LABELS["per_hour.fen"])
    cap = _text(PART_LABELS["per_hour.cap_fen"])
    clause = _text(PART_LABELS["clause"])
    assumed = BooleanField(_translated(PART_LABELS["assumed"]))
    remove = BooleanField(lazy_gettext("remove this row"))
    categories = MultiCheckboxField(
        _translated(PART_LABELS["categories"]),
        choices=_choices(_CATEGORIES),
    )


class GradeForm(Form):  # type: ignore[misc]
    """One row of the shares by scarcity."""

    percent = _text(PART_LABELS["percent"])
    occupations = _text(PART_LABELS["occupations"])
    remove = BooleanField(lazy_gettext("remove this row"))


class SourceForm(Form):  # type: ignore[misc]
    """Where a clause is found."""

    origin = HiddenField()
    clause = _text(PART_LABELS["clause"])
    title_zh = _text(N_("title in Chinese"))
    title_en = _text(N_("title in English"))
    remove = BooleanField(lazy_gettext("remove this row"))


class SchemeDraftForm(FlaskForm):  # type: ignore[misc]
    """A whole policy pack. The fields of the rules are added below, from their specs."""

    base = HiddenField()
    """Fingerprint of the content the form was filled with."""
    scheme = _text(FIELD_LABELS["scheme"])
    fund = SelectField(_translated(FIELD_LABELS["fund"]), choices=[])
    jurisdiction = _text(FIELD_LABELS["jurisdiction"])
    kind = RadioField(
        _translated(FIELD_LABELS["kind"]),
        choices=[SelectChoice(kind.value, _translated(text)) for kind, text in KIND_LABELS.items()],
        default=VoucherKind.ENTITLEMENT.value,
    )
    title_zh = _text(FIELD_LABELS["title.zh"])
    title_en = _text(FIELD_LABELS["title.en"])
    valid_from = _text(FIELD_LABELS["valid_from"])
    valid_until = _text(FIELD_LABELS["valid_until"])
    ways_out = MultiCheckboxField(
        _translated(FIELD_LABELS["ways_out"]),
        choices=[SelectChoice(way.value, _translated(text)) for way, text in ORIGIN_LABELS.items()],
    )
    face_value = _text(FIELD_LABELS["face_value_fen"])
    notes = TextAreaField(_translated(FIELD_LABELS["notes"]), validators=[Length(max=4_000)])
    rates = FieldList(FormField(RateForm), max_entries=2 * ROWS_MAX)
    allowances = FieldList(FormField(AllowanceForm), max_entries=2 * ROWS_MAX)
    grades = FieldList(FormField(GradeForm), max_entries=2 * ROWS_MAX)
    sources = FieldList(FormField(SourceForm), max_entries=2 * ROWS_MAX)

    def keep_scheme(self) -> None:
        """The next version of a scheme: what a scheme keeps for ever is not asked."""
        for name in ("scheme", "fund", "jurisdiction", "kind"):
            del self[name]


def _add_rules() -> None:
    for spec in ALL_RULES:
        for part in spec.parts:
            setattr(SchemeDraftForm, part.field, _field_of(spec, part))
        clause = _text(PART_LABELS["clause"])
        setattr(SchemeDraftForm, f"{spec.name}_clause", clause)
        assumed = BooleanField(_translated(PART_LABELS["assumed"]))
        setattr(SchemeDraftForm, f"{spec.name}_assumed", assumed)


def _field_of(spec: RuleSpec, part: Part) -> Any:
    label = spec.label if part.key is None else PART_LABELS.get(part.key, part.key)
    if spec is CAPS or isinstance(spec, ListSpec):
        label = VALUE_LABELS[part.key or ""]
    if part.kind is PartKind.STEPS:
        return _text(N_("or steps (rate: percent)"))
    if part.kind is PartKind.SWITCH:
        return BooleanField(lazy_gettext("This rule holds"))
    if part.kind is PartKind.CHECKS:
        return MultiCheckboxField(_translated(label), choices=_choices(dict(part.choices)))
    if part.kind is PartKind.LEVEL:
        return _select(label, [("", ANY_LEVEL), *_LEVELS])
    if part.kind is PartKind.CHOICE:
        return _select(label, [("", "–"), *part.choices])
    return _text(label)


_add_rules()


class DraftTextForm(FlaskForm):  # type: ignore[misc]
    """A policy pack as text, for whoever knows the form of the file."""

    base = HiddenField()
    text = TextAreaField(
        lazy_gettext("Text of the policy pack"),
        validators=[
            DataRequired(lazy_gettext("Choose a file or paste the text of a policy pack.")),
            Length(max=PACK_BYTES_MAX),
        ],
    )


class ReturnDraftForm(FlaskForm):  # type: ignore[misc]
    """Why a draft is sent back."""

    reason = TextAreaField(
        lazy_gettext("What has to change"),
        validators=[DataRequired(lazy_gettext("Say what has to change.")), Length(max=REASON_MAX)],
    )


class ReplayForm(FlaskForm):  # type: ignore[misc]
    """Which past days are replayed."""

    from_on = StringField(lazy_gettext("From"), validators=[DataRequired(), Length(max=20)])
    until_on = StringField(lazy_gettext("Until"), validators=[DataRequired(), Length(max=20)])


def fund_choices(funds: list[tuple[str, str]]) -> list[SelectChoice]:
    """The funds a new scheme may be paid from."""
    return [SelectChoice("", "–"), *(SelectChoice(code, name) for code, name in funds)]
