"""Vacancies of the demo prefecture, taken in from a file like any other."""

from __future__ import annotations

import csv
import tempfile
from datetime import date, timedelta
from pathlib import Path

from marketplace.demo.cast import Cast
from marketplace.demo.history import at
from marketplace.employers.operations.import_vacancies import VacancyIntake
from marketplace.foundation.db import write_transaction
from marketplace.foundation.files import file_sha256
from marketplace.imports.operations import (
    finish_import_run,
    save_import_piece,
    start_import_run,
)

COLUMNS = (
    "vacancy_key", "employer_key", "employer_name", "contact", "title", "occupation_code",
    "level", "jurisdiction_code", "place", "wage_min", "wage_max", "openings", "description",
)  # fmt: skip
ROWS = (
    ("1", "鹤翔养老服务中心(演示)", "养老护理员", "4-10-01-05", 5, "220802", 3800, 5200, 6,
     "照料自理和半自理老人，三班倒，包工作餐。持初级以上证书。"),
    ("1", "鹤翔养老服务中心(演示)", "护理组长", "4-10-01-05", 4, "220802", 5500, 6800, 1,
     "带领六人护理小组，安排班次，检查记录。"),
    ("2", "白城安心家政公司(演示)", "月嫂、育儿嫂", "4-10-01-02", 5, "220881", 6000, 9000, 10,
     "住家照料产妇和新生儿，按单结算，公司缴纳意外险。"),
    ("2", "白城安心家政公司(演示)", "家政服务员", "4-10-01-06", "", "220802", 3500, 5000, 8,
     "日常保洁、做饭，可选半天班。"),
    ("3", "嫩江湾大酒店(演示)", "中式烹调师", "4-03-02-01", 5, "220882", 4500, 7000, 3,
     "热菜岗，提供住宿。"),
    ("4", "大安风电装备有限公司(演示)", "焊工", "6-18-02-04", 5, "220882", 6000, 9500, 12,
     "塔筒焊接，需持证上岗，计件加底薪。"),
    ("5", "洮南农机汽修服务站(演示)", "汽车维修工", "4-12-01-01", 5, "220881", 4200, 6500, 4,
     "农用车与轿车保养、故障诊断。"),
    ("6", "通榆县电商产业园(演示)", "直播带货主播", "4-01-06-02", "", "220822", 4000, 8000, 5,
     "农产品直播，早晚场轮换，底薪加提成。"),
)  # fmt: skip
"""Employer, work, occupation, level, county, wages a month, openings, what it is."""


def import_vacancies(cast: Cast, *, on: date) -> None:
    """Eight vacancies of six employers that belong to nobody."""
    with tempfile.TemporaryDirectory(prefix="marketplace-demo-") as folder:
        path = Path(folder) / "vacancies.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow((*COLUMNS, "valid_until"))
            for number, row in enumerate(ROWS, start=1):
                writer.writerow(_row(number, row, on))
        intake = VacancyIntake(path, source="generic")
        with at(on), write_transaction():
            run = start_import_run(
                intake.kind, source=intake.source, as_of=on, file_name=path.name,
                file_sha256=file_sha256(path), actor_id=cast.users["admin"],
            )  # fmt: skip
            save_import_piece(run.id, intake=intake, parsed=list(intake.read()), position=0)
            finish_import_run(run.id, intake=intake)


def _row(number: int, row: tuple[object, ...], on: date) -> list[object]:
    employer, name, title, occupation, level, county, lowest, highest, openings, text = row
    return [
        f"demo-{number}", f"demo-{employer}", name, f"0436-000000{employer}", title, occupation,
        level, county, "", lowest, highest, openings, text,
        (on + timedelta(days=180)).isoformat(),
    ]  # fmt: skip
