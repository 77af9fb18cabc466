"""Reading logs of other people: any order of columns, nothing lost in silence."""

from __future__ import annotations

import pytest

from marketplace.foundation.errors import Refused
from marketplace.recommendation.logs import read_log


def _file(tmp_path, text: str | bytes):
    path = tmp_path / "log.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_named_columns_are_found_wherever_they_stand(tmp_path):
    log = read_log(_file(tmp_path, "time,course,user\n1,焊工,u1\n2,电工,u1\n"))
    assert log.pairs == (("u1", "焊工"), ("u1", "电工"))


def test_unknown_names_mean_the_first_two_columns(tmp_path):
    assert read_log(_file(tmp_path, "who,what,when\nu,a,1\n")).pairs == (("u", "a"),)


def test_repeats_are_counted_and_incomplete_rows_named(tmp_path):
    log = read_log(_file(tmp_path, "user,item\nu,a\nu,a\n,a\nu,\nv,b\n"))
    assert (log.pairs, log.rows, log.repeated) == ((("u", "a"), ("v", "b")), 5, 1)
    assert log.incomplete == (4, 5)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "table_empty"),
        ("user\nu\n", "log_columns"),
        ("user,item\n", "log_empty"),
        ("user,item\n,\n", "log_empty"),
        (b"%PDF-1.7 something", "table_wrong_type"),
    ],
)
def test_what_is_no_log_is_refused_by_name(tmp_path, text, code):
    with pytest.raises(Refused) as refused:
        read_log(_file(tmp_path, text))
    assert refused.value.codes == (code,)
