"""Tables that others wrote: read as they are, or refused with the reason."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as some

from marketplace.foundation.errors import Refused
from marketplace.foundation.files import armed_cell, csv_text, read_table, safe_cell


def table_of(content: bytes, required=()):
    return read_table(io.BytesIO(content), name="f.csv", required=required)


def refused_codes(content: bytes, required=()) -> tuple[str, ...]:
    with pytest.raises(Refused) as refused:
        list(table_of(content, required).rows)
    return refused.value.codes


@pytest.mark.parametrize(
    ("encoding", "bom"),
    [("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("utf-16-le", b"\xff\xfe"),
     ("utf-16-be", b"\xfe\xff"), ("gb18030", b"")],
)  # fmt: skip
def test_each_encoding_gives_the_same_cells(encoding, bom):
    text = "编码,名称\r\n110000,北京市与其他很多地方的名称\r\n"
    rows = list(table_of(bom + text.encode(encoding)).rows)
    assert rows[0].cells == {"编码": "110000", "名称": "北京市与其他很多地方的名称"}


def test_a_rare_character_of_four_bytes_is_gb18030_too():
    content = "code,name\n31,赵㐂\n".encode("gb18030")
    assert next(iter(table_of(content).rows)).cells["name"] == "赵㐂"


def test_latin_1_is_refused_and_not_read_as_chinese():
    assert refused_codes("code,name\n1,Café Müller à Genève\n".encode("latin-1")) == (
        "table_encoding_unknown",
    )


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "table_empty"),
        (b"\xef\xbb\xbf \r\n\r\n", "table_empty"),
        (b"PK\x03\x04rest of a spreadsheet", "table_wrong_type"),
        (b"%PDF-1.7 ...", "table_wrong_type"),
        (b"\xd0\xcf\x11\xe0old spreadsheet", "table_wrong_type"),
        (b"<!DOCTYPE html><title>404</title>", "table_wrong_type"),
        (b"a\x00b\x00c\x00", "table_encoding_unknown"),
        (b"code,name,Code\n1,2,3\n", "table_columns_duplicated"),
        (b"name\n1\n", "table_columns_missing"),
        (b'code\n"never closed' + b"x" * 300_000, "table_broken"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_name(content, code):
    assert code in refused_codes(content, required=("code",))


def test_rows_are_numbered_as_a_spreadsheet_shows_them():
    rows = list(table_of(b'a,b\n1,"two\nlines"\n\n3,4\n').rows)
    assert [(row.number, row.cells["a"]) for row in rows] == [(2, "1"), (4, "3")]


def test_ragged_rows_and_zero_bytes_are_marked():
    rows = list(table_of(b"a,b\n1,2,3,\n4\n5,6\x00\n").rows)
    assert [(r.surplus, r.missing, r.had_nul) for r in rows] == [
        (1, 0, False),
        (0, 1, False),
        (0, 0, True),
    ]
    assert rows[2].cells["b"] == "6"


@pytest.mark.parametrize("mark", [",", "\t", ";", "|"])
def test_the_separator_is_found(mark):
    assert list(table_of(f"a{mark}b\n1{mark}2\n".encode()).rows)[0].cells == {"a": "1", "b": "2"}


def test_header_names_ignore_case_quotes_and_spaces():
    table = table_of(b'" Program ID ",STATUSNAME\n1,2\n')
    assert table.columns == ("program_id", "statusname")


def test_rows_are_read_one_by_one():

    table = table_of(b"a\n" + b"x\n" * 200_000)
    assert next(table.rows).number == 2


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-x", "@SUM(A1)", "\t=1", "＝1", "|calc"])
def test_formulas_are_disarmed_in_downloads(text):
    assert safe_cell(text).startswith("'")


def test_numbers_stay_numbers_in_downloads():
    assert [safe_cell(x) for x in ("-12.50", 7, None, "+3")] == ["-12.50", "7", "", "+3"]
    assert "".join(csv_text(("a",), iter([("=1",)]))) == '\ufeff"a"\r\n"\'=1"\r\n'


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n", b"\nC-6,x\nC-7,y\n"])
def test_a_quotation_mark_that_is_never_closed_swallows_no_rows(ending):
    refused = refused_codes(b'code,name\nC-4,x\nC-5,"Welding' + ending)
    assert refused == ("table_broken",)


@pytest.mark.parametrize(
    "last", [b'C-5,"Welding"', b'C-5,"Wel""ding"\n', b'C-5,a "b" c', b'"C\n5"']
)
def test_a_last_row_with_quotation_marks_is_whole(last):
    assert len(list(table_of(b"code,name\nC-4,x\n" + last).rows)) == 2


@given(some.text(alphabet="'=+-@|%1a＝\t\n", max_size=6))
def test_what_a_download_disarms_is_read_as_it_was(text):
    disarmed = safe_cell(text)
    assert armed_cell(disarmed) == text or disarmed == text
    assert disarmed == text or disarmed[0] == "'"


def test_disarmed_cells_come_back_from_a_download():
    rows = [["=1+1", "'=1+1", "-12.50", "'"]]
    text = "".join(csv_text(("a", "b", "c", "d"), iter(rows)))
    assert list(next(table_of(text.encode()).rows).cells.values()) == rows[0]


def test_a_missing_column_is_named_beside_the_nearest_that_is_there():
    with pytest.raises(Refused) as refused:
        table_of(b"course_key,titel\n1,2\n", required=("course_key", "title"))
    assert refused.value.refusals[0].params["columns"] == "title (titel?)"


def test_a_title_above_the_header_is_passed_over():
    table = table_of("某县培训目录,\n\n编号,name\n1,x\n".encode(), required=("name",))
    assert (table.preamble, next(table.rows).number) == (1, 4)


def test_other_names_of_columns_are_known_with_and_without_underlines():
    aliases = {"编号": "course_key", "coursekey": "course_key"}
    for header in ("编号", "Course Key", "COURSEKEY", "course_key"):
        table = read_table(
            io.BytesIO(f"{header}\n1\n".encode()), name="f", required=("course_key",),
            aliases=aliases,
        )  # fmt: skip
        assert table.columns == ("course_key",)
