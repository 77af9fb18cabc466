"""Codes of places and the wholeness of the tree."""

from __future__ import annotations

import pytest

from marketplace.jurisdictions.sources import normal_code, read_units


@pytest.mark.parametrize(
    ("text", "tier", "code"),
    [
        ("11", 1, "110000"), ("110000", 1, "110000"), ("110000000000", 1, "110000"),
        ("1301", 2, "130100"), ("130100.0", 2, "130100"), ("110101", 3, "110101"),
        ("110101001", 4, "110101001"), ("110101001000", 4, "110101001"),
        ("1101", 1, None), ("110101", 2, None), ("110101001", 3, None), ("1101", 3, None),
        ("", 1, None), ("x1", 1, None), ("０1", 1, None),
    ],
)  # fmt: skip
def test_codes_take_the_form_of_the_tree(text, tier, code):
    assert normal_code(text, tier) == code


def write(folder, cities="", areas="", streets=""):
    (folder / "provinces.csv").write_text("code,name\n11,北京市\n42,湖北省\n", encoding="utf-8")
    (folder / "cities.csv").write_text(f"code,name,provinceCode\n{cities}", encoding="utf-8")
    (folder / "areas.csv").write_text(f"code,name,cityCode,provinceCode\n{areas}", encoding="utf-8")
    (folder / "streets.csv").write_text(
        f"code,name,areaCode,provinceCode,cityCode\n{streets}", encoding="utf-8"
    )
    return list(read_units(folder))


def test_a_county_without_its_prefecture_is_kept_and_the_prefecture_made(tmp_path):
    found = write(tmp_path, areas="429004,仙桃市,,42\n", streets="429004001,沙嘴街道,429004,42,\n")
    units = {p.facts.code: p.facts for p in found if p.facts}
    assert units["429000"].is_made
    assert units["429000"].name == "省直辖县级行政区划"
    assert units["429004001"].path == "/420000/429000/429004/429004001/"
    assert [q.code for p in found for q in p.problems] == ["parent_made"]


def test_a_municipality_without_placeholder_gets_one(tmp_path):
    found = write(tmp_path, areas="110101,东城区,1101,11\n")
    assert [p.facts.name for p in found if p.facts] == ["北京市", "湖北省", "市辖区", "东城区"]


def test_a_missing_county_and_province_are_made_up_to_the_top(tmp_path):
    found = write(tmp_path, streets="330106001,西溪街道,330106,33,3301\n")
    paths = [p.facts.path for p in found if p.facts]
    assert paths[-1] == "/330000/330100/330106/330106001/"
    assert len(paths) == 6


def test_a_prefecture_without_counties_is_one_unit(tmp_path):
    found = write(
        tmp_path, "4290,一市,42\n", "429000,一市,4290,42\n", "429000001,某镇,429000,42,4290\n"
    )
    units = [p.facts for p in found if p.facts]
    assert units[-1].path == "/420000/429000/429000001/"
    assert units[-1].parent_code == "429000"
    assert [u.code for u in units].count("429000") == 1


def test_broken_rows_are_reported_and_the_rest_is_kept(tmp_path):
    found = write(tmp_path, "4201,武汉市,42\n4201,武汉市,42\n4201,别名,42\n42x,坏,42\n4202,,42\n")
    codes = [[q.code for q in p.problems] for p in found]
    assert codes[3:] == [
        ["row_duplicated"], ["key_duplicated"], ["code_malformed"], ["value_missing"]
    ]  # fmt: skip
