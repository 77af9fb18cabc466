"""Generated people: names, ID numbers with an unassigned area prefix, phone numbers."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

UNASSIGNED_AREA = "990101"
"""No county ever had this code, so that no generated number can be anybody's."""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_GIVEN = (
    "秀英 桂兰 淑珍 建国 志强 海燕 春梅 玉兰 国庆 立新 小红 丽娜 大伟 永刚 晓东 雪梅 佳怡 子轩 "
    "宇航 思远 明月 文博 雨桐 浩然 欣悦 一鸣 若曦 振华 凤霞 德胜 铁柱 喜顺 红霞 景山 长青 洪波"
).split()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who does not exist."""

    name: str
    id_number: str
    phone: str
    born_on: date
    is_female: bool


def check_digit(first_seventeen: str) -> str:
    """ISO 7064 mod 11-2, as GB 11643 asks."""
    total = sum(
        weight * int(digit) for weight, digit in zip(_WEIGHTS, first_seventeen, strict=True)
    )
    return _CHECK[total % 11]


def spare_id_number() -> str:
    """A well-formed ID number of nobody, for somebody who walks through the demo."""
    born_on = date(1975, 1, 1) + timedelta(days=secrets.randbelow(9_000))
    body = f"{UNASSIGNED_AREA}{born_on:%Y%m%d}{secrets.randbelow(1_000):03d}"
    return body + check_digit(body)


def make_person(random: Random, number: int, *, youngest_on: date, ages: range) -> Person:
    """One person. `number` keeps ID numbers and phones apart; `ages` are whole years."""
    born_on = youngest_on - timedelta(days=random.choice(ages) * 366 + random.randrange(365))
    is_female = random.random() < 0.55
    # Three digits of sequence, the last odd for men; dates of birth spread the rest.
    sequence = (number * 2) % 998 + (0 if is_female else 1)
    body = f"{UNASSIGNED_AREA}{born_on:%Y%m%d}{sequence:03d}"
    return Person(
        name=random.choice(_SURNAMES) + random.choice(_GIVEN),
        id_number=body + check_digit(body),
        phone=f"190{number:08d}",
        born_on=born_on,
        is_female=is_female,
    )
