"""The demo prefecture: one province, one prefecture, five counties, a few townships."""

from __future__ import annotations

from pathlib import Path

PROVINCE = ("22", "吉林省")
PREFECTURE = ("2208", "白城市")
COUNTIES = (
    ("220802", "洮北区"),
    ("220821", "镇赉县"),
    ("220822", "通榆县"),
    ("220881", "洮南市"),
    ("220882", "大安市"),
)
TOWNSHIPS = (
    ("220802001", "海明街道", "220802"),
    ("220802002", "长庆街道", "220802"),
    ("220821100", "镇赉镇", "220821"),
    ("220822100", "开通镇", "220822"),
    ("220881001", "团结街道", "220881"),
    ("220882001", "安北街道", "220882"),
)

COUNTY_SEATS = {
    "220802": (45.62, 122.85),
    "220821": (45.85, 123.20),
    "220822": (44.81, 123.09),
    "220881": (45.34, 122.78),
    "220882": (45.51, 124.29),
}
"""Latitude and longitude of the middle of each county, to a kilometre."""


def write_place_files(folder: Path) -> None:
    """The four files that `jurisdictions import` reads."""
    _write(folder / "provinces.csv", "code,name", [",".join(PROVINCE)])
    _write(folder / "cities.csv", "code,name,provinceCode", [",".join((*PREFECTURE, "22"))])
    _write(
        folder / "areas.csv",
        "code,name,cityCode,provinceCode",
        [f"{code},{name},2208,22" for code, name in COUNTIES],
    )
    _write(
        folder / "streets.csv",
        "code,name,areaCode,provinceCode,cityCode",
        [f"{code},{name},{county},22,2208" for code, name, county in TOWNSHIPS],
    )


def _write(path: Path, header: str, rows: list[str]) -> None:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
