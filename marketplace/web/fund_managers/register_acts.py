"""What the pages of the two registers do differently: their forms, contents and operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from marketplace.catalog.queries.occupations import (
    find_occupation_by_code,
    get_occupation,
    list_occupation_ids,
)
from marketplace.directories.models import AssessorVersion, QualificationVersion
from marketplace.directories.operations.assessors import (
    AssessorContent,
    add_assessor,
    change_assessor,
    retire_assessor,
)
from marketplace.directories.operations.qualifications import (
    QualificationContent,
    change_qualification,
    register_qualification,
    retire_qualification,
)
from marketplace.directories.queries.kept import (
    find_assessor_kept,
    find_qualification_kept,
    list_assessor_versions,
    list_assessors_kept,
    list_qualification_versions,
    list_qualifications_kept,
)
from marketplace.directories.queries.registers import list_scopes
from marketplace.directories.rules import scope_items
from marketplace.directories.sources.facts import read_scope
from marketplace.directories.states import DirectoryName, QualificationKind
from marketplace.foundation.errors import NotFound
from marketplace.imports.problems import ProblemList
from marketplace.jurisdictions.models import Jurisdiction
from marketplace.jurisdictions.queries import get_jurisdiction
from marketplace.web.fund_managers.forms.directories import AssessorForm, QualificationForm

Content = AssessorContent | QualificationContent


@dataclass(frozen=True, slots=True)
class RegisterActs:
    """One register behind the same pages."""

    form: type[Any]
    list_kept: Callable[..., Any]
    find_kept: Callable[[str, Sequence[str]], Any]
    list_versions: Callable[[int], Sequence[Any]]
    read_content: Callable[[Any, Jurisdiction | None], Content | None]
    fill_in: Callable[[Any], dict[str, Any]]
    add: Callable[..., Any]
    change: Callable[..., Any]
    retire: Callable[..., Any]


def get_register(name: str) -> RegisterActs:
    """The register of a name, or 404."""
    if name not in REGISTERS:
        raise NotFound("register", name)
    return REGISTERS[name]


def _read_assessor(form: AssessorForm, place: Jurisdiction | None) -> AssessorContent | None:
    problems = ProblemList(0)
    text = ";".join((form.scope.data or "").splitlines())
    pairs = read_scope(text, problems)
    codes = [code for code, _level in pairs or () if code]
    ids = list_occupation_ids(codes)
    unknown = [code for code in codes if code not in ids]
    if pairs is None:
        message = _("Write one occupation a line: its code, then its levels.")
        form.scope.errors = [*form.scope.errors, message]
    elif unknown:
        message = _("No occupation is known by these codes: %(codes)s.", codes=", ".join(unknown))
        form.scope.errors = [*form.scope.errors, message]
    if form.scope.errors:
        return None
    return AssessorContent(
        form.name.data,
        form.uscc.data,
        place.id if place else None,
        tuple((ids.get(code or ""), level) for code, level in pairs or ()),
    )


def _read_qualification(
    form: QualificationForm, place: Jurisdiction | None
) -> QualificationContent | None:
    code = form.occupation_code.data
    occupation = find_occupation_by_code(code) if code else None
    if code and occupation is None:
        message = _("No occupation has this code.")
        form.occupation_code.errors = [*form.occupation_code.errors, message]
        return None
    return QualificationContent(
        form.name.data,
        QualificationKind(form.kind.data),
        place.id if place else None,
        occupation.id if occupation else None,
        int(form.level.data) if form.level.data else None,
        form.issuer.data or None,
    )


def _assessor_in_form(version: AssessorVersion) -> dict[str, Any]:
    items = scope_items(list_scopes([version.id]).get(version.id, []))
    lines = [item.code + (f":{item.levels}" if item.levels else "") for item in items]
    return {
        "name": version.name,
        "uscc": version.uscc,
        "place": _place_code(version.jurisdiction_id),
        "scope": "\n".join(lines),
        "valid_from": version.valid_from,
        "valid_until": version.valid_until,
        "clause": version.clause,
    }


def _qualification_in_form(version: QualificationVersion) -> dict[str, Any]:
    occupation = get_occupation(version.occupation_id) if version.occupation_id else None
    return {
        "name": version.name,
        "kind": version.kind.value,
        "place": _place_code(version.jurisdiction_id),
        "occupation_code": occupation.code if occupation else "",
        "level": str(version.level or ""),
        "issuer": version.issuer,
        "valid_from": version.valid_from,
        "valid_until": version.valid_until,
        "clause": version.clause,
    }


def _place_code(jurisdiction_id: int | None) -> str:
    return get_jurisdiction(jurisdiction_id).code if jurisdiction_id else ""


REGISTERS: Mapping[str, RegisterActs] = {
    DirectoryName.ASSESSORS.value: RegisterActs(
        form=AssessorForm,
        list_kept=list_assessors_kept,
        find_kept=find_assessor_kept,
        list_versions=list_assessor_versions,
        read_content=_read_assessor,
        fill_in=_assessor_in_form,
        add=add_assessor,
        change=change_assessor,
        retire=retire_assessor,
    ),
    DirectoryName.QUALIFICATIONS.value: RegisterActs(
        form=QualificationForm,
        list_kept=list_qualifications_kept,
        find_kept=find_qualification_kept,
        list_versions=list_qualification_versions,
        read_content=_read_qualification,
        fill_in=_qualification_in_form,
        add=register_qualification,
        change=change_qualification,
        retire=retire_qualification,
    ),
}
