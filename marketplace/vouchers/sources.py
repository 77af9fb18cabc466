"""Registers that exclude, as CSV or XLSX: statuses of people, and subsidies paid elsewhere.

    worker_code, status, valid_from, valid_until
    worker_code, occupation_code, level, kind, granted_on

Column names in Chinese are understood as well. Each row is judged alone; what is wrong with it is
told with row, field and reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Generic, TypeVar

from marketplace.foundation.errors import Refusal
from marketplace.foundation.files import open_table, prove_table, refuse_without_rows
from marketplace.foundation.text import day_from_text, tidy
from marketplace.people.states import PersonStatus
from marketplace.vouchers import errors as _errors  # noqa: F401  (registers the refusals)

Facts = TypeVar("Facts")
TEXT_MAX = 200
_ALIASES = {
    "编号": "worker_code",
    "人员编号": "worker_code",
    "身份": "status",
    "人员身份": "status",
    "开始日期": "valid_from",
    "结束日期": "valid_until",
    "职业编码": "occupation_code",
    "等级": "level",
    "补贴种类": "kind",
    "发放日期": "granted_on",
}
_STATUS_WORDS = {
    "公务员": PersonStatus.CIVIL_SERVANT,
    "公职人员": PersonStatus.CIVIL_SERVANT,
    "全日制在校生": PersonStatus.FULL_TIME_STUDENT,
    "全日制在校学生": PersonStatus.FULL_TIME_STUDENT,
    "退休人员": PersonStatus.PENSIONER,
    "死亡": PersonStatus.DECEASED,
    "已死亡": PersonStatus.DECEASED,
    "服刑": PersonStatus.IMPRISONED,
    "服刑人员": PersonStatus.IMPRISONED,
    **{status.value: status for status in PersonStatus},
}


@dataclass(frozen=True, slots=True)
class StatusFacts:
    """One row of a register of statuses."""

    status: PersonStatus
    valid_from: date
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class SubsidyFacts:
    """One row of a register of other subsidies."""

    occupation_code: str
    level: int
    kind: str
    granted_on: date


@dataclass(frozen=True, slots=True)
class RegisterRow(Generic[Facts]):
    """A row with its facts, or with what is wrong with it."""

    number: int
    worker_code: str
    facts: Facts | None
    problems: tuple[Refusal, ...]


class _Cells:
    """The cells of a row, read one by one; what is wrong is remembered."""

    def __init__(self, cells: Mapping[str, str]) -> None:
        self.cells, self.problems = cells, list[Refusal]()

    def text(self, name: str) -> str:
        value = tidy(self.cells.get(name, ""))
        if not value:
            self.problems.append(Refusal("required", {"label": name}, field=name))
        elif len(value) > TEXT_MAX:
            params = {"label": name, "limit": TEXT_MAX}
            self.problems.append(Refusal("too_long", params, field=name))
        return value

    def day(self, name: str) -> date:
        return self.day_or_none(name, needed=self.text(name)) or date.min

    def day_or_none(self, name: str, *, needed: str | None = None) -> date | None:
        value = tidy(self.cells.get(name, "")) if needed is None else needed
        if not value:
            return None
        day = day_from_text(value)
        if day is None:
            self.problems.append(Refusal("not_a_date", {"label": name}, field=name))
        return day

    def status(self) -> PersonStatus:
        value = self.text("status")
        found = _STATUS_WORDS.get(value.lower())
        if value and found is None:
            params = {"path": "status", "allowed": ", ".join(PersonStatus)}
            self.problems.append(Refusal("pack_unknown_value", params, field="status"))
        return found or PersonStatus.PENSIONER

    def level(self) -> int:
        value = self.text("level")
        if value in ("1", "2", "3", "4", "5"):
            return int(value)
        if value:
            params = {"path": "level", "least": 1, "most": 5}
            self.problems.append(Refusal("pack_not_integer", params, field="level"))
        return 5


def read_statuses(path: Path) -> Iterator[RegisterRow[StatusFacts]]:
    """Who is a civil servant, a full-time student or a pensioner, and when."""

    def read(cells: _Cells) -> StatusFacts:
        facts = StatusFacts(
            cells.status(), cells.day("valid_from"), cells.day_or_none("valid_until")
        )
        if facts.valid_until and facts.valid_until < facts.valid_from:
            cells.problems.append(Refusal("pack_dates_reversed", field="valid_until"))
        return facts

    yield from _read(path, ("worker_code", "status", "valid_from"), read)


def read_other_subsidies(path: Path) -> Iterator[RegisterRow[SubsidyFacts]]:
    """For which certificates another subsidy was paid."""

    def read(cells: _Cells) -> SubsidyFacts:
        return SubsidyFacts(
            cells.text("occupation_code"),
            cells.level(),
            cells.text("kind"),
            cells.day("granted_on"),
        )

    needed = ("worker_code", "occupation_code", "level", "kind", "granted_on")
    yield from _read(path, needed, read)


def _read(
    path: Path, required: tuple[str, ...], read: Callable[[_Cells], Facts]
) -> Iterator[RegisterRow[Facts]]:
    refuse_without_rows(prove_table(path, required=required, aliases=_ALIASES), path.name)
    with open_table(path, required=required, aliases=_ALIASES) as table:
        for row in table.rows:
            cells = _Cells(row.cells)
            code = cells.text("worker_code").upper()
            facts = read(cells)
            problems = tuple(cells.problems)
            yield RegisterRow(row.number, code, None if problems else facts, problems)
