"""The demo's directories: who assesses, what can be earned, and what is in demand where.

Made by the real operations; names and clauses are the demo's own, nobody's documents.
"""

from __future__ import annotations

from datetime import timedelta

from stdnum.cn import uscc as uscc_number

from marketplace.catalog.queries.occupations import list_occupation_ids
from marketplace.catalog.states import ShortageEntryKind
from marketplace.directories.operations.assessors import AssessorContent, add_assessor
from marketplace.directories.operations.qualifications import (
    QualificationContent,
    register_qualification,
)
from marketplace.directories.operations.shortage import (
    add_shortage_entries,
    draft_shortage_edition,
    propose_shortage_edition,
    publish_shortage_edition,
)
from marketplace.directories.rules import RegisterChange
from marketplace.directories.states import QualificationKind
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.jurisdictions.queries import list_jurisdiction_ids

_ASSESSORS: tuple[tuple[str, str, dict[str, tuple[int, ...]]], ...] = (
    ("白城市职业技能评价指导中心", "220800",
     {"4-10-01-05": (5, 4, 3), "4-10-01-06": (5, 4), "4-10-01-02": (5, 4)}),
    ("大安机电技能评价站", "220882", {"6-18-02-04": (5, 4, 3), "6-31-01-03": (5, 4)}),
    ("镇赉餐饮行业协会技能评价中心", "220821", {"4-03-02": (5, 4)}),
)  # fmt: skip
_QUALIFICATIONS = (
    ("养老护理员（五级）", QualificationKind.SKILL_LEVEL, "4-10-01-05", 5, "备案评价机构"),
    ("养老护理员（四级）", QualificationKind.SKILL_LEVEL, "4-10-01-05", 4, "备案评价机构"),
    ("焊工（五级）", QualificationKind.SKILL_LEVEL, "6-18-02-04", 5, "备案评价机构"),
    ("中式面点师（五级）", QualificationKind.SKILL_LEVEL, "4-03-02-02", 5, "备案评价机构"),
    ("熔化焊接与热切割作业", QualificationKind.SPECIAL_OPERATION, "6-18-02-04", None, "应急部门"),
    ("直播带货", QualificationKind.SPECIAL_ABILITY, "4-01-06-02", None, "人力资源社会保障部门"),
    ("家政服务培训合格证", QualificationKind.TRAINING_CERTIFICATE, "4-10-01-06", None, "培训机构"),
)  # fmt: skip
_CLAUSE = "演示文件〔2026〕1号"
_REGION = ("4-10-01", "6-18-02-04", "4-03-02-01", "6-31-01-03")
_CITY = ("4-01-06-02", "4-12-01-01")
_EXCEPTED = ("6-31-01-03", "220822")


def make_directories(users: dict[str, int], prefecture_id: int) -> None:
    """Three assessment bodies, seven qualifications, a list at two tiers, one local exception."""
    admin_id = users["admin"]
    places = list_jurisdiction_ids(["220000", "220822", *(place for _, place, _ in _ASSESSORS)])
    with write_transaction():
        _make_registers(admin_id, places)
    _make_list(users, places.get("220000"), codes=_REGION, uplift_percent=10, exception_id=None)
    _make_list(users, prefecture_id, codes=_CITY, uplift_percent=15, exception_id=places["220822"])


def _make_registers(admin_id: int, places: dict[str, int]) -> None:
    codes = {code for _, _, scope in _ASSESSORS for code in scope}
    ids = list_occupation_ids(codes | {code for _, _, code, _, _ in _QUALIFICATIONS})
    change = RegisterChange(
        clock.today(),
        "首批列入目录",
        _CLAUSE,
        clock.today(),
        clock.today() + timedelta(days=3 * 365),
    )
    for number, (name, place, scope) in enumerate(_ASSESSORS, start=1):
        pairs = tuple((ids[code], level) for code, levels in scope.items() for level in levels)
        content = AssessorContent(name, body_uscc(number), places[place], pairs)
        add_assessor(content, change, actor_id=admin_id)
    for name, kind, code, level, issuer in _QUALIFICATIONS:
        earned = QualificationContent(name, kind, None, ids[code], level, issuer)
        plain = RegisterChange(clock.today(), "首批列入目录", _CLAUSE)
        register_qualification(earned, plain, actor_id=admin_id)


def _make_list(
    users: dict[str, int],
    jurisdiction_id: int | None,
    *,
    codes: tuple[str, ...],
    uplift_percent: int,
    exception_id: int | None,
) -> None:
    """One officer prepares, another publishes."""
    with write_transaction():
        edition = draft_shortage_edition(jurisdiction_id, clause=_CLAUSE, actor_id=users["maker"])
        add_shortage_entries(
            edition.id, occupation_codes=codes, kind=ShortageEntryKind.ADD, jurisdiction_id=None,
            uplift_percent=uplift_percent, clause=None, actor_id=users["maker"],
        )  # fmt: skip
        if exception_id is not None:
            add_shortage_entries(
                edition.id, occupation_codes=[_EXCEPTED[0]], kind=ShortageEntryKind.EXCEPT,
                jurisdiction_id=exception_id, uplift_percent=None, clause=None,
                actor_id=users["maker"],
            )  # fmt: skip
        propose_shortage_edition(edition.id, in_force_from=clock.today(), actor_id=users["maker"])
        edition_id = edition.id
    with write_transaction():
        publish_shortage_edition(edition_id, actor_id=users["checker"])


def body_uscc(number: int) -> str:
    """The credit code of an assessment body: well-formed, of an area that was never assigned."""
    body = f"52990101DEMA{number:05d}"
    return body + uscc_number.calc_check_digit(body + "0")
