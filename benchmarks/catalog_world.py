"""A large synthetic catalog, zh and en, and what people would ask it. The same seed, the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random
from typing import Any

from sqlalchemy import insert, select

from marketplace.catalog.models import Course, CourseRun, CourseVersion, Lesson, Occupation
from marketplace.catalog.states import CourseMode, CourseRunState, CourseState
from marketplace.foundation import clock
from marketplace.foundation.bulk import insert_rows, reserve_ids
from marketplace.foundation.db import db, write_transaction
from marketplace.institutions.models import Institution
from marketplace.institutions.states import InstitutionState
from marketplace.jurisdictions.models import Jurisdiction

PLACES = [
    (f"{province}省", [f"{province}{side}市" for side in "东南西北中"])
    for province in ("甲山", "乙川", "丙河", "丁湖", "戊岭", "己原", "庚海", "辛泽")
]
TRADES_ZH = (
    "电工 焊工 叉车司机 养老护理员 育婴员 家政服务员 中式烹调师 西式面点师 美发师 美容师 "
    "汽车维修工 砌筑工 钢筋工 架子工 起重机操作工 挖掘机驾驶员 茶艺师 咖啡师 电子商务师 "
    "互联网营销师 保育师 无人机驾驶员 数控车工 钳工 制冷工 锅炉工 管工 油漆工 缝纫工 保安员 消防员 "
    "物业管理员 仓储管理员 快递员 康复护理师 保健按摩师 插花员 宠物美容师 网络管理员 数据标注员"
).split()
KINDS_ZH = "低压 高压 初级 高级 实操 综合 智能 现代 安全 绿色 基础 强化 乡村 社区 精品".split()
TRADES_EN = (
    "welding|electrician|nursing assistant|truck driving|phlebotomy technician|medical billing|"
    "culinary arts|carpentry|plumbing|hvac technician|cosmetology|bookkeeping|forklift operation|"
    "network administration|web development|dental assistant|pharmacy technician|cnc machining|"
    "automotive repair|early childhood education|home health aide|graphic design|paralegal studies|"
    "solar installation|masonry"
).split("|")
KINDS_EN = "introduction advanced certified evening intensive practical modern applied".split()
SYLLABLES = "ra ko mi tel su van dor pen li zo bar qui nex".split()
BODY_ZH = (
    "学习内容包括安全规程、工具使用、质量检查与现场实习，结业后可参加技能等级认定。",
    "课程由经验丰富的老师授课，理论与实训结合，小班教学，提供就业推荐。",
    "适合零基础学员，涵盖设备维护、故障排除、客户沟通与职业道德。",
)
BODY_EN = (
    "Students practice with modern tools and prepare for the state examination and first job.",
    "The curriculum covers safety, equipment maintenance, customer service and workplace ethics.",
    "Small groups, experienced instructors and an internship with a local employer are included.",
)
PIECE = 5_000


def make_catalog(courses: int, *, progress: Callable[[str], None]) -> None:
    """Places, occupations, institutions, so many listed courses, a run for every fifth."""
    random = Random(11)
    with write_transaction():
        places = _make_places()
        occupations = _make_occupations()
        institutions = _make_institutions(random, places)
    for start in range(0, courses, PIECE):
        with write_transaction():
            _make_courses(random, start, min(PIECE, courses - start), occupations, institutions)
        if start % 50_000 == 0:
            progress(f"{start} courses")


def _make_places() -> list[int]:
    leaves = []
    for number, (province, cities) in enumerate(PLACES, start=81):
        above = _add(Jurisdiction, code=f"{number}0000", name=province, tier=1,
                     path=f"/{number}0000/")  # fmt: skip
        for place, city in enumerate(cities, start=1):
            code = f"{number}{place:02d}00"
            path = f"/{number}0000/{code}/"
            leaves.append(_add(Jurisdiction, code=code, name=city, tier=2, parent_id=above,
                               path=path))  # fmt: skip
    return leaves


def _make_occupations() -> list[int]:
    groups = [
        _add(Occupation, classification="cn-2022", code=str(n), title=f"第{n}大类人员", depth=1,
             work_types=[], marks=[])
        for n in range(1, 9)
    ]  # fmt: skip
    return [
        _add(Occupation, classification="cn-2022", code=f"{n % 8 + 1}-99-01-{n:02d}", title=title,
             depth=4, parent_id=groups[n % 8], work_types=[], marks=[])
        for n, title in enumerate(TRADES_ZH)
    ]  # fmt: skip


def _make_institutions(random: Random, places: list[int]) -> list[int]:
    now = clock.now()
    rows = [
        {
            "code": f"I-BENCH{number:05d}", "source": "bench", "source_key": str(number),
            "name": f"{_name(random)}职业培训学校" if number % 3 else
                    f"{_name(random).title()} Institute {number}",
            "state": InstitutionState.ACCREDITED, "jurisdiction_id": random.choice(places),
            "features": {"wheelchair": True} if number % 4 == 0 else
                        {"childcare": True} if number % 7 == 0 else {},
            "created_at": now, "changed_at": now,
        }
        for number in range(1_500)
    ]  # fmt: skip
    db.session.execute(insert(Institution), rows)
    return list(
        db.session.scalars(
            select(Institution.id).where(Institution.source == "bench").order_by(Institution.id)
        )
    )


def _name(random: Random) -> str:
    return "".join(random.choices(SYLLABLES, k=3))


def _make_courses(
    random: Random, start: int, count: int, occupations: list[int], institutions: list[int]
) -> None:
    now, today = clock.now(), clock.today()
    rows, texts = [], []
    for number in range(start, start + count):
        trade = min(int(random.expovariate(0.12)), len(TRADES_ZH) - 1)
        chinese = number % 3 != 0
        rows.append({
            "code": f"C-BENCH{number:06d}", "institution_id": random.choice(institutions),
            "source": "bench", "source_key": str(number), "state": CourseState.LISTED,
            "occupation_id": occupations[trade] if chinese else None,
            "level": random.choice((5, 5, 5, 4, 4, 3)) if chinese else None,
            "listed_on": today, "created_at": now, "changed_at": now,
        })  # fmt: skip
        texts.append(_text(random, number, trade, chinese=chinese))
    ids = _new_ids(Course, rows)
    version_ids = _new_ids(CourseVersion, texts)
    for row, version_id in zip(rows, version_ids, strict=True):
        row["current_version_id"] = version_id
    for course_id, content in zip(ids, texts, strict=True):
        content |= {
            "course_id": course_id, "number": 1, "fee_parts": {}, "attributes": {},
            "currency": "CNY", "content_sha256": "-", "valid_from": today, "created_at": now,
        }  # fmt: skip
    insert_rows(Course, rows)
    insert_rows(CourseVersion, texts)
    owners = [row["institution_id"] for row in rows]
    _make_runs(random, list(zip(ids, version_ids, owners, strict=True))[::5])


def _text(random: Random, number: int, trade: int, *, chinese: bool) -> dict[str, Any]:
    if chinese:
        title = (
            f"{random.choice(KINDS_ZH)}{TRADES_ZH[trade]}{random.choice(('', '培训', '提升班'))}"
        )
        body = f"{random.choice(BODY_ZH)}{random.choice(TRADES_ZH)}相关知识。编号{number}。"
    else:
        name = TRADES_EN[min(int(random.expovariate(0.2)), len(TRADES_EN) - 1)]
        title = f"{random.choice(KINDS_EN)} {name}".title()
        body = f"{random.choice(BODY_EN)} Also: {random.choice(TRADES_EN)}, {_name(random)}."
    return {
        "title": title, "description": body, "hours": random.choice((40, 60, 80, 120, 160)),
        "mode": random.choice((CourseMode.ONSITE, CourseMode.ONSITE, CourseMode.BLENDED,
                               CourseMode.ONLINE)),
        "fee_fen": random.choice((0, 48_000, 80_000, 120_000, 150_000, 260_000, 480_000)),
    }  # fmt: skip


def _make_runs(random: Random, courses: list[tuple[int, int, int]]) -> None:
    today, now = clock.today(), clock.now()
    rows = [
        {
            "code": f"CR-BENCH{course_id:07d}", "course_id": course_id,
            "course_version_id": version_id, "institution_id": owner, "site": "一号楼",
            "starts_on": today + timedelta(days=7 + course_id % 90),
            "ends_on": today + timedelta(days=20 + course_id % 90),
            "enrollment_opens_on": today,
            "enrollment_closes_on": today + timedelta(days=7 + course_id % 90),
            "capacity": 20, "seats_taken": random.randrange(20), "state": CourseRunState.OPEN,
            "created_at": now,
        }
        for course_id, version_id, owner in courses
    ]  # fmt: skip
    run_ids = _new_ids(CourseRun, rows)
    insert_rows(CourseRun, rows)
    begin = clock.now().replace(minute=0, second=0, microsecond=0)
    lessons = [
        {
            "course_run_id": run_id, "number": 1,
            "starts_at": begin + timedelta(hours=run_id % 24),
            "ends_at": begin + timedelta(hours=run_id % 24 + 2),
        }
        for run_id in run_ids
    ]  # fmt: skip
    insert_rows(Lesson, lessons)


def _new_ids(model: Any, rows: list[dict[str, Any]]) -> Sequence[int]:
    """Numbers for rows to come, written into them: nothing has to be asked back."""
    ids = reserve_ids(model, len(rows))
    for row, number in zip(rows, ids, strict=True):
        row["id"] = number
    return ids


def _add(model: Any, **values: Any) -> int:
    row = model(**values)
    db.session.add(row)
    db.session.flush()
    return int(row.id)


def make_queries() -> tuple[list[dict[str, str]], list[str]]:
    """Two hundred questions as the address states them, and words to check one by one."""
    random = Random(5)
    facets: list[dict[str, str]] = [
        {}, {}, {"level": "5"}, {"mode": "onsite"}, {"open": "y"}, {"fee_max": "1500"},
        {"place": "810000"}, {"place": "820100"}, {"wheelchair": "y"}, {"sort": "fee"},
        {"sort": "soonest"}, {"level": "4", "open": "y"}, {"occupation": "3"}, {"page": "2"},
    ]  # fmt: skip
    asked: list[str] = []
    for _ in range(40):
        asked += [
            random.choice(TRADES_ZH),
            f"{random.choice(KINDS_ZH)} {random.choice(TRADES_ZH)}",
            random.choice(TRADES_EN),
            random.choice(
                (f"{random.choice(KINDS_EN)} {random.choice(TRADES_EN)}", _name(random),
                 f'"{random.choice(TRADES_EN)}"', "weldign", "electri", "月嫂", "CDL")
            ),
            random.choice(("", "电", "护理", "实习", f"编号{random.randrange(200_000)}", "培训")),
        ]  # fmt: skip
    queries = [{**({"q": words} if words else {}), **random.choice(facets)} for words in asked]
    return queries, ["养老护理", "电", "焊工", "实习", "学校", "互联网营销师"]
