"""Search finds exactly what a plain look at the texts finds, on both engines."""

from __future__ import annotations

from marketplace.catalog.queries.search import CourseQuery, search_courses
from marketplace.foundation.db import write_transaction
from marketplace.foundation.paging import PageRequest
from tests.factories.catalog import (
    make_listed_course,
)

ALL = PageRequest(1, 100)


def found(text: str, **facets) -> list[str]:
    return [card.title for card in search_courses(CourseQuery(text, **facets), ALL).page.items]


def test_course_listed_is_found(app):
    with write_transaction():
        make_listed_course(title="低压电工")
        make_listed_course(title="C++ programming", description="C# too")
    assert found("电工") == ["低压电工"]
    assert found("c++") == ["C++ programming"]
    assert found("c#") == ["C++ programming"]
    assert found("电") == ["低压电工"]
    assert found("压电") == ["低压电工"]
    assert found("c") == []
