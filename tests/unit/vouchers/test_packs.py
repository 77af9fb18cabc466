"""The packs that come with the product: readable, sourced, and honest about what is assumed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from marketplace.enrollment.states import ExitReason
from marketplace.vouchers.labels import list_rule_sentences
from marketplace.vouchers.rules.pack import pack_as_text, read_pack
from marketplace.vouchers.rules.policy_reading import policy_from_pack

PACKS = sorted((Path(__file__).resolve().parents[3] / "docs" / "packs").glob("*.yaml"))
ANYWHERE = {"国办发〔2019〕24号", "财社〔2023〕181号 第五条"}
"""National texts: they hold in every province."""
OWN = {
    "baicheng_2020": {"吉人社联〔2020〕59号", "白城市职业技能提升行动实施方案"},
    "demo_firms": set(),
    "demo_steps": set(),
    "guangxi_2022": {"广西企业新型学徒制（2021-09，转载文本）"},
    "hebei_2022": {
        "河北省“十四五”职业技能培训规划（十二）",
        "津人社局发〔2022〕20号",
        "津人社局发〔2022〕20号 第九条",
    },
    "shanghai_2021": {"上海职业技能培训券（2021-10，转载文本）"},
}


def rules_of(part: Any, path: str = ""):
    """Everything in a pack that names a clause, with its path."""
    if isinstance(part, dict):
        if "clause" in part and not path.startswith("sources"):
            yield path, part
        for key, value in part.items():
            yield from rules_of(value, f"{path}.{key}".lstrip("."))
    elif isinstance(part, list):
        for number, value in enumerate(part):
            yield from rules_of(value, f"{path}[{number}]")


@pytest.mark.parametrize("file", PACKS, ids=lambda file: file.stem)
def test_every_rule_of_another_place_says_that_it_is_assumed(file):
    pack = read_pack(file.read_text(encoding="utf-8"))
    silent = [
        path
        for path, rule in rules_of(pack)
        if rule["clause"] not in OWN[file.stem] | ANYWHERE and not rule["assumed"]
    ]
    assert not silent


@pytest.mark.parametrize("file", PACKS, ids=lambda file: file.stem)
def test_every_clause_is_among_the_sources(file):
    pack = read_pack(file.read_text(encoding="utf-8"))
    named = {rule["clause"] for _path, rule in rules_of(pack)}
    assert named == {source["clause"] for source in pack["sources"]}
    assert all(source["title"] for source in pack["sources"])


@pytest.mark.parametrize("file", PACKS, ids=lambda file: file.stem)
def test_every_rule_of_a_pack_stands_on_its_page(file):
    """What a pack sets is told in words, with its clause; rates and allowances have tables."""
    pack = read_pack(file.read_text(encoding="utf-8"))
    told = {sentence.clause for sentence in list_rule_sentences(policy_from_pack(pack, version=1))}
    rules = {
        rule["clause"]
        for path, rule in rules_of(pack)
        if not path.startswith(("rates", "allowances"))
    }
    assert rules <= told


def test_a_word_of_a_fixed_list_is_written_as_the_word_it_is():
    """A form gives what it offered: to tick a reason for leaving stopped the editor once."""
    assert pack_as_text({"reason": ExitReason.FOUND_WORK}) == pack_as_text({"reason": "found_work"})
