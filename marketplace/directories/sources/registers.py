"""Files of assessors and qualifications: our own, and New Jersey's look-up tables. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from marketplace.directories.sources.facts import (
    AssessorFacts,
    QualificationFacts,
    read_checked_uscc,
    read_code,
    read_is_listed,
    read_level,
    read_name,
    read_optional,
    read_oracle_day,
    read_period,
    read_scope,
)
from marketplace.directories.states import QualificationKind
from marketplace.imports.cells import clean_key, read_flag
from marketplace.imports.problems import ProblemList
from marketplace.imports.reading import Cells, Format
from marketplace.imports.states import ProblemSeverity

KIND_NAMES: Mapping[str, QualificationKind] = {
    **{kind.value: kind for kind in QualificationKind},
    "职业资格": QualificationKind.VOCATIONAL_QUALIFICATION,
    "职业技能等级": QualificationKind.SKILL_LEVEL,
    "专项职业能力": QualificationKind.SPECIAL_ABILITY,
    "培训合格证书": QualificationKind.TRAINING_CERTIFICATE,
    "特种作业": QualificationKind.SPECIAL_OPERATION,
    "行业证书": QualificationKind.INDUSTRY_CREDENTIAL,
    "执业许可": QualificationKind.LICENCE,
    "学历": QualificationKind.DEGREE,
    "license": QualificationKind.LICENCE,
}
_SOC = re.compile(r"(\d{2}-\d{4})(\.\d{2})?")


def read_assessor(cells: Cells, problems: ProblemList) -> AssessorFacts | None:
    """One assessor in our own columns."""
    name = read_name(cells, "name", problems)
    uscc = read_checked_uscc(cells.get("uscc", ""), problems)
    scope = read_scope(cells["scope"], problems)
    period = read_period(cells, problems)
    is_listed = read_is_listed(cells, problems)
    if name is None or scope is None or period is None or is_listed is None or _left_out(problems):
        return None
    return AssessorFacts(
        key=problems.key or "",
        name=name,
        uscc=uscc,
        jurisdiction_code=read_code(cells, "jurisdiction_code", problems),
        scope=scope,
        valid_from=period[0],
        valid_until=period[1],
        clause=read_optional(cells, "clause", problems),
        is_listed=is_listed,
    )


def read_qualification(cells: Cells, problems: ProblemList) -> QualificationFacts | None:
    """One qualification in our own columns."""
    name = read_name(cells, "name", problems)
    word = cells["kind"].strip().strip("\"' ")
    kind = KIND_NAMES.get(word.lower())
    if kind is None:
        problems.reject("directory_kind_unknown", "kind", word)
    period = read_period(cells, problems)
    is_listed = read_is_listed(cells, problems)
    if name is None or kind is None or period is None or is_listed is None:
        return None
    return QualificationFacts(
        key=problems.key or "",
        name=name,
        kind=kind,
        jurisdiction_code=read_code(cells, "jurisdiction_code", problems),
        occupation_code=read_code(cells, "occupation_code", problems),
        level=read_level(cells, problems),
        issuer=read_optional(cells, "issuer", problems),
        valid_from=period[0],
        valid_until=period[1],
        clause=read_optional(cells, "clause", problems),
        is_listed=is_listed,
    )


def read_nj_credential(cells: Cells, problems: ProblemList) -> QualificationFacts | None:
    """New Jersey's industry credentials: what is marked deleted is retired."""
    return _read_nj(cells, problems, QualificationKind.INDUSTRY_CREDENTIAL, None)


def read_nj_license(cells: Cells, problems: ProblemList) -> QualificationFacts | None:
    """New Jersey's licences; their code is that of the occupation (SOC, with two more digits)."""
    found = _SOC.fullmatch(cells.get("code", "").strip().strip("\"' "))
    return _read_nj(cells, problems, QualificationKind.LICENCE, found.group(1) if found else None)


def read_nj_degree(cells: Cells, problems: ProblemList) -> QualificationFacts | None:
    """New Jersey's degrees and certificates of schools."""
    return _read_nj(cells, problems, QualificationKind.DEGREE, None)


def _read_nj(
    cells: Cells, problems: ProblemList, kind: QualificationKind, occupation_code: str | None
) -> QualificationFacts | None:
    name = read_name(cells, "name", problems)
    if name is None:
        return None
    is_deleted = bool(read_flag(cells.get("isdeleted", ""), "isdeleted", problems))
    deleted_on = read_oracle_day(cells.get("datedeleted", ""), "datedeleted", problems)
    issuer = clean_key(cells.get("issuerid", ""), "issuerid", problems)
    return QualificationFacts(
        key=problems.key or "",
        name=name,
        kind=kind,
        occupation_code=occupation_code,
        issuer=f"US-NJ #{issuer}" if issuer else None,
        is_listed=not is_deleted,
        ended_on=deleted_on if is_deleted else None,
    )


def _left_out(problems: ProblemList) -> bool:
    return any(problem.severity == ProblemSeverity.REJECTED for problem in problems.found)


_NJ_DATES = ("code", "issuerid", "datecreated", "datelastmodified", "isdeleted", "datedeleted")
ASSESSOR_FORMATS: Mapping[str, Format] = {
    "generic": Format(
        required=("assessor_key", "name", "scope"),
        optional=(
            "uscc", "jurisdiction_code", "valid_from", "valid_until", "clause", "status",
        ),
        key="assessor_key",
        read_row=read_assessor,
        read_key=clean_key,
    ),
}  # fmt: skip
QUALIFICATION_FORMATS: Mapping[str, Format] = {
    "generic": Format(
        required=("qualification_key", "name", "kind"),
        optional=(
            "jurisdiction_code", "occupation_code", "level", "issuer", "valid_from",
            "valid_until", "clause", "status",
        ),
        key="qualification_key",
        read_row=read_qualification,
        read_key=clean_key,
    ),
    "us-nj-credentials": Format(
        required=("id", "name", "isdeleted"),
        optional=_NJ_DATES,
        key="id",
        read_row=read_nj_credential,
        read_key=clean_key,
    ),
    "us-nj-licenses": Format(
        required=("id", "name", "code"),
        optional=_NJ_DATES,
        key="id",
        read_row=read_nj_license,
        read_key=clean_key,
    ),
    "us-nj-degrees": Format(
        required=("id", "name"), optional=(), key="id", read_row=read_nj_degree, read_key=clean_key
    ),
}  # fmt: skip
