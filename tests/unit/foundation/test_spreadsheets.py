"""A spreadsheet read as a table of texts: what a person sees in it, and what was odd about it."""

from __future__ import annotations

from datetime import date

import pytest
from openpyxl import Workbook

from marketplace.foundation.errors import Refused
from marketplace.foundation.files import as_text_table, open_table
from marketplace.foundation.spreadsheet_writing import Sheet, write_spreadsheet


def odd_workbook(path):
    book = Workbook()
    sheet = book.active
    sheet.append(["某县培训目录"])
    sheet.append(["course_key", "school", "fee", "until"])
    sheet.append([7, "城南学校", 1200.0, date(2026, 3, 12)])
    sheet["A3"].number_format = "00000"
    sheet.append(["K-2", None, "=600*2", 46093])
    sheet.append([None, None, None, None])
    sheet.append(["K-3", "B", True, 0.1 + 0.2, "beyond"])
    sheet.merge_cells("B3:B4")
    sheet.merge_cells("A1:D1")
    sheet.row_dimensions[6].hidden = True
    book.create_sheet("说明")
    book.create_sheet("secret").sheet_state = "hidden"
    book.save(path)


def test_cells_read_as_a_person_sees_them_and_what_is_odd_is_marked(tmp_path):
    path = tmp_path / "odd.xlsx"
    odd_workbook(path)
    with open_table(path, required=("course_key", "fee")) as table:
        rows = list(table.rows)
    assert table.preamble == 1
    assert [(row.number, row.cells["course_key"]) for row in rows] == [
        (3, "00007"), (4, "K-2"), (6, "K-3"),
    ]  # fmt: skip
    assert rows[0].cells == {
        "course_key": "00007", "school": "城南学校", "fee": "1200", "until": "2026-03-12",
    }  # fmt: skip
    assert rows[1].cells["school"] == "城南学校"
    assert rows[1].marks == (
        ("school", "cell_merged", "城南学校"),
        ("fee", "cell_formula_without_value", ""),
    )
    assert (rows[2].cells["fee"], rows[2].cells["until"]) == ("TRUE", "0.3")
    assert rows[2].surplus == 1
    assert set(table.notes) == {
        ("sheet_ignored", "说明"), ("sheet_hidden", "secret"), ("rows_hidden", "1"),
        ("cells_merged_across", "A1:D1"),
    }  # fmt: skip


def test_what_is_written_is_read_again_letter_for_letter(tmp_path):
    path = tmp_path / "own.xlsx"
    cells = ["007", "=1+1", "'=1+1", "-5", "-x", "a\nb", "𠮷", "", "1.50"]
    names = [f"c{number}" for number in range(len(cells))]
    write_spreadsheet(path, [Sheet("t", names, [cells])])
    with open_table(path) as table:
        assert list(next(table.rows).cells.values()) == cells


def test_the_converted_copy_does_not_outlive_its_reader(tmp_path):
    path = tmp_path / "own.xlsx"
    write_spreadsheet(path, [Sheet("t", ["a"], [["1"]])])
    with as_text_table(path, rows_max=1) as text:
        assert text.exists()
    assert not text.exists()


def test_a_workbook_the_parser_fails_on_ends_only_the_child(tmp_path):
    path = tmp_path / "own.xlsx"
    write_spreadsheet(path, [Sheet("t", ["a"], [["1"]])])
    content = path.read_bytes()
    path.write_bytes(content.replace(b"xl/workbook.xml", b"xl/workb00k.xml"))
    with pytest.raises(Refused) as refused, open_table(path):
        pass
    assert refused.value.codes[0] in ("spreadsheet_broken", "table_wrong_type")
